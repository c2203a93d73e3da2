/* Which rows of a graph its prediction is made of (NNFORMER.md, sections 3 and 5). Local. */
#ifndef PREDICTOR_INPUTS_READOUT_H
#define PREDICTOR_INPUTS_READOUT_H

#include "predictor/inputs/batch.h"

/* The rows that graph g's readout adds up, and the weight of each; tokens are no part of a mean or
 * sum. */
static inline void readout_rows(const struct batch *b, enum readout readout, uint32_t g,
                                uint32_t *first, uint32_t *end, real *weight)
{
    *first = b->start[g] + b->tokens;
    *end = b->start[g + 1] - b->tokens;
    *weight = readout == READOUT_MEAN ? 1 / (real)(*end - *first) : 1;
    if (readout == READOUT_OUTPUT_NODE) *first = *end - 1;
    if (readout == READOUT_CLASS_TOKEN) *first = b->start[g], *end = *first + 1;
}

#endif
