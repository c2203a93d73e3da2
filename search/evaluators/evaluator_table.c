#include "base/hashset.h"
#include "proto/files/dataset.h"
#include "proto/graph/canon.h"
#include "search/evaluators/evaluator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table_network {
    struct hash128 hash;
    double sum, rows;
};

struct table {
    struct hashset set;
    struct table_network *networks;
    size_t count;
    double sign;
    char value[EVALUATION_NAME_BYTES]; /* the label's name, for messages */
    char *file;                        /* and the table's */
};

static void table_free(struct table *t)
{
    if (!t) return;
    hashset_release(&t->set);
    free(t->networks);
    free(t->file);
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
        out->failed = true;
        snprintf(out->error, sizeof(out->error), "the table has no %s of this network", t->value);
    } else {
        out->value = table_value(t, i);
    }
    return SIBYL_OK;
}

static bool table_best_known(struct evaluator *e, double *out_value, struct hash128 *out_hash)
{
    const struct table *t = e->detail;
    size_t best = 0;
    for (size_t i = 1; i < t->count; i++) {
        double a = table_value(t, i), b = table_value(t, best);
        if (a > b || (a == b && hash128_compare(t->networks[i].hash, t->networks[best].hash) < 0))
            best = i;
    }
    *out_value = table_value(t, best);
    *out_hash = t->networks[best].hash;
    return true;
}

static enum status table_add_row(struct table *t, const struct dataset *d, size_t row,
                                 uint32_t label)
{
    double value = d->rows[row].labels[label];
    if (isnan(value)) return SIBYL_OK;
    struct hash128 hash;
    bool added = false;
    enum status st = graph_canonical_hash(&hash, &d->rows[row].graph, &d->vocabulary);
    if (!st) st = hashset_add(&t->set, hash, (uint32_t)t->count, &added);
    if (st) return st;
    if (added) t->networks[t->count++] = (struct table_network){.hash = hash};
    struct table_network *n = &t->networks[hashset_find(&t->set, hash)];
    n->sum += value;
    n->rows += 1;
    return SIBYL_OK;
}

static enum status table_fill(struct table *t, const struct dataset *d,
                              const struct evaluator_table_options *o)
{
    uint32_t label;
    enum status st = dataset_find_label(d, o->value, &label);
    if (st) return err_prefix(st, "%s", o->file);
    if (d->count >= HASHSET_NONE)
        return err_set(SIBYL_E_RANGE, "%s: too many networks for a table", o->file);
    t->networks = calloc(d->count + 1, sizeof(*t->networks));
    if (!t->networks) return err_memory("the table of values");
    for (size_t i = 0; i < d->count; i++) {
        st = table_add_row(t, d, i, label);
        if (st) return err_prefix(st, "%s: network %zu", o->file, i);
    }
    if (t->count == 0)
        return err_set(SIBYL_E_FORMAT, "%s: no network has a value for '%s'", o->file, o->value);
    return SIBYL_OK;
}

enum status evaluator_table(struct evaluator *out, const struct space *s,
                            const struct evaluator_table_options *o)
{
    struct dataset d = {0};
    struct table *t = NULL;
    char content[HASH128_TEXT_BYTES];
    enum status st = dataset_read(&d, o->file);
    if (st) goto done;
    if (!vocabulary_equal(&d.vocabulary, &s->vocabulary)) {
        st = err_set(SIBYL_E_USAGE,
                     "%s: its operations are not those of the search space '%s' (%u of them, the "
                     "space has %u): set search.space to the table's space",
                     o->file, s->name, d.vocabulary.count, s->vocabulary.count);
        goto done;
    }
    t = calloc(1, sizeof(*t));
    if (!t || !(t->file = strdup(o->file))) {
        st = err_memory("the table of values");
        goto done;
    }
    t->sign = o->minimise ? -1.0 : 1.0;
    snprintf(t->value, sizeof(t->value), "%s", o->value);
    st = table_fill(t, &d, o);
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
