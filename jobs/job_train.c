#include "jobs/jobs.h"

#include "jobs/run/run.h"
#include "jobs/run/signals.h"
#include "jobs/experiments/experiment.h"
#include "jobs/training/training.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const results[] = {"predictor.sibyl", NULL};

struct train {
    struct run run;
    struct training_data data;
    struct training training;
};

/* Collective. */
static enum status load(struct train *j)
{
    const struct config_values *v = j->run.config.values;
    enum status st = training_data_read(&j->data, j->run.team, v->data.file, v->data.graph);
    if (!st) log_detail(&j->run.log, "read %s", v->data.file);
    struct training_inputs in = {
        .team = j->run.team,
        .data = &j->data,
        .values = v,
        .digest = j->run.config.digest,
        .folder = j->run.folder,
        .run_folder = j->run.folder,
        .stop_asked = signals_stop_asked,
        .accepted = run_save_config,
        .context = &j->run,
        .log = &j->run.log,
        .threads = j->run.threads,
    };
    if (!st) st = training_open(&j->training, &in);
    if (!st) log_detail(&j->run.log, "split %s, seed %" PRIu64, v->data.label, v->seed);
    return st;
}

static enum status save(struct train *j, const struct training_outcome *o)
{
    char *path = run_path(&j->run, "predictor.sibyl");
    if (!path) return SIBYL_E_MEM;
    enum status st = predictor_write(&j->training.predictor, path);
    if (st) goto done;
    training_report(o, &j->run.result);
    log_root(&j->run.log,
             "%s: loss %.5f, test Kendall tau %.4f, Spearman %.4f over %zu architectures", path,
             o->trained.loss, o->test.kendall_tau, o->test.spearman, o->test_size);
done:
    free(path);
    return st;
}

/* Rank 0, of a training that is done: is the predictor whole, and the one that result.json tells
 * of?
 */
static enum status check_predictor(const struct train *j)
{
    struct predictor p = {0};
    char own[SHA256_TEXT_BYTES];
    const char *told = json_string_value(json_object_get(j->run.earlier, "predictor_sha256"));
    char *path = run_path(&j->run, "predictor.sibyl");
    enum status st = path ? predictor_read(&p, path) : SIBYL_E_MEM;
    if (!st) st = predictor_sha256(&p, own);
    if (!st && told && strcmp(own, told) != 0)
        st = err_set(SIBYL_E_FORMAT, "%s is not the one that result.json there tells of", path);
    if (st && st != SIBYL_E_MEM)
        (void)err_prefix(st,
                         "%s: this job is done, but its predictor is not as it was (remove "
                         "predictor.sibyl to have it trained again)",
                         j->run.folder);
    predictor_release(&p);
    free(path);
    return st;
}

/* What the job's effort makes of it. */
static void tell_recipe(const struct train *j)
{
    char text[1024];
    const struct config_values *v = j->training.in.values;
    recipe_text(v, text, sizeof(text));
    log_root(&j->run.log, "effort %s: %s", words_name(&effort_words, v->effort), text);
}

static enum status run_all(struct train *j)
{
    struct training_outcome outcome;
    const struct training *t = &j->training;
    enum status st = load(j);
    if (st) return st;
    log_root(&j->run.log,
             "%s: train on %zu, test on %zu architectures; %zu parameters x %" PRIu32 ", %d ranks",
             j->run.config.values->data.file, t->split.train_count, t->split.test_count,
             t->predictor.parameters, t->predictor.options.members, j->run.ranks);
    tell_recipe(j);
    if (t->split.unlabelled)
        log_root(&j->run.log, "%zu architectures have no label %s and are left out",
                 t->split.unlabelled, j->run.config.values->data.label);
    if (j->run.options->dry_run) return run_would_write(&j->run);
    const struct identity own = {j->run.config.digest, &t->files};
    bool finished = false;
    st = run_is_finished(&j->run, &own, results, &finished);
    if (st) return st;
    if (finished) {
        st = team_agree(j->run.team, j->run.root ? check_predictor(j) : SIBYL_OK);
        if (!st && j->run.root) run_tell_finished(&j->run);
    } else {
        st = training_run(&j->training, &outcome);
        if (!st)
            log_detail(&j->run.log, "trained, which took %.3f s, and tested",
                       outcome.trained.train_s);
        if (!st) st = team_agree(j->run.team, j->run.root ? save(j, &outcome) : SIBYL_OK);
        st = run_finish(&j->run, st);
    }
    /* Last: a run that is killed before this goes on from it, or finds the job done. */
    if (!st && j->run.root) training_forget_checkpoint(t);
    return st;
}

enum status job_train(struct team *t, const struct options *o)
{
    struct train j = {0};
    enum status st = run_open(&j.run, t, o, CONFIG_TRAIN);
    if (!st && o->parts && !j.run.config.experiment)
        st = err_set(SIBYL_E_USAGE, "--only: %s has none of the keys repeat, vary and settings",
                     j.run.job_file);
    if (!st)
        st = j.run.config.experiment ? experiment_run(&j.run, &experiment_trainings) : run_all(&j);
    training_release(&j.training);
    training_data_release(&j.data);
    run_close(&j.run);
    return st;
}
