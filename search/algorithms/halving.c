#include "search/algorithms/halving.h"

#include "search/algorithms/front.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1e-9 /* 200 / 12 networks are one in 200 / 12 */

size_t halving_share(size_t count, double eta)
{
    return (size_t)floor((double)count / eta + ROUNDING);
}

struct placed {
    uint32_t rank;
    double violation, value; /* of one objective; of several value is the crowding distance */
    size_t index;
};

static int placed_compare(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->violation < y->violation || x->violation > y->violation)
        return x->violation < y->violation ? -1 : 1;
    if (x->value < y->value || x->value > y->value) return x->value > y->value ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Of several objectives: rank and crowding. */
static enum status place_many(const struct pareto_points *p, struct placed *list)
{
    uint32_t *ranks = calloc(p->count + 1, sizeof(*ranks));
    double *crowding = calloc(p->count + 1, sizeof(*crowding));
    enum status st = ranks && crowding ? SIBYL_OK : err_memory("the order of networks");
    if (!st) st = pareto_sort(p, ranks);
    if (!st) st = pareto_crowding(p, ranks, crowding);
    for (size_t i = 0; i < p->count && !st; i++)
        list[i] = (struct placed){.rank = ranks[i], .value = crowding[i], .index = i};
    free(ranks);
    free(crowding);
    return st;
}

enum status halving_order(const struct pareto_points *p, size_t *out)
{
    struct placed *list = calloc(p->count + 1, sizeof(*list));
    enum status st = list ? SIBYL_OK : err_memory("the order of networks");
    if (!st && p->k > 1) st = place_many(p, list);
    for (size_t i = 0; i < p->count && !st && p->k == 1; i++)
        list[i] = (struct placed){
            .violation = p->violations ? p->violations[i] : 0, .value = p->points[i], .index = i};
    if (!st) qsort(list, p->count, sizeof(*list), placed_compare);
    for (size_t i = 0; i < p->count && !st; i++) out[i] = list[i].index;
    free(list);
    return st;
}

/* The entries of one budget that have a value, as points. */
struct level {
    size_t *entries;            /* (points.count) */
    double *points, *violation; /* owned */
    size_t count, failed;
};

static void level_release(struct level *l)
{
    free(l->entries);
    free(l->points);
    free(l->violation);
}

static enum status level_gather(struct level *l, const struct history *h, uint32_t level,
                                uint32_t k)
{
    l->entries = calloc(h->measured + 1, sizeof(*l->entries));
    l->points = calloc(h->measured + 1, k * sizeof(*l->points));
    l->violation = calloc(h->measured + 1, sizeof(*l->violation));
    if (!l->entries || !l->points || !l->violation) return err_memory("the order of networks");
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->level != level || e->temporary) continue;
        if (e->failed) {
            l->failed++;
            continue;
        }
        front_point(h, e, l->points + l->count * k);
        l->violation[l->count] = e->violation;
        l->entries[l->count++] = h->order[i];
    }
    return SIBYL_OK;
}

/* Those of one budget, behind the *count that are there. */
static enum status promote_level(const struct history *h, double eta, uint32_t level,
                                 const struct halving_wish *wish, size_t *out, size_t *count)
{
    const uint32_t k = h->objectives && h->objectives->count > 1 ? h->objectives->count : 1;
    struct level l = {0};
    enum status st = level_gather(&l, h, level, k);
    size_t share = halving_share(l.count + l.failed, eta);
    size_t *order = st || (!share && !wish->rest) ? NULL : calloc(l.count + 1, sizeof(*order));
    const struct pareto_points p = {l.points, l.violation, l.count, k};
    if (order) st = halving_order(&p, order);
    if (wish->rest || share > l.count) share = l.count;
    for (size_t i = 0; order && !st && i < share && *count < wish->wanted; i++)
        if (!h->entries[l.entries[order[i]]].promoted) out[(*count)++] = l.entries[order[i]];
    free(order);
    level_release(&l);
    return st;
}

enum status halving_promote(const struct history *h, const struct fidelity *f,
                            const struct halving_wish *wish, size_t *out, size_t *out_count)
{
    enum status st = SIBYL_OK;
    *out_count = 0;
    for (uint32_t level = f->levels > 1 ? f->levels - 1 : 0; level-- > 0 && !st;)
        if (*out_count < wish->wanted)
            st = promote_level(h, f->eta[level], level, wish, out, out_count);
    return st;
}

enum status halving_keeps(const struct pareto_points *earlier, const double *own, double eta,
                          bool *out)
{
    const size_t count = earlier->count + 1, share = halving_share(count, eta);
    *out = true;
    if (share == 0) return SIBYL_OK;
    double *points = calloc(count, earlier->k * sizeof(*points));
    size_t *order = calloc(count, sizeof(*order));
    enum status st = points && order ? SIBYL_OK : err_memory("the order of networks");
    if (!st) {
        memcpy(points, earlier->points, earlier->count * earlier->k * sizeof(*points));
        memcpy(points + earlier->count * earlier->k, own, earlier->k * sizeof(*points));
        const struct pareto_points all = {points, NULL, count, earlier->k};
        st = halving_order(&all, order);
    }
    for (size_t i = 0; i < count && !st; i++)
        if (order[i] == earlier->count) *out = i < share;
    free(points);
    free(order);
    return st;
}
