#include "search/algorithms/candidate_pool.h"

#include "proto/graph/canon.h"

#include <stdlib.h>

void candidate_pool_release(struct candidate_pool *p)
{
    free(p->items);
    hashset_release(&p->set);
    *p = (struct candidate_pool){.arena = p->arena};
}

/* The graph that the predictor sees. That of the candidate must live as long as the pool. */
static enum status pool_view(struct candidate_pool *p, const struct search_run *run,
                             const struct candidate *c, struct graph *out)
{
    const struct space *s = run->space;
    enum graph_form form = run->options->predictor.graph_form;
    struct graph raw;
    if (form == GRAPH_CANONICAL) {
        *out = c->graph;
        return SIBYL_OK;
    }
    enum status st = s->graph(s, c->genes, &raw, p->arena);
    return st ? st : graph_in_form(out, p->arena, &raw, &s->vocabulary, form);
}

enum status candidate_pool_add(struct candidate_pool *p, const struct search_run *run,
                               const struct candidate *c, const struct history *known,
                               bool *out_added)
{
    bool added = false;
    *out_added = false;
    if (known && history_knows(known, c->hash)) return SIBYL_OK;
    enum status st = hashset_add(&p->set, c->hash, (uint32_t)p->count, &added);
    if (st || !added) return st;
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 256;
        struct pooled *items = realloc(p->items, capacity * sizeof(*items));
        if (!items) return err_memory("the candidates of a search");
        p->items = items;
        p->capacity = capacity;
    }
    struct pooled *item = &p->items[p->count];
    item->candidate = *c;
    st = pool_view(p, run, c, &item->view);
    if (st) return st;
    p->count++;
    *out_added = true;
    return SIBYL_OK;
}

enum status candidate_pool_patterns(struct candidate_pool *p)
{
    enum status st = SIBYL_OK;
    while (p->with_patterns < p->count && !st) {
        struct pooled *item = &p->items[p->with_patterns];
        st = graph_patterns_of(&item->patterns, p->arena, &item->candidate.graph);
        if (!st) p->with_patterns++;
    }
    return st;
}
