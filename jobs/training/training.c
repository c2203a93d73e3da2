#include "jobs/training/training.h"

#include "base/file.h"
#include "jobs/training/testing.h"
#include "predictor/training/gp_head.h"
#include "proto/files/checkpoint_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- data ---- */

bool training_data_holds(const struct training_data *d, const char *file, enum graph_form form)
{
    return d->file && !strcmp(d->file, file) && d->form == form;
}

enum status training_data_read(struct training_data *d, struct team *t, const char *file,
                               enum graph_form form)
{
    if (training_data_holds(d, file, form)) return SIBYL_OK;
    training_data_release(d);
    d->form = form;
    d->file = strdup(file);
    enum status st = d->file ? dataset_read(&d->dataset, file) : err_memory(file);
    st = team_agree(t, st);
    if (!st) st = networks_make(&d->networks, t, &d->dataset, form);
    if (st) training_data_release(d);
    return st;
}

void training_data_release(struct training_data *d)
{
    networks_release(&d->networks);
    dataset_release(&d->dataset);
    free(d->file);
    *d = (struct training_data){0};
}

/* ---- one training ---- */

/* The predictor to start from. */
static enum status read_from(struct training *j, const char *path)
{
    enum status st = predictor_read(&j->from, path);
    if (st) return st;
    j->has_from = true;
    char sha[SHA256_TEXT_BYTES];
    st = predictor_sha256(&j->from, sha);
    if (st) return st;
    identity_files_add(&j->files, "predictor", path, sha);
    return SIBYL_OK;
}

/* It must be like the one to train. */
static enum status check_from(const struct training *j, const char *path)
{
    const struct predictor *p = &j->predictor;
    const struct predictor_options *a = &j->from.options, *b = &p->options;
    bool heads = a->head_count == b->head_count &&
                 !memcmp(a->heads, b->heads, a->head_count * sizeof(*a->heads));
    if (a->layers == b->layers && a->width == b->width && a->feedforward == b->feedforward &&
        a->outputs == b->outputs && a->attributes.count == b->attributes.count &&
        a->attributes.features == b->attributes.features && a->tokens == b->tokens && heads &&
        features_same_names(&j->from.features, &p->features) &&
        vocabulary_equal(&j->from.vocabulary, &p->vocabulary))
        return SIBYL_OK;
    return err_set(SIBYL_E_USAGE,
                   "training.from: %s has other layers, width, heads, operations, features or "
                   "auxiliary labels than this job; `sibyl inspect` shows them",
                   path);
}

/* What is left out of the labels, said on rank 0. */
static enum status find_penalties(struct training *j)
{
    const struct dataset *d = &j->in.data->dataset;
    enum status st = penalties_of_label(&j->penalties, d, j->label);
    if (!st) st = penalties_of_label(&j->test_penalties, d, j->test_label);
    const struct penalties *p = &j->penalties;
    if (!st && p->count && team_rank(j->in.team) == 0)
        log_warn(j->in.log,
                 "%s: %zu of %zu labels %s are penalties for networks that failed, it seems (%g to "
                 "%g, far from all others): they are left out; data.labels: ranks learns them by "
                 "their ranks, as_is as they are",
                 j->in.values->data.file, p->count, p->known, j->in.values->data.label, p->lowest,
                 p->highest);
    return st;
}

/* What of a training does not depend on its labels' values. Local. */
static enum status find_rows(struct training *j)
{
    const struct config_values *v = j->in.values;
    const struct dataset *d = &j->in.data->dataset;
    char content[HASH128_TEXT_BYTES];
    hash128_text(d->content, content);
    identity_files_add(&j->files, "table", v->data.file, content);
    enum status st = dataset_find_label(d, v->data.label, &j->label);
    if (!st)
        st = dataset_find_label(d, v->data.test_label ? v->data.test_label : v->data.label,
                                &j->test_label);
    bool ranked = v->training.options.transform == TARGET_NORMAL_SCORES; /* they do no harm then */
    if (!st && v->data.labels == LABELS_AUTO && !ranked) st = find_penalties(j);
    const struct split_label label = {j->label, &j->penalties},
                             test = {j->test_label, &j->test_penalties};
    return st ? st : split_make(&j->split, &j->in.data->networks, v, &label, &test);
}

/* What is predicted, or learnt beside it, cannot be an input too. */
static enum status check_features(const struct config_values *v)
{
    for (uint32_t k = 0; k < v->data.feature_count; k++) {
        const char *name = v->data.features[k], *taken = NULL;
        if (!strcmp(name, v->data.label)) taken = "data.label";
        if (v->data.test_label && !strcmp(name, v->data.test_label)) taken = "data.test_label";
        for (uint32_t i = 0; i < v->training.auxiliary_count; i++)
            if (!strcmp(name, v->training.auxiliary[i])) taken = "training.auxiliary";
        if (taken)
            return err_set(SIBYL_E_USAGE,
                           "data.features: %s is also %s, and what a predictor is to find out "
                           "cannot be told to it; leave it out of one of them",
                           name, taken);
    }
    return SIBYL_OK;
}

/* The features of the job, and the numbers of a node that they leave room for. Their maps are those
 * of the predictor to start from, if there is one: its weights know no others. Local. */
static enum status make_features(struct training *j, struct attribute_encoding *e)
{
    const struct config_values *v = j->in.values;
    const struct dataset *d = &j->in.data->dataset;
    struct input_features *f = &j->features;
    enum status st = check_features(v);
    if (!st)
        st = input_features_fit(f, &j->arena, d, (const char *const *)v->data.features,
                                v->data.feature_count, j->split.train, j->split.train_count);
    if (!st && j->has_from && features_same_names(&j->from.features, &f->features))
        f->features = j->from.features;
    if (st) return st;
    uint32_t numbers = features_numbers(&f->features);
    if (d->attributes + numbers > GRAPH_ATTRIBUTES_MAX)
        return err_set(SIBYL_E_USAGE,
                       "data.features: they make %" PRIu32 " numbers beside the %" PRIu32
                       " attributes of a node; at most %d are allowed in all",
                       numbers, d->attributes, GRAPH_ATTRIBUTES_MAX);
    attributes_init(e, d->attributes + numbers);
    attributes_set_features(e, numbers);
    return SIBYL_OK;
}

/* Local. */
static enum status make_predictor(struct training *j)
{
    const struct config_values *v = j->in.values;
    const struct dataset *d = &j->in.data->dataset;
    struct predictor_options options = v->predictor;
    enum status st = pretraining_check(v, &j->lessons);
    if (!st && v->predictor.head == HEAD_LINEAR_GP)
        st = trainer_check_folds(v->training.options.folds, j->split.train_count);
    options.outputs = j->lessons.outputs;
    if (!st && v->training.from) st = read_from(j, v->training.from);
    if (!st) st = make_features(j, &options.attributes);
    if (!st) st = predictor_init(&j->predictor, &options, &d->vocabulary, v->data.label);
    if (st) return st;
    j->has_predictor = true;
    j->predictor.minimise = v->data.minimise;
    st = predictor_set_features(&j->predictor, &j->features.features);
    return !st && v->training.from ? check_from(j, v->training.from) : st;
}

/* The networks with the features that the predictor has. Local. */
static enum status add_features(struct training *j)
{
    const struct networks *n = &j->in.data->networks;
    j->networks = n;
    if (!j->predictor.features.count) return SIBYL_OK;
    enum status st =
        networks_with_features(&j->featured, n, &j->predictor.features, j->features.columns);
    if (!st) j->networks = &j->featured;
    return st;
}

/* The values of the keys that the job leaves to its effort. Local. */
static enum status choose_recipe(struct training *j)
{
    const struct networks *n = &j->in.data->networks;
    struct distinct_rows d = {0};
    enum status st = networks_distinct(&d, n, NULL, n->count);
    if (st) return st;
    struct recipe_facts facts = {.labels = j->split.train_count, .networks = d.count};
    for (size_t i = 0; i < n->count; i++) facts.nodes += n->data->rows[i].graph.nodes;
    facts.nodes /= n->count ? (double)n->count : 1;
    j->values = *j->in.values;
    recipe_apply(&j->values, &facts);
    j->in.values = &j->values;
    distinct_rows_release(&d);
    return SIBYL_OK;
}

enum status training_open(struct training *j, const struct training_inputs *in)
{
    *j = (struct training){.in = *in};
    arena_init(&j->arena);
    enum status st = find_rows(j);
    if (!st) st = choose_recipe(j);
    st = team_agree(in->team, st);
    if (!st) st = lessons_make(&j->lessons, &in->data->networks, j->in.values, j->label);
    if (!st) st = team_agree(in->team, make_predictor(j));
    if (!st) st = team_agree(in->team, add_features(j));
    if (st) training_release(j);
    return st;
}

void training_release(struct training *j)
{
    if (j->metrics) fclose(j->metrics);
    if (j->has_predictor) predictor_release(&j->predictor);
    if (j->has_from) predictor_release(&j->from);
    if (j->featured.features) networks_release(&j->featured);
    pretraining_release(&j->pretraining);
    lessons_release(&j->lessons);
    split_release(&j->split);
    arena_release(&j->arena);
    *j = (struct training){0};
}

char *training_path(const struct training *j, const char *name)
{
    char *path = file_join(j->in.folder, name);
    if (!path) err_memory(name);
    return path;
}

void training_forget_checkpoint(const struct training *j)
{
    char *path = j->in.folder ? training_path(j, "checkpoint.sibyl") : NULL;
    if (path) checkpoint_file_remove(path);
    free(path);
}

/* ---- metrics.csv ---- */

/* The head, and the lines of `old` (cut up here; NULL: none) of those epochs that the training does
 * not do again. */
static void print_metrics_before(FILE *f, char *old, const struct trainer_progress *p)
{
    char *place = NULL;
    fprintf(f, "member,epoch,loss,rate,samples_per_s,elapsed_s\n");
    for (char *line = old ? strtok_r(old, "\n", &place) : NULL; line;
         line = strtok_r(NULL, "\n", &place)) {
        uint32_t member = 0, epoch = 0;
        if (sscanf(line, "%" SCNu32 ",%" SCNu32, &member, &epoch) != 2) continue;
        if (member < p->members && epoch <= p->begun_epochs[member]) fprintf(f, "%s\n", line);
    }
}

/* Keeps the lines of those epochs that the training does not do again, and goes on behind them. */
static enum status open_metrics(struct training *j, const struct trainer_progress *p)
{
    enum status st = SIBYL_OK;
    struct file_writer w = {0};
    char *old = NULL, *path = training_path(j, "metrics.csv");
    size_t bytes = 0;
    if (!path) return SIBYL_E_MEM;
    if (access(path, F_OK) == 0) st = file_read(path, &old, &bytes);
    if (!st) st = file_write_begin(&w, path);
    if (!st) {
        print_metrics_before(w.stream, old, p);
        st = file_write_commit(&w);
    }
    if (!st) st = file_open_append(path, &j->metrics);
    file_write_abandon(&w);
    free(old);
    free(path);
    return st;
}

static enum status epoch_done(void *context, const struct trainer_progress *p)
{
    struct training *j = context;
    if (!j->metrics) {
        enum status st = open_metrics(j, p);
        if (st) return st;
    }
    fprintf(j->metrics, "%" PRIu32 ",%" PRIu32 ",%.9g,%.9g,%.6g,%.6g\n", p->member, p->epoch,
            p->loss, p->rate, p->samples_per_s, p->elapsed_s);
    if (fflush(j->metrics))
        return err_set(SIBYL_E_IO, "cannot write metrics.csv in %s", j->in.folder);
    log_root(j->in.log,
             "epoch %" PRIu32 "/%" PRIu32 "  member %" PRIu32 "/%" PRIu32
             "  loss %.5f  %.0f samples/s  %.0f s left",
             p->epoch, p->epochs, p->member + 1, p->members, p->loss, p->samples_per_s, p->left_s);
    return SIBYL_OK;
}

/* ---- train and test ---- */

static bool stop_asked(void *context)
{
    const struct training *j = context;
    return j->in.stop_asked(j->in.context);
}

static enum status accepted(void *context)
{
    const struct training *j = context;
    return j->in.accepted ? j->in.accepted(j->in.context) : SIBYL_OK;
}

/* What is learnt of each row that is trained on, for all ranks: in memory of j->arena. Collective.
 */
static enum status gather_lessons(struct training *j, struct training_set *out)
{
    const struct lessons *l = &j->lessons;
    size_t count = j->split.train_count;
    struct graph *graphs = arena_calloc(&j->arena, count + 1, sizeof(*graphs));
    double *labels = arena_calloc(&j->arena, count * l->outputs + 1, sizeof(*labels));
    enum status st = team_agree(j->in.team, graphs && labels ? SIBYL_OK : SIBYL_E_MEM);
    if (st) return st;
    for (size_t i = 0; i < count; i++)
        memcpy(labels + i * l->outputs, l->labels + j->split.train[i] * l->outputs,
               l->outputs * sizeof(*labels));
    *out = (struct training_set){graphs, labels, count};
    return networks_share(j->networks, j->split.train, count, &j->arena, graphs);
}

static enum status train(struct training *j, struct training_outcome *o)
{
    const struct config_values *v = j->in.values;
    char *checkpoint = j->in.folder ? training_path(j, "checkpoint.sibyl") : NULL;
    enum status st = j->in.folder && !checkpoint ? SIBYL_E_MEM : SIBYL_OK;
    st = team_agree(j->in.team, st);
    const struct predictor *from = j->has_from ? &j->from : NULL;
    if (!st && v->training.pretraining) {
        struct pretraining *p = j->in.kept ? j->in.kept : &j->pretraining;
        st = pretraining_make(p, j, from);
        from = &p->predictor;
        snprintf(o->base, sizeof(o->base), "%s", p->predictor.base);
        o->base_found = p->found;
    }
    struct training_set set = {0};
    if (!st) st = gather_lessons(j, &set);
    if (st) goto done;
    struct training_options options = v->training.options;
    if (v->data.labels == LABELS_RANKS) options.transform = TARGET_NORMAL_SCORES;
    struct trainer_run run = {
        .options = &options,
        .seed = v->seed,
        .from = from,
        .checkpoint_path = checkpoint,
        .checkpoint_s = v->training.checkpoint_s,
        .threads = j->in.threads,
        .job_digest = j->in.digest,
        .files = &j->files,
        .log = j->in.log,
        .stop_asked = stop_asked,
        .accepted = accepted,
        .epoch_done = j->in.folder ? epoch_done : NULL,
        .context = j,
    };
    st = trainer_run(j->in.team, &j->predictor, &set, &run, &o->trained);
    if (!st) st = gp_head_fit(j->in.team, false, &j->predictor, &set, &run);
    if (j->metrics && fclose(j->metrics) && !st)
        st = err_set(SIBYL_E_IO, "cannot write metrics.csv");
    j->metrics = NULL;
    st = team_agree(j->in.team, st);
done:
    free(checkpoint);
    return st;
}

static void report_rank(struct result *r, const char *key, double rank)
{
    if (isfinite(rank))
        result_integer(r, key, (uint64_t)rank);
    else
        result_null(r, key);
}

void training_report(const struct training_outcome *o, struct result *r)
{
    const struct metrics *m = &o->test;
    result_integer(r, "train_size", o->train_size);
    result_integer(r, "unlabelled", o->unlabelled);
    if (o->penalties) result_integer(r, "penalties", o->penalties);
    result_integer(r, "parameters", o->parameters);
    result_integer(r, "epochs", o->trained.epochs);
    result_number(r, "samples_per_s", o->trained.samples_per_s);
    result_number(r, "train_s", o->trained.train_s);
    result_number(r, "loss", o->trained.loss);
    result_number(r, "test_kendall_tau", m->kendall_tau);
    result_number(r, "test_spearman", m->spearman);
    result_number(r, "test_mape", m->mape);
    result_number(r, "test_top10_overlap", m->top10_overlap);
    result_number(r, "test_top100_overlap", m->top100_overlap);
    if (o->calibration.count) {
        result_number(r, "test_coverage_50", o->calibration.coverage[9]);
        result_number(r, "test_coverage_80", o->calibration.coverage[15]);
        result_number(r, "test_coverage_90", o->calibration.coverage[17]);
        result_number(r, "test_coverage_95", o->calibration.coverage[18]);
        result_number(r, "test_nll", o->calibration.nll);
    }
    if (o->has_networks_tau) {
        result_number(r, "test_networks_kendall_tau", o->networks_tau[o->rule]);
        result_number(r, "test_networks_kendall_tau_all", o->networks_tau[TEST_ALL]);
        result_number(r, "test_networks_kendall_tau_others", o->networks_tau[TEST_OTHERS]);
        result_number(r, "test_networks_kendall_tau_new", o->networks_tau[TEST_NEW]);
    }
    report_rank(r, "test_n_at_5", m->n_at_5);
    report_rank(r, "test_n_at_10", m->n_at_10);
    result_number(r, "test_top_tenth_tau", m->top_tenth_tau);
    result_number(r, "test_within_5_percent", m->within_5_percent);
    result_number(r, "test_within_10_percent", m->within_10_percent);
    result_integer(r, "test_size", o->test_size);
    result_number(r, "test_kendall_tau_all", o->rule_tau[TEST_ALL]);
    result_number(r, "test_kendall_tau_others", o->rule_tau[TEST_OTHERS]);
    result_number(r, "test_kendall_tau_new", o->rule_tau[TEST_NEW]);
    result_integer(r, "test_size_all", o->rule_size[TEST_ALL]);
    result_integer(r, "test_size_others", o->rule_size[TEST_OTHERS]);
    result_integer(r, "test_size_new", o->rule_size[TEST_NEW]);
    result_text(r, "predictor_sha256", o->predictor_sha256);
    if (*o->base) result_text(r, "base", o->base);
    if (*o->base) result_bool(r, "base_found", o->base_found);
    result_bool(r, "resumed", o->trained.resumed);
}

enum status training_run(struct training *j, struct training_outcome *out)
{
    struct training_outcome o = {
        .train_size = j->split.train_count,
        .test_size = j->split.test_count,
        .unlabelled = j->split.unlabelled,
        .penalties = j->penalties.count,
        .rule = j->in.values->split.test,
        .has_networks_tau = j->predictor.options.head == HEAD_LINEAR_GP,
        .parameters = j->predictor.parameters * j->predictor.options.members,
    };
    enum status st = train(j, &o);
    if (!st) st = testing_run(j, &o);
    if (!st) st = team_agree(j->in.team, predictor_sha256(&j->predictor, o.predictor_sha256));
    if (!st) *out = o;
    return st;
}
