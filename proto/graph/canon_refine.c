#include "proto/graph/canon_refine.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum status refiner_init(struct refiner *r, struct arena *arena, uint32_t nodes)
{
    *r = (struct refiner){.nodes = nodes};
    r->key = arena_calloc(arena, nodes, sizeof(*r->key));
    r->touched = arena_calloc(arena, nodes, sizeof(*r->touched));
    r->queued = arena_calloc(arena, nodes, sizeof(*r->queued));
    r->sorted = arena_alloc(arena, nodes * sizeof(*r->sorted));
    r->cells = arena_alloc(arena, nodes * sizeof(*r->cells));
    r->queue = arena_alloc(arena, nodes * sizeof(*r->queue));
    bool made = r->key && r->touched && r->queued && r->sorted && r->cells && r->queue;
    return made ? SIBYL_OK : SIBYL_E_MEM;
}

enum status piece_place(struct piece *g, struct arena *arena, uint32_t nodes, uint32_t arcs)
{
    *g = (struct piece){.nodes = nodes, .arcs = arcs};
    g->start = arena_alloc(arena, ((size_t)nodes + 1 + 2 * (size_t)arcs) * sizeof(uint32_t));
    if (!g->start) return SIBYL_E_MEM;
    g->to = g->start + nodes + 1;
    g->label = g->to + arcs;
    return SIBYL_OK;
}

enum status partition_place(struct partition *p, struct arena *arena, uint32_t nodes)
{
    *p = (struct partition){.nodes = nodes};
    p->lab = arena_alloc(arena, 4 * (size_t)nodes * sizeof(uint32_t));
    if (!p->lab) return SIBYL_E_MEM;
    p->at = p->lab + nodes;
    p->colour = p->at + nodes;
    p->length = p->colour + nodes;
    return SIBYL_OK;
}

void partition_copy(struct partition *to, const struct partition *from)
{
    to->nodes = from->nodes;
    to->cells = from->cells;
    memcpy(to->lab, from->lab, 4 * (size_t)from->nodes * sizeof(uint32_t));
}

void refiner_push(struct refiner *r, uint32_t place)
{
    if (r->queued[place]) return;
    uint32_t end = r->first + r->waiting++;
    r->queued[place] = 1;
    r->queue[end < r->nodes ? end : end - r->nodes] = place;
}

static uint32_t pop(struct refiner *r)
{
    uint32_t place = r->queue[r->first];
    r->first = r->first + 1 < r->nodes ? r->first + 1 : 0;
    r->waiting--;
    r->queued[place] = 0;
    return place;
}

static void put(struct partition *p, uint32_t node, uint32_t at)
{
    p->lab[at] = node;
    p->at[node] = at;
}

/* Adds up what the cell at `place` gives to its neighbours; those of a cell move to its end. */
static uint32_t touch(struct refiner *r, const struct piece *g, struct partition *p, uint32_t place)
{
    uint32_t cells = 0;
    for (uint32_t i = place; i < place + p->length[place]; i++) {
        uint32_t node = p->lab[i];
        r->steps += g->start[node + 1] - g->start[node];
        for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
            uint32_t to = g->to[e], c = p->colour[to], end = c + p->length[c];
            if (p->length[c] == 1) continue;
            if (p->at[to] < end - r->touched[c]) {
                if (!r->touched[c]) r->cells[cells++] = c;
                uint32_t free = end - ++r->touched[c];
                put(p, p->lab[free], p->at[to]);
                put(p, to, free);
            }
            r->key[to] += keyed_mix(g->label[e] + 0x9e3779b97f4a7c15u);
        }
    }
    return cells;
}

static int by_place(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Parts first..end-1 of the list by key into cells; the first of them keeps the colour `first`. */
static void part_by_key(struct refiner *r, struct partition *p, uint32_t first, uint32_t end)
{
    uint32_t count = end - first, begin = first;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = p->lab[first + i];
        r->sorted[i] = (struct keyed){r->key[node], node};
    }
    keyed_sort(r->sorted, count);
    for (uint32_t i = 0; i < count; i++) {
        if (i && r->sorted[i].key != r->sorted[i - 1].key) {
            p->length[begin] = first + i - begin;
            begin = first + i;
            p->cells++;
        }
        put(p, r->sorted[i].node, first + i);
        p->colour[r->sorted[i].node] = begin;
    }
    p->length[begin] = end - begin;
}

/* The parts of what was the cell c..end-1 wait; but the largest only if the cell did. */
static void push_parts(struct refiner *r, const struct partition *p, uint32_t c, uint32_t end)
{
    uint32_t largest = c;
    bool all = r->queued[c];
    for (uint32_t i = c; i < end; i += p->length[i])
        if (p->length[i] > p->length[largest]) largest = i;
    for (uint32_t i = c; i < end; i += p->length[i])
        if (all || i != largest) refiner_push(r, i);
}

static bool one_key(const struct refiner *r, const struct partition *p, uint32_t c, uint32_t end)
{
    for (uint32_t i = c + 1; i < end; i++)
        if (r->key[p->lab[i]] != r->key[p->lab[c]]) return false;
    return true;
}

static void part_touched(struct refiner *r, struct partition *p, uint32_t c)
{
    uint32_t end = c + p->length[c], begin = end - r->touched[c];
    r->touched[c] = 0;
    if (begin > c || !one_key(r, p, c, end)) {
        if (begin > c) {
            p->length[c] = begin - c;
            p->cells++;
        }
        part_by_key(r, p, begin, end);
        push_parts(r, p, c, end);
    }
    for (uint32_t i = begin; i < end; i++) r->key[p->lab[i]] = 0;
}

void refiner_part(struct refiner *r, struct partition *p, uint32_t place)
{
    r->touched[place] = p->length[place];
    part_touched(r, p, place);
}

void refiner_run(struct refiner *r, const struct piece *g, struct partition *p)
{
    while (r->waiting) {
        uint32_t place = pop(r);
        if (p->cells == p->nodes) continue; /* nothing is left to be parted: empties the queue */
        uint32_t cells = touch(r, g, p, place);
        if (cells > 1) qsort(r->cells, cells, sizeof(*r->cells), by_place);
        for (uint32_t k = 0; k < cells; k++) part_touched(r, p, r->cells[k]);
    }
}

void partition_individualise(struct partition *p, struct refiner *r, uint32_t i)
{
    uint32_t node = p->lab[i], c = p->colour[node], end = c + p->length[c];
    put(p, p->lab[c], i);
    put(p, node, c);
    for (uint32_t k = c + 1; k < end; k++) p->colour[p->lab[k]] = c + 1;
    p->length[c + 1] = p->length[c] - 1;
    p->length[c] = 1;
    p->cells++;
    refiner_push(r, c);
}
