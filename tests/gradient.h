/* A batch's gradient as plain numbers, for tests. */
#ifndef TESTS_GRADIENT_H
#define TESTS_GRADIENT_H

#include "base/fixed_point.h"
#include "predictor/model/nnformer.h"

#include <stdlib.h>
#include <string.h>

/* gradient (parameters) = of sum over b of dout[b] * out[b], in two shards. */
static inline enum status gradient_of(const struct nnformer_shape *s, const real *weights,
                                      const struct batch *b, struct arena *arena,
                                      const struct nnformer_state *state, const real *dout,
                                      real *gradient)
{
    size_t count = nnformer_parameters(s);
    const uint32_t shards[] = {0, b->graphs / 2, b->graphs};
    int64_t *sum = malloc(count * sizeof(*sum));
    if (!sum) return SIBYL_E_MEM;
    memset(sum, 0x5a, count * sizeof(*sum)); /* all of it is to be overwritten */
    const struct nnformer_sums sums = {.sums = sum};
    enum status st = nnformer_backward(s, weights, b, shards, 2, arena, state, dout, &sums);
    for (size_t i = 0; i < count; i++) gradient[i] = (real)fixed_value(sum[i]);
    free(sum);
    return st;
}

#endif
