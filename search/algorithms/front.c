#include "search/algorithms/front.h"

#include <math.h>
#include <stdlib.h>

void front_point(const struct history *h, const struct history_entry *e, double *out)
{
    if (!e->values) *out = e->value;
    for (uint32_t k = 0; e->values && k < h->objectives->count; k++)
        out[k] = objectives_upward(h->objectives, k, e->values[k]);
}

void front_reference(const struct history *h, double *out)
{
    const struct objectives *o = h->objectives;
    double point[OBJECTIVES_MAX];
    for (uint32_t k = 0; k < o->count; k++) out[k] = INFINITY;
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->failed || e->low) continue;
        front_point(h, e, point);
        for (uint32_t k = 0; k < o->count; k++) out[k] = fmin(out[k], point[k]);
    }
    for (uint32_t k = 0; k < o->count; k++)
        if (!isnan(o->list[k].reference)) out[k] = objectives_upward(o, k, o->list[k].reference);
}

void front_release(struct front *f)
{
    pareto_front_release(&f->points);
    *f = (struct front){0};
}

/* The point of an entry; false: it has failed, breaks a limit, or had less than the whole budget.
 */
static bool is_answer(const struct history *h, size_t entry, double *point)
{
    const struct history_entry *e = &h->entries[entry];
    if (e->failed || e->low || e->violation > 0) return false;
    front_point(h, e, point);
    return true;
}

enum status front_add(struct front *f, struct hypervolume *scratch, const struct history *h,
                      size_t entry)
{
    double point[OBJECTIVES_MAX], gain = 0;
    if (!is_answer(h, entry, point)) return SIBYL_OK;
    enum status st = hypervolume_gain(scratch, &f->points, f->reference, point, &gain);
    f->hypervolume += gain;
    return st ? st : pareto_front_add(&f->points, point, entry, NULL);
}

enum status front_points(const struct history *h, struct pareto_front *out)
{
    double point[OBJECTIVES_MAX];
    enum status st = SIBYL_OK;
    *out = (struct pareto_front){.k = h->objectives->count};
    for (size_t i = 0; i < h->measured && !st; i++)
        if (is_answer(h, h->order[i], point)) st = pareto_front_add(out, point, h->order[i], NULL);
    if (st) pareto_front_release(out);
    return st;
}

enum status front_of(const struct history *h, struct front *out)
{
    struct hypervolume scratch = {0};
    *out = (struct front){0};
    front_reference(h, out->reference);
    enum status st = front_points(h, &out->points);
    if (!st)
        st = hypervolume_of(&scratch, out->points.points, out->points.count, out->points.k,
                            out->reference, &out->hypervolume);
    hypervolume_release(&scratch);
    if (st) front_release(out);
    return st;
}

struct placed {
    uint32_t rank;
    double crowding;
    size_t entry;
};

static int placed_compare(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->crowding != y->crowding) return x->crowding > y->crowding ? -1 : 1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

enum status front_rank(const struct history *h, size_t *out)
{
    const uint32_t k = h->objectives->count;
    size_t count = 0;
    double *points = calloc(h->measured + 1, (k + 2) * sizeof(*points));
    uint32_t *ranks = calloc(h->measured + 1, sizeof(*ranks));
    struct placed *list = calloc(h->measured + 1, sizeof(*list));
    enum status st = points && ranks && list ? SIBYL_OK : err_memory("the order of networks");
    double *violations = points + h->measured * k, *crowding = violations + h->measured;
    for (size_t i = 0; i < h->measured && !st; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->failed) continue;
        front_point(h, e, points + count * k);
        violations[count] = e->violation;
        list[count++].entry = h->order[i];
    }
    const struct pareto_points all = {points, violations, count, k};
    if (!st) st = pareto_sort(&all, ranks);
    if (!st) st = pareto_crowding(&all, ranks, crowding);
    for (size_t i = 0; i < count && !st; i++) {
        list[i].rank = ranks[i];
        list[i].crowding = crowding[i];
    }
    if (!st) qsort(list, count, sizeof(*list), placed_compare);
    for (size_t i = 0; i < count && !st; i++) out[i] = list[i].entry;
    free(points);
    free(ranks);
    free(list);
    return st;
}
