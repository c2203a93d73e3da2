#include "library/api.h"

#include "predictor/scoring/metrics.h"

#include <stdint.h>
#include <stdlib.h>

/* Whether the arrays are there; else the call has been ended. */
static enum sibyl_code check(const struct sibyl_pairs *pairs, const double *out,
                             struct sibyl_status *status)
{
    if (!pairs || !out) return api_null(status, pairs ? "out" : "pairs");
    if (pairs->count && !pairs->predictions) return api_null(status, "pairs->predictions");
    if (pairs->count && !pairs->labels) return api_null(status, "pairs->labels");
    return SIBYL_CODE_OK;
}

enum sibyl_code sibyl_kendall_tau(const struct sibyl_pairs *pairs, double *out,
                                  struct sibyl_status *status)
{
    enum sibyl_code bad = check(pairs, out, status);
    if (bad) return bad;
    return api_end(status,
                   metrics_kendall_tau(pairs->predictions, pairs->labels, pairs->count, out));
}

enum sibyl_code sibyl_spearman(const struct sibyl_pairs *pairs, double *out,
                               struct sibyl_status *status)
{
    enum sibyl_code bad = check(pairs, out, status);
    if (bad) return bad;
    return api_end(status, metrics_spearman(pairs->predictions, pairs->labels, pairs->count, out));
}

enum sibyl_code sibyl_relative_error(const struct sibyl_pairs *pairs, double *out,
                                     struct sibyl_status *status)
{
    enum sibyl_code bad = check(pairs, out, status);
    if (bad) return bad;
    *out = metrics_mape(pairs->predictions, pairs->labels, pairs->count);
    return api_end(status, SIBYL_OK);
}

enum sibyl_code sibyl_within(const struct sibyl_pairs *pairs, double tolerance, double *out,
                             struct sibyl_status *status)
{
    enum sibyl_code bad = check(pairs, out, status);
    if (bad) return bad;
    *out = metrics_within(pairs->predictions, pairs->labels, pairs->count, tolerance);
    return api_end(status, SIBYL_OK);
}

/* A number of the true ranks in the predicted order, such as metrics_n_at(). */
static enum status of_ranks(const struct sibyl_pairs *pairs, size_t k, double *out,
                            double (*number)(const size_t *ranks, size_t count, size_t k))
{
    if (pairs->count > SIZE_MAX / sizeof(size_t) - 1) return err_memory("ranks");
    size_t *ranks = malloc((pairs->count + 1) * sizeof(*ranks));
    if (!ranks) return err_memory("ranks");
    enum status st = metrics_predicted_ranks(pairs->predictions, pairs->labels, pairs->count,
                                             pairs->minimise != 0, ranks);
    if (!st) *out = number(ranks, pairs->count, k);
    free(ranks);
    return st;
}

enum sibyl_code sibyl_top_overlap(const struct sibyl_pairs *pairs, size_t k, double *out,
                                  struct sibyl_status *status)
{
    enum sibyl_code bad = check(pairs, out, status);
    return bad ? bad : api_end(status, of_ranks(pairs, k, out, metrics_top_overlap));
}

enum sibyl_code sibyl_best_rank(const struct sibyl_pairs *pairs, size_t k, double *out,
                                struct sibyl_status *status)
{
    enum sibyl_code bad = check(pairs, out, status);
    return bad ? bad : api_end(status, of_ranks(pairs, k, out, metrics_n_at));
}

enum sibyl_code sibyl_top_tenth_tau(const struct sibyl_pairs *pairs, double *out,
                                    struct sibyl_status *status)
{
    enum sibyl_code bad = check(pairs, out, status);
    if (bad) return bad;
    return api_end(status, metrics_top_tenth_tau(pairs->predictions, pairs->labels, pairs->count,
                                                 pairs->minimise != 0, out));
}
