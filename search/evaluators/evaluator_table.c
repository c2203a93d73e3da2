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
    bool outside; /* of the search space */
};

#define TABLE_LEVELS_MAX 16
#define TABLE_WANTED_MAX (1 + OBJECTIVE_VALUES_MAX)
#define TABLE_LABELS_MAX (TABLE_WANTED_MAX + OBJECTIVE_REPORTS_MAX + TABLE_COLUMNS_MAX)

/* Of one network and one label: over its rows that have it. */
struct table_sum {
    double sum, rows;
};

struct table {
    struct hashset set;
    struct table_network *networks;
    struct table_sum *sums; /* (networks, labels) */
    size_t count;
    double sign;
    /* The value's label; others that are searched for, `wanted` in all; and those that are shown.
     */
    char names[TABLE_LABELS_MAX][EVALUATION_NAME_BYTES];
    uint32_t labels, wanted;
    uint32_t shown; /* the first labels, which are told of: the others are for smaller budgets */
    /* Of each level the label that stands in the place of one that is searched for; 0: itself. */
    uint32_t instead[TABLE_LEVELS_MAX][TABLE_WANTED_MAX];
    struct objectives objectives;
    char *file;
    struct arena arena;
};

static void table_free(struct table *t)
{
    if (!t) return;
    hashset_release(&t->set);
    free(t->networks);
    free(t->sums);
    free(t->file);
    arena_release(&t->arena);
    free(t);
}

static void table_release(struct evaluator *e)
{
    table_free(e->detail);
}

/* NaN where no row has it. */
static double table_mean(const struct table *t, size_t i, uint32_t label)
{
    const struct table_sum *s = &t->sums[i * t->labels + label];
    return s->rows > 0 ? s->sum / s->rows : (double)NAN;
}

static double table_value(const struct table *t, size_t i)
{
    return t->sign * table_mean(t, i, 0);
}

/* The label that stands for one at a level; the last level is the whole. */
static uint32_t table_label(const struct table *t, const struct evaluation_task *task,
                            uint32_t label)
{
    bool low = task && task->level + 1 < task->levels && label < t->wanted;
    uint32_t instead = low ? t->instead[task->level][label] : 0;
    return instead ? instead : label;
}

/* The other labels, as far as they are there. What is only shown is of the whole budget. */
static void table_side_values(const struct table *t, size_t i, const struct evaluation_task *task,
                              struct evaluation *out)
{
    bool low = task && task->level + 1 < task->levels;
    for (uint32_t k = 1; k < (low ? t->wanted : t->shown); k++) {
        double value = table_mean(t, i, table_label(t, task, k));
        uint32_t at = out->extras;
        if (isnan(value)) continue;
        memcpy(out->extra_names[at], t->names[k], EVALUATION_NAME_BYTES);
        out->extra_values[at] = value;
        out->extras++;
    }
}

static enum status table_evaluate(struct evaluator *e, const struct space *s,
                                  const struct candidate *c, const struct evaluation_task *task,
                                  struct evaluation *out)
{
    (void)s;
    const struct table *t = e->detail;
    *out = (struct evaluation){.value = NAN};
    uint32_t i = hashset_find(&t->set, c->hash);
    if (i != HASHSET_NONE) table_side_values(t, i, task, out);
    for (uint32_t k = 0; k < t->wanted && !out->failed; k++) {
        uint32_t label = table_label(t, task, k);
        if (i == HASHSET_NONE || isnan(table_mean(t, i, label)))
            evaluation_fail(out, "the table has no %s of this network", t->names[label]);
    }
    if (!out->failed) out->value = t->sign * table_mean(t, i, table_label(t, task, 0));
    return SIBYL_OK;
}

/* Whether a network has all that is searched for, and meets the limits as far as the table knows.
 */
static bool table_is_answer(const struct table *t, size_t i)
{
    const struct objectives *o = &t->objectives;
    double values[OBJECTIVE_VALUES_MAX];
    for (uint32_t k = 0; k < t->wanted; k++)
        if (!isfinite(table_mean(t, i, k))) return false;
    for (uint32_t v = 0; v < o->values; v++) {
        values[v] = (double)NAN;
        for (uint32_t k = 0; k < t->wanted; k++)
            if (!o->predicted[v] && !strcmp(o->names[v], t->names[k]))
                values[v] = table_mean(t, i, k);
    }
    return !(objectives_violation(o, values) > 0);
}

static bool table_best_known(struct evaluator *e, double *out_value, struct hash128 *out_hash)
{
    const struct table *t = e->detail;
    size_t best = t->count;
    for (size_t i = 0; i < t->count; i++) {
        if (t->networks[i].outside || !table_is_answer(t, i)) continue;
        double a = table_value(t, i), b = best < t->count ? table_value(t, best) : 0;
        if (best == t->count || a > b ||
            (a == b && hash128_compare(t->networks[i].hash, t->networks[best].hash) < 0))
            best = i;
    }
    if (best == t->count) return false;
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
    uint32_t label[TABLE_LABELS_MAX]; /* (labels of the table) columns of the dataset */
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

/* A row is of use if it tells anything that is searched for. */
static bool table_row_counts(const struct table_filling *f, const double *values)
{
    for (uint32_t k = 0; k < f->table->wanted; k++)
        if (!isnan(values[f->label[k]])) return true;
    return false;
}

static enum status table_add_row(struct table_filling *f, size_t row, bool listed)
{
    struct table *t = f->table;
    const double *values = f->data->rows[row].labels;
    struct graph graph, canonical;
    bool added = false, out_of_space = false;
    if (!table_row_counts(f, values)) return SIBYL_OK;
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
    struct table_sum *sums = &t->sums[hashset_find(&t->set, hash) * t->labels];
    for (uint32_t k = 0; k < t->labels; k++) {
        if (isnan(values[f->label[k]])) continue;
        sums[k].sum += values[f->label[k]];
        sums[k].rows += 1;
    }
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

static void table_name(struct table *t, const char *name)
{
    size_t bytes = strlen(name);
    if (bytes >= EVALUATION_NAME_BYTES) bytes = EVALUATION_NAME_BYTES - 1;
    memcpy(t->names[t->labels], name, bytes);
    t->names[t->labels++][bytes] = '\0';
}

/* The key of the job that names a label, for messages. */
static const char *table_key(const struct table *t, uint32_t label)
{
    if (label >= t->shown) return "search.fidelity.columns: ";
    if (label >= t->wanted) return "evaluator.report: ";
    if (t->objectives.values == 0) return "";
    return objectives_find(&t->objectives, t->names[label]) < t->objectives.count ? "objectives: "
                                                                                  : "limits: ";
}

/* The labels of smaller budgets. */
static enum status table_find_columns(struct table *t, const struct evaluator_table_options *o)
{
    for (uint32_t i = 0; i < o->column_count; i++) {
        const struct table_column *c = &o->columns[i];
        uint32_t k = 0;
        while (c->of && k < t->wanted && strcmp(t->names[k], c->of) != 0) k++;
        if (k == t->wanted)
            return err_set(SIBYL_E_USAGE,
                           "search.fidelity.columns: %.80s is nothing that is searched for", c->of);
        t->instead[c->level][k] = t->labels;
        table_name(t, c->label);
    }
    return SIBYL_OK;
}

/* What the table is looked up for. */
static enum status table_find_labels(struct table_filling *f)
{
    const struct evaluator_table_options *o = f->options;
    struct table *t = f->table;
    enum status st = SIBYL_OK;
    t->labels = 0;
    table_name(t, o->value);
    for (uint32_t i = 0; i < t->objectives.values; i++)
        if (i != t->objectives.main && !t->objectives.predicted[i])
            table_name(t, t->objectives.names[i]);
    t->wanted = t->labels;
    for (uint32_t i = 0; i < t->objectives.report_count; i++)
        table_name(t, t->objectives.reports[i]);
    t->shown = t->labels;
    st = table_find_columns(t, o);
    for (uint32_t k = 0; k < t->labels && !st; k++) {
        st = dataset_find_label(f->data, k ? t->names[k] : o->value, &f->label[k]);
        if (st) st = err_prefix(st, "%s%s", table_key(t, k), o->file);
    }
    return st;
}

static enum status table_fill(struct table *t, const struct space *s, const struct dataset *d,
                              const struct evaluator_table_options *o)
{
    struct table_filling f = {.table = t, .data = d, .space = s, .options = o};
    arena_init(&f.scratch);
    enum status st = table_match(&f);
    if (!st) st = table_find_labels(&f);
    if (!st && d->count >= HASHSET_NONE)
        st = err_set(SIBYL_E_RANGE, "%s: too many networks for a table", o->file);
    t->networks = calloc(d->count + 1, sizeof(*t->networks));
    t->sums = calloc((d->count + 1) * (t->labels + 1), sizeof(*t->sums));
    if (!st && (!t->networks || !t->sums)) st = err_memory("the table of values");
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
    if (o->objectives) t->objectives = *o->objectives;
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
