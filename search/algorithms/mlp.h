/* A small feedforward network: from a set of features to a number. Trained by Adam on the absolute
 * error, in batches of 32. One thread; the same bits for the same seed. Local. */
#ifndef SEARCH_ALGORITHMS_MLP_H
#define SEARCH_ALGORITHMS_MLP_H

#include "base/rng.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#define MLP_WIDTH 32
#define MLP_LAYERS 3 /* hidden ones, each of MLP_WIDTH rectified units */

struct mlp_input {
    const uint16_t *features; /* (count) ascending */
    uint32_t count;
};

struct mlp_set {                    /* all borrowed */
    const struct mlp_input *inputs; /* (count) */
    const float *labels;            /* (count) */
    size_t count;
};

struct mlp {
    size_t features, parameters;
    float *all; /* (4, parameters) weights, their gradient, and Adam's two moments */
};

/* Random weights for inputs of so many features. */
enum status mlp_init(struct mlp *m, size_t features, struct rng *rng);
/* `epochs` times over all of the set, in another order each time. */
enum status mlp_train(struct mlp *m, const struct mlp_set *set, uint32_t epochs, struct rng *rng);
float mlp_predict(const struct mlp *m, const struct mlp_input *input);
void mlp_release(struct mlp *m); /* fine on a zeroed struct */

#endif
