#include "base/hashset.h"
#include "proto/files/dataset.h"
#include "proto/graph/canon.h"
#include "search/evaluators/evaluator.h"
#include "search/spaces/space_pool.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table_network {
    struct hash128 hash;
    double sum, rows;
    bool outside; /* of the search space */
};

struct table {
    struct hashset set;
    struct table_network *networks;
    size_t count;
    double sign;
    char value[EVALUATION_NAME_BYTES]; /* the label's name, for messages */
    char *file;                        /* and the table's */
    struct arena arena;
};

static void table_free(struct table *t)
{
    if (!t) return;
    hashset_release(&t->set);
    free(t->networks);
    free(t->file);
    arena_release(&t->arena);
    free(t);
}

static void table_release(struct evaluator *e)
{
    table_free(e->detail);
}

static double table_value(const struct table *t, size_t i)
{
    return t->sign * (t->networks[i].sum / t->networks[i].rows);
}

static enum status table_evaluate(struct evaluator *e, const struct space *s,
                                  const struct candidate *c, const struct evaluation_task *task,
                                  struct evaluation *out)
{
    (void)s;
    (void)task;
    const struct table *t = e->detail;
    *out = (struct evaluation){.value = NAN};
    uint32_t i = hashset_find(&t->set, c->hash);
    if (i == HASHSET_NONE) {
        evaluation_fail(out, "the table has no %s of this network", t->value);
    } else {
        out->value = table_value(t, i);
    }
    return SIBYL_OK;
}

static bool table_best_known(struct evaluator *e, double *out_value, struct hash128 *out_hash)
{
    const struct table *t = e->detail;
    size_t best = 0;
    while (t->networks[best].outside) best++; /* one at least is inside */
    for (size_t i = best + 1; i < t->count; i++) {
        if (t->networks[i].outside) continue;
        double a = table_value(t, i), b = table_value(t, best);
        if (a > b || (a == b && hash128_compare(t->networks[i].hash, t->networks[best].hash) < 0))
            best = i;
    }
    *out_value = table_value(t, best);
    *out_hash = t->networks[best].hash;
    return true;
}

/* ---- making one ---- */

struct table_filling {
    struct table *table;
    const struct dataset *data;
    const struct space *space;
    const struct evaluator_table_options *options;
    uint32_t label;
    uint16_t *op_of; /* (operations of the table) those of the space; TABLE_NO_OPERATION: none */
    size_t foreign;  /* rows with other operations */
    struct arena scratch;
};
#define TABLE_NO_OPERATION UINT16_MAX

/* The row's graph in the operations of the space; *out_of_space: it has one that is not. */
static enum status table_graph(struct table_filling *f, size_t row, struct graph *out,
                               bool *out_of_space)
{
    *out = f->data->rows[row].graph;
    uint16_t *ops = arena_alloc(&f->scratch, out->nodes * sizeof(*ops));
    if (!ops) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < out->nodes; i++) {
        ops[i] = f->op_of[out->ops[i]];
        if (ops[i] == TABLE_NO_OPERATION) *out_of_space = true;
    }
    out->ops = ops;
    return SIBYL_OK;
}

static enum status table_add_row(struct table_filling *f, size_t row, bool listed)
{
    struct table *t = f->table;
    const double value = f->data->rows[row].labels[f->label];
    struct graph graph, canonical;
    bool added = false, out_of_space = false;
    if (isnan(value)) return SIBYL_OK;
    arena_reset(&f->scratch);
    enum status st = table_graph(f, row, &graph, &out_of_space);
    if (out_of_space) f->foreign++;
    if (st || out_of_space) return st;
    st = graph_canonical(&canonical, &f->scratch, &graph, &f->space->vocabulary);
    if (st) return st;
    const struct hash128 hash = graph_hash(&canonical);
    st = hashset_add(&t->set, hash, (uint32_t)t->count, &added);
    if (st) return st;
    if (added) t->networks[t->count++] = (struct table_network){.hash = hash};
    struct table_network *n = &t->networks[hashset_find(&t->set, hash)];
    n->sum += value;
    n->rows += 1;
    return listed && added
               ? space_part_add(f->options->part, f->space, &canonical, f->data->rows[row].text)
               : SIBYL_OK;
}

/* Operations by name. All of one side must be on the other: else these are different things. */
static enum status table_match(struct table_filling *f)
{
    const struct vocabulary *have = &f->data->vocabulary, *want = &f->space->vocabulary;
    uint32_t matched = 0;
    f->op_of = arena_calloc(&f->table->arena, have->count + 1, sizeof(*f->op_of));
    if (!f->op_of) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < have->count; i++) {
        int op = vocabulary_find(want, have->names[i]);
        f->op_of[i] = op < 0 ? TABLE_NO_OPERATION : (uint16_t)op;
        matched += op >= 0;
    }
    if (matched == have->count || matched == want->count) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE,
                   "%s: its operations are not those of the search space '%s' (%u of them, the "
                   "space has %u): set space to the table's space",
                   f->options->file, f->space->name, have->count, want->count);
}

static enum status table_add_rows(struct table_filling *f)
{
    const struct evaluator_table_options *o = f->options;
    struct table *t = f->table;
    const bool large =
        o->part && f->space->strings > SPACE_PART_ENUMERATE_MAX && !space_pool_content(f->space);
    for (size_t i = 0; i < f->data->count; i++) {
        enum status st = table_add_row(f, i, large);
        if (st) return err_prefix(st, "%s: network %zu", o->file, i);
    }
    if (t->count == 0)
        return err_set(SIBYL_E_FORMAT, "%s: no network has a value for '%s'", o->file, o->value);
    if (!o->part || large) return SIBYL_OK;
    enum status st = space_part_enumerate(o->part, f->space, &t->set);
    if (!st && o->part->count == 0)
        return err_set(SIBYL_E_USAGE,
                       "%s: none of the %" PRIu64 " networks of the search space '%s' has a value "
                       "for '%s' in it",
                       o->file, o->part->networks, f->space->name, o->value);
    return st;
}

/* Networks that are of no use to the search, for they are not of its space, are not the best. */
static void table_keep_to(struct table *t, const struct space_part *part)
{
    for (size_t i = 0; part && part->networks && i < t->count; i++)
        t->networks[i].outside = hashset_find(&part->set, t->networks[i].hash) == HASHSET_NONE;
}

static enum status table_fill(struct table *t, const struct space *s, const struct dataset *d,
                              const struct evaluator_table_options *o)
{
    struct table_filling f = {.table = t, .data = d, .space = s, .options = o};
    arena_init(&f.scratch);
    enum status st = table_match(&f);
    if (!st && (st = dataset_find_label(d, o->value, &f.label))) err_prefix(st, "%s", o->file);
    if (!st && d->count >= HASHSET_NONE)
        st = err_set(SIBYL_E_RANGE, "%s: too many networks for a table", o->file);
    if (!st && !(t->networks = calloc(d->count + 1, sizeof(*t->networks))))
        st = err_memory("the table of values");
    if (!st) st = table_add_rows(&f);
    if (!st) table_keep_to(t, o->part);
    if (o->networks) *o->networks = t->count + f.foreign;
    arena_release(&f.scratch);
    return st;
}

enum status evaluator_table(struct evaluator *out, const struct space *s,
                            const struct evaluator_table_options *o)
{
    struct dataset d = {0};
    char content[HASH128_TEXT_BYTES];
    enum status st = dataset_read(&d, o->file);
    struct table *t = st ? NULL : calloc(1, sizeof(*t));
    if (!st && (!t || !(t->file = strdup(o->file)))) st = err_memory("the table of values");
    if (st) goto done;
    arena_init(&t->arena);
    t->sign = o->minimise ? -1.0 : 1.0;
    snprintf(t->value, sizeof(t->value), "%s", o->value);
    st = table_fill(t, s, &d, o);
    if (st) goto done;
    *out = (struct evaluator){.detail = t,
                              .evaluate = table_evaluate,
                              .best_known = table_best_known,
                              .release = table_release};
    hash128_text(d.content, content);
    identity_files_add(&out->files, "table", t->file, content);
    t = NULL;
done:
    table_free(t);
    dataset_release(&d);
    return st;
}
