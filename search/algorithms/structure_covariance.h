/* The covariance of networks by the patterns of their graphs: the mean, over the views of
 * graph_patterns.h that differ between networks, of
 *     m(r) = (1 + r + r^2/3) exp(-r),  r = sqrt(5 d^2) / l
 * (Matern 5/2: Rasmussen and Williams, Gaussian Processes for Machine Learning, eq. 4.17), with d^2
 * the squared distance in the view over its median between networks, and the length l, the same in
 * all views. On rank 0. Local. */
#ifndef SEARCH_ALGORITHMS_STRUCTURE_COVARIANCE_H
#define SEARCH_ALGORITHMS_STRUCTURE_COVARIANCE_H

#include "search/algorithms/pattern_distances.h"

struct structure_covariance {
    struct pattern_distances *distances, *own; /* the caller's, or its own */
    size_t count;
    uint32_t *numbers[PATTERN_VIEWS]; /* (count) of the networks in each view */
    double scale[PATTERN_VIEWS];      /* 1 / median of d^2; 0: the view is the same everywhere */
    double length;
    double *table[PATTERN_VIEWS]; /* m(r) of the view's different distances; the first are known */
    size_t table_count[PATTERN_VIEWS], table_room[PATTERN_VIEWS];
};

/* Of these networks, which may go afterwards. What is known of distances stays in `distances`, to
 * which nothing else may be done meanwhile; NULL: nothing is kept. The length is 1. Fine to
 * release whatever is returned. SIBYL_E_MEM. */
enum status structure_covariance_init(struct structure_covariance *c,
                                      struct pattern_distances *distances,
                                      const struct graph_patterns *const *networks, size_t count);
void structure_covariance_release(struct structure_covariance *c); /* fine when zeroed */

void structure_covariance_at(struct structure_covariance *c, double length);

/* Some of the networks: those at `at`, or where that is NULL those from `first` on. */
struct structure_others {
    const size_t *at; /* (count) */
    size_t first, count;
};

/* The covariances of one network with others: (others->count). SIBYL_E_MEM. */
enum status structure_covariances(struct structure_covariance *c, size_t network,
                                  const struct structure_others *others, double *out);

#endif
