#include "jobs/training/lessons.h"

#include "jobs/training/penalties.h"
#include "predictor/inputs/structure.h"

#include <stdlib.h>
#include <string.h>

/* The properties of a network as it is computed: of its canonical form. */
static enum status structure_of(const struct networks *n, size_t row, struct arena *scratch,
                                double *out)
{
    const struct vocabulary *v = &n->data->vocabulary;
    struct graph canonical;
    arena_reset(scratch);
    enum status st = n->form == GRAPH_CANONICAL
                         ? networks_graph(n, row, scratch, &canonical)
                         : graph_canonical(&canonical, scratch, &n->data->rows[row].graph, v);
    return st ? st : structure_labels(&canonical, v->count, out);
}

/* Of this rank's part, (rows, count). */
static enum status structure_part(const struct networks *n, size_t count, double *out)
{
    struct arena scratch;
    enum status st = SIBYL_OK;
    arena_init(&scratch);
    for (size_t i = n->first; i < n->end && !st; i++)
        st = structure_of(n, i, &scratch, out + (i - n->first) * count);
    arena_release(&scratch);
    return st;
}

/* The properties of all rows, each found by one rank, into the last `count` labels. Collective. */
static enum status add_structure(struct lessons *l, const struct networks *n, size_t count)
{
    struct team *t = n->team;
    size_t *counts = malloc((size_t)team_size(t) * sizeof(*counts));
    double *mine = malloc(((n->end - n->first) * count + 1) * sizeof(*mine));
    double *all = malloc((n->count * count + 1) * sizeof(*all));
    enum status st = counts && mine && all ? structure_part(n, count, mine)
                                           : err_memory("properties of networks");
    for (int r = 0; r < team_size(t) && !st; r++) {
        uint64_t begin, end;
        team_slice(n->count, r, team_size(t), &begin, &end);
        counts[r] = (size_t)(end - begin) * count;
    }
    st = team_agree(t, st);
    if (!st) team_allgather_doubles(t, mine, all, counts);
    for (size_t i = 0; i < n->count && !st; i++)
        memcpy(l->labels + (i + 1) * l->outputs - count, all + i * count, count * sizeof(*all));
    free(counts);
    free(mine);
    free(all);
    return st;
}

/* All but the properties. Local. */
static enum status begin(struct lessons *l, const struct dataset *d,
                         const struct config_training *c, uint32_t label)
{
    uint32_t known = 1 + c->auxiliary_count, *columns = malloc(known * sizeof(*columns));
    if (!columns) return err_memory("auxiliary labels");
    enum status st = SIBYL_OK;
    columns[0] = label;
    for (uint32_t k = 0; k < c->auxiliary_count && !st; k++) {
        st = dataset_find_label(d, c->auxiliary[k], &columns[k + 1]);
        if (st) err_prefix(st, "training.auxiliary");
    }
    l->outputs = known + (c->structure ? (uint32_t)structure_count(d->vocabulary.count) : 0);
    if (!st) l->labels = malloc((d->count + 1) * l->outputs * sizeof(*l->labels));
    if (!st && !l->labels) st = err_memory("auxiliary labels");
    for (size_t i = 0; i < d->count && !st; i++)
        for (uint32_t k = 0; k < known; k++)
            l->labels[i * l->outputs + k] = d->rows[i].labels[columns[k]];
    free(columns);
    return st;
}

/* Penalties among labels first .. labels - 1 become unknown. */
static enum status clear_penalties(struct lessons *l, size_t rows, uint32_t first, uint32_t labels)
{
    enum status st = SIBYL_OK;
    for (uint32_t k = first; k < labels && !st; k++) {
        struct penalties p;
        st = penalties_find(&p, l->labels + k, l->outputs, rows);
        for (size_t i = 0; i < rows && !st; i++) {
            double *x = &l->labels[i * l->outputs + k];
            *x = penalties_honest(&p, *x);
        }
    }
    return st;
}

enum status lessons_make(struct lessons *out, const struct networks *n,
                         const struct config_values *v, uint32_t label)
{
    const struct config_training *c = &v->training;
    struct lessons l = {0};
    const bool ranked = c->options.transform == TARGET_NORMAL_SCORES; /* they do no harm then */
    enum status st = begin(&l, n->data, c, label);
    if (!st && v->data.labels == LABELS_AUTO)
        st = clear_penalties(&l, n->count, ranked, 1 + c->auxiliary_count);
    st = team_agree(n->team, st);
    if (!st && c->structure) st = add_structure(&l, n, structure_count(n->data->vocabulary.count));
    if (st)
        lessons_release(&l);
    else
        *out = l;
    return st;
}

void lessons_release(struct lessons *l)
{
    free(l->labels);
    *l = (struct lessons){0};
}
