/* A network on its way through a search. It is made once, which is where its canonical form is
 * found, and then bred from, proposed, scored and evaluated. Local. */
#ifndef SEARCH_SPACES_CANDIDATE_H
#define SEARCH_SPACES_CANDIDATE_H

#include "search/spaces/space.h"

struct candidate {
    struct genome genome;
    struct hash128 hash; /* canonical: of the network */
    struct graph graph;  /* canonical, in the arena given at making; no nodes: it is not kept */
};

/* The graph belongs to `arena`. Fails where the genome is not of the space. */
enum status candidate_make(struct candidate *out, struct arena *arena, const struct space *s,
                           const struct genome *g);

/* The same without its graph, for those that outlive the arena. */
struct candidate candidate_without_graph(const struct candidate *c);

#endif
