#include "proto/graph/codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEAP_BYTES 16 /* that malloc() adds to each piece */
#define SMALL 256     /* nodes or edges that fit on the stack */

enum status codec_pack(const ProtobufCMessage *m, const char *what, unsigned char **out,
                       size_t *out_bytes)
{
    size_t bytes = protobuf_c_message_get_packed_size(m);
    unsigned char *packed = malloc(bytes ? bytes : 1);
    if (!packed) return err_memory(what);
    protobuf_c_message_pack(m, packed);
    *out = packed;
    *out_bytes = bytes;
    return SIBYL_OK;
}

/* Memory that a message may still take. */
struct budget {
    size_t bytes;
};

static void *take_memory(void *context, size_t bytes)
{
    struct budget *b = context;
    if (bytes > SIZE_MAX - HEAP_BYTES || bytes + HEAP_BYTES > b->bytes) return NULL;
    b->bytes -= bytes + HEAP_BYTES;
    return malloc(bytes);
}

static void give_memory(void *context, void *p)
{
    (void)context;
    free(p);
}

void *codec_unpack(const ProtobufCMessageDescriptor *kind, const void *data, size_t bytes)
{
    if (bytes > SIZE_MAX / CODEC_MEMORY_FACTOR - CODEC_MEMORY_BYTES) return NULL;
    struct budget budget = {CODEC_MEMORY_FACTOR * bytes + CODEC_MEMORY_BYTES};
    ProtobufCAllocator allocator = {take_memory, give_memory, &budget};
    return protobuf_c_message_unpack(kind, &allocator, bytes, data);
}

enum status codec_graph_to_message(Sibyl__GraphMessage *out, struct arena *arena,
                                   const struct graph *g)
{
    Sibyl__GraphMessage m = SIBYL__GRAPH_MESSAGE__INIT;
    bool multiple = false;
    for (uint32_t e = 0; e < g->edges; e++) multiple = multiple || g->out_multiplicity[e] != 1;
    size_t edges = g->edges;
    uint32_t *words = arena_alloc(arena, (g->nodes + 3 * edges) * sizeof(*words));
    if (!words) return SIBYL_E_MEM;
    m.n_ops = g->nodes;
    m.n_edge_from = m.n_edge_to = edges;
    m.n_multiplicity = multiple ? edges : 0;
    m.ops = words;
    m.edge_from = m.ops + g->nodes;
    m.edge_to = m.edge_from + edges;
    m.multiplicity = multiple ? m.edge_to + edges : NULL;
    for (uint32_t i = 0; i < g->nodes; i++) {
        m.ops[i] = g->ops[i];
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++) m.edge_from[e] = i;
    }
    memcpy(m.edge_to, g->out_node, edges * sizeof(*words));
    if (multiple) memcpy(m.multiplicity, g->out_multiplicity, edges * sizeof(*words));
    m.n_attributes = (size_t)g->nodes * g->attributes;
    m.attributes = g->attribute;
    *out = m;
    return SIBYL_OK;
}

static enum status check_lengths(const Sibyl__GraphMessage *m)
{
    if (m->n_ops > GRAPH_NODES_MAX || m->n_edge_from > GRAPH_EDGES_MAX)
        return err_set(SIBYL_E_FORMAT, "a graph of %zu nodes and %zu edges: want at most %d and %d",
                       m->n_ops, m->n_edge_from, GRAPH_NODES_MAX, GRAPH_EDGES_MAX);
    if (m->n_edge_from != m->n_edge_to)
        return err_set(SIBYL_E_FORMAT, "a graph's edges have %zu sources but %zu targets",
                       m->n_edge_from, m->n_edge_to);
    if (m->n_multiplicity && m->n_multiplicity != m->n_edge_from)
        return err_set(SIBYL_E_FORMAT, "a graph of %zu edges has %zu multiplicities",
                       m->n_edge_from, m->n_multiplicity);
    if (m->n_attributes && (!m->n_ops || m->n_attributes % m->n_ops ||
                            m->n_attributes / m->n_ops > GRAPH_ATTRIBUTES_MAX))
        return err_set(SIBYL_E_FORMAT,
                       "a graph of %zu nodes has %zu attributes: want 0..%d for each node",
                       m->n_ops, m->n_attributes, GRAPH_ATTRIBUTES_MAX);
    return SIBYL_OK;
}

enum status codec_graph_from_message(struct graph *out, struct arena *arena,
                                     const Sibyl__GraphMessage *m, uint32_t vocabulary_count)
{
    if (!m) return err_set(SIBYL_E_FORMAT, "a graph is missing");
    enum status st = check_lengths(m);
    if (st) return st;
    uint16_t small_ops[SMALL], *ops = small_ops, *more_ops = NULL;
    struct graph_edge small_edges[SMALL], *edges = small_edges, *more_edges = NULL;
    if (m->n_ops > SMALL) ops = more_ops = malloc(m->n_ops * sizeof(*ops));
    if (m->n_edge_from > SMALL) edges = more_edges = malloc(m->n_edge_from * sizeof(*edges));
    st = ops && edges ? SIBYL_OK : err_memory("a graph");
    for (size_t i = 0; !st && i < m->n_ops; i++) {
        if (m->ops[i] >= vocabulary_count || m->ops[i] > UINT16_MAX)
            st = err_set(SIBYL_E_FORMAT,
                         "node %zu: operation %u is not in the vocabulary of %u operations", i,
                         m->ops[i], vocabulary_count);
        else
            ops[i] = (uint16_t)m->ops[i];
    }
    for (size_t e = 0; !st && e < m->n_edge_from; e++)
        edges[e] = (struct graph_edge){m->edge_from[e], m->edge_to[e],
                                       m->n_multiplicity ? m->multiplicity[e] : 1};
    if (!st)
        st = graph_make(out, arena, ops, (uint32_t)m->n_ops, edges, (uint32_t)m->n_edge_from,
                        vocabulary_count);
    if (!st && m->n_attributes)
        st =
            graph_set_attributes(out, arena, m->attributes, (uint32_t)(m->n_attributes / m->n_ops));
    free(more_ops);
    free(more_edges);
    return st;
}
