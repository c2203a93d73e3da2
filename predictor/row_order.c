#include "predictor/row_order.h"

enum kind { SUCCESSORS_ONLY, BOTH, PREDECESSORS_ONLY, NEITHER, KINDS };

static enum kind kind_of(const struct batch *b, uint32_t row)
{
    bool successors = b->successors.start[row + 1] > b->successors.start[row];
    bool predecessors = b->predecessors.start[row + 1] > b->predecessors.start[row];
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

/* The lists of rows from[0], from[1] ... with their entries renamed; weights (may be NULL) stand
 * beside the entries. */
static enum status move_lists(struct row_lists *out, real **out_weights, struct arena *arena,
                              const struct row_lists *in, const real *weights, uint32_t rows,
                              const uint32_t *place, const uint32_t *from)
{
    struct row_lists l = {arena_alloc(arena, (rows + (size_t)1) * sizeof(uint32_t)),
                          arena_alloc(arena, in->start[rows] * sizeof(uint32_t))};
    real *moved = weights ? arena_alloc(arena, in->start[rows] * sizeof(real)) : NULL;
    if (!l.start || !l.row || (weights && !moved)) return SIBYL_E_MEM;
    uint32_t at = 0;
    for (uint32_t i = 0; i < rows; i++) {
        l.start[i] = at;
        for (uint32_t e = in->start[from[i]]; e < in->start[from[i] + 1]; e++, at++) {
            l.row[at] = place[in->row[e]];
            if (weights) moved[at] = weights[e];
        }
    }
    l.start[rows] = at;
    *out = l;
    if (weights) *out_weights = moved;
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
    o.batch.embedding = embedding;
    o.place = place;
    enum status st = move_lists(&o.batch.successors, &o.batch.successor_weight, arena,
                                &b->successors, b->successor_weight, rows, place, from);
    if (!st)
        st = move_lists(&o.batch.predecessors, &o.batch.predecessor_weight, arena, &b->predecessors,
                        b->predecessor_weight, rows, place, from);
    for (int t = 0; t < TOPOLOGY_COUNT && !st; t++)
        if (b->topology[t].start)
            st = move_lists(&o.batch.topology[t], NULL, arena, &b->topology[t], NULL, rows, place,
                            from);
    if (!st) *out = o;
    return st;
}
