#include "predictor/scoring/metrics.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    double a, b;
};

static int by_a_then_b(const void *x, const void *y)
{
    const struct pair *p = x, *q = y;
    if (p->a != q->a) return p->a < q->a ? -1 : 1;
    return p->b < q->b ? -1 : p->b > q->b;
}

static bool any_nan(const double *x, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) found |= isnan(x[i]) != 0;
    return found;
}

static double pairs_of(double n)
{
    return n * (n - 1) / 2;
}

/* Merge sort of v by b; returns how many pairs stood in the wrong order. */
static double sort_counting(struct pair *v, struct pair *scratch, size_t n)
{
    if (n < 2) return 0;
    size_t half = n / 2, i = 0, j = half, k = 0;
    double swaps = sort_counting(v, scratch, half) + sort_counting(v + half, scratch, n - half);
    while (i < half && j < n) {
        if (v[j].b < v[i].b) {
            swaps += (double)(half - i);
            scratch[k++] = v[j++];
        } else {
            scratch[k++] = v[i++];
        }
    }
    while (i < half) scratch[k++] = v[i++];
    while (j < n) scratch[k++] = v[j++];
    memcpy(v, scratch, n * sizeof(*v));
    return swaps;
}

/* Tied pairs among neighbours that are equal in a (and, where asked, in b too). */
static double ties(const struct pair *v, size_t n, int use_a, int use_b)
{
    double sum = 0;
    size_t run = 1;
    for (size_t i = 1; i <= n; i++) {
        if (i < n && (!use_a || v[i].a == v[i - 1].a) && (!use_b || v[i].b == v[i - 1].b)) {
            run++;
            continue;
        }
        sum += pairs_of((double)run);
        run = 1;
    }
    return sum;
}

enum status metrics_kendall_tau(const double *a, const double *b, size_t count, double *out)
{
    *out = NAN;
    if (any_nan(a, count) || any_nan(b, count)) return SIBYL_OK;
    struct pair *v = malloc((count + 1) * 2 * sizeof(*v));
    if (!v) return err_memory("Kendall's tau");
    for (size_t i = 0; i < count; i++) v[i] = (struct pair){a[i], b[i]};
    qsort(v, count, sizeof(*v), by_a_then_b);
    double all = pairs_of((double)count), tied_a = ties(v, count, 1, 0),
           tied_both = ties(v, count, 1, 1);
    double discordant = sort_counting(v, v + count, count), tied_b = ties(v, count, 0, 1);
    double difference =
        all - tied_a - tied_b + tied_both - 2 * discordant; /* concordant - discordant */
    double scale = sqrt((all - tied_a) * (all - tied_b));
    if (count >= 2 && scale > 0) *out = difference / scale;
    free(v);
    return SIBYL_OK;
}

static int sign_of(double x)
{
    return (x > 0) - (x < 0);
}

/* Over the rows j: by how many more pairs (i, j) `a` has in the label's order than `base`, less
 * those that it has in the wrong one. */
static double row_gain(const double *a, const double *base, const double *label, size_t count,
                       size_t i)
{
    double sum = 0;
    for (size_t j = 0; j < count; j++)
        sum += (sign_of(a[i] - a[j]) - sign_of(base[i] - base[j])) * sign_of(label[i] - label[j]);
    return sum;
}

void metrics_tau_gain(const double *a, const double *base, const double *label, size_t count,
                      double *out_gain, double *out_error)
{
    double n = (double)count, sum = 0, squares = 0;
    *out_gain = *out_error = 0;
    if (count < 3) return;
    for (size_t i = 0; i < count; i++) {
        double gain = row_gain(a, base, label, count, i); /* whole numbers: sums are exact */
        sum += gain;
        squares += gain * gain;
    }
    /* Without row i the difference is (sum - 2 gain_i) / ((n - 1) (n - 2)). */
    double spread = squares - sum * sum / n;
    *out_gain = sum / (n * (n - 1));
    *out_error = 2 * sqrt(fmax(spread, 0) / (n * (n - 1))) / (n - 2);
}

enum status metrics_spearman(const double *a, const double *b, size_t count, double *out)
{
    double *ranks = malloc((2 * count + 1) * sizeof(*ranks));
    if (!ranks) return err_memory("Spearman's rho");
    bool known = count >= 2 && !any_nan(a, count) && !any_nan(b, count);
    *out = known ? gsl_stats_spearman(a, 1, b, 1, count, ranks) : NAN;
    free(ranks);
    return SIBYL_OK;
}

double metrics_mape(const double *prediction, const double *label, size_t count)
{
    double sum = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (label[i] == 0) continue;
        sum += fabs(prediction[i] - label[i]) / fabs(label[i]);
        used++;
    }
    return used ? sum / (double)used : NAN;
}

double metrics_within(const double *prediction, const double *label, size_t count, double tolerance)
{
    size_t used = 0, within = 0;
    for (size_t i = 0; i < count; i++) {
        if (label[i] == 0) continue;
        within += fabs(prediction[i] - label[i]) <= tolerance * fabs(label[i]);
        used++;
    }
    return used ? (double)within / (double)used : NAN;
}

/* ---- the best ---- */

/* Highest prediction first; of equal ones the lowest label. */
static int by_a_down_then_b(const void *x, const void *y)
{
    const struct pair *p = x, *q = y;
    if (p->a != q->a) return p->a > q->a ? -1 : 1;
    return p->b < q->b ? -1 : p->b > q->b;
}

/* 1 + how many of `sorted` (ascending) are above x. */
static size_t rank_in(const double *sorted, size_t count, double x)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return count - low + 1;
}

/* Larger is better; what is no number is worse than every number. */
static double goodness(double x, bool minimise)
{
    if (isnan(x)) return -INFINITY;
    return minimise ? -x : x;
}

enum status metrics_predicted_ranks(const double *prediction, const double *label, size_t count,
                                    bool minimise, size_t *ranks)
{
    struct pair *v = malloc((count + 1) * sizeof(*v));
    double *sorted = malloc((count + 1) * sizeof(*sorted));
    enum status st = v && sorted ? SIBYL_OK : err_memory("ranks");
    for (size_t i = 0; !st && i < count; i++) {
        v[i] = (struct pair){goodness(prediction[i], minimise), goodness(label[i], minimise)};
        sorted[i] = v[i].b;
    }
    if (!st) {
        qsort(v, count, sizeof(*v), by_a_down_then_b);
        gsl_sort(sorted, 1, count);
        for (size_t i = 0; i < count; i++) ranks[i] = rank_in(sorted, count, v[i].b);
    }
    free(v);
    free(sorted);
    return st;
}

double metrics_top_overlap(const size_t *ranks, size_t count, size_t k)
{
    size_t hits = 0;
    if (k == 0 || k >= count) return NAN;
    for (size_t i = 0; i < k; i++) hits += ranks[i] <= k;
    return (double)hits / (double)k;
}

double metrics_n_at(const size_t *ranks, size_t count, size_t k)
{
    if (k == 0 || k > count) return NAN;
    size_t best = ranks[0];
    for (size_t i = 1; i < k; i++)
        if (ranks[i] < best) best = ranks[i];
    return (double)best;
}

enum status metrics_top_tenth_tau(const double *prediction, const double *label, size_t count,
                                  bool minimise, double *out)
{
    size_t wanted = (count + 9) / 10, kept = 0;
    double *a = malloc((count + 1) * sizeof(*a)), *b = malloc((count + 1) * sizeof(*b));
    enum status st = a && b ? SIBYL_OK : err_memory("the best tenth");
    if (st) goto done;
    *out = NAN;
    if (count == 0) goto done;
    for (size_t i = 0; i < count; i++) a[i] = goodness(label[i], minimise);
    gsl_sort(a, 1, count);
    double least = a[count - wanted];
    for (size_t i = 0; i < count; i++) {
        if (goodness(label[i], minimise) < least) continue;
        a[kept] = prediction[i];
        b[kept++] = label[i];
    }
    st = metrics_kendall_tau(a, b, kept, out);
done:
    free(a);
    free(b);
    return st;
}

enum status metrics_make(struct metrics *out, const double *prediction, const double *label,
                         size_t count, bool minimise)
{
    struct metrics m = {
        .mape = metrics_mape(prediction, label, count),
        .within_5_percent = metrics_within(prediction, label, count, 0.05),
        .within_10_percent = metrics_within(prediction, label, count, 0.10),
    };
    size_t *ranks = malloc((count + 1) * sizeof(*ranks));
    enum status st = ranks ? SIBYL_OK : err_memory("ranks");
    if (!st) st = metrics_kendall_tau(prediction, label, count, &m.kendall_tau);
    if (!st) st = metrics_spearman(prediction, label, count, &m.spearman);
    if (!st) st = metrics_predicted_ranks(prediction, label, count, minimise, ranks);
    if (!st) st = metrics_top_tenth_tau(prediction, label, count, minimise, &m.top_tenth_tau);
    if (!st) {
        m.top10_overlap = metrics_top_overlap(ranks, count, 10);
        m.top100_overlap = metrics_top_overlap(ranks, count, 100);
        m.n_at_5 = metrics_n_at(ranks, count, 5);
        m.n_at_10 = metrics_n_at(ranks, count, 10);
        *out = m;
    }
    free(ranks);
    return st;
}
