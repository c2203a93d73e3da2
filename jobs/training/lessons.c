#include "jobs/training/lessons.h"

#include "predictor/inputs/structure.h"

#include <stdlib.h>

/* The properties of a network as it is computed: of its canonical form. */
static enum status structure_of(const struct graph *g, const struct vocabulary *v,
                                struct arena *scratch, double *out)
{
    struct graph canonical;
    arena_reset(scratch);
    enum status st = graph_canonical(&canonical, scratch, g, v);
    return st ? st : structure_labels(&canonical, v->count, out);
}

static enum status fill(struct lessons *l, const struct dataset *d, const struct config_training *c,
                        const uint32_t *columns)
{
    struct arena scratch;
    enum status st = SIBYL_OK;
    arena_init(&scratch);
    for (size_t i = 0; i < d->count && !st; i++) {
        double *row = l->labels + i * l->outputs;
        for (uint32_t k = 0; k <= c->auxiliary_count; k++) row[k] = d->rows[i].labels[columns[k]];
        if (c->structure)
            st = structure_of(&d->rows[i].graph, &d->vocabulary, &scratch,
                              row + 1 + c->auxiliary_count);
    }
    arena_release(&scratch);
    return st;
}

enum status lessons_make(struct lessons *out, const struct dataset *d,
                         const struct config_training *c, uint32_t label)
{
    struct lessons l = {.outputs = 1 + c->auxiliary_count};
    uint32_t *columns = malloc(l.outputs * sizeof(*columns));
    if (!columns) return err_memory("auxiliary labels");
    enum status st = SIBYL_OK;
    columns[0] = label;
    for (uint32_t k = 0; k < c->auxiliary_count && !st; k++) {
        st = dataset_find_label(d, c->auxiliary[k], &columns[k + 1]);
        if (st) err_prefix(st, "training.auxiliary");
    }
    if (!st && c->structure) l.outputs += (uint32_t)structure_count(d->vocabulary.count);
    if (!st) l.labels = malloc((d->count + 1) * l.outputs * sizeof(*l.labels));
    if (!st && !l.labels) st = err_memory("auxiliary labels");
    if (!st) st = fill(&l, d, c, columns);
    if (st)
        lessons_release(&l);
    else
        *out = l;
    free(columns);
    return st;
}

void lessons_release(struct lessons *l)
{
    free(l->labels);
    *l = (struct lessons){0};
}
