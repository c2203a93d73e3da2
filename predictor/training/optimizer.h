/* AdamW with decoupled decay on matrices, gradient-norm clip, warm-up and cosine floor, EMA of the
 * weights, on parts of the parameters. Local; equal inputs give equal bits, whatever the parts. */
#ifndef PREDICTOR_TRAINING_OPTIMIZER_H
#define PREDICTOR_TRAINING_OPTIMIZER_H

#include "comm/reduce.h"
#include "predictor/model/nnformer_shape.h"

#define OPTIMIZER_BUFFERS 4 /* weights, both moments, EMA */

struct optimizer {
    const struct training_options *options; /* borrowed */
    size_t parameters;
    uint64_t step, steps;                  /* done; in all */
    float *weights, *first, *second, *ema; /* (parameters) each, in `all` */
    float *all;                            /* (OPTIMIZER_BUFFERS, parameters), owned */
    struct optimizer_run {
        size_t end;
        bool decays;
    } * runs; /* owned, ascending: up to which parameter there is decay, or none */
};

/* Without buffers: optimizer_take() gives them. */
enum status optimizer_init(struct optimizer *a, const struct nnformer_shape *s,
                           const struct training_options *o);
void optimizer_release(struct optimizer *a); /* fine on a zeroed struct */

/* From now on its buffers are `all`, from memory_large(), which it owns; earlier ones are freed.
 * NULL: it keeps those it has, or makes some, of any content. */
enum status optimizer_take(struct optimizer *a, float *all);

/* Start over from these weights (already in a->weights): moments 0, EMA equal to them, `steps` to
 * do. */
void optimizer_restart(struct optimizer *a, uint64_t steps);

/* One step on some parts (ascending). gradient (parameters); norm: that of the whole gradient. */
void optimizer_step(struct optimizer *a, const struct reducer_part *parts, size_t count,
                    float *gradient, double norm);

/* Learning rate of step `step` (0 first). */
double optimizer_rate(const struct training_options *o, uint64_t step, uint64_t steps);

#endif
