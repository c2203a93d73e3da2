#include "jobs/training/pretraining.h"

#include "jobs/training/training.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What pre-training runs with: nothing of it depends on the split or the label to predict. */
static struct training_options options_of(const struct config_values *v)
{
    struct training_options o = v->training.options;
    o.epochs = v->training.pretraining;
    o.folds = 0;
    o.transform = TARGET_PLAIN;
    memset(&o.loss, 0, sizeof(o.loss));
    o.loss.l1 = 1; /* of no label; but some loss there must be */
    o.loss.auxiliary = 1;
    return o;
}

uint32_t pretraining_networks(const struct config_values *v, const struct predictor_options *like)
{
    bool fewer = !v->training.from && v->training.bases < like->members;
    return fewer ? v->training.bases : like->members;
}

static struct predictor_options shape_of(const struct config_values *v,
                                         const struct predictor_options *like)
{
    struct predictor_options o = *like;
    o.members = pretraining_networks(v, like);
    o.head = HEAD_LINEAR;
    o.lookup = false;
    return o;
}

/* Makes p->key: all that pre-training depends on, as bytes that are equal where it is. (Bytes
 * between the fields may differ: it is made anew then, with the same bits.) NULL without memory.
 * `like`: of the predictor. */
static void make_key(struct pretraining *p, const struct config_values *v,
                     const struct predictor_options *like)
{
    const struct predictor_options shape = shape_of(v, like);
    const struct training_options options = options_of(v);
    FILE *f = open_memstream(&p->key, &p->key_bytes);
    if (!f) return;
    fprintf(f, "%s\n%" PRIu64 "\n%d %d\n%s\n", v->data.file, v->seed, (int)v->effort,
            v->training.structure, v->training.from ? v->training.from : "");
    for (uint32_t i = 0; i < v->training.auxiliary_count; i++)
        fprintf(f, "%s\n", v->training.auxiliary[i]);
    for (uint32_t k = 0; k < v->data.feature_count; k++)
        fprintf(f, "feature %s\n", v->data.features[k]);
    if (v->data.feature_count) /* which are scaled by the rows that these keys choose */
        fprintf(f, "%.17g %" PRIu64 " %d %d %s\n", v->split.train, v->split.seed,
                (int)v->split.order, v->data.connected, v->data.label);
    fwrite(&shape, sizeof(shape), 1, f);
    fwrite(&options, sizeof(options), 1, f);
    if (fclose(f) == 0) return;
    free(p->key);
    p->key = NULL;
}

static bool same(const struct pretraining *a, const struct pretraining *b)
{
    return a->key && b->key && a->key_bytes == b->key_bytes &&
           !memcmp(a->key, b->key, a->key_bytes);
}

bool pretraining_shared(const struct config_values *a, const struct config_values *b)
{
    struct pretraining x = {0}, y = {0};
    make_key(&x, a, &a->predictor);
    make_key(&y, b, &b->predictor);
    bool shared = same(&x, &y);
    free(x.key);
    free(y.key);
    return shared;
}

enum status pretraining_check(const struct config_values *v, const struct lessons *lessons)
{
    if (!v->training.pretraining || lessons->outputs > 1) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE, "training.pretraining: there is nothing to learn; set "
                                  "training.structure or training.auxiliary");
}

/* graphs, for all ranks, and labels of the first row of each network, without labels to predict:
 * memory of `arena`. Collective. */
static enum status gather(const struct networks *n, const struct lessons *l, struct arena *arena,
                          struct training_set *out)
{
    struct distinct_rows d = {0};
    struct graph *graphs = NULL;
    double *labels = NULL;
    enum status st = networks_distinct(&d, n, NULL, n->count);
    if (!st) {
        graphs = arena_calloc(arena, d.count + 1, sizeof(*graphs));
        labels = arena_calloc(arena, d.count * l->outputs + 1, sizeof(*labels));
        if (!graphs || !labels) st = err_memory("the networks to pre-train on");
    }
    st = team_agree(n->team, st);
    for (size_t i = 0; i < d.count && !st; i++) {
        double *row = labels + i * l->outputs;
        memcpy(row, l->labels + d.rows[i] * l->outputs, l->outputs * sizeof(*row));
        row[0] = NAN;
    }
    if (!st) st = networks_share(n, d.rows, d.count, arena, graphs);
    *out = (struct training_set){graphs, labels, d.count};
    distinct_rows_release(&d);
    return st;
}

/* Collective. Fills p->predictor. */
static enum status learn(struct pretraining *p, const struct training *j,
                         const struct predictor *from)
{
    const struct training_inputs *in = &j->in;
    const struct predictor *like = &j->predictor;
    const struct predictor_options shape = shape_of(in->values, &like->options);
    const struct training_options options = options_of(in->values);
    struct arena arena;
    struct training_set set = {0};
    struct trainer_result unused;
    arena_init(&arena);
    enum status st = gather(j->networks, &j->lessons, &arena, &set);
    if (!st) st = predictor_init(&p->predictor, &shape, &like->vocabulary, like->label);
    if (!st) st = predictor_set_features(&p->predictor, &like->features);
    st = team_agree(in->team, st);
    if (st) goto done;
    struct trainer_run run = {.options = &options,
                              .seed = in->values->seed,
                              .from = from,
                              .threads = in->threads,
                              .job_digest = in->digest,
                              .log = in->log,
                              .stop_asked = in->stop_asked,
                              .context = in->context};
    log_root(in->log, "pre-training: %zu networks, %" PRIu32 " epochs, %" PRIu32 " bases",
             set.count, options.epochs, shape.members);
    st = trainer_run(in->team, &p->predictor, &set, &run, &unused);
done:
    arena_release(&arena);
    return st;
}

enum status pretraining_make(struct pretraining *p, const struct training *j,
                             const struct predictor *from)
{
    struct team *t = j->in.team;
    struct pretraining wanted = {0};
    make_key(&wanted, j->in.values, &j->predictor.options);
    enum status st = wanted.key ? SIBYL_OK : err_memory("pre-training");
    st = team_agree(t, st);
    /* all ranks or none go on, even should their padding differ */
    if (!st && team_max(t, same(p, &wanted) ? 0 : 1) < 1) goto done;
    if (!st) st = learn(&wanted, j, from);
    if (st) goto done;
    pretraining_release(p);
    *p = wanted;
    return SIBYL_OK;
done:
    pretraining_release(&wanted);
    return st;
}

void pretraining_release(struct pretraining *p)
{
    predictor_release(&p->predictor);
    free(p->key);
    *p = (struct pretraining){0};
}
