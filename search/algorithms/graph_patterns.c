#include "search/algorithms/graph_patterns.h"

#include "base/digest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Walks of one node at the most: a node with thousands of neighbours has millions. */
#define WALKS_MAX 4096
/* Which nodes of a larger graph reach which is not found out: it has no shortcuts. */
#define SHORTCUT_NODES_MAX 2048

struct collector {
    struct pattern *list;
    size_t count, capacity;
    bool *shortcut; /* (edges) by source; whether a longer path leads where the edge does */
};

static uint64_t label_of(uint64_t kind, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t words[4] = {kind, a, b, c};
    return digest_xxh64(words, sizeof(words));
}

static enum status collect(struct collector *c, uint64_t label, double count)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 64;
        struct pattern *list = realloc(c->list, capacity * sizeof(*list));
        if (!list) return err_memory("the patterns of a network");
        c->list = list;
        c->capacity = capacity;
    }
    c->list[c->count++] = (struct pattern){label, count};
    return SIBYL_OK;
}

static int pattern_compare(const void *a, const void *b)
{
    const struct pattern *x = a, *y = b;
    if (x->label != y->label) return x->label > y->label ? 1 : -1;
    return (x->count > y->count) - (x->count < y->count);
}

/* Sorts what came since `first`, and adds up what has one label. */
static void collect_view(struct collector *c, size_t first)
{
    size_t kept = first;
    if (c->count == first) return;
    qsort(c->list + first, c->count - first, sizeof(*c->list), pattern_compare);
    for (size_t i = first + 1; i < c->count; i++) {
        if (c->list[i].label == c->list[kept].label)
            c->list[kept].count += c->list[i].count;
        else
            c->list[++kept] = c->list[i];
    }
    c->count = kept + 1;
}

static uint64_t node_label(const struct graph *g, size_t i)
{
    size_t row = g->attributes;
    uint64_t own = row ? digest_xxh64(g->attribute + i * row, row * sizeof(float)) : 0;
    return label_of(PATTERN_NEIGHBOURHOODS, g->ops[i], own, 0);
}

/* The sum does not depend on the order of the neighbours. */
static uint64_t label_around(const struct graph *g, const uint32_t *node, uint32_t begin,
                             uint32_t end)
{
    uint64_t sum = 0;
    for (uint32_t e = begin; e < end; e++) sum += label_of(0, node_label(g, node[e]), 0, 0);
    return sum;
}

/* A node with its predecessors, and a node with its successors. */
static enum status collect_neighbourhoods(struct collector *c, const struct graph *g)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < g->nodes && !st; i++) {
        uint64_t own = node_label(g, i);
        uint64_t in = label_around(g, g->in_node, g->in_start[i], g->in_start[i + 1]);
        uint64_t out = label_around(g, g->out_node, g->out_start[i], g->out_start[i + 1]);
        st = collect(c, label_of(PATTERN_NEIGHBOURHOODS, own, in, 0), 1);
        if (!st) st = collect(c, label_of(PATTERN_NEIGHBOURHOODS, own, out, 1), 1);
    }
    return st;
}

/* All walks p -> i -> s. */
static enum status collect_walks(struct collector *c, const struct graph *g)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < g->nodes; i++) {
        size_t left = WALKS_MAX;
        for (uint32_t p = g->in_start[i]; p < g->in_start[i + 1]; p++)
            for (uint32_t s = g->out_start[i]; s < g->out_start[i + 1] && left > 0; s++, left--) {
                uint64_t label = label_of(PATTERN_WALKS, g->ops[g->in_node[p]], g->ops[i],
                                          g->ops[g->out_node[s]]);
                double times = (double)g->in_multiplicity[p] * g->out_multiplicity[s];
                st = collect(c, label, log2(1 + times));
                if (st) return st;
            }
    }
    return st;
}

static enum status collect_numbers(struct collector *c, const struct graph *g)
{
    for (size_t i = 0; i < g->nodes; i++)
        for (uint32_t k = 0; k < g->attributes; k++) {
            double value = (double)g->attribute[i * g->attributes + k];
            enum status st = collect(c, label_of(PATTERN_NUMBERS, g->ops[i], k, 0), value);
            if (st) return st;
        }
    return SIBYL_OK;
}

/* Edges that are a shortcut, by their ends. */
static enum status collect_shortcuts(struct collector *c, const struct graph *g)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < g->nodes && !st; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1] && !st; e++) {
            if (!c->shortcut[e]) continue;
            uint64_t label = label_of(PATTERN_SHORTCUTS, g->ops[i], g->ops[g->out_node[e]], 0);
            st = collect(c, label, log2(1 + (double)g->out_multiplicity[e]));
        }
    return st;
}

/* Operations; and, as if it were one more, how many skip connections there are: shortcuts, and
 * what doubles an edge. */
static enum status collect_operations(struct collector *c, const struct graph *g)
{
    enum status st = SIBYL_OK;
    double skips = 0;
    for (size_t i = 0; i < g->nodes && !st; i++)
        st = collect(c, label_of(PATTERN_OPERATIONS, g->ops[i], 0, 0), 1);
    for (size_t e = 0; e < g->edges; e++)
        skips += c->shortcut[e] + log2((double)g->out_multiplicity[e]);
    if (!st && skips > 0) st = collect(c, label_of(PATTERN_OPERATIONS, 0, 0, 1), skips);
    return st;
}

/* Last nodes first: what a node reaches in two steps or more is what its successors reach. */
static enum status find_shortcuts(struct collector *c, const struct graph *g)
{
    size_t words = ((size_t)g->nodes + 63) / 64;
    c->shortcut = calloc((size_t)g->edges + 1, sizeof(*c->shortcut));
    if (!c->shortcut) return err_memory("the patterns of a network");
    if (g->nodes > SHORTCUT_NODES_MAX) return SIBYL_OK;
    uint64_t *reached = calloc(g->nodes * words + 1, sizeof(*reached)); /* (nodes, words) bits */
    if (!reached) return err_memory("the patterns of a network");
    for (size_t k = g->nodes; k-- > 0;) {
        uint32_t i = g->topological[k];
        uint64_t *own = reached + i * words;
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            for (size_t w = 0; w < words; w++) own[w] |= reached[g->out_node[e] * words + w];
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            c->shortcut[e] = own[g->out_node[e] / 64] >> g->out_node[e] % 64 & 1;
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            own[g->out_node[e] / 64] |= UINT64_C(1) << g->out_node[e] % 64;
    }
    free(reached);
    return SIBYL_OK;
}

enum status graph_patterns_of(struct graph_patterns *out, struct arena *arena,
                              const struct graph *g)
{
    static enum status (*const views[PATTERN_VIEWS])(struct collector *, const struct graph *) = {
        [PATTERN_OPERATIONS] = collect_operations,
        [PATTERN_NEIGHBOURHOODS] = collect_neighbourhoods,
        [PATTERN_WALKS] = collect_walks,
        [PATTERN_SHORTCUTS] = collect_shortcuts,
        [PATTERN_NUMBERS] = collect_numbers};
    struct collector c = {0};
    enum status st = find_shortcuts(&c, g);
    *out = (struct graph_patterns){0};
    for (int v = 0; v < PATTERN_VIEWS && !st; v++) {
        size_t first = c.count;
        st = views[v](&c, g);
        if (!st) collect_view(&c, first);
        for (size_t i = first; i < c.count && !st; i++)
            out->square[v] += c.list[i].count * c.list[i].count;
        out->start[v + 1] = (uint32_t)c.count;
    }
    if (!st) {
        out->patterns = arena_alloc(arena, c.count * sizeof(*c.list));
        st = out->patterns ? SIBYL_OK : SIBYL_E_MEM;
    }
    if (!st) memcpy(out->patterns, c.list, c.count * sizeof(*c.list));
    free(c.list);
    free(c.shortcut);
    return st;
}

double graph_patterns_distance(const struct graph_patterns *a, const struct graph_patterns *b,
                               enum pattern_view view)
{
    uint32_t i = a->start[view], k = b->start[view];
    const uint32_t i_end = a->start[view + 1], k_end = b->start[view + 1];
    double common = 0;
    while (i < i_end && k < k_end) {
        uint64_t x = a->patterns[i].label, y = b->patterns[k].label;
        if (x == y) common += a->patterns[i].count * b->patterns[k].count;
        i += x <= y;
        k += y <= x;
    }
    return fmax(a->square[view] + b->square[view] - 2 * common, 0);
}
