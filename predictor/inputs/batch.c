#include "predictor/inputs/batch.h"

#include "predictor/inputs/topology.h"

#include <string.h>

/* Adjacency of one direction of all graphs, shifted to row numbers. */
static void append_adjacency(struct row_lists *lists, real *weight, uint32_t first_row,
                             uint32_t nodes, const uint32_t *start, const uint32_t *node,
                             const uint32_t *multiplicity /* NULL: all ones */)
{
    uint32_t at = lists->stored;
    for (uint32_t i = 0; i < nodes; i++) {
        lists->start[first_row + i] = at;
        for (uint32_t e = start[i]; e < start[i + 1]; e++, at++) {
            lists->row[at] = first_row + node[e];
            weight[at] = multiplicity ? (real)multiplicity[e] : 1;
        }
        lists->end[first_row + i] = at;
    }
    lists->stored = at;
}

/* A token's row: connected to nothing in the adjacency. */
static void append_edgeless(struct batch *b, uint32_t row)
{
    b->successors.start[row] = b->successors.end[row] = b->successors.stored;
    b->predecessors.start[row] = b->predecessors.end[row] = b->predecessors.stored;
}

static void append_embeddings(struct batch *b, uint32_t which, const struct graph *g)
{
    uint16_t *at = b->embedding + b->start[which];
    if (!b->tokens) {
        memcpy(at, g->ops, g->nodes * sizeof(*at));
        return;
    }
    uint32_t depth = g->nodes < PREDICTOR_DEPTHS ? g->nodes : PREDICTOR_DEPTHS - 1;
    *at++ = 0;
    for (uint32_t i = 0; i < g->nodes; i++) *at++ = (uint16_t)(g->ops[i] + PREDICTOR_TOKEN_ROWS);
    *at = (uint16_t)(1 + depth);
}

/* After the topologies are known: the feed-forward sees no edges. */
static void forget_edges(struct row_lists *lists, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++) lists->end[i] = lists->start[i];
}

static void append_attributes(struct batch *b, uint32_t which, const struct graph *g,
                              const struct attribute_encoding *e)
{
    size_t n = e->count;
    real *at = b->attribute + (b->start[which] + b->tokens) * n;
    for (size_t i = 0; i < g->nodes; i++) attributes_scale(e, g->attribute + i * n, at + i * n);
}

void batch_encode(const struct batch *b, const struct attribute_encoding *e, size_t first,
                  size_t end, real *out)
{
    size_t columns = attributes_columns(e), padded = real_padded(columns);
    for (size_t i = first; i < end; i++, out += padded) {
        memset(out, 0, padded * sizeof(*out));
        if (!b->tokens || b->embedding[i] >= PREDICTOR_TOKEN_ROWS)
            attributes_encode(e, b->attribute + i * e->count, out);
    }
}

/* Rows and edges of all graphs into b->start, b->rows and *out_edges. */
static enum status count_rows(struct batch *b, const struct graph *graphs, const uint32_t *index,
                              uint64_t *out_edges)
{
    uint64_t rows = 0, edges = 0;
    for (uint32_t i = 0; i < b->graphs; i++) {
        const struct graph *g = &graphs[index ? index[i] : i];
        b->start[i] = (uint32_t)rows;
        rows += g->nodes + 2 * (uint64_t)b->tokens;
        edges += g->edges;
        if (g->attributes != b->attributes)
            return err_set(SIBYL_E_FORMAT, "nodes with %u attributes, where the predictor wants %u",
                           g->attributes, b->attributes);
        if (rows > INT32_MAX || edges > INT32_MAX)
            return err_set(SIBYL_E_RANGE,
                           "a batch of %u graphs has too many nodes or edges; make it smaller",
                           b->graphs);
    }
    b->start[b->graphs] = b->rows = (uint32_t)rows;
    *out_edges = edges;
    return SIBYL_OK;
}

static enum status allocate(struct batch *b, struct arena *arena, uint64_t edges)
{
    size_t lists = b->rows * sizeof(uint32_t), ids = edges * sizeof(uint32_t);
    b->embedding = arena_alloc(arena, b->rows * sizeof(*b->embedding));
    b->successors.start = arena_alloc(arena, lists);
    b->successors.end = arena_alloc(arena, lists);
    b->predecessors.start = arena_alloc(arena, lists);
    b->predecessors.end = arena_alloc(arena, lists);
    b->successors.row = arena_alloc(arena, ids);
    b->predecessors.row = arena_alloc(arena, ids);
    b->successor_weight = arena_alloc(arena, edges * sizeof(real));
    b->predecessor_weight = arena_alloc(arena, edges * sizeof(real));
    if (b->attributes) {
        b->attribute = arena_calloc(arena, (size_t)b->rows * b->attributes, sizeof(real));
        if (!b->attribute) return SIBYL_E_MEM;
    }
    bool starts =
        b->successors.start && b->successors.end && b->predecessors.start && b->predecessors.end;
    bool entries =
        b->successors.row && b->predecessors.row && b->successor_weight && b->predecessor_weight;
    return b->embedding && starts && entries ? SIBYL_OK : SIBYL_E_MEM;
}

enum status batch_pack(struct batch *out, struct arena *arena, const struct graph *graphs,
                       const uint32_t *index, uint32_t count, const struct predictor_options *o)
{
    struct batch b = {.graphs = count, .tokens = o->tokens, .attributes = o->attributes.count};
    uint64_t edges = 0;
    b.start = arena_alloc(arena, (count + (size_t)1) * sizeof(uint32_t));
    if (!b.start) return SIBYL_E_MEM;
    enum status st = count_rows(&b, graphs, index, &edges);
    if (!st) st = allocate(&b, arena, edges);
    if (st) return st;
    for (uint32_t i = 0; i < count; i++) {
        const struct graph *g = &graphs[index ? index[i] : i];
        uint32_t first = b.start[i] + b.tokens; /* of the nodes' rows */
        append_embeddings(&b, i, g);
        if (b.attributes) append_attributes(&b, i, g, &o->attributes);
        if (b.tokens) append_edgeless(&b, b.start[i]);
        append_adjacency(&b.successors, b.successor_weight, first, g->nodes, g->out_start,
                         g->out_node, o->multiplicity ? g->out_multiplicity : NULL);
        append_adjacency(&b.predecessors, b.predecessor_weight, first, g->nodes, g->in_start,
                         g->in_node, o->multiplicity ? g->in_multiplicity : NULL);
        if (b.tokens) append_edgeless(&b, first + g->nodes);
    }
    for (uint32_t a = 0; a < o->head_count && !st; a++)
        if (!b.topology[o->heads[a]].start)
            st = topology_lists(&b.topology[o->heads[a]], arena, &b, o->heads[a]);
    if (st) return st;
    if (!o->convolution) {
        forget_edges(&b.successors, b.rows);
        forget_edges(&b.predecessors, b.rows);
    }
    *out = b;
    return SIBYL_OK;
}

enum status batch_check(const struct batch *b, size_t embeddings)
{
    for (uint32_t i = 0; i < b->rows; i++)
        if (b->embedding[i] >= embeddings)
            return err_set(SIBYL_E_FORMAT, "row %u of the embedding table, which has %zu",
                           b->embedding[i], embeddings);
    return SIBYL_OK;
}
