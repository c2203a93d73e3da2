#include "jobs/jobs.h"
#include "jobs/networks.h"
#include "jobs/run.h"
#include "jobs/signals.h"
#include "jobs/split.h"

#include "base/clock.h"
#include "base/file.h"
#include "predictor/metrics.h"
#include "predictor/scorer.h"
#include "predictor/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct train {
    struct run run;
    struct dataset data;
    struct networks networks;
    struct split split;
    uint32_t label, test_label;
    struct predictor predictor;
    bool has_predictor;
    struct graph *graphs; /* of one side of the split, in its order */
    struct hash128 *keys;
    double *labels, *scores;
    FILE *metrics; /* rank 0 */
    struct trainer_result trained;
};

static enum status load(struct train *j)
{
    const struct config_values *v = j->run.config.values;
    enum status st = dataset_read(&j->data, v->data.file);
    if (!st) st = dataset_find_label(&j->data, v->data.label, &j->label);
    if (!st)
        st = dataset_find_label(&j->data, v->data.test_label ? v->data.test_label : v->data.label,
                                &j->test_label);
    if (!st) st = networks_make(&j->networks, &j->data, v->data.graph);
    if (!st) st = split_make(&j->split, &j->data, &j->networks, v, j->label, j->test_label);
    struct predictor_options o = v->predictor;
    attributes_init(&o.attributes, j->data.attributes);
    if (!st) st = predictor_init(&j->predictor, &o, &j->data.vocabulary, v->data.label);
    if (st) return st;
    j->has_predictor = true;
    j->graphs = calloc(j->data.count + 1, sizeof(*j->graphs));
    j->keys = calloc(j->data.count + 1, sizeof(*j->keys));
    j->labels = calloc(j->data.count + 1, sizeof(*j->labels));
    j->scores = calloc(j->data.count + 1, sizeof(*j->scores));
    return j->graphs && j->keys && j->labels && j->scores ? SIBYL_OK : err_memory(v->data.file);
}

/* graphs, keys and labels become those of `rows`. */
static void gather(struct train *j, const uint32_t *rows, size_t count, uint32_t label)
{
    for (size_t i = 0; i < count; i++) {
        j->graphs[i] = j->networks.graphs[rows[i]];
        j->keys[i] = j->networks.keys[rows[i]];
        j->labels[i] = j->data.rows[rows[i]].labels[label];
    }
}

/* Keeps the lines of an earlier, unfinished training that came before this epoch, and goes on
 * behind them. */
static enum status open_metrics(struct train *j, const struct trainer_progress *p)
{
    enum status st = SIBYL_OK;
    char *old = NULL, *path = run_path(&j->run, "metrics.csv"), *place = NULL;
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
    struct train *j = context;
    if (!j->metrics) {
        enum status st = open_metrics(j, p);
        if (st) return st;
    }
    fprintf(j->metrics, "%" PRIu32 ",%" PRIu32 ",%.9g,%.9g,%.6g,%.6g\n", p->member, p->epoch,
            p->loss, p->rate, p->samples_per_s, p->elapsed_s);
    if (fflush(j->metrics))
        return err_set(SIBYL_E_IO, "cannot write metrics.csv in %s", j->run.folder);
    log_root(&j->run.log,
             "epoch %" PRIu32 "/%" PRIu32 "  member %" PRIu32 "/%" PRIu32
             "  loss %.5f  %.0f samples/s  %.0f s left",
             p->epoch, p->epochs, p->member + 1, p->members, p->loss, p->samples_per_s, p->left_s);
    return SIBYL_OK;
}

static enum status train(struct train *j)
{
    const struct config_values *v = j->run.config.values;
    char *checkpoint = run_path(&j->run, "checkpoint.sibyl");
    enum status st = team_agree(j->run.team, checkpoint ? SIBYL_OK : SIBYL_E_MEM);
    if (st) goto done;
    gather(j, j->split.train, j->split.train_count, j->label);
    struct training_set set = {j->graphs, j->labels, j->split.train_count};
    struct trainer_run run = {
        .options = &v->training.options,
        .seed = v->seed,
        .checkpoint_path = checkpoint,
        .checkpoint_s = v->training.checkpoint_s,
        .threads = j->run.threads,
        .job_digest = j->run.config.digest,
        .log = &j->run.log,
        .stop_asked = signals_stop_asked,
        .epoch_done = epoch_done,
        .context = j,
    };
    st = trainer_run(j->run.team, &j->predictor, &set, &run, &j->trained);
    if (j->metrics && fclose(j->metrics) && !st)
        st = err_set(SIBYL_E_IO, "cannot write metrics.csv");
    j->metrics = NULL;
    st = team_agree(j->run.team, st);
done:
    free(checkpoint);
    return st;
}

static enum status test(struct train *j, double *tau, double *spearman, double *mape)
{
    size_t count = j->split.test_count;
    *tau = *spearman = *mape = NAN;
    if (count == 0) return SIBYL_OK;
    gather(j, j->split.test, count, j->test_label);
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, j->run.threads};
    enum status st = team_agree(j->run.team, scorer_new(&scorer, &j->predictor, &options));
    if (!st)
        st =
            scorer_score_all(j->run.team, scorer, j->graphs, j->keys, count, j->scores, NULL, NULL);
    scorer_free(scorer);
    if (st) return st;
    st = metrics_kendall_tau(j->scores, j->labels, count, tau);
    if (!st) st = metrics_spearman(j->scores, j->labels, count, spearman);
    *mape = metrics_mape(j->scores, j->labels, count);
    return team_agree(j->run.team, st);
}

static enum status save(struct train *j, double tau, double spearman, double mape)
{
    char sha256[SHA256_TEXT_BYTES];
    struct result *r = &j->run.result;
    enum status st = SIBYL_E_MEM;
    char *path = run_path(&j->run, "predictor.sibyl"),
         *checkpoint = run_path(&j->run, "checkpoint.sibyl");
    if (!path || !checkpoint) goto done;
    st = predictor_write(&j->predictor, path);
    if (!st) st = predictor_sha256(&j->predictor, sha256);
    if (st) goto done;
    unlink(checkpoint); /* the training is complete; a later run of the job starts anew */
    result_integer(r, "train_size", j->split.train_count);
    result_integer(r, "parameters", j->predictor.parameters * j->predictor.options.members);
    result_integer(r, "epochs", j->trained.epochs);
    result_number(r, "samples_per_s", j->trained.samples_per_s);
    result_number(r, "train_s", j->trained.train_s);
    result_number(r, "loss", j->trained.loss);
    result_number(r, "test_kendall_tau", tau);
    result_number(r, "test_spearman", spearman);
    result_number(r, "test_mape", mape);
    result_integer(r, "test_size", j->split.test_count);
    result_text(r, "predictor_sha256", sha256);
    result_bool(r, "resumed", j->trained.resumed);
    log_root(&j->run.log,
             "%s: loss %.5f, test Kendall tau %.4f, Spearman %.4f over %zu architectures", path,
             j->trained.loss, tau, spearman, j->split.test_count);
done:
    free(path);
    free(checkpoint);
    return st;
}

static enum status run_all(struct train *j)
{
    double tau = NAN, spearman = NAN, mape = NAN;
    enum status st = team_agree(j->run.team, load(j));
    if (st) return st;
    log_root(&j->run.log,
             "%s: train on %zu, test on %zu architectures; %zu parameters x %" PRIu32 ", %d ranks",
             j->run.config.values->data.file, j->split.train_count, j->split.test_count,
             j->predictor.parameters, j->predictor.options.members, team_size(j->run.team));
    if (j->run.options->dry_run) {
        log_root(&j->run.log, "would write to %s", j->run.folder);
        return SIBYL_OK;
    }
    st = train(j);
    if (!st) st = test(j, &tau, &spearman, &mape);
    if (!st) st = team_agree(j->run.team, j->run.root ? save(j, tau, spearman, mape) : SIBYL_OK);
    return run_finish(&j->run, st);
}

enum status job_train(struct team *t, const struct options *o)
{
    struct train j = {0};
    enum status st = run_open(&j.run, t, o, CONFIG_TRAIN);
    if (!st) st = run_all(&j);
    if (j.metrics) fclose(j.metrics);
    if (j.has_predictor) predictor_release(&j.predictor);
    split_release(&j.split);
    networks_release(&j.networks);
    dataset_release(&j.data);
    free(j.graphs);
    free(j.keys);
    free(j.labels);
    free(j.scores);
    run_close(&j.run);
    return st;
}
