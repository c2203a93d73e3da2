#include "jobs/training/experiment.h"
#include "jobs/jobs.h"
#include "jobs/run/run.h"
#include "jobs/run/signals.h"
#include "jobs/training/training.h"

#include <inttypes.h>
#include <stdlib.h>

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
    struct training_inputs in = {
        .team = j->run.team,
        .data = &j->data,
        .values = v,
        .digest = j->run.config.digest,
        .folder = j->run.folder,
        .stop_asked = signals_stop_asked,
        .accepted = run_save_config,
        .context = &j->run,
        .log = &j->run.log,
        .threads = j->run.threads,
    };
    return st ? st : training_open(&j->training, &in);
}

static enum status save(struct train *j, const struct training_outcome *o)
{
    char *path = run_path(&j->run, "predictor.sibyl");
    if (!path) return SIBYL_E_MEM;
    enum status st = predictor_write(&j->training.predictor, path);
    if (st) goto done;
    training_forget_checkpoint(&j->training); /* a later run of the job starts anew */
    training_report(o, &j->run.result);
    log_root(&j->run.log,
             "%s: loss %.5f, test Kendall tau %.4f, Spearman %.4f over %zu architectures", path,
             o->trained.loss, o->test.kendall_tau, o->test.spearman, o->test_size);
done:
    free(path);
    return st;
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
             t->predictor.parameters, t->predictor.options.members, team_size(j->run.team));
    if (j->run.options->dry_run) {
        log_root(&j->run.log, "would write to %s", j->run.folder);
        return SIBYL_OK;
    }
    st = training_run(&j->training, &outcome);
    if (!st) st = team_agree(j->run.team, j->run.root ? save(j, &outcome) : SIBYL_OK);
    return run_finish(&j->run, st);
}

enum status job_train(struct team *t, const struct options *o)
{
    struct train j = {0};
    enum status st = run_open(&j.run, t, o, CONFIG_TRAIN);
    if (!st && o->parts && !j.run.config.experiment)
        st = err_set(SIBYL_E_USAGE, "--only: %s has none of the keys repeat, vary and settings",
                     j.run.job_file);
    if (!st) st = j.run.config.experiment ? experiment_run(&j.run) : run_all(&j);
    training_release(&j.training);
    training_data_release(&j.data);
    run_close(&j.run);
    return st;
}
