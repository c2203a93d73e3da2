#include "search/algorithms/paths.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_MAX 1000

void paths_release(struct paths *p)
{
    hashset_release(&p->set);
}

/* A walk from the input on. */
struct walk {
    struct paths *paths;
    const struct graph *graph;
    bool learn;
    uint16_t *out;
    uint32_t count, seen; /* seen: paths that have been looked at */
};

/* The label of a node is its operation and its attributes; that of a path so far, and a node. */
static struct hash128 extend(const struct graph *g, struct hash128 path, uint32_t node)
{
    struct {
        struct hash128 path, attributes;
        uint64_t op;
    } key;
    memset(&key, 0, sizeof(key));
    key.path = path;
    key.op = g->ops[node];
    if (g->attributes)
        key.attributes = digest_xxh128(g->attribute + (size_t)node * g->attributes,
                                       g->attributes * sizeof(*g->attribute));
    return digest_xxh128(&key, sizeof(key));
}

static enum status take(struct walk *w, struct hash128 path)
{
    struct hashset *set = &w->paths->set;
    w->seen++;
    if (w->learn && set->count < PATHS_MAX) {
        enum status st = hashset_add(set, path, (uint32_t)set->count, NULL);
        if (st) return st;
    }
    uint32_t number = hashset_find(set, path);
    if (number != HASHSET_NONE) w->out[w->count++] = (uint16_t)number;
    return SIBYL_OK;
}

/* In a canonical form every node is on a way to the output. A long path is looked at up to its
 * first LENGTH_MAX nodes. */
static enum status walk_from(struct walk *w, uint32_t node, struct hash128 path, uint32_t length)
{
    const struct graph *g = w->graph;
    enum status st = SIBYL_OK;
    path = extend(g, path, node);
    if (g->out_start[node] == g->out_start[node + 1] || length == LENGTH_MAX) return take(w, path);
    for (uint32_t e = g->out_start[node];
         e < g->out_start[node + 1] && !st && w->seen < PATHS_OF_NETWORK_MAX; e++)
        st = walk_from(w, g->out_node[e], path, length + 1);
    return st;
}

static int by_number(const void *a, const void *b)
{
    const uint16_t x = *(const uint16_t *)a, y = *(const uint16_t *)b;
    return (x > y) - (x < y);
}

enum status paths_of(struct paths *p, const struct graph *g, bool learn, uint16_t *out,
                     uint32_t *out_count)
{
    struct walk w = {.paths = p, .graph = g, .learn = learn, .out = out};
    enum status st = SIBYL_OK;
    for (uint32_t i = 0; i < g->nodes && !st && w.seen < PATHS_OF_NETWORK_MAX; i++)
        if (g->in_start[i] == g->in_start[i + 1]) st = walk_from(&w, i, (struct hash128){0}, 1);
    if (w.count) qsort(out, w.count, sizeof(*out), by_number);
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < w.count; i++)
        if (!i || out[i] != out[i - 1]) out[distinct++] = out[i];
    *out_count = distinct;
    return st;
}
