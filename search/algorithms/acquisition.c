#include "search/algorithms/acquisition.h"

#include "search/algorithms/likeness.h"

#include <math.h>
#include <stdlib.h>

/* Networks to keep away from, and what is known of the candidates' likeness to them. */
struct apart {
    struct likeness *near; /* (count) */
    size_t count, capacity;
    struct likeness *own; /* (candidates) of those that were looked at; no labels: not yet */
    double *nearest;      /* (candidates) the largest likeness to the first `compared` of `near` */
    size_t *compared;
    double mean_deviation;
};

static int acquired_compare(const void *a, const void *b)
{
    const struct acquired *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return hash128_compare(x->candidate->hash, y->candidate->hash);
}

void acquisition_sort(struct acquired *list, size_t count)
{
    qsort(list, count, sizeof(*list), acquired_compare);
}

enum status acquisition_take(struct algorithm_round *r, const struct acquired *a)
{
    bool added = false;
    enum status st = algorithm_propose(r, a->candidate, &added);
    if (added) r->items[r->count - 1].predicted = a->value;
    return st;
}

static enum status apart_add(struct apart *p, const struct graph *g)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 64;
        struct likeness *near = realloc(p->near, capacity * sizeof(*near));
        if (!near) return err_memory("the pending networks");
        p->near = near;
        p->capacity = capacity;
    }
    enum status st = likeness_of(&p->near[p->count], g);
    if (!st) p->count++;
    return st;
}

static void apart_release(struct apart *p, size_t candidates)
{
    for (size_t i = 0; i < p->count; i++) likeness_release(&p->near[i]);
    for (size_t i = 0; p->own && i < candidates; i++) likeness_release(&p->own[i]);
    free(p->near);
    free(p->own);
    free(p->nearest);
    free(p->compared);
}

static enum status apart_init(struct apart *p, const struct algorithm_round *r,
                              const struct acquired *list, size_t count)
{
    const struct history *h = r->history;
    enum status st = SIBYL_OK;
    size_t finite = 0;
    p->own = calloc(count + 1, sizeof(*p->own));
    p->nearest = calloc(count + 1, sizeof(*p->nearest));
    p->compared = calloc(count + 1, sizeof(*p->compared));
    if (!p->own || !p->nearest || !p->compared) return err_memory("the order of the candidates");
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(list[i].deviation)) continue;
        p->mean_deviation += list[i].deviation;
        finite++;
    }
    if (finite) p->mean_deviation /= (double)finite;
    size_t left = h->count - h->measured; /* the youngest are pending, as a rule */
    for (size_t i = h->count; i-- > 0 && left > 0 && !st;) {
        if (h->entries[i].measured) continue;
        st = apart_add(p, &h->entries[i].candidate.graph);
        left--;
    }
    return st;
}

/* What candidate i counts with, now. */
static enum status apart_score(struct apart *p, const struct acquired *a, size_t i,
                               double exploration, double *out)
{
    if (!p->own[i].labels) {
        enum status st = likeness_of(&p->own[i], &a->candidate->graph);
        if (st) return st;
    }
    for (; p->compared[i] < p->count; p->compared[i]++)
        p->nearest[i] = fmax(p->nearest[i], likeness_between(&p->own[i], &p->near[p->compared[i]]));
    *out = a->score - p->nearest[i] * (exploration * a->deviation + p->mean_deviation);
    return SIBYL_OK;
}

/* The best that is not proposed yet, or `count`. Likeness only takes away: behind a score that is
 * no larger than the best so far there is none better. */
static enum status apart_best(struct apart *p, const struct algorithm_round *r,
                              const struct acquired *list, size_t count, size_t *out)
{
    double best = -(double)INFINITY;
    *out = count;
    for (size_t i = 0; i < count && (*out == count || list[i].score > best); i++) {
        double score;
        if (hashset_find(&r->proposed, list[i].candidate->hash) != HASHSET_NONE) continue;
        enum status st = apart_score(p, &list[i], i, r->run->options->exploration, &score);
        if (st) return st;
        if (*out < count && !(score > best)) continue;
        *out = i;
        best = isnan(score) ? -(double)INFINITY : score;
    }
    return SIBYL_OK;
}

enum status acquisition_apart(struct algorithm_round *r, const struct acquired *list, size_t count,
                              uint64_t wanted)
{
    struct apart p = {0};
    enum status st = apart_init(&p, r, list, count);
    while (!st && r->count < wanted) {
        size_t best;
        st = apart_best(&p, r, list, count, &best);
        if (st || best == count) break;
        st = acquisition_take(r, &list[best]);
        if (!st) st = apart_add(&p, &list[best].candidate->graph);
    }
    apart_release(&p, count);
    return st;
}
