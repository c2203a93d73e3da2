/* The state of a training run in a record file: how far each member has come, the weights of those
 * that are trained, the optimiser's buffers of those in training.
 *
 * checkpoint_begin -> checkpoint_put for each member that has begun, in order -> checkpoint_end.
 * Numbers are cut into records of CHECKPOINT_PIECE, so that no network is too large for a record,
 * and little memory is needed beside what is written. Local. */
#ifndef PREDICTOR_TRAINING_CHECKPOINT_H
#define PREDICTOR_TRAINING_CHECKPOINT_H

#include "base/identity.h"
#include "base/log.h"
#include "predictor/scoring/predictor.h"
#include "predictor/training/member_progress.h"
#include "proto/files/records.h"

#include <stdbool.h>

#define CHECKPOINT_PIECE ((size_t)1 << 20) /* numbers */

struct checkpoint_writer {
    struct record_writer file;
};

/* The last two checkpoints are kept (proto/files/checkpoint_file.h). */
enum status checkpoint_begin(struct checkpoint_writer *w, const char *path,
                             const struct identity *own, const struct member_progress *members,
                             uint32_t count);
/* All of a member's numbers, or a part of them that begins at a multiple of CHECKPOINT_PIECE: the
 * weights (parameters) of a trained one, the buffers (OPTIMIZER_BUFFERS, parameters) of one in
 * training. */
enum status checkpoint_put(struct checkpoint_writer *w, const float *numbers, size_t count);
enum status checkpoint_end(struct checkpoint_writer *w); /* the file is there now */
void checkpoint_abandon(struct checkpoint_writer *w);    /* fine after checkpoint_end() */

/* Fills p's weights of trained members and `members` (one for each member of p); those in training
 * get `buffers`. A damaged file is handled as checkpoint_file_read() says. A file of another job,
 * or begun with another table or predictor, or by a sibyl of another format, or two damaged ones,
 * are errors: SIBYL_E_USAGE or SIBYL_E_FORMAT with what to do. */
enum status checkpoint_read(const char *path, const struct identity *own, const struct log *log,
                            struct predictor *p, struct member_progress *members, bool *out_found);

#endif
