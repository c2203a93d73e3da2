/* The search of a piece that does not fall apart. */
#include "proto/graph/canon_problem.h"

#include <string.h>

/* A search that has ended counts what it had to look at, symmetries apart. That number does not
 * depend on the order of the nodes; what it took to find the symmetries does. So the number must
 * stay below the budget's part of this, and symmetries have the rest. */
#define SYMMETRY_SHARE 16
/* Setting apart costs a part of the search's budget: a refinement takes several looks. */
#define SKETCH_SHARE 4
/* Copies of its piece that a search may have open at once. */
#define OPEN_LOOKS 16

static struct hash128 order_hash(const struct solver *s, const struct problem *p,
                                 const uint32_t *order)
{
    uint32_t *place = s->refiner.queue;
    for (uint32_t i = 0; i < p->graph.nodes; i++) place[order[i]] = i;
    return problem_hash(s, p, order, place);
}

struct branch { /* one of several nodes that symmetries change for each other */
    struct hash128 hash, dive_hash;
    uint32_t *order, *dive; /* (nodes) */
    struct branch *next;
};

/* Solves with lab[i] set apart; the hash is that of `p` in the order found. */
static enum status solve_apart(struct solver *s, const struct problem *p, uint32_t i,
                               struct solution *out)
{
    struct arena_mark mark = arena_mark(s->arena);
    struct problem apart = {p->graph, {0}, p->outer, NULL, p->dive};
    enum status st = partition_place(&apart.like, s->arena, p->graph.nodes);
    apart.orbit = forest_new(s->arena, p->graph.nodes);
    if (!st && !apart.orbit) st = SIBYL_E_MEM;
    if (!st) {
        partition_copy(&apart.like, &p->like);
        partition_individualise(&apart.like, &s->refiner, i);
        refiner_run(&s->refiner, &apart.graph, &apart.like);
        st = problem_solve(s, &apart, out);
    }
    if (!st && !s->passed) {
        for (uint32_t k = 0; !p->dive && k < p->graph.nodes; k++)
            forest_join(p->orbit, k, forest_root(apart.orbit, k));
        out->hash = order_hash(s, p, out->order);
    }
    arena_rewind(s->arena, mark);
    return st;
}

static void join_orders(const struct problem *p, const uint32_t *a, const uint32_t *b)
{
    for (uint32_t i = 0; i < p->graph.nodes; i++) forest_join(p->orbit, a[i], b[i]);
}

/* Follows the node lab[i]: one way only where that comes to the same graph as it did for an earlier
 * branch, for then the two nodes are symmetric; else all ways. */
static enum status search_branch(struct solver *s, const struct problem *p, uint32_t i,
                                 struct branch **branches, uint64_t *looks)
{
    size_t bytes = p->graph.nodes * sizeof(uint32_t);
    struct problem dive = *p;
    struct solution one = {.order = arena_alloc(s->arena, bytes)};
    struct solution all = {.order = arena_alloc(s->arena, bytes)};
    struct branch *b = arena_alloc(s->arena, sizeof(*b));
    if (!one.order || !all.order || !b) return SIBYL_E_MEM;
    dive.dive = true;
    enum status st = solve_apart(s, &dive, i, &one);
    if (st || s->passed) return st;
    for (const struct branch *x = *branches; x; x = x->next)
        if (hash128_compare(x->dive_hash, one.hash) == 0) {
            join_orders(p, x->dive, one.order);
            return SIBYL_OK;
        }
    st = solve_apart(s, p, i, &all);
    if (st || s->passed) return st;
    for (const struct branch *x = *branches; x; x = x->next)
        if (hash128_compare(x->hash, all.hash) == 0) {
            join_orders(p, x->order, all.order);
            return SIBYL_OK;
        }
    *b = (struct branch){all.hash, one.hash, all.order, one.order, *branches};
    *branches = b;
    *looks += all.looks;
    return SIBYL_OK;
}

/* The first of the smallest cells of more than one node. */
static uint32_t target_cell(const struct partition *like)
{
    uint32_t best = 0, length = UINT32_MAX;
    for (uint32_t c = 0; c < like->nodes; c += like->length[c])
        if (like->length[c] > 1 && like->length[c] < length) {
            best = c;
            length = like->length[c];
        }
    return best;
}

static bool is_tried(const struct problem *p, const uint32_t *tried, uint32_t count, uint32_t node)
{
    uint32_t root = forest_root(p->orbit, node);
    for (uint32_t i = 0; i < count; i++)
        if (forest_root(p->orbit, tried[i]) == root) return true;
    return false;
}

static enum status search(struct solver *s, const struct problem *p, struct solution *out)
{
    uint32_t c = target_cell(&p->like), end = c + p->like.length[c], count = 0;
    if (p->dive) return solve_apart(s, p, c, out);
    struct arena_mark mark = arena_mark(s->arena);
    struct branch *branches = NULL;
    uint32_t *tried = arena_alloc(s->arena, (end - c) * sizeof(*tried));
    enum status st = tried ? SIBYL_OK : SIBYL_E_MEM;
    for (uint32_t i = c; !st && !s->passed && i < end; i++) {
        if (is_tried(p, tried, count, p->like.lab[i])) continue;
        tried[count++] = p->like.lab[i];
        st = search_branch(s, p, i, &branches, &out->looks);
    }
    if (!st && !s->passed) {
        const struct branch *best = branches;
        for (const struct branch *x = branches; x; x = x->next)
            if (hash128_compare(x->hash, best->hash) < 0) best = x;
        memcpy(out->order, best->order, p->graph.nodes * sizeof(uint32_t));
        out->hash = best->hash;
    }
    arena_rewind(s->arena, mark);
    return st;
}

static enum status search_within_budget(struct solver *s, const struct problem *p,
                                        struct solution *out)
{
    uint64_t size = problem_size(p), open_max = s->open_max;
    s->budget = size * s->looks;
    s->steps = s->refiner.steps = 0;
    if (s->open + OPEN_LOOKS * size > open_max) s->open_max = s->open + OPEN_LOOKS * size;
    enum status st = search(s, p, out);
    bool passed = s->passed || out->looks > s->budget / SYMMETRY_SHARE;
    s->passed = false;
    s->budget = 0;
    s->open_max = open_max;
    return st || !passed ? st : problem_give_up(s, p, out);
}

enum status problem_search(struct solver *s, const struct problem *p, struct solution *out)
{
    if (s->budget) return search(s, p, out);
    struct problem parted = *p;
    enum status st = partition_place(&parted.like, s->arena, p->graph.nodes);
    if (st) return st;
    partition_copy(&parted.like, &p->like);
    st = problem_part_by_balls(s, p, &parted.like);
    if (st) return st;
    if (parted.like.cells == p->like.cells) return search_within_budget(s, p, out);
    return problem_solve(s, &parted, out);
}

/* With each node of a cell set apart in turn, where that costs no more than the search. */
enum status problem_give_up(struct solver *s, const struct problem *p, struct solution *out)
{
    struct arena_mark mark = arena_mark(s->arena);
    uint32_t c = target_cell(&p->like), end = c + p->like.length[c];
    struct problem apart = *p;
    struct hash128 parts[2] = {problem_hash(s, p, p->like.lab, p->like.colour), {0, end - c}};
    enum status st = partition_place(&apart.like, s->arena, p->graph.nodes);
    for (uint32_t i = c; !st && end - c <= s->looks / SKETCH_SHARE && i < end; i++) {
        partition_copy(&apart.like, &p->like);
        partition_individualise(&apart.like, &s->refiner, i);
        refiner_run(&s->refiner, &apart.graph, &apart.like);
        struct hash128 h = problem_hash(s, &apart, apart.like.lab, apart.like.colour);
        parts[1].high += keyed_mix(h.high);
        parts[1].low += keyed_mix(h.low);
    }
    arena_rewind(s->arena, mark);
    memcpy(out->order, p->like.lab, p->graph.nodes * sizeof(uint32_t));
    out->hash = digest_xxh128(parts, sizeof(parts));
    s->inexact = true;
    return st;
}
