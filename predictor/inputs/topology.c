#include "predictor/inputs/topology.h"

#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#define SMALL 64 /* nodes that fit in one machine word */

/* -- graphs of at most 64 nodes: bit rows -- */

static uint64_t bits_of(const struct row_lists *l, uint32_t row, uint32_t first)
{
    uint64_t bits = 0;
    for (uint32_t e = l->start[row]; e < l->end[row]; e++)
        bits |= UINT64_C(1) << (l->row[e] - first);
    return bits;
}

/* Union over the rows of `via` of their rows of `bits`. */
static uint64_t bits_through(uint64_t via, const uint64_t *bits)
{
    uint64_t all = 0;
    for (; via; via &= via - 1) all |= bits[__builtin_ctzll(via)];
    return all;
}

/* With tokens, which are connected to everything: whether row i of a graph's `rows` sees all of it.
 * Any two nodes share a token as parent and as child. */
static bool sees_all(enum topology t, uint32_t i, uint32_t rows)
{
    return t == TOPOLOGY_SIBLING_PARENT || t == TOPOLOGY_SIBLING_CHILD || i == 0 || i == rows - 1;
}

static void small_rows(uint64_t *out, const struct batch *b, uint32_t first, uint32_t nodes,
                       enum topology t)
{
    uint64_t next[SMALL], previous[SMALL];
    for (uint32_t i = 0; i < nodes; i++) {
        next[i] = bits_of(&b->successors, first + i, first);
        previous[i] = bits_of(&b->predecessors, first + i, first);
    }
    for (uint32_t i = 0; i < nodes; i++) {
        uint64_t self = UINT64_C(1) << i, row = 0, grown;
        switch (t) {
        case TOPOLOGY_FORWARD:
            row = next[i];
            break;
        case TOPOLOGY_BACKWARD:
            row = previous[i];
            break;
        case TOPOLOGY_SIBLING_PARENT:
            row = bits_through(previous[i], next);
            break;
        case TOPOLOGY_SIBLING_CHILD:
            row = bits_through(next[i], previous);
            break;
        case TOPOLOGY_GLOBAL:
            row = nodes == SMALL ? ~UINT64_C(0) : (UINT64_C(1) << nodes) - 1;
            break;
        case TOPOLOGY_REACH:
            for (row = next[i]; (grown = row | bits_through(row, next)) != row;) row = grown;
            break;
        case TOPOLOGY_COUNT:
            break;
        }
        out[i] = row | self;
        if (!b->tokens) continue;
        uint64_t all = nodes == SMALL ? ~UINT64_C(0) : (UINT64_C(1) << nodes) - 1;
        uint64_t tokens = UINT64_C(1) | UINT64_C(1) << (nodes - 1);
        out[i] = sees_all(t, i, nodes) ? all : out[i] | tokens;
    }
}

/* -- larger graphs: lists, with a stamp per row that says who was last seen by whom -- */

struct collector {
    uint32_t *stamp, *found; /* (rows) each */
    uint32_t count, owner;
};

static void collect(struct collector *c, uint32_t row)
{
    if (c->stamp[row] == c->owner + 1) return;
    c->stamp[row] = c->owner + 1;
    c->found[c->count++] = row;
}

static void collect_list(struct collector *c, const struct row_lists *l, uint32_t row)
{
    for (uint32_t e = l->start[row]; e < l->end[row]; e++) collect(c, l->row[e]);
}

static void collect_through(struct collector *c, const struct row_lists *via,
                            const struct row_lists *l, uint32_t row)
{
    for (uint32_t e = via->start[row]; e < via->end[row]; e++) collect_list(c, l, via->row[e]);
}

static int compare_rows(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void large_row(struct collector *c, const struct batch *b, uint32_t first, uint32_t nodes,
                      uint32_t row, enum topology t)
{
    c->count = 0;
    c->owner = row;
    collect(c, row);
    switch (t) {
    case TOPOLOGY_FORWARD:
        collect_list(c, &b->successors, row);
        break;
    case TOPOLOGY_BACKWARD:
        collect_list(c, &b->predecessors, row);
        break;
    case TOPOLOGY_SIBLING_PARENT:
        collect_through(c, &b->predecessors, &b->successors, row);
        break;
    case TOPOLOGY_SIBLING_CHILD:
        collect_through(c, &b->successors, &b->predecessors, row);
        break;
    case TOPOLOGY_GLOBAL:
        for (uint32_t i = 0; i < nodes; i++) collect(c, first + i);
        break;
    case TOPOLOGY_REACH: /* `found` is the queue of a breadth-first search */
        for (uint32_t i = 0; i < c->count; i++) collect_list(c, &b->successors, c->found[i]);
        break;
    case TOPOLOGY_COUNT:
        break;
    }
    if (b->tokens) {
        bool all = sees_all(t, row - first, nodes);
        for (uint32_t i = 0; i < nodes; i += all ? 1 : nodes - 1) collect(c, first + i);
    }
    qsort(c->found, c->count, sizeof(*c->found), compare_rows);
}

/* -- rows that share a list -- */

/* Rows of a large graph by what their list is made of. */
struct owners {
    uint32_t *row; /* (size) the first row of a kind + 1, or 0 */
    size_t size;   /* a power of two */
};

static uint64_t hash_rows(const uint32_t *rows, uint32_t count)
{
    return digest_xxh128(rows, count * sizeof(*rows)).low;
}

/* The rows whose lists make up row r's, or NULL where it is r's own list. */
static const struct row_lists *made_of(const struct batch *b, enum topology t)
{
    if (t == TOPOLOGY_SIBLING_PARENT) return &b->predecessors;
    return t == TOPOLOGY_SIBLING_CHILD ? &b->successors : NULL;
}

/* The first row whose parents (or children) are the same as this one's: their siblings are too. */
static uint32_t find_owner(struct owners *o, const struct row_lists *via, uint32_t row)
{
    const uint32_t *rows = via->row + via->start[row];
    uint32_t count = via->end[row] - via->start[row];
    size_t at = hash_rows(rows, count) & (o->size - 1);
    for (; o->row[at]; at = (at + 1) & (o->size - 1)) {
        uint32_t other = o->row[at] - 1;
        if (via->end[other] - via->start[other] == count &&
            memcmp(via->row + via->start[other], rows, count * sizeof(*rows)) == 0)
            return other;
    }
    o->row[at] = row + 1;
    return row;
}

static enum status owners_init(struct owners *o, struct arena *arena, uint32_t nodes)
{
    for (o->size = 64; o->size < 2 * (size_t)nodes;) o->size *= 2;
    o->row = arena_calloc(arena, o->size, sizeof(*o->row));
    return o->row ? SIBYL_OK : SIBYL_E_MEM;
}

/* -- the lists -- */

/* Under construction: grows in steps of doubling inside the arena. */
struct builder {
    struct row_lists *lists;
    struct arena *arena;
    size_t capacity;
    struct collector collector;
};

/* The collected rows become the list of `row`. */
static enum status append(struct builder *m, uint32_t row)
{
    struct row_lists *l = m->lists;
    uint32_t count = m->collector.count;
    if ((uint64_t)l->stored + count > INT32_MAX)
        return err_set(SIBYL_E_RANGE,
                       "an attention list has more than 2^31 entries; make the batch smaller");
    if (l->stored + (size_t)count > m->capacity) {
        size_t grown = 2 * (l->stored + (size_t)count) + 64;
        uint32_t *moved = arena_alloc(m->arena, grown * sizeof(*moved));
        if (!moved) return SIBYL_E_MEM;
        if (l->stored) memcpy(moved, l->row, l->stored * sizeof(*moved));
        l->row = moved;
        m->capacity = grown;
    }
    memcpy(l->row + l->stored, m->collector.found, count * sizeof(*l->row));
    l->start[row] = l->stored;
    l->stored += count;
    l->end[row] = l->stored;
    return SIBYL_OK;
}

static enum status small_graph(struct builder *m, const struct batch *b, uint32_t first,
                               uint32_t nodes, enum topology t)
{
    uint64_t bits[SMALL];
    enum status st = SIBYL_OK;
    small_rows(bits, b, first, nodes, t);
    for (uint32_t i = 0; i < nodes && !st; i++) {
        m->collector.count = 0;
        for (uint64_t row = bits[i]; row; row &= row - 1)
            m->collector.found[m->collector.count++] = first + (uint32_t)__builtin_ctzll(row);
        st = append(m, first + i);
    }
    return st;
}

static enum status large_graph(struct builder *m, const struct batch *b, uint32_t first,
                               uint32_t nodes, enum topology t)
{
    const struct row_lists *via = made_of(b, t);
    struct owners owners;
    enum status st = owners_init(&owners, m->arena, nodes);
    uint32_t all = UINT32_MAX; /* the first row that sees all */
    for (uint32_t i = 0; i < nodes && !st; i++) {
        uint32_t row = first + i, owner = row;
        if (t == TOPOLOGY_GLOBAL || (b->tokens && sees_all(t, i, nodes)))
            owner = all = all == UINT32_MAX ? row : all;
        else if (via && via->end[row] > via->start[row])
            owner = find_owner(&owners, via, row);
        if (owner == row) {
            large_row(&m->collector, b, first, nodes, row, t);
            st = append(m, row);
        } else {
            m->lists->start[row] = m->lists->start[owner];
            m->lists->end[row] = m->lists->end[owner];
        }
    }
    return st;
}

static enum status count_before(struct row_lists *l, struct arena *arena, uint32_t rows)
{
    uint64_t sum = 0;
    l->before = arena_alloc(arena, (rows + (size_t)1) * sizeof(*l->before));
    if (!l->before) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < rows && sum <= INT32_MAX; i++) {
        l->before[i] = (uint32_t)sum;
        sum += l->end[i] - l->start[i];
    }
    l->before[rows] = (uint32_t)sum;
    if (sum > INT32_MAX) l->before = NULL;
    return SIBYL_OK;
}

enum status topology_lists(struct row_lists *out, struct arena *arena, const struct batch *b,
                           enum topology t)
{
    size_t rows = b->rows;
    struct row_lists l = {.start = arena_alloc(arena, rows * sizeof(uint32_t)),
                          .end = arena_alloc(arena, rows * sizeof(uint32_t))};
    struct builder m = {.lists = &l, .arena = arena, .capacity = rows * 3 + 64};
    m.collector.stamp = arena_calloc(arena, rows + 1, sizeof(uint32_t));
    m.collector.found = arena_alloc(arena, (rows + SMALL) * sizeof(uint32_t));
    l.row = arena_alloc(arena, m.capacity * sizeof(uint32_t));
    if (!l.start || !l.end || !l.row || !m.collector.stamp || !m.collector.found)
        return SIBYL_E_MEM;
    enum status st = SIBYL_OK;
    for (uint32_t g = 0; g < b->graphs && !st; g++) {
        uint32_t first = b->start[g], nodes = b->start[g + 1] - first;
        st = nodes <= SMALL ? small_graph(&m, b, first, nodes, t)
                            : large_graph(&m, b, first, nodes, t);
    }
    if (!st) st = count_before(&l, arena, b->rows);
    if (!st) *out = l;
    return st;
}
