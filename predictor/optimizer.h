/* AdamW with decoupled decay on matrices, gradient-norm clip, warm-up and cosine floor, EMA of the
 * weights. Local; equal inputs give equal bits, so every rank runs it on the same gradient. */
#ifndef PREDICTOR_OPTIMIZER_H
#define PREDICTOR_OPTIMIZER_H

#include "predictor/nnformer_shape.h"

#define OPTIMIZER_BUFFERS 4  /* weights, both moments, EMA */
#define OPTIMIZER_BLOCK 4096 /* parameters whose squares are summed before others' */

struct optimizer {
    const struct nnformer_shape *shape;     /* borrowed */
    const struct training_options *options; /* borrowed */
    size_t parameters;
    uint64_t step, steps;                  /* done; in all */
    float *weights, *first, *second, *ema; /* (parameters) each, in `all` */
    float *all; /* owned: one buffer, so that a checkpoint is one write */
};

enum status optimizer_init(struct optimizer *a, const struct nnformer_shape *s,
                           const struct training_options *o);
void optimizer_release(struct optimizer *a); /* fine on a zeroed struct */

/* Start over from these weights (already in a->weights): moments 0, EMA equal to them, `steps` to
 * do. */
void optimizer_restart(struct optimizer *a, uint64_t steps);

/* One step. gradient (parameters) is scaled in place by the clip. */
void optimizer_step(struct optimizer *a, float *gradient);

/* Learning rate of step `step` (0 first). */
double optimizer_rate(const struct training_options *o, uint64_t step, uint64_t steps);

#endif
