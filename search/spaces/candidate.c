#include "search/spaces/candidate.h"

#include "proto/graph/canon.h"

#include <string.h>

enum status candidate_make(struct candidate *out, struct arena *arena, const struct space *s,
                           const uint16_t *g)
{
    struct graph raw, made;
    enum status st = s->graph(s, g, &raw, arena);
    if (!st) st = graph_canonical(&made, arena, &raw, &s->vocabulary);
    if (!st) *out = (struct candidate){g, graph_hash(&made), made};
    return st;
}

enum status candidate_copy(struct candidate *out, struct arena *arena, const struct candidate *c,
                           uint32_t genes, bool graph)
{
    uint16_t *copy = arena_alloc(arena, genes * sizeof(*copy));
    if (!copy) return SIBYL_E_MEM;
    memcpy(copy, c->genes, genes * sizeof(*copy));
    struct candidate made = {.genes = copy, .hash = c->hash};
    enum status st = graph ? graph_copy(&made.graph, arena, &c->graph) : SIBYL_OK;
    if (!st) *out = made;
    return st;
}
