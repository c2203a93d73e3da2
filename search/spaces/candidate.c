#include "search/spaces/candidate.h"

#include "proto/graph/canon.h"

enum status candidate_make(struct candidate *out, struct arena *arena, const struct space *s,
                           const struct genome *g)
{
    struct graph raw, made;
    enum status st = s->graph(s, g, &raw, arena);
    if (!st) st = graph_canonical(&made, arena, &raw, &s->vocabulary);
    if (!st) *out = (struct candidate){*g, graph_hash(&made), made};
    return st;
}

struct candidate candidate_without_graph(const struct candidate *c)
{
    return (struct candidate){.genome = c->genome, .hash = c->hash};
}
