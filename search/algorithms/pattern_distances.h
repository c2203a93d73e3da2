/* Distances between networks' patterns (graph_patterns.h), each computed once and kept for later
 * rounds. Many networks of a space look the same in a view, and many distances are equal: a view's
 * different patterns have numbers, and so have its different distances. So a covariance, which is a
 * function of distances, is a look into tables. On rank 0. Local.
 *
 * pattern_distances_number() the networks of a round, then pattern_distances_from(). */
#ifndef SEARCH_ALGORITHMS_PATTERN_DISTANCES_H
#define SEARCH_ALGORITHMS_PATTERN_DISTANCES_H

#include "search/algorithms/graph_patterns.h"

struct pattern_distances;

/* Empty. SIBYL_E_MEM. */
enum status pattern_distances_new(struct pattern_distances **out);
void pattern_distances_free(struct pattern_distances *d); /* NULL is fine */

/* Forgets all where more than `most` numbers are kept; those of networks are void then. For the
 * beginning of a round. */
#define PATTERN_DISTANCES_KEPT ((size_t)1 << 25) /* 128 MiB */
void pattern_distances_trim(struct pattern_distances *d, size_t most);

/* The number of a network in each view: two networks have the same one where they have the same
 * patterns there. Copies what it keeps. SIBYL_E_MEM. */
enum status pattern_distances_number(struct pattern_distances *d, const struct graph_patterns *p,
                                     uint32_t numbers[PATTERN_VIEWS]);

/* *out[b]: which one of pattern_distances_values() patterns `a` and `b` of a view are apart, for
 * all b that have a number so far. Stands until the next call for the same `a`, or a trim.
 * SIBYL_E_MEM. */
enum status pattern_distances_from(struct pattern_distances *d, enum pattern_view view, uint32_t a,
                                   const uint32_t **out);

/* The different distances of a view so far, as graph_patterns_distance() gives them, to the bit.
 * They grow with pattern_distances_from(). */
const double *pattern_distances_values(const struct pattern_distances *d, enum pattern_view view,
                                       size_t *out_count);

#endif
