#include "search/algorithms/structure_choice.h"

#include "search/algorithms/structure_model.h"

#include <stdlib.h>

/* What a model is given of a round. */
struct choice {
    struct graph_patterns *known, *candidates, *pending;
    struct hash128 *hashes;
    const struct candidate **networks; /* behind `candidates` */
    size_t candidate_count, pending_count;
    struct arena arena; /* of the patterns of pending networks */
};

static void choice_release(struct choice *c)
{
    free(c->known);
    free(c->candidates);
    free(c->pending);
    free(c->hashes);
    free(c->networks);
    arena_release(&c->arena);
}

static enum status choice_init(struct choice *c, const struct algorithm_round *r,
                               const struct candidate_pool *pool,
                               const struct candidate_pool *known)
{
    const struct history *h = r->history;
    size_t pending = h->count - h->measured;
    *c = (struct choice){0};
    arena_init(&c->arena);
    c->known = calloc(known->count + 1, sizeof(*c->known));
    c->candidates = calloc(pool->count + 1, sizeof(*c->candidates));
    c->pending = calloc(pending + 1, sizeof(*c->pending));
    c->hashes = calloc(pool->count + 1, sizeof(*c->hashes));
    c->networks = calloc(pool->count + 1, sizeof(*c->networks));
    if (!c->known || !c->candidates || !c->pending || !c->hashes || !c->networks)
        return err_memory("the candidates of a search");
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < known->count; i++) c->known[i] = known->items[i].patterns;
    for (size_t i = 0; i < pool->count && !st; i++) {
        const struct pooled *item = &pool->items[i];
        bool out = history_knows(h, item->candidate.hash);
        st = out ? SIBYL_OK : forecast_rules_out(r->run->forecast, &item->candidate, &out);
        if (st || out) continue;
        c->candidates[c->candidate_count] = item->patterns;
        c->hashes[c->candidate_count] = item->candidate.hash;
        c->networks[c->candidate_count++] = &item->candidate;
    }
    for (size_t i = h->count; i-- > 0 && c->pending_count < pending && !st;) {
        if (h->entries[i].measured) continue; /* the youngest are pending, as a rule */
        st = graph_patterns_of(&c->pending[c->pending_count], &c->arena,
                               &h->entries[i].candidate.graph);
        if (!st) c->pending_count++;
    }
    return st;
}

static enum status choice_take(struct algorithm_round *r, const struct choice *c,
                               const struct structure_task *task)
{
    struct structure_model *model = NULL;
    size_t at = 0;
    double value = 0;
    enum status st = structure_model_new(&model, task);
    while (!st && r->count < task->wanted) {
        bool added = false;
        st = structure_model_take(model, &at, &value);
        if (st || at == task->candidate_count) break;
        st = algorithm_propose(r, c->networks[at], &added);
        if (added) r->items[r->count - 1].predicted = value;
    }
    structure_model_free(model);
    r->predicted = !st;
    return st;
}

enum status structure_choose(struct algorithm_round *r, struct candidate_pool *pool,
                             struct candidate_pool *known, const double *labels,
                             struct pattern_distances *distances)
{
    struct choice c = {0};
    enum status st = candidate_pool_patterns(pool);
    if (!st) st = candidate_pool_patterns(known);
    if (!st) st = choice_init(&c, r, pool, known);
    r->exhausted = !st && c.candidate_count == 0;
    const struct structure_task task = {.known = c.known,
                                        .labels = labels,
                                        .known_count = known->count,
                                        .candidates = c.candidates,
                                        .hashes = c.hashes,
                                        .candidate_count = c.candidate_count,
                                        .pending = c.pending,
                                        .pending_count = c.pending_count,
                                        .wanted = r->batch < r->left ? r->batch : r->left,
                                        .distances = distances,
                                        .look = r->look,
                                        .context = r->context};
    if (!st && !r->exhausted) st = choice_take(r, &c, &task);
    choice_release(&c);
    return st;
}
