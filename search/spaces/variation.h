/* New networks from known ones. Local; all randomness comes from the caller's stream. The child
 * belongs to `arena`; a parent's is not looked at. */
#ifndef SEARCH_SPACES_VARIATION_H
#define SEARCH_SPACES_VARIATION_H

#include "search/spaces/candidate.h"

/* A mutation: one edit, never a no-op under the canonical hash when another is possible (tries 64
 * edits, then all in turn where the space can list them, else takes the last). */
enum status variation_mutate(const struct space *s, struct rng *r, const struct candidate *parent,
                             struct candidate *out, struct arena *arena);
/* The space's `cross` where there is one, else a mutation of the first parent. */
enum status variation_cross(const struct space *s, struct rng *r,
                            const struct candidate *const parents[2], struct candidate *out,
                            struct arena *arena);

#endif
