#include "predictor/topology.h"

#include <stdlib.h>
#include <string.h>

#define SMALL 64 /* nodes that fit in one machine word */

/* -- graphs of at most 64 nodes: bit rows -- */

static uint64_t bits_of(const struct row_lists *l, uint32_t row, uint32_t first)
{
    uint64_t bits = 0;
    for (uint32_t e = l->start[row]; e < l->start[row + 1]; e++)
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
    for (uint32_t e = l->start[row]; e < l->start[row + 1]; e++) collect(c, l->row[e]);
}

static void collect_through(struct collector *c, const struct row_lists *via,
                            const struct row_lists *l, uint32_t row)
{
    for (uint32_t e = via->start[row]; e < via->start[row + 1]; e++)
        collect_list(c, l, via->row[e]);
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

/* The list under construction: grows in steps of doubling inside the arena. */
static enum status append(struct row_lists *out, struct arena *arena, size_t *capacity, uint32_t at,
                          const uint32_t *rows, uint32_t count)
{
    if ((uint64_t)at + count > INT32_MAX)
        return err_set(SIBYL_E_RANGE,
                       "an attention list has more than 2^31 entries; make the batch smaller");
    if (at + (size_t)count > *capacity) {
        size_t grown = 2 * (at + (size_t)count) + 64;
        uint32_t *moved = arena_alloc(arena, grown * sizeof(*moved));
        if (!moved) return SIBYL_E_MEM;
        if (at) memcpy(moved, out->row, at * sizeof(*moved));
        out->row = moved;
        *capacity = grown;
    }
    memcpy(out->row + at, rows, count * sizeof(*rows));
    return SIBYL_OK;
}

enum status topology_lists(struct row_lists *out, struct arena *arena, const struct batch *b,
                           enum topology t)
{
    struct row_lists l = {.start = arena_alloc(arena, (b->rows + (size_t)1) * sizeof(uint32_t))};
    size_t capacity = b->rows * (size_t)3 + 64;
    struct collector c = {.stamp = arena_calloc(arena, b->rows + (size_t)1, sizeof(uint32_t)),
                          .found =
                              arena_alloc(arena, (b->rows + (size_t)SMALL) * sizeof(uint32_t))};
    l.row = arena_alloc(arena, capacity * sizeof(uint32_t));
    if (!l.start || !l.row || !c.stamp || !c.found) return SIBYL_E_MEM;
    l.start[0] = 0;
    uint64_t bits[SMALL];
    for (uint32_t g = 0; g < b->graphs; g++) {
        uint32_t first = b->start[g], nodes = b->start[g + 1] - first;
        if (nodes <= SMALL) small_rows(bits, b, first, nodes, t);
        for (uint32_t i = 0; i < nodes; i++) {
            if (nodes <= SMALL) {
                c.count = 0;
                for (uint64_t row = bits[i]; row; row &= row - 1)
                    c.found[c.count++] = first + (uint32_t)__builtin_ctzll(row);
            } else {
                large_row(&c, b, first, nodes, first + i, t);
            }
            uint32_t at = l.start[first + i];
            enum status st = append(&l, arena, &capacity, at, c.found, c.count);
            if (st) return st;
            l.start[first + i + 1] = at + c.count;
        }
    }
    *out = l;
    return SIBYL_OK;
}
