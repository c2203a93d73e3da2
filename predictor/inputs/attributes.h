/* Numbers that nodes carry, and what the network sees of them. Local.
 *
 * The last `features` numbers are those of the whole network, equal at all of its nodes and scaled
 * already (predictor/scoring/features.h): they are left as they are, and give fewer and smaller
 * sines.
 *
 * Each other number is standardised by its mean and deviation over the nodes of the training set,
 * cut off at +-ATTRIBUTES_FARTHEST, and gives 2K features: sin(a w_k), cos(a w_k) for k = 0 .. K-1.
 * All of it is fixed once a predictor is trained and stands in its file. */
#ifndef PREDICTOR_INPUTS_ATTRIBUTES_H
#define PREDICTOR_INPUTS_ATTRIBUTES_H

#include "predictor/inputs/real.h"
#include "proto/graph/graph.h"

#define ATTRIBUTES_WAVES_MAX 32
#define ATTRIBUTES_FARTHEST 100 /* deviations */

struct attribute_encoding {
    uint32_t count, waves;                  /* numbers of a node, 0 for none; K */
    uint32_t features, feature_waves;       /* of the whole network, among count; their K */
    double frequency[ATTRIBUTES_WAVES_MAX]; /* w_k */
    double mean[GRAPH_ATTRIBUTES_MAX], deviation[GRAPH_ATTRIBUTES_MAX];
};

/* `count` numbers that are left as they are, with the usual frequencies. */
void attributes_init(struct attribute_encoding *e, uint32_t count);
/* The last `features` of them are those of the whole network, with their usual frequencies. */
void attributes_set_features(struct attribute_encoding *e, uint32_t features);

/* SIBYL_E_FORMAT where it is out of bounds. */
enum status attributes_check(const struct attribute_encoding *e);

/* Takes means and deviations from all nodes of the graphs, but for those of the whole network; a
 * number that is the same everywhere has deviation 1. SIBYL_E_FORMAT where a graph has other than
 * e->count of them. */
enum status attributes_fit(struct attribute_encoding *e, const struct graph *graphs, size_t count);

/* One row: values (count) standardised. */
void attributes_scale(const struct attribute_encoding *e, const float *values, real *out);

/* Numbers that a node's give: two for each of its waves. */
size_t attributes_columns(const struct attribute_encoding *e);

/* One row: standardised numbers (count) to features (columns). */
void attributes_encode(const struct attribute_encoding *e, const real *scaled, real *out);

#endif
