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
#define TRIES 1000 /* far more than ever needed; a bound, so that loops end */

static const char *const nasbench101_vocabulary[] = {"input", "output", "conv1x1-bn-relu",
                                                     "conv3x3-bn-relu", "maxpool3x3"};
static const char *const nasbench101_short[OPERATIONS] = {"c1", "c3", "mp"};

#define FIRST_OPERATION 2 /* in the vocabulary */
#define VOCABULARY (FIRST_OPERATION + OPERATIONS)

/* A cell unpacked. `sources[j]`: bit i is set for an edge i -> j. */
struct cell {
    uint32_t nodes;
    uint32_t sources[NODES_MAX];
    uint32_t op[NODES_MAX]; /* of inner nodes: 0 .. OPERATIONS - 1; else 0 */
};

struct nasbench101 {
    uint32_t capacity;                  /* of the list */
    uint32_t *pairs;                    /* adjacency, bit j (j - 1) / 2 + i for i -> j */
    uint32_t first[NODES_MAX + 2];      /* pairs[first[n] .. first[n + 1] - 1] have n nodes */
    uint64_t first_at[NODES_MAX + 2];   /* index of the first point of n nodes */
    uint64_t operations[NODES_MAX + 1]; /* OPERATIONS^(n - 2) */
};

static uint32_t pair_bit(uint32_t i, uint32_t j)
{
    return j * (j - 1) / 2 + i;
}

static void cell_from_pairs(struct cell *c, uint32_t nodes, uint32_t pairs)
{
    memset(c, 0, sizeof(*c));
    c->nodes = nodes;
    for (uint32_t j = 1; j < nodes; j++) c->sources[j] = pairs >> pair_bit(0, j) & ((1u << j) - 1);
}

static bool cell_from_genome(struct cell *c, const uint16_t *g)
{
    memset(c, 0, sizeof(*c));
    uint32_t n = g[0];
    if (n < 2 || n > NODES_MAX) return false;
    c->nodes = n;
    for (uint32_t j = 1; j < NODES_MAX; j++)
        for (uint32_t i = 0; i < j; i++) {
            uint16_t bit = g[GENE_PAIRS + pair_bit(i, j)];
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

static void cell_to_genome(const struct cell *c, uint16_t *out)
{
    memset(out, 0, GENES * sizeof(*out));
    out[0] = (uint16_t)c->nodes;
    for (uint32_t j = 1; j < c->nodes; j++)
        for (uint32_t i = 0; i < j; i++) out[GENE_PAIRS + pair_bit(i, j)] = c->sources[j] >> i & 1;
    for (uint32_t k = 1; k + 1 < c->nodes; k++) out[GENE_OPERATIONS + k - 1] = (uint16_t)c->op[k];
}

/* Bits of the nodes on a path from the input to the output; 0 if there is no path. */
static uint32_t cell_live(const struct cell *c)
{
    uint32_t reached = 1, needed = 1u << (c->nodes - 1);
    for (uint32_t j = 1; j < c->nodes; j++)
        if (c->sources[j] & reached) reached |= 1u << j;
    for (uint32_t j = c->nodes - 1; j > 0; j--)
        if (needed >> j & 1) needed |= c->sources[j];
    return reached >> (c->nodes - 1) & 1 ? reached & needed : 0;
}

static uint32_t cell_edges(const struct cell *c)
{
    uint32_t edges = 0;
    for (uint32_t j = 1; j < c->nodes; j++)
        for (uint32_t i = 0; i < j; i++) edges += c->sources[j] >> i & 1;
    return edges;
}

static bool cell_valid(const struct cell *c)
{
    return cell_live(c) == (1u << c->nodes) - 1 && cell_edges(c) <= EDGES_MAX;
}

/* Takes the nodes out whose bit in `kept` is not set; the others close up. */
static void cell_keep(struct cell *c, uint32_t kept)
{
    struct cell old = *c;
    uint32_t place[NODES_MAX] = {0}, n = 0;
    memset(c, 0, sizeof(*c));
    for (uint32_t j = 0; j < old.nodes; j++) {
        if (!(kept >> j & 1)) continue;
        place[j] = n;
        c->op[n] = old.op[j];
        for (uint32_t i = 0; i < j; i++)
            if (old.sources[j] & kept & 1u << i) c->sources[n] |= 1u << place[i];
        n++;
    }
    c->nodes = n;
}

/* ---- the table of unlabelled cells ---- */

struct relabelling {
    struct cell cell;
    uint32_t place[NODES_MAX];
    uint8_t *seen; /* a bit per adjacency */
};

/* Marks the adjacency matrices of all topological orders that begin with the `count` nodes already
 * in `placed`. */
static void relabel(struct relabelling *r, uint32_t count, uint32_t placed, uint32_t pairs)
{
    if (count == r->cell.nodes) {
        r->seen[pairs / 8] |= (uint8_t)(1u << pairs % 8);
        return;
    }
    for (uint32_t v = 0; v < r->cell.nodes; v++) {
        if (placed >> v & 1 || r->cell.sources[v] & ~placed) continue;
        uint32_t column = 0;
        for (uint32_t u = 0; u < r->cell.nodes; u++)
            if (r->cell.sources[v] >> u & 1) column |= 1u << r->place[u];
        r->place[v] = count;
        uint32_t more = count ? column << pair_bit(0, count) : 0;
        relabel(r, count + 1, placed | 1u << v, pairs | more);
    }
}

#define NEEDS_MAX (2 * (NODES_MAX - 1))

/* Of each node but the first its sources, of each but the last its targets: a cell is valid where
 * none of these sets is empty, for then every node is on a path from the first to the last. */
static uint32_t table_needs(uint32_t n, uint32_t needs[NEEDS_MAX])
{
    uint32_t count = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t sources = 0, targets = 0;
        for (uint32_t i = 0; i < k; i++) sources |= 1u << pair_bit(i, k);
        for (uint32_t j = k + 1; j < n; j++) targets |= 1u << pair_bit(k, j);
        if (k > 0) needs[count++] = sources;
        if (k + 1 < n) needs[count++] = targets;
    }
    return count;
}

static uint32_t pairs_count(uint32_t pairs)
{
    uint32_t count = 0;
    for (; pairs; pairs &= pairs - 1) count++;
    return count;
}

static bool pairs_valid(uint32_t pairs, const uint32_t *needs, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++)
        if (!(pairs & needs[k])) return false;
    return pairs_count(pairs) <= EDGES_MAX;
}

/* The smallest adjacency of each class of n nodes, behind those of fewer. */
static enum status table_classes(struct nasbench101 *t, struct arena *arena, uint8_t *seen,
                                 uint32_t n)
{
    struct relabelling r = {.seen = seen};
    uint32_t needs[NEEDS_MAX], need_count = table_needs(n, needs), at = t->first[n];
    memset(seen, 0, (1u << PAIRS_MAX) / 8);
    for (uint32_t pairs = 0; pairs < 1u << pair_bit(0, n); pairs++) {
        if (!pairs_valid(pairs, needs, need_count)) continue;
        if (seen[pairs / 8] >> pairs % 8 & 1) continue;
        cell_from_pairs(&r.cell, n, pairs);
        relabel(&r, 0, 0, 0);
        if (at == t->capacity) {
            uint32_t capacity = at ? 2 * at : 1024;
            uint32_t *grown = arena_alloc(arena, capacity * sizeof(*grown));
            if (!grown) return SIBYL_E_MEM;
            if (at) memcpy(grown, t->pairs, at * sizeof(*grown));
            t->pairs = grown;
            t->capacity = capacity;
        }
        t->pairs[at++] = pairs;
    }
    t->first[n + 1] = at;
    return SIBYL_OK;
}

static enum status table_make(struct nasbench101 *t, struct arena *arena)
{
    uint8_t *seen = arena_alloc(arena, (1u << PAIRS_MAX) / 8);
    enum status st = seen ? SIBYL_OK : SIBYL_E_MEM;
    t->operations[2] = 1;
    for (uint32_t n = 2; n <= NODES_MAX && !st; n++) {
        st = table_classes(t, arena, seen, n);
        if (n > 2) t->operations[n] = t->operations[n - 1] * OPERATIONS;
        t->first_at[n + 1] = t->first_at[n] + (t->first[n + 1] - t->first[n]) * t->operations[n];
    }
    return st;
}

/* ---- the space's functions ---- */

static void nasbench101_at(const struct space *s, uint64_t index, uint16_t *out)
{
    const struct nasbench101 *t = s->detail;
    struct cell c;
    uint32_t n = 2;
    SIBYL_BUG_IF(index >= s->strings);
    while (index >= t->first_at[n + 1]) n++;
    index -= t->first_at[n];
    cell_from_pairs(&c, n, t->pairs[t->first[n] + index / t->operations[n]]);
    index %= t->operations[n];
    for (uint32_t k = 1; k + 1 < n; k++, index /= OPERATIONS)
        c.op[k] = (uint32_t)(index % OPERATIONS);
    cell_to_genome(&c, out);
}

/* Uniform over the points of `at`, and so nearly uniform over networks. (A random matrix of 7
 * nodes, pruned, would have 7 live nodes in 1 of 200 draws, whereas 5 of 6 networks do.) */
static void nasbench101_sample(const struct space *s, struct rng *r, uint16_t *out)
{
    nasbench101_at(s, rng_below(r, s->strings), out);
}

static void edit_flip(struct cell *c, struct rng *r)
{
    uint32_t bit = (uint32_t)rng_below(r, pair_bit(0, c->nodes)), j = 1;
    while (bit >= pair_bit(0, j + 1)) j++;
    c->sources[j] ^= 1u << (bit - pair_bit(0, j));
}

static bool edit_operation(struct cell *c, struct rng *r)
{
    if (c->nodes < 3) return false;
    uint32_t k = 1 + (uint32_t)rng_below(r, c->nodes - 2);
    c->op[k] = (c->op[k] + 1 + (uint32_t)rng_below(r, OPERATIONS - 1)) % OPERATIONS;
    return true;
}

/* A new node, between one of the nodes before it and one of those behind; an edge that joins these
 * two may go. */
static bool edit_insert(struct cell *c, struct rng *r)
{
    struct cell old = *c;
    if (old.nodes == NODES_MAX) return false;
    uint32_t at = 1 + (uint32_t)rng_below(r, old.nodes - 1);
    uint32_t below = (1u << at) - 1;
    c->nodes++;
    for (uint32_t j = at; j < old.nodes; j++) {
        c->op[j + 1] = old.op[j];
        c->sources[j + 1] = (old.sources[j] & below) | (old.sources[j] & ~below) << 1;
    }
    uint32_t from = (uint32_t)rng_below(r, at);
    uint32_t to = at + 1 + (uint32_t)rng_below(r, old.nodes - at);
    c->op[at] = (uint32_t)rng_below(r, OPERATIONS);
    c->sources[at] = 1u << from;
    c->sources[to] |= 1u << at;
    if (rng_below(r, 2)) c->sources[to] &= ~(1u << from);
    return true;
}

/* A node goes; those before it are joined to those behind. */
static bool edit_remove(struct cell *c, struct rng *r)
{
    if (c->nodes < 3) return false;
    uint32_t k = 1 + (uint32_t)rng_below(r, c->nodes - 2);
    for (uint32_t j = k + 1; j < c->nodes; j++)
        if (c->sources[j] >> k & 1) c->sources[j] |= c->sources[k];
    cell_keep(c, ~(1u << k));
    return true;
}

/* An operation, an edge, a new node, or a node less, in proportions that keep walks among the large
 * cells, as the space is. Always ends: one of the first three succeeds for any valid parent. */
static void nasbench101_edit(const struct space *s, struct rng *r, const uint16_t *parent,
                             uint16_t *out)
{
    struct cell old, c;
    SIBYL_BUG_IF(!s->valid(s, parent));
    cell_from_genome(&old, parent);
    memmove(out, parent, GENES * sizeof(*out));
    for (int i = 0; i < TRIES; i++) {
        bool made = true;
        uint64_t kind = rng_below(r, 10);
        c = old;
        if (kind < 3)
            made = edit_operation(&c, r);
        else if (kind < 6)
            edit_flip(&c, r);
        else if (kind < 9)
            made = edit_insert(&c, r);
        else
            made = edit_remove(&c, r);
        if (!made || !cell_valid(&c)) continue;
        cell_to_genome(&c, out);
        return;
    }
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
    struct cell c;
    (void)s;
    return cell_from_genome(&c, g) && cell_valid(&c);
}

static enum status nasbench101_graph(const struct space *s, const uint16_t *g, struct graph *out,
                                     struct arena *arena)
{
    struct cell c;
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
    struct cell c;
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

/* Its nodes in topological order, of which the input is the first and the output the last. */
static bool nasbench101_find(const struct space *s, const struct graph *g, uint16_t *out)
{
    struct cell c = {.nodes = g->nodes};
    uint32_t place[NODES_MAX];
    if (g->nodes < 2 || g->nodes > NODES_MAX || g->attributes) return false;
    for (uint32_t k = 0; k < g->nodes; k++) place[g->topological[k]] = k;
    for (uint32_t i = 0; i < g->nodes; i++) {
        const uint32_t k = place[i];
        const bool inner = k > 0 && k + 1 < g->nodes;
        if (inner ? g->ops[i] < FIRST_OPERATION : g->ops[i] != (k > 0)) return false;
        if (inner) c.op[k] = (uint32_t)g->ops[i] - FIRST_OPERATION;
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++) {
            if (g->out_multiplicity[e] != 1) return false;
            c.sources[place[g->out_node[e]]] |= 1u << k;
        }
    }
    if (!cell_valid(&c)) return false;
    cell_to_genome(&c, out);
    return s->valid(s, out);
}

/* Operations behind the second colon, up to the end of the text. */
static bool parse_operations(struct cell *c, const char *at)
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
    struct cell c = {0};
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
    if (cell_live(&c) != (1u << c.nodes) - 1) goto refused;
    fault = "it has more than 9 edges";
    if (cell_edges(&c) > EDGES_MAX) goto refused;
    cell_to_genome(&c, out);
    return SIBYL_OK;
refused:
    return err_set(SIBYL_E_FORMAT, "\"%.100s\" is no architecture of the space %s: %s", text,
                   s->name, fault);
}

enum status space_nasbench101_init(struct space *s, struct arena *arena)
{
    struct nasbench101 *t = arena_calloc(arena, 1, sizeof(*t));
    if (!t) return SIBYL_E_MEM;
    enum status st = table_make(t, arena);
    if (st) return st;
    s->detail = t;
    s->genes = GENES;
    s->strings = t->first_at[NODES_MAX + 1];
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
