#include "search/algorithms/likeness.h"

#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#define STEPS 2
#define KINDS (STEPS + 2) /* the operation, the node with its attributes, and each step */

static int label_compare(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static uint64_t label_of(uint64_t kind, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t words[4] = {kind, a, b, c};
    return digest_xxh64(words, sizeof(words));
}

/* The sum over neighbours does not depend on their order. */
static uint64_t label_around(const uint64_t *labels, const uint32_t *node, const uint32_t *times,
                             uint32_t begin, uint32_t end)
{
    uint64_t sum = 0;
    for (uint32_t e = begin; e < end; e++) sum += times[e] * label_of(0, labels[node[e]], 0, 0);
    return sum;
}

enum status likeness_of(struct likeness *out, const struct graph *g)
{
    size_t n = g->nodes, row = g->attributes;
    uint64_t *all = malloc((KINDS * n + 1) * sizeof(*all));
    *out = (struct likeness){0};
    if (!all) return err_memory("the likeness of networks");
    for (size_t i = 0; i < n; i++) {
        uint64_t own = row ? digest_xxh64(g->attribute + i * row, row * sizeof(float)) : 0;
        all[i] = label_of(1, g->ops[i], 0, 0);
        all[n + i] = label_of(2, g->ops[i], own, 0);
    }
    for (size_t step = 0; step < STEPS; step++) {
        const uint64_t *now = all + (step + 1) * n;
        uint64_t *next = all + (step + 2) * n;
        for (size_t i = 0; i < n; i++)
            next[i] = label_of(3 + step, now[i],
                               label_around(now, g->in_node, g->in_multiplicity, g->in_start[i],
                                            g->in_start[i + 1]),
                               label_around(now, g->out_node, g->out_multiplicity, g->out_start[i],
                                            g->out_start[i + 1]));
    }
    qsort(all, KINDS * n, sizeof(*all), label_compare);
    *out = (struct likeness){all, KINDS * n};
    return SIBYL_OK;
}

void likeness_release(struct likeness *l)
{
    free(l->labels);
    *l = (struct likeness){0};
}

double likeness_between(const struct likeness *a, const struct likeness *b)
{
    size_t i = 0, k = 0, common = 0;
    while (i < a->count && k < b->count) {
        if (a->labels[i] == b->labels[k]) common++;
        uint64_t x = a->labels[i], y = b->labels[k];
        i += x <= y;
        k += y <= x;
    }
    size_t any = a->count + b->count - common;
    return any ? (double)common / (double)any : 1.0;
}
