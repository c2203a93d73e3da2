/* How well predictions agree with labels: the numbers that `sibyl train` and `sibyl score` report.
 *
 * Nothing is kept between calls; any thread may call them at any time. A number that is not defined
 * (of fewer than two pairs, without any spread, or where a value is NaN) is NaN, and no failure. */
#ifndef SIBYL_METRICS_H
#define SIBYL_METRICS_H

#include <sibyl/status.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Predictions beside the labels of the same networks. The arrays are the caller's. */
struct sibyl_pairs {
    const double *predictions; /* (count) */
    const double *labels;      /* (count) */
    size_t count;
    int minimise; /* 0: the best networks have the highest numbers; else the lowest */
};

/* Kendall's tau-b, in -1..1, with ties as usual. It takes n log n steps. `minimise` does not
 * matter. Fails with SIBYL_CODE_ARGUMENT where an array is NULL, and with SIBYL_CODE_MEMORY; so do
 * all calls below. */
SIBYL_API enum sibyl_code sibyl_kendall_tau(const struct sibyl_pairs *pairs, double *out,
                                            struct sibyl_status *status);

/* Spearman's rank correlation, with the mean rank for ties. `minimise` does not matter. */
SIBYL_API enum sibyl_code sibyl_spearman(const struct sibyl_pairs *pairs, double *out,
                                         struct sibyl_status *status);

/* The mean of |prediction - label| / |label|, as a fraction; labels of 0 are left out. */
SIBYL_API enum sibyl_code sibyl_relative_error(const struct sibyl_pairs *pairs, double *out,
                                               struct sibyl_status *status);

/* The share of pairs with |prediction - label| <= tolerance * |label|, such as 0.05 for 5%; labels
 * of 0 are left out. */
SIBYL_API enum sibyl_code sibyl_within(const struct sibyl_pairs *pairs, double tolerance,
                                       double *out, struct sibyl_status *status);

/* The share of the truly best k networks among those predicted to be the best k; labels that equal
 * the k-th best count as such. NaN unless 0 < k < count. */
SIBYL_API enum sibyl_code sibyl_top_overlap(const struct sibyl_pairs *pairs, size_t k, double *out,
                                            struct sibyl_status *status);

/* The true rank of the best network among those predicted to be the best k, also known as N@K; 1 is
 * the best of all. Of equal predictions the one with the worse label counts first. NaN unless
 * 0 < k <= count. */
SIBYL_API enum sibyl_code sibyl_best_rank(const struct sibyl_pairs *pairs, size_t k, double *out,
                                          struct sibyl_status *status);

/* Kendall's tau-b among the truly best tenth of the networks, rounded up, and those whose labels
 * equal the last of them. */
SIBYL_API enum sibyl_code sibyl_top_tenth_tau(const struct sibyl_pairs *pairs, double *out,
                                              struct sibyl_status *status);

#ifdef __cplusplus
}
#endif

#endif
