#include "library/api.h"

#include "proto/graph/canon.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 64

/* ---- lists ---- */

enum status api_graphs_make(struct sibyl_graphs **out, const char *const *operations,
                            uint32_t operation_count, uint32_t attributes)
{
    struct sibyl_graphs *made = calloc(1, sizeof(*made));
    if (!made) return err_memory("a list of networks");
    arena_init(&made->names);
    arena_init(&made->arena);
    made->attributes = attributes;
    enum status st = vocabulary_init(&made->vocabulary, &made->names, operations, operation_count);
    if (st)
        sibyl_graphs_free(made);
    else
        *out = made;
    return st;
}

enum sibyl_code sibyl_graphs_new(struct sibyl_graphs **out, const char *const *operations,
                                 size_t operation_count, size_t attributes,
                                 struct sibyl_status *status)
{
    if (!out || !operations) return api_null(status, out ? "operations" : "out");
    if (operation_count > VOCABULARY_MAX)
        return api_refuse(status, SIBYL_CODE_FORMAT, "%zu operations: want 1..%d", operation_count,
                          VOCABULARY_MAX);
    if (attributes > GRAPH_ATTRIBUTES_MAX)
        return api_refuse(status, SIBYL_CODE_FORMAT, "%zu attributes of a node: want 0..%d",
                          attributes, GRAPH_ATTRIBUTES_MAX);
    return api_end(
        status, api_graphs_make(out, operations, (uint32_t)operation_count, (uint32_t)attributes));
}

void sibyl_graphs_free(struct sibyl_graphs *graphs)
{
    if (!graphs) return;
    arena_release(&graphs->names);
    arena_release(&graphs->arena);
    free(graphs->list);
    free(graphs);
}

void sibyl_graphs_clear(struct sibyl_graphs *graphs)
{
    if (!graphs) return;
    arena_reset(&graphs->arena);
    graphs->count = 0;
}

enum status api_graphs_reserve(struct sibyl_graphs *graphs)
{
    if (graphs->count < graphs->capacity) return SIBYL_OK;
    size_t capacity = graphs->capacity ? 2 * graphs->capacity : FIRST_CAPACITY;
    if (capacity > SIZE_MAX / sizeof(*graphs->list)) return err_memory("a list of networks");
    struct graph *longer = realloc(graphs->list, capacity * sizeof(*longer));
    if (!longer) return err_memory("a list of networks");
    graphs->list = longer;
    graphs->capacity = capacity;
    return SIBYL_OK;
}

/* ---- adding ---- */

/* What a list calls the operation `name`, which is number `guess` elsewhere. */
static enum status find_operation(const struct vocabulary *v, const char *name, uint32_t guess,
                                  uint16_t *out)
{
    int found =
        guess < v->count && !strcmp(v->names[guess], name) ? (int)guess : vocabulary_find(v, name);
    if (found < 0)
        return err_set(SIBYL_E_FORMAT,
                       "the operation %.100s is none of the list's %u, such as %.100s", name,
                       v->count, v->names[0]);
    *out = (uint16_t)found;
    return SIBYL_OK;
}

enum status api_graphs_append(struct sibyl_graphs *graphs, const struct graph *g,
                              const struct vocabulary *from)
{
    struct graph copy;
    if (g->attributes != graphs->attributes)
        return err_set(SIBYL_E_FORMAT, "nodes have %u attributes, and those of the list have %u",
                       g->attributes, graphs->attributes);
    enum status st = api_graphs_reserve(graphs);
    if (!st) st = graph_copy(&copy, &graphs->arena, g);
    for (uint32_t i = 0; i < g->nodes && !st; i++)
        st = find_operation(&graphs->vocabulary, from->names[g->ops[i]], g->ops[i], &copy.ops[i]);
    if (!st) graphs->list[graphs->count++] = copy;
    return st;
}

static enum status operations_of(const struct sibyl_graphs *graphs, const struct sibyl_network *n,
                                 uint16_t *out)
{
    uint32_t last = 0;
    for (size_t i = 0; i < n->nodes; i++) {
        if (!n->operations[i]) return err_set(SIBYL_E_USAGE, "node %zu: its operation is NULL", i);
        enum status st = find_operation(&graphs->vocabulary, n->operations[i], last, &out[i]);
        if (st) return err_prefix(st, "node %zu", i);
        last = out[i];
    }
    return SIBYL_OK;
}

/* The network in memory of the list's, which is not used where it fails. */
static enum status make(struct sibyl_graphs *graphs, struct arena *scratch,
                        const struct sibyl_network *n)
{
    struct graph made;
    uint16_t *ops = arena_alloc(scratch, n->nodes * sizeof(*ops));
    struct graph_edge *edges = arena_alloc(scratch, (n->edge_count + 1) * sizeof(*edges));
    if (!ops || !edges) return SIBYL_E_MEM;
    enum status st = operations_of(graphs, n, ops);
    if (st) return st;
    for (size_t e = 0; e < n->edge_count; e++)
        edges[e] = (struct graph_edge){n->edges[2 * e], n->edges[2 * e + 1],
                                       n->multiplicities ? n->multiplicities[e] : 1};
    st = graph_make(&made, &graphs->arena, ops, (uint32_t)n->nodes, edges, (uint32_t)n->edge_count,
                    graphs->vocabulary.count);
    if (!st) st = graph_set_attributes(&made, &graphs->arena, n->attributes, graphs->attributes);
    if (!st) graphs->list[graphs->count++] = made;
    return st;
}

enum sibyl_code sibyl_graphs_add(struct sibyl_graphs *graphs, const struct sibyl_network *network,
                                 struct sibyl_status *status)
{
    struct arena scratch;
    if (!graphs || !network) return api_null(status, graphs ? "network" : "graphs");
    if (network->nodes < 1 || network->nodes > GRAPH_NODES_MAX)
        return api_refuse(status, SIBYL_CODE_FORMAT, "a network of %zu nodes: want 1..%d",
                          network->nodes, GRAPH_NODES_MAX);
    if (network->edge_count > GRAPH_EDGES_MAX)
        return api_refuse(status, SIBYL_CODE_FORMAT, "a network of %zu edges: want 0..%d",
                          network->edge_count, GRAPH_EDGES_MAX);
    if (!network->operations) return api_null(status, "network->operations");
    if (!network->edges && network->edge_count) return api_null(status, "network->edges");
    if (!network->attributes && graphs->attributes) return api_null(status, "network->attributes");
    arena_init(&scratch);
    struct arena_mark before = arena_mark(&graphs->arena);
    enum status st = api_graphs_reserve(graphs);
    if (!st) st = make(graphs, &scratch, network);
    if (st) arena_rewind(&graphs->arena, before);
    arena_release(&scratch);
    return api_end(status, st);
}

/* ---- reading ---- */

static const struct graph *graph_at(const struct sibyl_graphs *graphs, size_t index)
{
    return graphs && index < graphs->count ? &graphs->list[index] : NULL;
}

static enum sibyl_code no_network(const struct sibyl_graphs *graphs, size_t index,
                                  struct sibyl_status *status)
{
    if (!graphs) return api_null(status, "graphs");
    return api_refuse(status, SIBYL_CODE_ARGUMENT, "network %zu of a list of %zu", index,
                      graphs->count);
}

size_t sibyl_graphs_count(const struct sibyl_graphs *graphs)
{
    return graphs ? graphs->count : 0;
}

size_t sibyl_graphs_attributes(const struct sibyl_graphs *graphs)
{
    return graphs ? graphs->attributes : 0;
}

size_t sibyl_graphs_nodes(const struct sibyl_graphs *graphs, size_t index)
{
    const struct graph *g = graph_at(graphs, index);
    return g ? g->nodes : 0;
}

size_t sibyl_graphs_edges(const struct sibyl_graphs *graphs, size_t index)
{
    const struct graph *g = graph_at(graphs, index);
    return g ? g->edges : 0;
}

const char *sibyl_graphs_operation(const struct sibyl_graphs *graphs, size_t index, size_t node)
{
    const struct graph *g = graph_at(graphs, index);
    return g && node < g->nodes ? graphs->vocabulary.names[g->ops[node]] : NULL;
}

enum sibyl_code sibyl_graphs_copy_edges(const struct sibyl_graphs *graphs, size_t index,
                                        uint32_t *edges, uint32_t *multiplicities,
                                        struct sibyl_status *status)
{
    const struct graph *g = graph_at(graphs, index);
    if (!g) return no_network(graphs, index, status);
    for (uint32_t i = 0; i < g->nodes && edges; i++) {
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++) {
            edges[2 * (size_t)e] = i;
            edges[2 * (size_t)e + 1] = g->out_node[e];
        }
    }
    if (multiplicities && g->edges)
        memcpy(multiplicities, g->out_multiplicity, g->edges * sizeof(*multiplicities));
    return api_end(status, SIBYL_OK);
}

enum sibyl_code sibyl_graphs_copy_attributes(const struct sibyl_graphs *graphs, size_t index,
                                             float *out, struct sibyl_status *status)
{
    const struct graph *g = graph_at(graphs, index);
    if (!g) return no_network(graphs, index, status);
    if (!out) return api_null(status, "out");
    size_t count = (size_t)g->nodes * g->attributes;
    if (count) memcpy(out, g->attribute, count * sizeof(*out));
    return api_end(status, SIBYL_OK);
}

enum sibyl_code sibyl_graphs_hash(const struct sibyl_graphs *graphs, size_t index,
                                  char out[SIBYL_HASH_BYTES], struct sibyl_status *status)
{
    _Static_assert(SIBYL_HASH_BYTES == HASH128_TEXT_BYTES, "a hash must fit");
    const struct graph *g = graph_at(graphs, index);
    struct hash128 hash;
    if (!g) return no_network(graphs, index, status);
    if (!out) return api_null(status, "out");
    enum status st = graph_canonical_hash(&hash, g, &graphs->vocabulary);
    if (!st) hash128_text(hash, out);
    return api_end(status, st);
}
