/* The state of a training run in a record file: optimiser buffers, position, finished members.
 * Local. */
#ifndef PREDICTOR_CHECKPOINT_H
#define PREDICTOR_CHECKPOINT_H

#include "predictor/optimizer.h"
#include "predictor/predictor.h"

#include <stdbool.h>

struct checkpoint_position {
    uint32_t member, epoch; /* the next epoch to do, of this member */
    double loss;            /* of the last epoch done */
};

/* Atomic: the older file stays until the new one is whole on the disk. */
enum status checkpoint_write(const char *path, const char *job_digest, const struct predictor *p,
                             const struct optimizer *a, const struct checkpoint_position *at);

/* Fills p's weights of finished members, the optimiser and the position. A missing file is not an
 * error: *out_found says. A file of another job, or a damaged one, is: SIBYL_E_USAGE or
 * SIBYL_E_FORMAT with what to do. */
enum status checkpoint_read(const char *path, const char *job_digest, struct predictor *p,
                            struct optimizer *a, struct checkpoint_position *at, bool *out_found);

#endif
