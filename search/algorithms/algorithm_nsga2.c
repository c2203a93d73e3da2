/* NSGA-II (Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist multiobjective genetic
 * algorithm: NSGA-II"): evolution in which the better rank, and of one rank the less crowded, lives
 * and breeds; networks that meet the limits come before those that do not. In place of generations
 * the population is cut to its size before each proposal, however many it asks for. */
#include "search/algorithms/algorithm.h"
#include "search/algorithms/front.h"
#include "search/spaces/variation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CROSSED 0.9          /* part of the children that have two parents */
#define CROSSED_MUTATED 0.67 /* part of those that are mutated too */

struct member {
    uint32_t entry; /* of the history */
    uint32_t rank;
    double crowding;
};

struct nsga2 {
    struct member *members; /* (count) in the order in which they became known, but for cuts */
    size_t count, capacity;
    uint32_t size;
};

static void nsga2_release(void *state)
{
    struct nsga2 *n = state;
    if (!n) return;
    free(n->members);
    free(n);
}

static enum status nsga2_start(void **out_state, const struct search_run *run)
{
    struct nsga2 *n = calloc(1, sizeof(*n));
    if (!n) return err_memory("the search algorithm");
    n->size = run->options->population;
    *out_state = n;
    return SIBYL_OK;
}

static enum status nsga2_push(struct nsga2 *n, uint32_t entry)
{
    if (n->count == n->capacity) {
        size_t larger = n->capacity ? 2 * n->capacity : 64;
        struct member *members = realloc(n->members, larger * sizeof(*members));
        if (!members) return err_memory("the population");
        n->members = members;
        n->capacity = larger;
    }
    n->members[n->count++] = (struct member){.entry = entry};
    return SIBYL_OK;
}

static enum status nsga2_told(void *state, const struct history *h, size_t entry)
{
    return h->entries[entry].failed ? SIBYL_OK : nsga2_push(state, (uint32_t)entry);
}

/* ---- who lives ---- */

static int member_compare(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    if (x->crowding != y->crowding) return x->crowding > y->crowding ? -1 : 1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

/* Ranks all members, and keeps the best. */
static enum status nsga2_select(struct nsga2 *n, const struct history *h)
{
    const uint32_t k = h->objectives && h->objectives->count ? h->objectives->count : 1;
    double *points = calloc(n->count + 1, (k + 2) * sizeof(*points));
    uint32_t *ranks = calloc(n->count + 1, sizeof(*ranks));
    enum status st = points && ranks ? SIBYL_OK : err_memory("the population");
    double *violations = points + n->count * k, *crowding = violations + n->count;
    for (size_t i = 0; i < n->count && !st; i++) {
        front_point(h, &h->entries[n->members[i].entry], points + i * k);
        violations[i] = h->entries[n->members[i].entry].violation;
    }
    const struct pareto_points all = {points, violations, n->count, k};
    if (!st) st = pareto_sort(&all, ranks);
    if (!st) st = pareto_crowding(&all, ranks, crowding);
    for (size_t i = 0; i < n->count && !st; i++) {
        n->members[i].rank = ranks[i];
        n->members[i].crowding = crowding[i];
    }
    if (!st) qsort(n->members, n->count, sizeof(*n->members), member_compare);
    if (!st && n->count > n->size) n->count = n->size;
    free(points);
    free(ranks);
    return st;
}

/* ---- who breeds ---- */

static const struct candidate *nsga2_parent(const struct nsga2 *n, const struct history *h,
                                            struct rng *rng)
{
    uint64_t a = rng_below(rng, n->count), b = rng_below(rng, n->count);
    const struct member *best = &n->members[a < b ? a : b]; /* they are sorted */
    return &h->entries[best->entry].candidate;
}

static enum status nsga2_child(const struct nsga2 *n, struct algorithm_round *r, struct rng *rng,
                               struct candidate *out)
{
    const struct space *s = r->run->space;
    const struct candidate *a = nsga2_parent(n, r->history, rng);
    const struct candidate *b = nsga2_parent(n, r->history, rng);
    bool crossed = rng_uniform(rng) < CROSSED;
    bool mutated = !crossed || rng_uniform(rng) < CROSSED_MUTATED;
    struct candidate child = *a;
    enum status st = SIBYL_OK;
    if (crossed)
        st = variation_cross(s, rng, (const struct candidate *const[2]){a, b}, &child, &r->arena);
    *out = child;
    return st || !mutated ? st : variation_mutate(s, rng, &child, out, &r->arena);
}

static enum status nsga2_breed(const struct nsga2 *n, struct algorithm_round *r, struct rng *rng,
                               uint64_t wanted)
{
    uint32_t known = 0;
    while (r->count < wanted && known < ALGORITHM_KNOWN_MAX) {
        struct arena_mark mark = arena_mark(&r->arena);
        struct candidate child;
        bool added = false;
        enum status st = nsga2_child(n, r, rng, &child);
        if (!st) st = algorithm_propose(r, &child, &added);
        if (st) return st;
        if (!added) arena_rewind(&r->arena, mark);
        known = added ? 0 : known + 1;
    }
    return SIBYL_OK;
}

static enum status nsga2_propose(void *state, struct algorithm_round *r)
{
    struct nsga2 *n = state;
    struct rng rng;
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, r->round);
    /* Networks that are pending are on their way into the population. */
    uint64_t sure = n->count + r->history->count - r->history->measured;
    uint64_t missing = sure < n->size ? n->size - sure : 0;
    if (n->count == 0 && missing == 0) missing = wanted; /* none to breed from yet */
    r->origin = "random";
    if (missing > 0) {
        enum status st = algorithm_propose_random(r, &rng, wanted < missing ? wanted : missing);
        if (st || r->count > 0 || n->count == 0) return st;
        r->exhausted = false; /* a space with fewer networks than the population holds */
    }
    r->origin = "bred";
    enum status st = nsga2_select(n, r->history);
    if (!st) st = nsga2_breed(n, r, &rng, wanted);
    if (st || r->count > 0) return st;
    r->origin = "random"; /* all children of the living are known */
    return algorithm_propose_random(r, &rng, wanted);
}

/* ---- its memory ---- */

static enum status nsga2_save(const void *state, const struct search_run *run, FILE *out)
{
    const struct nsga2 *n = state;
    (void)run;
    for (size_t i = 0; i < n->count; i++) fwrite(&n->members[i].entry, sizeof(uint32_t), 1, out);
    return SIBYL_OK;
}

static enum status nsga2_load(void *state, const struct search_run *run, const void *data,
                              size_t bytes)
{
    const char *at = data;
    (void)run;
    if (bytes % sizeof(uint32_t)) return err_set(SIBYL_E_FORMAT, "the state is of another program");
    for (size_t i = 0; i < bytes; i += sizeof(uint32_t)) {
        uint32_t entry;
        memcpy(&entry, at + i, sizeof(entry));
        enum status st = nsga2_push(state, entry);
        if (st) return st;
    }
    return SIBYL_OK;
}

const struct algorithm algorithm_nsga2 = {.kind = ALGORITHM_NSGA2,
                                          .replays = true,
                                          .start = nsga2_start,
                                          .propose = nsga2_propose,
                                          .told = nsga2_told,
                                          .save = nsga2_save,
                                          .load = nsga2_load,
                                          .release = nsga2_release};
