#include "predictor/metrics.h"

#include <math.h>
#include <stdint.h>
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

static int by_b(const void *x, const void *y)
{
    const struct pair *p = x, *q = y;
    return p->b < q->b ? -1 : p->b > q->b;
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
    *out = count < 2 || scale <= 0 ? NAN : difference / scale;
    free(v);
    return SIBYL_OK;
}

/* Mid-ranks of x into rank[count]; `v` is scratch. */
static void mid_ranks(const double *x, size_t count, struct pair *v, double *rank)
{
    for (size_t i = 0; i < count; i++) v[i] = (struct pair){(double)i, x[i]};
    qsort(v, count, sizeof(*v), by_b);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && v[end].b == v[i].b;) end++;
        for (size_t k = i; k < end; k++) rank[(size_t)v[k].a] = 0.5 * (double)(i + end - 1);
    }
}

enum status metrics_spearman(const double *a, const double *b, size_t count, double *out)
{
    struct pair *v = malloc((count + 1) * sizeof(*v));
    double *rank = malloc((2 * count + 1) * sizeof(*rank));
    enum status st = v && rank ? SIBYL_OK : err_memory("Spearman's rho");
    if (!st) {
        double mean = 0.5 * ((double)count - 1), ab = 0, aa = 0, bb = 0;
        mid_ranks(a, count, v, rank);
        mid_ranks(b, count, v, rank + count);
        for (size_t i = 0; i < count; i++) {
            double x = rank[i] - mean, y = rank[count + i] - mean;
            ab += x * y;
            aa += x * x;
            bb += y * y;
        }
        *out = count < 2 || aa <= 0 || bb <= 0 ? NAN : ab / sqrt(aa * bb);
    }
    free(v);
    free(rank);
    return st;
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
