#include "search/algorithms/hypervolume.h"

#include "search/algorithms/pareto.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Points are offsets from the reference, all positive; those of each level of the recursion have an
 * objective less than those of the level above, and stand behind them in the scratch memory. */

void hypervolume_release(struct hypervolume *h)
{
    free(h->scratch);
    *h = (struct hypervolume){0};
}

/* Room for `count` points of k objectives, and for all levels below. */
static enum status reserve(struct hypervolume *h, size_t count, uint32_t k)
{
    size_t need = (count + 1) * k * (k + 1) / 2 + k;
    if (need <= h->capacity) return SIBYL_OK;
    double *scratch = realloc(h->scratch, 2 * need * sizeof(*scratch));
    if (!scratch) return err_memory("a hypervolume");
    h->scratch = scratch;
    h->capacity = 2 * need;
    return SIBYL_OK;
}

/* By the last objective, the lowest first, then by those before it. */
static int compare_last(const double *a, const double *b, uint32_t k)
{
    for (uint32_t i = k; i-- > 0;)
        if (a[i] < b[i] || a[i] > b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

#define COMPARE(k)                                                                                 \
    static int compare_##k(const void *a, const void *b)                                           \
    {                                                                                              \
        return compare_last(a, b, k);                                                              \
    }
COMPARE(1)
COMPARE(2)
COMPARE(3)
COMPARE(4)
COMPARE(5)
COMPARE(6)
COMPARE(7)
COMPARE(8)

static void sort(double *points, size_t count, uint32_t k)
{
    static int (*const compare[])(const void *, const void *) = {NULL,      compare_1, compare_2,
                                                                 compare_3, compare_4, compare_5,
                                                                 compare_6, compare_7, compare_8};
    qsort(points, count, k * sizeof(*points), compare[k]);
}

static double volume_1(const double *points, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, points[i]);
    return most;
}

/* Sorted by the second objective, the lowest first: strips from the highest down. */
static double volume_2(const double *points, size_t count)
{
    double area = 0, wide = 0;
    for (size_t i = count; i-- > 0;) {
        const double *p = points + 2 * i;
        if (p[0] <= wide) continue;
        area += (p[0] - wide) * p[1];
        wide = p[0];
    }
    return area;
}

static bool is_covered(const double *by, const double *point, uint32_t k)
{
    for (uint32_t c = 0; c < k; c++)
        if (by[c] < point[c]) return false;
    return true;
}

/* Takes points away that others cover, whichever of them comes first. */
static size_t keep_best(double *points, size_t count, uint32_t k)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        double *p = points + i * k;
        size_t j = 0, left = 0;
        while (j < kept && !is_covered(points + j * k, p, k)) j++;
        if (j < kept) continue;
        for (j = 0; j < kept; j++) {
            if (is_covered(p, points + j * k, k)) continue;
            if (left < j) memcpy(points + left * k, points + j * k, k * sizeof(*points));
            left++;
        }
        if (left < i) memcpy(points + left * k, p, k * sizeof(*points));
        kept = left + 1;
    }
    return kept;
}

/* Each point adds its box, without what those behind it have in common with it: they are as high as
 * it is in the last objective, so that this is a volume of an objective less. */
static double volume(double *points, size_t count, uint32_t k)
{
    double sum = 0, *below = points + count * k;
    if (k == 1) return volume_1(points, count);
    sort(points, count, k);
    if (k == 2) return volume_2(points, count);
    for (size_t i = 0; i < count; i++) {
        const double *p = points + i * k;
        double box = 1;
        size_t n = count - i - 1;
        for (uint32_t c = 0; c + 1 < k; c++) box *= p[c];
        for (size_t j = 0; j < n; j++)
            for (uint32_t c = 0; c + 1 < k; c++)
                below[j * (k - 1) + c] = fmin(p[c], points[(i + 1 + j) * k + c]);
        if (k > 3) n = keep_best(below, n, k - 1); /* the strips of two objectives need no help */
        sum += p[k - 1] * (box - volume(below, n, k - 1));
    }
    return sum;
}

enum status hypervolume_of(struct hypervolume *h, const double *points, size_t count, uint32_t k,
                           const double *reference, double *out)
{
    size_t kept = 0;
    enum status st = reserve(h, count, k);
    if (st) return st;
    for (size_t i = 0; i < count; i++) {
        bool above = true;
        for (uint32_t c = 0; c < k; c++) {
            h->scratch[kept * k + c] = points[i * k + c] - reference[c];
            above = above && h->scratch[kept * k + c] > 0;
        }
        kept += above;
    }
    *out = volume(h->scratch, kept, k);
    return SIBYL_OK;
}

enum status hypervolume_gain(struct hypervolume *h, const struct pareto_front *f,
                             const double *reference, const double *point, double *out)
{
    const uint32_t k = f->k;
    double box = 1, wide = 0, common = 0;
    *out = 0;
    for (uint32_t c = 0; c < k; c++) {
        if (!(point[c] > reference[c])) return SIBYL_OK;
        box *= point[c] - reference[c];
    }
    if (pareto_front_covers(f, point)) return SIBYL_OK;
    enum status st = reserve(h, f->count, k);
    if (st) return st;
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        double *p = h->scratch + kept * k;
        bool above = true;
        for (uint32_t c = 0; c < k; c++) {
            p[c] = fmin(f->points[i * k + c], point[c]) - reference[c];
            above = above && p[c] > 0;
        }
        if (!above) continue;
        if (k != 2) {
            kept++;
        } else if (p[1] > wide) { /* of two objectives the front's order is that of the strips */
            common += p[0] * (p[1] - wide);
            wide = p[1];
        }
    }
    if (k > 2) kept = keep_best(h->scratch, kept, k);
    *out = fmax(box - (k == 2 ? common : volume(h->scratch, kept, k)), 0);
    return SIBYL_OK;
}
