/* Points of a space file as graphs. Each part joins the ends of the part before it. */
#include "search/spaces/space_parts.h"

#include <string.h>

#define SMALL_NODES 160
#define SMALL_EDGES 640
#define SMALL_NUMBERS 1280

struct builder {
    const struct file_space *f;
    uint32_t nodes, edges;
    uint16_t *ops;
    float *rows; /* (nodes, attributes) */
    struct graph_edge *edge;
    uint32_t *ends; /* (end_count) nodes whose outputs are that of the parts so far */
    uint32_t end_count;
    uint32_t *old; /* room for the ends of the part before */
    uint32_t old_count;
};

static uint32_t add_node(struct builder *b, uint16_t op, const float *row)
{
    const struct file_space *f = b->f;
    memcpy(b->rows + (size_t)b->nodes * f->attributes, row, f->attributes * sizeof(*row));
    b->ops[b->nodes] = op;
    return b->nodes++;
}

static void add_edge(struct builder *b, uint32_t from, uint32_t to)
{
    b->edge[b->edges++] = (struct graph_edge){from, to, 1};
}

/* The part at hand begins: its input is `old`. */
static void begin_part(struct builder *b)
{
    uint32_t *room = b->old;
    b->old = b->ends;
    b->old_count = b->end_count;
    b->ends = room;
    b->end_count = 0;
}

static void join_old(struct builder *b, uint32_t to)
{
    for (uint32_t i = 0; i < b->old_count; i++) add_edge(b, b->old[i], to);
}

static uint32_t pair_place(uint32_t from, uint32_t to)
{
    return to * (to - 1) / 2 + from;
}

static void build_edges(struct builder *b, const struct part *p, const uint16_t *genes)
{
    uint32_t first = b->nodes, last = p->nodes - 1;
    begin_part(b);
    for (uint32_t e = 0; e < p->genes; e++) add_node(b, p->op_of[genes[e]], p->rows);
    for (uint32_t to = 1; to < p->nodes; to++) join_old(b, first + pair_place(0, to));
    for (uint32_t mid = 1; mid < last; mid++)
        for (uint32_t from = 0; from < mid; from++)
            for (uint32_t to = mid + 1; to < p->nodes; to++)
                add_edge(b, first + pair_place(from, mid), first + pair_place(mid, to));
    for (uint32_t from = 0; from < last; from++)
        b->ends[b->end_count++] = first + pair_place(from, last);
}

static void build_nodes(struct builder *b, const struct part *p, const uint16_t *genes)
{
    struct node_cell c;
    uint32_t first = b->nodes; /* node k of the cell is first + k - 1 */
    part_cell_unpack(p, genes, &c);
    begin_part(b);
    for (uint32_t k = 1; k + 1 < c.nodes; k++) add_node(b, p->op_of[c.op[k]], p->rows);
    for (uint32_t k = 1; k + 1 < c.nodes; k++) {
        if (c.sources[k] & 1) join_old(b, first + k - 1);
        for (uint32_t i = 1; i < k; i++)
            if (c.sources[k] >> i & 1) add_edge(b, first + i - 1, first + k - 1);
    }
    for (uint32_t i = 1; i + 1 < c.nodes; i++)
        if (c.sources[c.nodes - 1] >> i & 1) b->ends[b->end_count++] = first + i - 1;
    for (uint32_t i = 0; c.sources[c.nodes - 1] & 1 && i < b->old_count; i++)
        b->ends[b->end_count++] = b->old[i];
}

/* The inputs are the input nodes, or what the part before ends in where there is one; several cells
 * share them, and their sums are ends together. */
static void build_inputs(struct builder *b, const struct part *p, const uint16_t *genes,
                         bool first_cell)
{
    uint32_t sums[64], k = p->inputs;
    if (first_cell) begin_part(b);
    for (uint32_t i = 0; i < p->nodes; i++) {
        const uint16_t *node = genes + (size_t)i * 2 * k;
        uint32_t first = b->nodes;
        for (uint32_t e = 0; e < k; e++) {
            uint32_t op = add_node(b, p->op_of[node[k + e]], p->rows);
            if (node[e] >= p->from)
                add_edge(b, sums[node[e] - p->from], op);
            else if (p->from > 1)
                add_edge(b, node[e], op); /* input nodes come first */
            else
                join_old(b, op);
        }
        sums[i] = add_node(b, p->sum_op, p->rows);
        for (uint32_t e = 0; e < k; e++) add_edge(b, first + e, sums[i]);
        b->ends[b->end_count++] = sums[i];
    }
}

static void build_block(struct builder *b, const struct part *p, const uint16_t *genes,
                        uint32_t place)
{
    struct block_state state;
    block_resolve(&p->block, genes, &state);
    begin_part(b);
    uint32_t node = add_node(b, p->block.op_of[block_name_index(&p->block, &state)],
                             p->rows + (size_t)place * b->f->attributes);
    block_attributes(&p->block, &state, b->rows + (size_t)node * b->f->attributes);
    join_old(b, node);
    b->ends[b->end_count++] = node;
}

static void build_chain(struct builder *b, const struct part *p, const uint16_t *genes)
{
    for (uint32_t s = 0; s < p->stages; s++) {
        uint32_t depth = p->blocks_max;
        if (p->depth_count) depth = p->depths[*genes++];
        for (uint32_t i = 0; i < depth; i++)
            build_block(b, p, genes + (size_t)i * p->block.genes, p->depth_count ? s : i);
        genes += (size_t)p->blocks_max * p->block.genes;
    }
}

/* The input nodes, with what all parts `choices` say of them. */
static void build_input(struct builder *b, const uint16_t *genes)
{
    const struct file_space *f = b->f;
    uint32_t choice = 0;
    for (uint32_t k = 0; k < f->input_count; k++) {
        add_node(b, 0, f->absent);
        b->ends[b->end_count++] = k;
    }
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        struct block_state state;
        if (p->kind != PART_CHOICES) continue;
        block_resolve(&p->block, genes + p->first, &state);
        choice = choice * p->block.op_count + block_name_index(&p->block, &state);
        for (uint32_t x = 0; x < p->fixed_count; x++)
            b->rows[p->fixed[x].attribute] = p->fixed[x].values[0];
        block_attributes(&p->block, &state, b->rows);
    }
    for (uint32_t k = 0; k < f->input_count; k++) {
        b->ops[k] = f->input_op[(size_t)choice * f->input_count + k];
        if (k) memcpy(b->rows + (size_t)k * f->attributes, b->rows, f->attributes * sizeof(float));
    }
}

static void build(struct builder *b, const uint16_t *genes)
{
    const struct file_space *f = b->f;
    bool cells = false;
    build_input(b, genes);
    for (uint32_t i = 0; i < f->part_count; i++) {
        const struct part *p = &f->parts[i];
        const uint16_t *own = genes + p->first;
        switch (p->kind) {
        case PART_EDGES:
            build_edges(b, p, own);
            break;
        case PART_NODES:
            build_nodes(b, p, own);
            break;
        case PART_INPUTS:
            build_inputs(b, p, own, !cells);
            cells = true;
            break;
        case PART_CHAIN:
            build_chain(b, p, own);
            break;
        case PART_CHOICES:
            break;
        }
    }
    uint32_t output = add_node(b, f->output_op, f->absent);
    for (uint32_t i = 0; i < b->end_count; i++) add_edge(b, b->ends[i], output);
}

enum status file_space_graph(const struct space *s, const uint16_t *genes, struct graph *out,
                             struct arena *arena)
{
    const struct file_space *f = s->detail;
    uint16_t ops[SMALL_NODES];
    float rows[SMALL_NUMBERS];
    struct graph_edge edges[SMALL_EDGES];
    uint32_t ends[2][SMALL_NODES];
    struct builder b = {
        .f = f, .ops = ops, .rows = rows, .edge = edges, .ends = ends[0], .old = ends[1]};
    size_t numbers = (size_t)f->nodes_max * f->attributes;
    if (!s->valid(s, genes))
        return err_set(SIBYL_E_FORMAT, "this is no point of the space %s: a gene is out of range",
                       s->name);
    if (f->nodes_max > SMALL_NODES || f->edges_max > SMALL_EDGES || numbers > SMALL_NUMBERS) {
        b.ops = arena_alloc(arena, f->nodes_max * sizeof(*b.ops));
        b.rows = arena_alloc(arena, (numbers + 1) * sizeof(*b.rows));
        b.edge = arena_alloc(arena, f->edges_max * sizeof(*b.edge));
        b.ends = arena_alloc(arena, f->nodes_max * sizeof(*b.ends));
        b.old = arena_alloc(arena, f->nodes_max * sizeof(*b.old));
        if (!b.ops || !b.rows || !b.edge || !b.ends || !b.old) return SIBYL_E_MEM;
    }
    build(&b, genes);
    enum status st = graph_make(out, arena, b.ops, b.nodes, b.edge, b.edges, f->vocabulary.count);
    if (!st && f->attributes) st = graph_set_attributes(out, arena, b.rows, f->attributes);
    return st;
}
