/* How well predictions agree with labels. Local. NaN where undefined (fewer than two values, no
 * spread, a value that is no number). */
#ifndef PREDICTOR_SCORING_METRICS_H
#define PREDICTOR_SCORING_METRICS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Kendall's tau-b in O(n log n) (Knight 1966). */
enum status metrics_kendall_tau(const double *a, const double *b, size_t count, double *out);
/* How much better `a` ranks than `base`: the difference of their taus with the label (tau-a: a tie
 * is neither right nor wrong), and its standard error by the jackknife. O(n^2). Both 0 for fewer
 * than three. */
void metrics_tau_gain(const double *a, const double *base, const double *label, size_t count,
                      double *out_gain, double *out_error);
/* Pearson correlation of mid-ranks. */
enum status metrics_spearman(const double *a, const double *b, size_t count, double *out);
/* Mean of |prediction - label| / |label|, as a fraction; labels of 0 are left out. */
double metrics_mape(const double *prediction, const double *label, size_t count);
/* Share of rows with |prediction - label| <= tolerance * |label|; labels of 0 are left out. */
double metrics_within(const double *prediction, const double *label, size_t count,
                      double tolerance);

/* ranks[i] (count): the true rank of the row predicted (i+1)-th best. True rank: 1 + the number of
 * rows with a strictly better label, so 1 is the best. Best is highest, or lowest with `minimise`.
 * Of equal predictions the row with the worse label stands first: a constant predictor gains
 * nothing. NaN is worse than every number. */
enum status metrics_predicted_ranks(const double *prediction, const double *label, size_t count,
                                    bool minimise, size_t *ranks);
/* |{i < k: ranks[i] <= k}| / k: the share of the true best k among the predicted best k; labels
 * equal to the k-th best count as such. NaN unless 0 < k < count. */
double metrics_top_overlap(const size_t *ranks, size_t count, size_t k);
/* N@K = min ranks[0..k-1]: the true rank of the best row among the predicted best k. NaN unless
 * 0 < k <= count. */
double metrics_n_at(const size_t *ranks, size_t count, size_t k);
/* Kendall's tau-b among the ceil(count / 10) rows with the best labels, and those with labels equal
 * to the last of them. */
enum status metrics_top_tenth_tau(const double *prediction, const double *label, size_t count,
                                  bool minimise, double *out);

/* All of the above, of one set of predictions. */
struct metrics {
    double kendall_tau, spearman, mape;
    double top10_overlap, top100_overlap;
    double n_at_5, n_at_10;
    double top_tenth_tau;
    double within_5_percent, within_10_percent;
};
enum status metrics_make(struct metrics *out, const double *prediction, const double *label,
                         size_t count, bool minimise);

#endif
