/* What operations add up to: a label as a constant and a number for each node by its operation, the
 * look-up table of latency models. The network then learns only what the table leaves. Local. */
#ifndef PREDICTOR_INPUTS_LOOKUP_H
#define PREDICTOR_INPUTS_LOOKUP_H

#include "proto/graph/graph.h"

#include <stddef.h>

/* Fits out (1 + vocabulary), the constant first, to labels[i * stride] of `count` graphs, those
 * that are NaN left out: least squares, of the errors relative to the label where `relative`
 * (labels of 0 are left out too), of smallest norm where operations always come together. Sums run
 * in the order of the graphs. SIBYL_E_USAGE: no known label. */
enum status lookup_fit(const struct graph *graphs, const double *labels, size_t stride,
                       size_t count, uint32_t vocabulary, bool relative, double *out);

/* The sum of the table's entries over g's nodes, without the constant; table (vocabulary). */
double lookup_sum(const double *table, const struct graph *g);

#endif
