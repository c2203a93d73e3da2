/* A network on its way through a search. It is made once, which is where its canonical form is
 * found, and then bred from, proposed, scored and evaluated. Local. */
#ifndef SEARCH_SPACES_CANDIDATE_H
#define SEARCH_SPACES_CANDIDATE_H

#include "search/spaces/space.h"

struct candidate {
    const uint16_t *genes; /* (space->genes), in an arena */
    struct hash128 hash;   /* canonical: of the network */
    struct graph graph;    /* canonical, in the arena given at making; no nodes: it is not kept */
};

/* The graph belongs to `arena`; `g` is kept, not copied, and so must live as long. Fails where it
 * is no point of the space. */
enum status candidate_make(struct candidate *out, struct arena *arena, const struct space *s,
                           const uint16_t *g);

/* A copy that lives in `arena`; its graph comes along if `graph` is set. `genes`: of the space. */
enum status candidate_copy(struct candidate *out, struct arena *arena, const struct candidate *c,
                           uint32_t genes, bool graph);

#endif
