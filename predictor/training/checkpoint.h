/* The state of a training run in a record file: optimiser buffers, position, finished members.
 * Local. */
#ifndef PREDICTOR_TRAINING_CHECKPOINT_H
#define PREDICTOR_TRAINING_CHECKPOINT_H

#include "base/identity.h"
#include "base/log.h"
#include "predictor/training/optimizer.h"
#include "predictor/scoring/predictor.h"

#include <stdbool.h>

struct checkpoint_position {
    uint32_t member, epoch; /* in training */
    uint64_t row;           /* of the epoch's order, the next one to train on */
    double loss_sum;        /* over the epoch's rows before it */
    double loss;            /* mean over the last epoch done */
};

/* The last two are kept (proto/files/checkpoint_file.h). */
enum status checkpoint_write(const char *path, const struct identity *own,
                             const struct predictor *p, const struct optimizer *a,
                             const struct checkpoint_position *at);

/* Fills p's weights of finished members, the optimiser and the position; a damaged file is handled
 * as checkpoint_file_read() says. A file of another job, or begun with another table
 * or predictor, or two damaged ones, are errors: SIBYL_E_USAGE or SIBYL_E_FORMAT with what to do.
 */
enum status checkpoint_read(const char *path, const struct identity *own, const struct log *log,
                            struct predictor *p, struct optimizer *a,
                            struct checkpoint_position *at, bool *out_found);

#endif
