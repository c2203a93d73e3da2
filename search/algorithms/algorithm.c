#include "search/algorithms/algorithm.h"

#include <stdlib.h>
#include <string.h>

static const struct algorithm *const algorithms[] = {
    &algorithm_random, &algorithm_aging,  &algorithm_predictor, &algorithm_exhaustive,
    &algorithm_local,  &algorithm_banana, &algorithm_nsga2};
#define ALGORITHMS (sizeof(algorithms) / sizeof(*algorithms))

const struct algorithm *algorithm_find(enum search_algorithm kind)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (algorithms[i]->kind == kind) return algorithms[i];
    }
    return NULL;
}

enum status algorithm_propose(struct algorithm_round *r, const struct candidate *c, bool *out_added)
{
    bool added = false;
    if (out_added) *out_added = false;
    if (history_knows(r->history, c->hash)) return SIBYL_OK;
    bool ruled_out;
    enum status st = forecast_rules_out(r->run->forecast, c, &ruled_out);
    if (st || ruled_out) return st;
    if (r->count == r->capacity) {
        uint32_t capacity = r->capacity ? r->capacity * 2 : 16;
        struct proposal *items = realloc(r->items, capacity * sizeof(*items));
        if (!items) return err_memory("the proposals of a round");
        r->items = items;
        r->capacity = capacity;
    }
    st = hashset_add(&r->proposed, c->hash, r->count, &added);
    if (st) return st;
    if (added) r->items[r->count++] = (struct proposal){.candidate = *c};
    if (out_added) *out_added = added;
    return SIBYL_OK;
}

enum status algorithm_propose_random(struct algorithm_round *r, struct rng *rng, uint64_t wanted)
{
    const struct space *s = r->run->space;
    uint32_t known = 0;
    while (r->count < wanted && !r->exhausted) {
        struct arena_mark mark = arena_mark(&r->arena);
        uint16_t *g = space_genes(s, &r->arena);
        struct candidate c;
        bool added = false;
        if (!g) return SIBYL_E_MEM;
        s->sample(s, rng, g);
        enum status st = candidate_make(&c, &r->arena, s, g);
        if (!st) st = algorithm_propose(r, &c, &added);
        if (st) return st;
        if (!added) arena_rewind(&r->arena, mark);
        known = added ? 0 : known + 1;
        r->exhausted = known >= ALGORITHM_KNOWN_MAX;
    }
    return SIBYL_OK;
}

void algorithm_round_release(struct algorithm_round *r)
{
    free(r->items);
    r->items = NULL;
    r->count = r->capacity = 0;
    hashset_release(&r->proposed);
    arena_release(&r->arena);
}
