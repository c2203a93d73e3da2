/* Features (data.features): numbers of a whole network that its owner knows, such as its FLOPs or
 * zero-cost scores, and that a predictor sees beside the graph. Local.
 *
 * Each number becomes the normal score of its rank among the training rows (normal_scores.h), cut
 * off at +-FEATURES_FARTHEST: so neither its unit nor its skew matters, and a sentinel such as -1e8
 * is the lowest rank and no more. A hole (NaN) becomes 0, the median; where training rows have
 * holes, a second number says whether there is one. All nodes of the network get these numbers
 * behind their own attributes, as the last attribute_encoding.features of them. */
#ifndef PREDICTOR_SCORING_FEATURES_H
#define PREDICTOR_SCORING_FEATURES_H

#include "predictor/scoring/normal_scores.h"
#include "proto/graph/graph.h"

#define FEATURES_FARTHEST 3.5

struct feature {
    const char *name;         /* the label of a dataset that it is */
    bool holes;               /* training rows had holes, so there is a second number */
    struct normal_scores map; /* fewer than 2 knots: it did not vary, and always gives 0 */
};
struct features { /* all zero: none */
    uint32_t count;
    struct feature *list;
};

/* Fits to values (rows, count), NaN unknown. Copies the names; all memory is the arena's.
 * SIBYL_E_USAGE, with the name: no row has the number; or as of features_check(). SIBYL_E_RANGE:
 * some numbers are too near to each other to be told apart by a double. */
enum status features_fit(struct features *out, struct arena *arena, const char *const *names,
                         uint32_t count, const double *values, size_t rows);
/* A deep copy into `arena`. */
enum status features_copy(struct features *out, struct arena *arena, const struct features *f);
/* Whether they have the same names in the same order. */
bool features_same_names(const struct features *a, const struct features *b);

/* SIBYL_E_USAGE: they are more numbers than a node may have. */
enum status features_check(const struct features *f);
/* How many numbers a network gets. */
uint32_t features_numbers(const struct features *f);
/* values (count), NaN unknown, to out (features_numbers()). */
void features_map(const struct features *f, const double *values, float *out);
/* *out is g (whose lists it borrows) with these values' numbers behind the attributes of each node.
 * Its hash is that of networks with these numbers alone. SIBYL_E_FORMAT: that would be more than
 * GRAPH_ATTRIBUTES_MAX. */
enum status features_attach(const struct features *f, const double *values, struct arena *arena,
                            const struct graph *g, struct graph *out);
/* The key of a network with these values, from its key without them. */
struct hash128 features_key(const struct features *f, const double *values, struct hash128 key);

#endif
