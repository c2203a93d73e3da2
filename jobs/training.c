#include "jobs/training.h"

#include "jobs/signals.h"

#include "base/file.h"
#include "predictor/metrics.h"
#include "predictor/scorer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- data ---- */

enum status training_data_read(struct training_data *d, const char *file, enum graph_form form)
{
    if (d->file && !strcmp(d->file, file) && d->form == form) return SIBYL_OK;
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

static enum status prepare(struct training *j)
{
    const struct config_values *v = j->in.values;
    const struct dataset *d = &j->in.data->dataset;
    enum status st = dataset_find_label(d, v->data.label, &j->label);
    if (!st)
        st = dataset_find_label(d, v->data.test_label ? v->data.test_label : v->data.label,
                                &j->test_label);
    if (!st) st = split_make(&j->split, d, &j->in.data->networks, v, j->label, j->test_label);
    if (!st) st = predictor_init(&j->predictor, &v->predictor, &d->vocabulary, v->data.label);
    if (st) return st;
    j->has_predictor = true;
    j->graphs = calloc(d->count + 1, sizeof(*j->graphs));
    j->keys = calloc(d->count + 1, sizeof(*j->keys));
    j->labels = calloc(d->count + 1, sizeof(*j->labels));
    j->scores = calloc(d->count + 1, sizeof(*j->scores));
    return j->graphs && j->keys && j->labels && j->scores ? SIBYL_OK : err_memory(v->data.file);
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
    split_release(&j->split);
    free(j->graphs);
    free(j->keys);
    free(j->labels);
    free(j->scores);
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
    if (path) unlink(path);
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

/* Keeps the lines of an earlier, unfinished training that came before this epoch, and goes on
 * behind them. */
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
        if (member < p->member || (member == p->member && epoch < p->epoch))
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

static enum status train(struct training *j, struct trainer_result *out)
{
    const struct config_values *v = j->in.values;
    char *checkpoint = j->in.folder ? path_of(j, "checkpoint.sibyl") : NULL;
    enum status st = j->in.folder && !checkpoint ? SIBYL_E_MEM : SIBYL_OK;
    st = team_agree(j->in.team, st);
    if (st) goto done;
    gather(j, j->split.train, j->split.train_count, j->label);
    struct training_set set = {j->graphs, j->labels, j->split.train_count};
    struct trainer_run run = {
        .options = &v->training.options,
        .seed = v->seed,
        .checkpoint_path = checkpoint,
        .checkpoint_s = v->training.checkpoint_s,
        .threads = j->in.threads,
        .job_digest = j->in.digest,
        .log = j->in.log,
        .stop_asked = signals_stop_asked,
        .epoch_done = j->in.folder ? epoch_done : NULL,
        .context = j,
    };
    st = trainer_run(j->in.team, &j->predictor, &set, &run, out);
    if (j->metrics && fclose(j->metrics) && !st)
        st = err_set(SIBYL_E_IO, "cannot write metrics.csv");
    j->metrics = NULL;
    st = team_agree(j->in.team, st);
done:
    free(checkpoint);
    return st;
}

static enum status test(struct training *j, struct training_outcome *out)
{
    size_t count = j->split.test_count;
    out->kendall_tau = out->spearman = out->mape = NAN;
    if (count == 0) return SIBYL_OK;
    gather(j, j->split.test, count, j->test_label);
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, j->in.threads};
    enum status st = team_agree(j->in.team, scorer_new(&scorer, &j->predictor, &options));
    if (!st)
        st = scorer_score_all(j->in.team, scorer, j->graphs, j->keys, count, j->scores, NULL, NULL);
    scorer_free(scorer);
    if (st) return st;
    st = metrics_kendall_tau(j->scores, j->labels, count, &out->kendall_tau);
    if (!st) st = metrics_spearman(j->scores, j->labels, count, &out->spearman);
    out->mape = metrics_mape(j->scores, j->labels, count);
    return team_agree(j->in.team, st);
}

enum status training_run(struct training *j, struct training_outcome *out)
{
    struct training_outcome o = {
        .train_size = j->split.train_count,
        .test_size = j->split.test_count,
        .parameters = j->predictor.parameters * j->predictor.options.members,
    };
    enum status st = train(j, &o.trained);
    if (!st) st = test(j, &o);
    if (!st) st = team_agree(j->in.team, predictor_sha256(&j->predictor, o.predictor_sha256));
    if (!st) *out = o;
    return st;
}
