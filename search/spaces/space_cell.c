/* Cells of 4 nodes with an operation on each of the 6 edges.
 *
 * Genes: gene e is the operation of edge e, in the order of the string
 * "|e0~0|+|e1~0|e2~1|+|e3~0|e4~1|e5~2|". Every such genome is valid, and `at` enumerates all of
 * them, the first edge being the most significant digit. */
#include "search/spaces/space_cell.h"

#include "base/names.h"
#include "proto/import/import.h"

#include <stdio.h>
#include <string.h>

#define CELL_NODES 4
#define CELL_EDGES 6
#define CELL_OPERATIONS_MAX 5
#define CELL_TEXT_BYTES 128

struct space_cell {
    uint32_t operations;
    const char *names[CELL_OPERATIONS_MAX];
    uint16_t op_of[CELL_OPERATIONS_MAX]; /* index into the vocabulary */
};

/* That of the NAS-Bench-201 importer, so that one form of dataset serves all these spaces. */
static const char *const cell_vocabulary[] = {
    "input", "output", "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"};

#define CELL_VOCABULARY (sizeof(cell_vocabulary) / sizeof(cell_vocabulary[0]))

static const struct space_cell cell_nasbench201 = {
    5, {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"}, {2, 3, 4, 5, 6}};
static const struct space_cell cell_digits201 = {
    3, {"skip_connect", "nor_conv_3x3", "avg_pool_3x3"}, {3, 5, 6}};

static void cell_at(const struct space *s, uint64_t index, uint16_t *out)
{
    const struct space_cell *c = s->detail;
    SIBYL_BUG_IF(index >= s->strings);
    for (int e = CELL_EDGES - 1; e >= 0; e--) {
        out[e] = (uint16_t)(index % c->operations);
        index /= c->operations;
    }
}

static void cell_sample(const struct space *s, struct rng *r, uint16_t *out)
{
    const struct space_cell *c = s->detail;
    for (int e = 0; e < CELL_EDGES; e++) out[e] = (uint16_t)rng_below(r, c->operations);
}

/* One edge gets another operation. */
static void cell_edit(const struct space *s, struct rng *r, const uint16_t *parent, uint16_t *out)
{
    const struct space_cell *c = s->detail;
    uint64_t e = rng_below(r, CELL_EDGES);
    uint64_t step = 1 + rng_below(r, c->operations - 1);
    memmove(out, parent, CELL_EDGES * sizeof(*out));
    out[e] = (uint16_t)((out[e] + step) % c->operations);
}

/* Each edge is one of the two parents'. */
static void cell_cross(const struct space *s, struct rng *r, const uint16_t *a, const uint16_t *b,
                       uint16_t *out)
{
    (void)s;
    for (int e = 0; e < CELL_EDGES; e++) out[e] = rng_below(r, 2) ? b[e] : a[e];
}

static bool cell_valid(const struct space *s, const uint16_t *g)
{
    const struct space_cell *c = s->detail;
    for (int e = 0; e < CELL_EDGES; e++)
        if (g[e] >= c->operations) return false;
    return true;
}

/* Fails on a genome that is not of this space. */
static enum status cell_edges(const struct space *s, const uint16_t *g, uint16_t *edge_ops)
{
    if (!cell_valid(s, g))
        return err_set(SIBYL_E_FORMAT,
                       "this is no point of the space %s: an operation is out of range", s->name);
    for (int e = 0; e < CELL_EDGES; e++) edge_ops[e] = g[e];
    return SIBYL_OK;
}

/* The operations on the edges. */
static enum status cell_from_values(const struct space *s, const char *const *values, uint16_t *out,
                                    uint32_t *out_wrong)
{
    const struct space_cell *c = s->detail;
    char list[256];
    for (uint32_t e = 0; e < CELL_EDGES; e++) {
        uint16_t k = 0;
        while (k < c->operations && strcmp(values[e], c->names[k]) != 0) k++;
        out[e] = k;
        *out_wrong = e;
        if (k < c->operations) continue;
        names_list(list, sizeof(list), c->names, c->operations);
        return err_set(SIBYL_E_FORMAT, "\"%.60s\" is no operation of the space %s; want one of %s",
                       values[e], s->name, list);
    }
    return SIBYL_OK;
}

static enum status cell_make_graph(const struct space *s, const uint16_t *g, struct graph *out,
                                   struct arena *arena)
{
    const struct space_cell *c = s->detail;
    uint16_t edge_ops[CELL_EDGES];
    enum status st = cell_edges(s, g, edge_ops);
    if (!st) st = cell_graph(out, arena, CELL_NODES, edge_ops, c->op_of, CELL_VOCABULARY);
    return st;
}

static void cell_text(const struct space *s, const uint16_t *g, char *out)
{
    const struct space_cell *c = s->detail;
    uint16_t edge_ops[CELL_EDGES];
    if (cell_edges(s, g, edge_ops) ||
        cell_text_print(out, s->text_bytes, c->names, CELL_NODES, edge_ops))
        snprintf(out, s->text_bytes, "(invalid)");
}

static enum status cell_parse(const struct space *s, const char *text, uint16_t *out)
{
    const struct space_cell *c = s->detail;
    uint16_t edge_ops[CELL_EDGES];
    enum status st = cell_text_parse(text, c->names, c->operations, CELL_NODES, edge_ops);
    if (st) return err_prefix(st, "\"%.100s\" is no architecture of the space %s", text, s->name);
    for (int e = 0; e < CELL_EDGES; e++) out[e] = (uint16_t)edge_ops[e];
    return SIBYL_OK;
}

static enum status cell_init(struct space *s, struct arena *arena, const struct space_cell *c)
{
    s->detail = c;
    s->genes = CELL_EDGES;
    s->strings = 1;
    for (int e = 0; e < CELL_EDGES; e++) s->strings *= c->operations;
    s->text_bytes = CELL_TEXT_BYTES;
    s->at = cell_at;
    s->sample = cell_sample;
    s->edit = cell_edit;
    s->cross = cell_cross;
    s->valid = cell_valid;
    s->graph = cell_make_graph;
    s->text = cell_text;
    s->parse = cell_parse;
    s->from_values = cell_from_values;
    return vocabulary_init(&s->vocabulary, arena, cell_vocabulary, CELL_VOCABULARY);
}

enum status space_cell_init_nasbench201(struct space *s, struct arena *arena)
{
    return cell_init(s, arena, &cell_nasbench201);
}

enum status space_cell_init_digits201(struct space *s, struct arena *arena)
{
    return cell_init(s, arena, &cell_digits201);
}
