#include "search/spaces/space.h"

#define VARIATION_TRIES 64

enum status variation_mutate(const struct space *s, struct rng *r, const struct genome *parent,
                             struct genome *out)
{
    struct hash128 before, after;
    struct genome child;
    enum status st = space_hash(s, parent, &before);
    if (st) return st;
    for (int i = 0; i < VARIATION_TRIES; i++) {
        s->edit(s, r, parent, &child);
        st = space_hash(s, &child, &after);
        if (st) return st;
        if (hash128_compare(before, after) != 0) break;
    }
    *out = child;
    return SIBYL_OK;
}

enum status variation_cross(const struct space *s, struct rng *r, const struct genome *a,
                            const struct genome *b, struct genome *out)
{
    if (!s->cross) return variation_mutate(s, r, a, out);
    s->cross(s, r, a, b, out);
    return SIBYL_OK;
}
