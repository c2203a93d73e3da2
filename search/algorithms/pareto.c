#include "search/algorithms/pareto.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_covered(const double *by, const double *point, uint32_t k)
{
    for (uint32_t i = 0; i < k; i++)
        if (by[i] < point[i]) return false;
    return true;
}

bool pareto_dominates(const double *a, const double *b, uint32_t k)
{
    return is_covered(a, b, k) && !is_covered(b, a, k);
}

/* ---- sorting ---- */

static bool dominates(const struct pareto_points *p, size_t a, size_t b)
{
    double x = p->violations ? p->violations[a] : 0, y = p->violations ? p->violations[b] : 0;
    if (x > 0 || y > 0) return x < y;
    return pareto_dominates(p->points + a * p->k, p->points + b * p->k, p->k);
}

enum status pareto_sort(const struct pareto_points *p, uint32_t *ranks)
{
    size_t *by = calloc(p->count + 1, sizeof(*by)); /* how many of what is left dominate it */
    bool *sorted = calloc(p->count + 1, sizeof(*sorted));
    size_t *now = calloc(p->count + 1, sizeof(*now));
    size_t left = p->count;
    enum status st = by && sorted && now ? SIBYL_OK : err_memory("the order of networks");
    for (size_t i = 0; i < p->count && !st; i++)
        for (size_t j = 0; j < p->count; j++) by[i] += i != j && dominates(p, j, i);
    for (uint32_t rank = 0; left > 0 && !st; rank++) {
        size_t count = 0;
        for (size_t i = 0; i < p->count; i++)
            if (!sorted[i] && by[i] == 0) now[count++] = i;
        for (size_t n = 0; n < count; n++) {
            ranks[now[n]] = rank;
            sorted[now[n]] = true;
            for (size_t j = 0; j < p->count; j++)
                if (!sorted[j] && dominates(p, now[n], j)) by[j]--;
        }
        left -= count;
    }
    free(by);
    free(sorted);
    free(now);
    return st;
}

/* ---- crowding ---- */

struct placed {
    double value;
    uint32_t rank;
    size_t index;
};

static int placed_compare(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Of the points of one rank, sorted by one objective. */
static void add_distances(const struct placed *list, size_t count, double *out)
{
    double range = list[count - 1].value - list[0].value;
    out[list[0].index] = out[list[count - 1].index] = INFINITY;
    for (size_t i = 1; i + 1 < count && range > 0; i++)
        out[list[i].index] += (list[i + 1].value - list[i - 1].value) / range;
}

enum status pareto_crowding(const struct pareto_points *p, const uint32_t *ranks, double *out)
{
    struct placed *list = calloc(p->count + 1, sizeof(*list));
    if (!list) return err_memory("the order of networks");
    for (size_t i = 0; i < p->count; i++) out[i] = 0;
    for (uint32_t objective = 0; objective < p->k; objective++) {
        for (size_t i = 0; i < p->count; i++)
            list[i] = (struct placed){p->points[i * p->k + objective], ranks[i], i};
        qsort(list, p->count, sizeof(*list), placed_compare);
        for (size_t begin = 0, end; begin < p->count; begin = end) {
            end = begin;
            while (end < p->count && list[end].rank == list[begin].rank) end++;
            add_distances(list + begin, end - begin, out);
        }
    }
    free(list);
    return SIBYL_OK;
}

/* ---- a front ---- */

void pareto_front_release(struct pareto_front *f)
{
    free(f->points);
    free(f->names);
    *f = (struct pareto_front){.k = f->k};
}

bool pareto_front_covers(const struct pareto_front *f, const double *point)
{
    for (size_t i = 0; i < f->count && f->points[i * f->k] >= point[0]; i++)
        if (is_covered(f->points + i * f->k, point, f->k)) return true;
    return false;
}

static enum status front_reserve(struct pareto_front *f, size_t count)
{
    if (count <= f->capacity) return SIBYL_OK;
    size_t larger = count < 16 ? 16 : 2 * count;
    double *points = realloc(f->points, larger * f->k * sizeof(*points));
    if (points) f->points = points;
    size_t *names = realloc(f->names, larger * sizeof(*names));
    if (names) f->names = names;
    if (!points || !names) return err_memory("a Pareto front");
    f->capacity = larger;
    return SIBYL_OK;
}

enum status pareto_front_add(struct pareto_front *f, const double *point, size_t name,
                             bool *out_added)
{
    const uint32_t k = f->k;
    size_t kept = 0, at = 0;
    if (out_added) *out_added = false;
    for (size_t i = 0; i < f->count; i++)
        if (pareto_dominates(f->points + i * k, point, k)) return SIBYL_OK;
    enum status st = front_reserve(f, f->count + 1);
    if (st) return st;
    for (size_t i = 0; i < f->count; i++) {
        if (pareto_dominates(point, f->points + i * k, k)) continue;
        memmove(f->points + kept * k, f->points + i * k, k * sizeof(*f->points));
        f->names[kept++] = f->names[i];
    }
    while (at < kept && f->points[at * k] >= point[0]) at++;
    memmove(f->points + (at + 1) * k, f->points + at * k, (kept - at) * k * sizeof(*f->points));
    memmove(f->names + at + 1, f->names + at, (kept - at) * sizeof(*f->names));
    memcpy(f->points + at * k, point, k * sizeof(*point));
    f->names[at] = name;
    f->count = kept + 1;
    if (out_added) *out_added = true;
    return SIBYL_OK;
}

enum status pareto_front_copy(struct pareto_front *out, const struct pareto_front *f)
{
    *out = (struct pareto_front){.k = f->k};
    enum status st = front_reserve(out, f->count + 1);
    if (st) return st;
    if (f->count) memcpy(out->points, f->points, f->count * f->k * sizeof(*f->points));
    if (f->count) memcpy(out->names, f->names, f->count * sizeof(*f->names));
    out->count = f->count;
    return SIBYL_OK;
}
