/* NAS-Bench-101: cells of 2 to 7 nodes and at most 9 edges. Node 0 is the input, the last one the
 * output, and each of the others is one of three operations.
 *
 * Genes: gene 0 is the node count n; gene[1 + j (j - 1) / 2 + i] is 1 for an edge i -> j (i < j <
 * n); gene[22 + k] is the operation of inner node k + 1. Valid: every node is on a path from the
 * input to the output.
 *
 * Text: "n:edges:operations". The edges are the n (n - 1) / 2 entries of the adjacency matrix above
 * its diagonal, row by row, as 0 or 1; the operations c1 (conv1x1-bn-relu), c3 (conv3x3-bn-relu)
 * and mp (maxpool3x3) are those of the inner nodes in order, with commas between. In
 * "4:110011:c3,mp" the rows are 110, 01 and 1: input -> {conv3x3, maxpool} -> output.
 *
 * `at`: one unlabelled cell has many adjacency matrices, one per topological order of its nodes. A
 * table made with the space keeps one of them (the smallest) per class, and `at` enumerates it with
 * all operations: every network of the space comes up at least once, every point is valid, and
 * there are 450,808 of them in place of 5 * 10^8. */
#include "search/spaces/space_nasbench101.h"

#include "search/spaces/node_cells.h"

#include <stdio.h>
#include <string.h>

#define NODES_MAX 7
#define EDGES_MAX 9
#define PAIRS_MAX (NODES_MAX * (NODES_MAX - 1) / 2)
#define OPERATIONS 3
#define GENE_PAIRS 1
#define GENE_OPERATIONS (GENE_PAIRS + PAIRS_MAX)
#define GENES (GENE_OPERATIONS + NODES_MAX - 2)
#define TEXT_BYTES 48

static const char *const nasbench101_vocabulary[] = {"input", "output", "conv1x1-bn-relu",
                                                     "conv3x3-bn-relu", "maxpool3x3"};
static const char *const nasbench101_short[OPERATIONS] = {"c1", "c3", "mp"};

#define FIRST_OPERATION 2 /* in the vocabulary */
#define VOCABULARY (FIRST_OPERATION + OPERATIONS)

static bool cell_from_genome(struct node_cell *c, const uint16_t *g)
{
    memset(c, 0, sizeof(*c));
    uint32_t n = g[0];
    if (n < 2 || n > NODES_MAX) return false;
    c->nodes = n;
    for (uint32_t j = 1; j < NODES_MAX; j++)
        for (uint32_t i = 0; i < j; i++) {
            uint16_t bit = g[GENE_PAIRS + node_cell_bit(i, j)];
            if (bit > (j < n)) return false;
            c->sources[j] |= (uint32_t)bit << i;
        }
    for (uint32_t k = 0; k < NODES_MAX - 2; k++) {
        uint16_t op = g[GENE_OPERATIONS + k];
        if (op && (op >= OPERATIONS || k + 2 >= n)) return false;
        if (k + 2 < n) c->op[k + 1] = op;
    }
    return true;
}

static void cell_to_genome(const struct node_cell *c, uint16_t *out)
{
    memset(out, 0, GENES * sizeof(*out));
    out[0] = (uint16_t)c->nodes;
    for (uint32_t j = 1; j < c->nodes; j++)
        for (uint32_t i = 0; i < j; i++)
            out[GENE_PAIRS + node_cell_bit(i, j)] = c->sources[j] >> i & 1;
    for (uint32_t k = 1; k + 1 < c->nodes; k++) out[GENE_OPERATIONS + k - 1] = (uint16_t)c->op[k];
}

/* ---- the space's functions ---- */

static void nasbench101_at(const struct space *s, uint64_t index, uint16_t *out)
{
    struct node_cell c;
    node_cells_at(s->detail, index, &c);
    cell_to_genome(&c, out);
}

/* Uniform over the points of `at`, and so nearly uniform over networks. (A random matrix of 7
 * nodes, pruned, would have 7 live nodes in 1 of 200 draws, whereas 5 of 6 networks do.) */
static void nasbench101_sample(const struct space *s, struct rng *r, uint16_t *out)
{
    nasbench101_at(s, rng_below(r, s->strings), out);
}

static void nasbench101_edit(const struct space *s, struct rng *r, const uint16_t *parent,
                             uint16_t *out)
{
    struct node_cell c;
    SIBYL_BUG_IF(!s->valid(s, parent));
    cell_from_genome(&c, parent);
    (void)node_cells_edit(s->detail, r, &c); /* it succeeds for any valid parent */
    cell_to_genome(&c, out);
}

/* The edges of one parent; each operation is one of the two parents', where both have the node. */
static void nasbench101_cross(const struct space *s, struct rng *r, const uint16_t *a,
                              const uint16_t *b, uint16_t *out)
{
    (void)s;
    bool swap = rng_below(r, 2);
    const uint16_t *base = swap ? b : a, *other = swap ? a : b;
    uint32_t n = base[0] < other[0] ? base[0] : other[0];
    memcpy(out, base, GENES * sizeof(*out));
    for (uint32_t k = 0; k + 2 < n && k + 2 < NODES_MAX; k++)
        if (rng_below(r, 2)) out[GENE_OPERATIONS + k] = other[GENE_OPERATIONS + k];
}

static bool nasbench101_valid(const struct space *s, const uint16_t *g)
{
    struct node_cell c;
    return cell_from_genome(&c, g) && node_cells_valid(s->detail, &c);
}

static enum status nasbench101_graph(const struct space *s, const uint16_t *g, struct graph *out,
                                     struct arena *arena)
{
    struct node_cell c;
    uint16_t ops[NODES_MAX];
    struct graph_edge edges[PAIRS_MAX];
    uint32_t count = 0;
    if (!cell_from_genome(&c, g))
        return err_set(SIBYL_E_FORMAT, "this is no point of the space %s: a number is out of range",
                       s->name);
    for (uint32_t i = 0; i < c.nodes; i++) {
        ops[i] = (uint16_t)(i == 0 ? 0 : i + 1 == c.nodes ? 1 : FIRST_OPERATION + c.op[i]);
        for (uint32_t j = i + 1; j < c.nodes; j++)
            if (c.sources[j] >> i & 1) edges[count++] = (struct graph_edge){i, j, 1};
    }
    return graph_make(out, arena, ops, c.nodes, edges, count, VOCABULARY);
}

static void nasbench101_text(const struct space *s, const uint16_t *g, char *out)
{
    struct node_cell c;
    if (!cell_from_genome(&c, g)) {
        snprintf(out, s->text_bytes, "(invalid)");
        return;
    }
    char *at = out;
    *at++ = (char)('0' + c.nodes);
    *at++ = ':';
    for (uint32_t i = 0; i < c.nodes; i++)
        for (uint32_t j = i + 1; j < c.nodes; j++) *at++ = (char)('0' + (c.sources[j] >> i & 1));
    *at++ = ':';
    for (uint32_t k = 1; k + 1 < c.nodes; k++) {
        if (k > 1) *at++ = ',';
        memcpy(at, nasbench101_short[c.op[k]], 2);
        at += 2;
    }
    *at = 0;
}

static bool nasbench101_find(const struct space *s, const struct graph *canonical, uint16_t *out)
{
    static const uint16_t op_of[OPERATIONS] = {2, 3, 4}, ends[2] = {0, 1};
    struct node_cell c;
    if (!node_cells_find(s->detail, canonical, op_of, ends, &c)) return false;
    cell_to_genome(&c, out);
    return true;
}

/* Operations behind the second colon, up to the end of the text. */
static bool parse_operations(struct node_cell *c, const char *at)
{
    for (uint32_t k = 1; k + 1 < c->nodes; k++) {
        uint32_t op = 0;
        if (k > 1 && *at++ != ',') return false;
        while (op < OPERATIONS && strncmp(at, nasbench101_short[op], 2) != 0) op++;
        if (op == OPERATIONS) return false;
        c->op[k] = op;
        at += 2;
    }
    return !*at;
}

static enum status nasbench101_parse(const struct space *s, const char *text, uint16_t *out)
{
    struct node_cell c = {0};
    const char *at = text, *fault = "it must be NODES:EDGES:OPERATIONS such as 4:110011:c3,mp";
    if (*at < '2' || *at > '0' + NODES_MAX || at[1] != ':') {
        fault =
            "it must begin with a number of nodes from 2 to 7 and a colon, such as 4:110011:c3,mp";
        goto refused;
    }
    c.nodes = (uint32_t)(*at - '0');
    at += 2;
    for (uint32_t i = 0; i < c.nodes; i++)
        for (uint32_t j = i + 1; j < c.nodes; j++, at++) {
            if (*at != '0' && *at != '1') goto refused;
            c.sources[j] |= (uint32_t)(*at - '0') << i;
        }
    if (*at++ != ':') goto refused;
    fault = "it must end with one of c1, c3, mp for each inner node, with commas between";
    if (!parse_operations(&c, at)) goto refused;
    fault = "every node must be on a path from the first to the last";
    if (node_cell_live(&c) != (1u << c.nodes) - 1) goto refused;
    fault = "it has more than 9 edges";
    if (node_cell_edges(&c) > EDGES_MAX) goto refused;
    cell_to_genome(&c, out);
    return SIBYL_OK;
refused:
    return err_set(SIBYL_E_FORMAT, "\"%.100s\" is no architecture of the space %s: %s", text,
                   s->name, fault);
}

enum status space_nasbench101_init(struct space *s, struct arena *arena)
{
    struct node_cells *t = arena_calloc(arena, 1, sizeof(*t));
    if (!t) return SIBYL_E_MEM;
    enum status st = node_cells_init(t, arena, NODES_MAX, EDGES_MAX, OPERATIONS);
    if (st) return st;
    s->detail = t;
    s->genes = GENES;
    s->strings = node_cells_points(t);
    s->text_bytes = TEXT_BYTES;
    s->at = nasbench101_at;
    s->sample = nasbench101_sample;
    s->edit = nasbench101_edit;
    s->cross = nasbench101_cross;
    s->valid = nasbench101_valid;
    s->graph = nasbench101_graph;
    s->text = nasbench101_text;
    s->parse = nasbench101_parse;
    s->find = nasbench101_find;
    return vocabulary_init(&s->vocabulary, arena, nasbench101_vocabulary, VOCABULARY);
}
