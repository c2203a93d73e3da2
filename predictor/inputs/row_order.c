#include "predictor/inputs/row_order.h"

#include <string.h>

enum kind { SUCCESSORS_ONLY, BOTH, PREDECESSORS_ONLY, NEITHER, KINDS };

static enum kind kind_of(const struct batch *b, uint32_t row)
{
    bool successors = b->successors.end[row] > b->successors.start[row];
    bool predecessors = b->predecessors.end[row] > b->predecessors.start[row];
    if (successors) return predecessors ? BOTH : SUCCESSORS_ONLY;
    return predecessors ? PREDECESSORS_ONLY : NEITHER;
}

/* place[old] = new, from[new] = old: kind by kind, and as before within one. */
static void sort_rows(struct row_order *o, const struct batch *b, uint32_t *place, uint32_t *from)
{
    uint32_t first[KINDS + 1] = {0};
    for (uint32_t i = 0; i < b->rows; i++) first[kind_of(b, i) + 1]++;
    for (int k = 0; k < KINDS; k++) first[k + 1] += first[k];
    o->backward_first = first[BOTH];
    o->forward_end = first[PREDECESSORS_ONLY];
    o->backward_end = first[NEITHER];
    for (uint32_t i = 0; i < b->rows; i++) {
        place[i] = first[kind_of(b, i)]++;
        from[place[i]] = i;
    }
}

/* The lists of rows from[0], from[1] ... with their entries renamed, in the same places. */
static enum status move_lists(struct row_lists *l, struct arena *arena, uint32_t rows,
                              const uint32_t *place, const uint32_t *from)
{
    struct row_lists made = {.start = arena_alloc(arena, rows * sizeof(uint32_t)),
                             .end = arena_alloc(arena, rows * sizeof(uint32_t)),
                             .row = arena_alloc(arena, l->stored * sizeof(uint32_t)),
                             .stored = l->stored,
                             .log_copies = l->log_copies};
    if (!made.start || !made.end || !made.row) return SIBYL_E_MEM;
    for (uint32_t e = 0; e < l->stored; e++) made.row[e] = place[l->row[e]];
    for (uint32_t i = 0; i < rows; i++) {
        made.start[i] = l->start[from[i]];
        made.end[i] = l->end[from[i]];
    }
    *l = made;
    return SIBYL_OK;
}

enum status row_order_make(struct row_order *out, struct arena *arena, const struct batch *b)
{
    struct row_order o = {.batch = *b};
    uint32_t rows = b->rows;
    uint32_t *place = arena_alloc(arena, rows * sizeof(*place));
    uint32_t *from = arena_alloc(arena, rows * sizeof(*from));
    uint16_t *embedding = arena_alloc(arena, rows * sizeof(*embedding));
    if (!place || !from || !embedding) return SIBYL_E_MEM;
    sort_rows(&o, b, place, from);
    for (uint32_t i = 0; i < rows; i++) embedding[i] = b->embedding[from[i]];
    if (b->copies) {
        o.batch.copies = arena_alloc(arena, rows * sizeof(real));
        if (!o.batch.copies) return SIBYL_E_MEM;
        for (uint32_t i = 0; i < rows; i++) o.batch.copies[i] = b->copies[from[i]];
    }
    if (b->attribute) {
        size_t n = b->attributes;
        o.batch.attribute = arena_alloc(arena, rows * n * sizeof(real));
        if (!o.batch.attribute) return SIBYL_E_MEM;
        for (size_t i = 0; i < rows; i++)
            memcpy(o.batch.attribute + i * n, b->attribute + from[i] * n, n * sizeof(real));
    }
    o.batch.embedding = embedding;
    o.place = place;
    enum status st = move_lists(&o.batch.successors, arena, rows, place, from);
    if (!st) st = move_lists(&o.batch.predecessors, arena, rows, place, from);
    for (int t = 0; t < TOPOLOGY_COUNT && !st; t++)
        if (b->topology[t].start) st = move_lists(&o.batch.topology[t], arena, rows, place, from);
    if (!st) *out = o;
    return st;
}
