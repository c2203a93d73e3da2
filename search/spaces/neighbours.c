#include "search/spaces/neighbours.h"

#include <stdlib.h>
#include <string.h>

#define DRAWN_PART 16

enum feature_kind { FEATURE_OPERATION, FEATURE_EDGE, FEATURE_DEGREE, FEATURE_ATTRIBUTE };

static void count_one(uint16_t *features, enum feature_kind kind, uint32_t a, uint32_t b,
                      uint32_t times)
{
    const uint32_t key[3] = {(uint32_t)kind, a, b};
    uint16_t *bin = &features[digest_xxh64(key, sizeof(key)) % NEIGHBOURS_FEATURES];
    uint32_t sum = *bin + times;
    *bin = (uint16_t)(sum < UINT16_MAX ? sum : UINT16_MAX);
}

static void count_all(uint16_t *features, const struct graph *g)
{
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t out = g->out_start[i + 1] - g->out_start[i];
        uint32_t in = g->in_start[i + 1] - g->in_start[i];
        count_one(features, FEATURE_OPERATION, g->ops[i], 0, 2);
        count_one(features, FEATURE_DEGREE, in, out, 1);
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            count_one(features, FEATURE_EDGE, g->ops[i], g->ops[g->out_node[e]],
                      g->out_multiplicity[e]);
        for (uint32_t k = 0; k < g->attributes; k++) {
            uint32_t bits;
            memcpy(&bits, &g->attribute[(size_t)i * g->attributes + k], sizeof(bits));
            if (bits) count_one(features, FEATURE_ATTRIBUTE, k, bits, 1);
        }
    }
}

enum status neighbours_add(struct neighbours *n, const struct graph *canonical)
{
    const size_t row = NEIGHBOURS_FEATURES * sizeof(uint16_t);
    if (n->count == n->capacity) {
        size_t capacity = n->capacity ? 2 * n->capacity : 256;
        uint16_t *features = realloc(n->features, capacity * row);
        if (!features) return err_memory("the likeness of networks");
        n->features = features;
        n->capacity = capacity;
    }
    uint16_t *features = n->features + n->count++ * NEIGHBOURS_FEATURES;
    memset(features, 0, row);
    count_all(features, canonical);
    return SIBYL_OK;
}

void neighbours_release(struct neighbours *n)
{
    free(n->features);
    *n = (struct neighbours){0};
}

static uint32_t distance(const uint16_t *a, const uint16_t *b)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < NEIGHBOURS_FEATURES; i++)
        sum += (uint32_t)(a[i] > b[i] ? a[i] - b[i] : b[i] - a[i]);
    return sum;
}

size_t neighbours_draw(const struct neighbours *n, struct rng *r, size_t i)
{
    size_t draws = n->count / DRAWN_PART + 1, best = i;
    uint32_t nearest = UINT32_MAX;
    if (draws > NEIGHBOURS_DRAWN_MAX) draws = NEIGHBOURS_DRAWN_MAX;
    if (n->count < 2) return i;
    for (size_t k = 0; k < draws; k++) {
        /* One of the others: the last one stands in for `i` itself. */
        size_t drawn = (size_t)rng_below(r, n->count - 1);
        if (drawn == i) drawn = n->count - 1;
        uint32_t far = distance(n->features + i * NEIGHBOURS_FEATURES,
                                n->features + drawn * NEIGHBOURS_FEATURES);
        if (far >= nearest) continue;
        nearest = far;
        best = drawn;
    }
    return best;
}
