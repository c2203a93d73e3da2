#include "search/spaces/node_cells.h"

#include <string.h>

#define TRIES 1000 /* far more than ever needed; a bound, so that loops end */

uint32_t node_cell_bit(uint32_t i, uint32_t j)
{
    return j * (j - 1) / 2 + i;
}

static void cell_from_pairs(struct node_cell *c, uint32_t nodes, uint32_t pairs)
{
    memset(c, 0, sizeof(*c));
    c->nodes = nodes;
    for (uint32_t j = 1; j < nodes; j++)
        c->sources[j] = pairs >> node_cell_bit(0, j) & ((1u << j) - 1);
}

uint32_t node_cell_live(const struct node_cell *c)
{
    uint32_t reached = 1, needed = 1u << (c->nodes - 1);
    for (uint32_t j = 1; j < c->nodes; j++)
        if (c->sources[j] & reached) reached |= 1u << j;
    for (uint32_t j = c->nodes - 1; j > 0; j--)
        if (needed >> j & 1) needed |= c->sources[j];
    return reached >> (c->nodes - 1) & 1 ? reached & needed : 0;
}

uint32_t node_cell_edges(const struct node_cell *c)
{
    uint32_t edges = 0;
    for (uint32_t j = 1; j < c->nodes; j++)
        for (uint32_t i = 0; i < j; i++) edges += c->sources[j] >> i & 1;
    return edges;
}

bool node_cells_valid(const struct node_cells *t, const struct node_cell *c)
{
    return node_cell_live(c) == (1u << c->nodes) - 1 && node_cell_edges(c) <= t->edges_max;
}

void node_cell_keep(struct node_cell *c, uint32_t kept)
{
    struct node_cell old = *c;
    uint32_t place[NODE_CELL_NODES_MAX] = {0}, n = 0;
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
    struct node_cell cell;
    uint32_t place[NODE_CELL_NODES_MAX];
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
        uint32_t more = count ? column << node_cell_bit(0, count) : 0;
        relabel(r, count + 1, placed | 1u << v, pairs | more);
    }
}

#define NEEDS_MAX (2 * (NODE_CELL_NODES_MAX - 1))

/* Of each node but the first its sources, of each but the last its targets: a cell is valid where
 * none of these sets is empty, for then every node is on a path from the first to the last. */
static uint32_t table_needs(uint32_t n, uint32_t needs[NEEDS_MAX])
{
    uint32_t count = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t sources = 0, targets = 0;
        for (uint32_t i = 0; i < k; i++) sources |= 1u << node_cell_bit(i, k);
        for (uint32_t j = k + 1; j < n; j++) targets |= 1u << node_cell_bit(k, j);
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

static bool pairs_valid(const struct node_cells *t, uint32_t pairs, const uint32_t *needs,
                        uint32_t count)
{
    for (uint32_t k = 0; k < count; k++)
        if (!(pairs & needs[k])) return false;
    return pairs_count(pairs) <= t->edges_max;
}

/* The smallest adjacency of each class of n nodes, behind those of fewer. */
static enum status table_classes(struct node_cells *t, struct arena *arena, uint8_t *seen,
                                 uint32_t n)
{
    struct relabelling r = {.seen = seen};
    uint32_t needs[NEEDS_MAX], need_count = table_needs(n, needs), at = t->first[n];
    memset(seen, 0, ((size_t)1 << node_cell_bit(0, n)) / 8 + 1);
    for (uint32_t pairs = 0; pairs < 1u << node_cell_bit(0, n); pairs++) {
        if (!pairs_valid(t, pairs, needs, need_count)) continue;
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

enum status node_cells_init(struct node_cells *t, struct arena *arena, uint32_t nodes_max,
                            uint32_t edges_max, uint32_t operations)
{
    *t = (struct node_cells){
        .nodes_max = nodes_max, .edges_max = edges_max, .operations = operations};
    uint8_t *seen = arena_alloc(arena, ((size_t)1 << node_cell_bit(0, nodes_max)) / 8 + 1);
    enum status st = seen ? SIBYL_OK : SIBYL_E_MEM;
    t->power[2] = 1;
    for (uint32_t n = 2; n <= nodes_max && !st; n++) {
        st = table_classes(t, arena, seen, n);
        if (n > 2) t->power[n] = t->power[n - 1] * operations;
        t->first_at[n + 1] = t->first_at[n] + (t->first[n + 1] - t->first[n]) * t->power[n];
    }
    return st;
}

uint64_t node_cells_points(const struct node_cells *t)
{
    return t->first_at[t->nodes_max + 1];
}

void node_cells_at(const struct node_cells *t, uint64_t index, struct node_cell *out)
{
    uint32_t n = 2;
    SIBYL_BUG_IF(index >= node_cells_points(t));
    while (index >= t->first_at[n + 1]) n++;
    index -= t->first_at[n];
    cell_from_pairs(out, n, t->pairs[t->first[n] + index / t->power[n]]);
    index %= t->power[n];
    for (uint32_t k = 1; k + 1 < n; k++, index /= t->operations)
        out->op[k] = (uint32_t)(index % t->operations);
}

/* ---- edits ---- */

static void edit_flip(struct node_cell *c, struct rng *r)
{
    uint32_t bit = (uint32_t)rng_below(r, node_cell_bit(0, c->nodes)), j = 1;
    while (bit >= node_cell_bit(0, j + 1)) j++;
    c->sources[j] ^= 1u << (bit - node_cell_bit(0, j));
}

static bool edit_operation(const struct node_cells *t, struct node_cell *c, struct rng *r)
{
    if (c->nodes < 3 || t->operations < 2) return false;
    uint32_t k = 1 + (uint32_t)rng_below(r, c->nodes - 2);
    c->op[k] = (c->op[k] + 1 + (uint32_t)rng_below(r, t->operations - 1)) % t->operations;
    return true;
}

/* A new node, between one of the nodes before it and one of those behind; an edge that joins these
 * two may go. */
static bool edit_insert(const struct node_cells *t, struct node_cell *c, struct rng *r)
{
    struct node_cell old = *c;
    if (old.nodes == t->nodes_max) return false;
    uint32_t at = 1 + (uint32_t)rng_below(r, old.nodes - 1);
    uint32_t below = (1u << at) - 1;
    c->nodes++;
    for (uint32_t j = at; j < old.nodes; j++) {
        c->op[j + 1] = old.op[j];
        c->sources[j + 1] = (old.sources[j] & below) | (old.sources[j] & ~below) << 1;
    }
    uint32_t from = (uint32_t)rng_below(r, at);
    uint32_t to = at + 1 + (uint32_t)rng_below(r, old.nodes - at);
    c->op[at] = (uint32_t)rng_below(r, t->operations);
    c->sources[at] = 1u << from;
    c->sources[to] |= 1u << at;
    if (rng_below(r, 2)) c->sources[to] &= ~(1u << from);
    return true;
}

/* A node goes; those before it are joined to those behind. */
static bool edit_remove(struct node_cell *c, struct rng *r)
{
    if (c->nodes < 3) return false;
    uint32_t k = 1 + (uint32_t)rng_below(r, c->nodes - 2);
    for (uint32_t j = k + 1; j < c->nodes; j++)
        if (c->sources[j] >> k & 1) c->sources[j] |= c->sources[k];
    node_cell_keep(c, ~(1u << k));
    return true;
}

bool node_cells_edit(const struct node_cells *t, struct rng *r, struct node_cell *c)
{
    struct node_cell old = *c;
    for (int i = 0; i < TRIES; i++) {
        bool made = true;
        uint64_t kind = rng_below(r, 10);
        *c = old;
        if (kind < 3)
            made = edit_operation(t, c, r);
        else if (kind < 6)
            edit_flip(c, r);
        else if (kind < 9)
            made = edit_insert(t, c, r);
        else
            made = edit_remove(c, r);
        if (made && node_cells_valid(t, c)) return true;
    }
    *c = old;
    return false;
}

static bool find_operation(const struct node_cells *t, uint16_t op, const uint16_t *op_of,
                           uint32_t *out)
{
    for (*out = 0; *out < t->operations; ++*out)
        if (op_of[*out] == op) return true;
    return false;
}

/* In topological order the input is the first node and the output the last. */
bool node_cells_find(const struct node_cells *t, const struct graph *canonical,
                     const uint16_t *op_of, const uint16_t ends[2], struct node_cell *out)
{
    const struct graph *g = canonical;
    uint32_t place[NODE_CELL_NODES_MAX];
    *out = (struct node_cell){.nodes = g->nodes};
    if (g->nodes < 2 || g->nodes > t->nodes_max || g->attributes) return false;
    for (uint32_t k = 0; k < g->nodes; k++) place[g->topological[k]] = k;
    for (uint32_t i = 0; i < g->nodes; i++) {
        const uint32_t k = place[i];
        const bool inner = k > 0 && k + 1 < g->nodes;
        if (inner ? !find_operation(t, g->ops[i], op_of, &out->op[k]) : g->ops[i] != ends[k > 0])
            return false;
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++) {
            if (g->out_multiplicity[e] != 1) return false;
            out->sources[place[g->out_node[e]]] |= 1u << k;
        }
    }
    return node_cells_valid(t, out);
}
