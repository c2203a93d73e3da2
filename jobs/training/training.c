#include "jobs/training/training.h"

#include "base/file.h"
#include "proto/files/checkpoint_file.h"
#include "predictor/training/gp_head.h"

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

enum status training_data_read(struct training_data *d, const char *file, enum graph_form form)
{
    if (training_data_holds(d, file, form)) return SIBYL_OK;
    training_data_release(d);
    d->form = form;
    d->file = strdup(file);
    if (!d->file) return err_memory(file);
    enum status st = dataset_read(&d->dataset, file);
    if (!st) st = networks_make(&d->networks, &d->dataset, form);
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

/* The predictor to start from, which must be like the one to train. */
static enum status read_from(struct training *j, const char *path)
{
    const struct predictor *p = &j->predictor;
    enum status st = predictor_read(&j->from, path);
    if (st) return st;
    j->has_from = true;
    char sha[SHA256_TEXT_BYTES];
    st = predictor_sha256(&j->from, sha);
    if (st) return st;
    identity_files_add(&j->files, "predictor", path, sha);
    const struct predictor_options *a = &j->from.options, *b = &p->options;
    bool heads = a->head_count == b->head_count &&
                 !memcmp(a->heads, b->heads, a->head_count * sizeof(*a->heads));
    if (a->layers == b->layers && a->width == b->width && a->feedforward == b->feedforward &&
        a->outputs == b->outputs && a->attributes.count == b->attributes.count &&
        a->tokens == b->tokens && heads && vocabulary_equal(&j->from.vocabulary, &p->vocabulary))
        return SIBYL_OK;
    return err_set(SIBYL_E_USAGE,
                   "training.from: %s has other layers, width, heads, operations or auxiliary "
                   "labels than this job; `sibyl inspect` shows them",
                   path);
}

static enum status prepare(struct training *j)
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
    if (!st) st = split_make(&j->split, d, &j->in.data->networks, v, j->label, j->test_label);
    if (!st) st = lessons_make(&j->lessons, d, &v->training, j->label);
    if (!st) st = pretraining_check(v, &j->lessons);
    if (!st && v->predictor.head == HEAD_LINEAR_GP)
        st = trainer_check_folds(v->training.options.folds, j->split.train_count);
    if (!st) {
        struct predictor_options options = v->predictor;
        options.outputs = j->lessons.outputs;
        attributes_init(&options.attributes, d->attributes);
        st = predictor_init(&j->predictor, &options, &d->vocabulary, v->data.label);
    }
    if (st) return st;
    j->has_predictor = true;
    if (v->training.from) st = read_from(j, v->training.from);
    if (st) return st;
    j->graphs = calloc(d->count + 1, sizeof(*j->graphs));
    j->keys = calloc(d->count + 1, sizeof(*j->keys));
    j->labels = calloc((d->count + 1) * j->lessons.outputs, sizeof(*j->labels));
    j->scores = calloc(d->count + 1, sizeof(*j->scores));
    j->row_scores = calloc(d->count + 1, sizeof(*j->row_scores));
    j->deviations = calloc(d->count + 1, sizeof(*j->deviations));
    j->row_deviations = calloc(d->count + 1, sizeof(*j->row_deviations));
    if (!j->graphs || !j->keys || !j->labels || !j->scores || !j->row_scores || !j->deviations ||
        !j->row_deviations)
        return err_memory(v->data.file);
    return SIBYL_OK;
}

enum status training_open(struct training *j, const struct training_inputs *in)
{
    *j = (struct training){.in = *in};
    enum status st = prepare(j);
    if (st) training_release(j);
    return st;
}

void training_release(struct training *j)
{
    if (j->metrics) fclose(j->metrics);
    if (j->has_predictor) predictor_release(&j->predictor);
    if (j->has_from) predictor_release(&j->from);
    pretraining_release(&j->pretraining);
    lessons_release(&j->lessons);
    split_release(&j->split);
    free(j->graphs);
    free(j->keys);
    free(j->labels);
    free(j->scores);
    free(j->row_scores);
    free(j->deviations);
    free(j->row_deviations);
    *j = (struct training){0};
}

static char *path_of(const struct training *j, const char *name)
{
    char *path = file_join(j->in.folder, name);
    if (!path) err_memory(name);
    return path;
}

void training_forget_checkpoint(const struct training *j)
{
    char *path = j->in.folder ? path_of(j, "checkpoint.sibyl") : NULL;
    if (path) checkpoint_file_remove(path);
    free(path);
}

/* graphs, keys and labels become those of `rows`. */
static void gather(struct training *j, const uint32_t *rows, size_t count, uint32_t label)
{
    const struct networks *n = &j->in.data->networks;
    for (size_t i = 0; i < count; i++) {
        j->graphs[i] = n->graphs[rows[i]];
        j->keys[i] = n->keys[rows[i]];
        j->labels[i] = j->in.data->dataset.rows[rows[i]].labels[label];
    }
}

/* ---- metrics.csv ---- */

/* Keeps the lines of those epochs that the training does not do again, and goes on behind them. */
static enum status open_metrics(struct training *j, const struct trainer_progress *p)
{
    enum status st = SIBYL_OK;
    char *old = NULL, *path = path_of(j, "metrics.csv"), *place = NULL;
    size_t bytes = 0;
    if (!path) return SIBYL_E_MEM;
    if (access(path, F_OK) == 0) st = file_read(path, &old, &bytes);
    if (st) goto done;
    j->metrics = fopen(path, "w");
    if (!j->metrics) {
        st = err_set(SIBYL_E_IO, "cannot write %s", path);
        goto done;
    }
    fprintf(j->metrics, "member,epoch,loss,rate,samples_per_s,elapsed_s\n");
    for (char *line = old ? strtok_r(old, "\n", &place) : NULL; line;
         line = strtok_r(NULL, "\n", &place)) {
        uint32_t member = 0, epoch = 0;
        if (sscanf(line, "%" SCNu32 ",%" SCNu32, &member, &epoch) != 2) continue;
        if (member < p->members && epoch <= p->begun_epochs[member])
            fprintf(j->metrics, "%s\n", line);
    }
done:
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

/* graphs and labels become what is learnt of each row that is trained on. */
static void gather_lessons(struct training *j)
{
    const struct lessons *l = &j->lessons;
    for (size_t i = 0; i < j->split.train_count; i++) {
        uint32_t row = j->split.train[i];
        j->graphs[i] = j->in.data->networks.graphs[row];
        memcpy(j->labels + i * l->outputs, l->labels + row * l->outputs,
               l->outputs * sizeof(*j->labels));
    }
}

static enum status train(struct training *j, struct trainer_result *out)
{
    const struct config_values *v = j->in.values;
    char *checkpoint = j->in.folder ? path_of(j, "checkpoint.sibyl") : NULL;
    enum status st = j->in.folder && !checkpoint ? SIBYL_E_MEM : SIBYL_OK;
    st = team_agree(j->in.team, st);
    const struct predictor *from = j->has_from ? &j->from : NULL;
    if (!st && v->training.pretraining) {
        struct pretraining *p = j->in.kept ? j->in.kept : &j->pretraining;
        st = pretraining_make(p, &j->in, &j->lessons, &j->predictor, from);
        from = &p->predictor;
    }
    if (st) goto done;
    gather_lessons(j);
    struct training_set set = {j->graphs, j->labels, j->split.train_count};
    struct trainer_run run = {
        .options = &v->training.options,
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
    st = trainer_run(j->in.team, &j->predictor, &set, &run, out);
    if (!st) st = gp_head_fit(j->in.team, false, &j->predictor, &set, &run);
    if (j->metrics && fclose(j->metrics) && !st)
        st = err_set(SIBYL_E_IO, "cannot write metrics.csv");
    j->metrics = NULL;
    st = team_agree(j->in.team, st);
done:
    free(checkpoint);
    return st;
}

/* Scores rows, with the predictor's Gaussian process or by its networks alone, and files the scores
 * by row number. Collective. */
static enum status score(struct training *j, const uint32_t *rows, size_t count, bool process)
{
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, j->in.threads};
    struct gp_head *head = NULL;
    gather(j, rows, count, j->test_label);
    enum status st = team_agree(j->in.team, scorer_new(&scorer, &j->predictor, &options));
    if (!st && process) st = gp_head_new(&head, j->in.team, false, &j->predictor, j->in.threads);
    if (!st)
        st = gp_head_score(j->in.team, head, scorer, j->graphs, j->keys, count, j->scores,
                           head ? j->deviations : NULL, NULL);
    for (size_t i = 0; !st && i < count; i++) {
        j->row_scores[rows[i]] = j->scores[i];
        j->row_deviations[rows[i]] = j->deviations[i];
    }
    gp_head_free(head);
    scorer_free(scorer);
    return st;
}

/* scores and labels become those of the rows that `rule` tests on; returns how many. */
static size_t select_rows(struct training *j, enum config_test rule)
{
    const struct dataset *d = &j->in.data->dataset;
    size_t count = 0;
    for (size_t i = 0; i < d->count; i++) {
        double label = d->rows[i].labels[j->test_label];
        if (!isfinite(label) || !split_tests(&j->split, i, rule)) continue;
        j->labels[count] = label;
        j->deviations[count] = j->row_deviations[i];
        j->scores[count++] = j->row_scores[i];
    }
    return count;
}

/* The rows to score: those of the test, or all. A row's score does not depend on which. */
static enum status score_rows(struct training *j, bool all, bool process)
{
    size_t rows = j->in.data->dataset.count;
    uint32_t *list = all ? malloc((rows + 1) * sizeof(*list)) : NULL;
    enum status st = all && !list ? err_memory("a list of rows") : SIBYL_OK;
    st = team_agree(j->in.team, st);
    for (size_t i = 0; !st && all && i < rows; i++) list[i] = (uint32_t)i;
    if (!st) st = score(j, all ? list : j->split.test, all ? rows : j->split.test_count, process);
    free(list);
    return st;
}

/* reliability.csv: how often intervals hold. Local, rank 0. */
static enum status write_reliability(const struct training *j, const struct calibration *c)
{
    struct file_writer w = {0};
    char *path = path_of(j, "reliability.csv");
    enum status st = path ? file_write_begin(&w, path) : SIBYL_E_MEM;
    if (st) goto done;
    fprintf(w.stream, "probability,coverage\n");
    for (int k = 0; k < CALIBRATION_LEVELS; k++)
        fprintf(w.stream, "%.2f,%.6g\n", 0.05 * (k + 1), c->coverage[k]);
    st = file_write_commit(&w);
done:
    file_write_abandon(&w);
    free(path);
    return st;
}

/* The taus of what score_rows() has scored: by each rule where it was all, else by the split's. */
static enum status rule_taus(struct training *j, bool all, double *tau)
{
    enum status st = SIBYL_OK;
    for (int rule = TEST_OTHERS; !st && rule <= TEST_NEW; rule++) {
        tau[rule] = NAN;
        if (!all && rule != (int)j->in.values->split.test) continue;
        size_t count = select_rows(j, (enum config_test)rule);
        st = metrics_kendall_tau(j->scores, j->labels, count, &tau[rule]);
    }
    return st;
}

static enum status test(struct training *j, struct training_outcome *o)
{
    const struct config_values *v = j->in.values;
    bool all = j->in.data->dataset.count <= TRAINING_ALL_ROWS;
    enum head head = j->predictor.options.head;
    enum status st = SIBYL_OK;
    for (int rule = TEST_OTHERS; rule <= TEST_NEW; rule++)
        o->rule_size[rule] = select_rows(j, (enum config_test)rule);
    if (head == HEAD_LINEAR_GP) st = score_rows(j, all, false);
    if (!st && head == HEAD_LINEAR_GP) st = rule_taus(j, all, o->networks_tau);
    st = team_agree(j->in.team, st);
    if (!st) st = score_rows(j, all, true);
    if (st) return st;
    st = rule_taus(j, all, o->rule_tau);
    size_t count = select_rows(j, v->split.test);
    if (!st) st = metrics_make(&o->test, j->scores, j->labels, count, v->data.minimise);
    if (!st && head != HEAD_LINEAR) {
        calibration_make(&o->calibration, &j->predictor, j->scores, j->deviations, j->labels,
                         count);
        if (j->in.folder && team_rank(j->in.team) == 0) st = write_reliability(j, &o->calibration);
    }
    return team_agree(j->in.team, st);
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
    result_bool(r, "resumed", o->trained.resumed);
}

enum status training_run(struct training *j, struct training_outcome *out)
{
    struct training_outcome o = {
        .train_size = j->split.train_count,
        .test_size = j->split.test_count,
        .rule = j->in.values->split.test,
        .has_networks_tau = j->predictor.options.head == HEAD_LINEAR_GP,
        .parameters = j->predictor.parameters * j->predictor.options.members,
    };
    enum status st = train(j, &o.trained);
    if (!st) st = test(j, &o);
    if (!st) st = team_agree(j->in.team, predictor_sha256(&j->predictor, o.predictor_sha256));
    if (!st) *out = o;
    return st;
}
