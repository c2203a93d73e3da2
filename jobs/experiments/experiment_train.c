#include "jobs/experiments/experiment_parts.h"
#include "jobs/experiments/training_tables.h"
#include "jobs/training/training.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DATA_MAX 4 /* datasets that a rank holds at a time */

struct trainings {
    struct training_data data[DATA_MAX];
    size_t data_next;
    struct pretraining pretraining; /* of this rank's last training that had one */
};

static enum status start(struct experiment *x)
{
    x->state = calloc(1, sizeof(struct trainings));
    return x->state ? SIBYL_OK : err_memory("an experiment");
}

static void release(struct experiment *x)
{
    struct trainings *t = x->state;
    if (!t) return;
    for (size_t i = 0; i < DATA_MAX; i++) training_data_release(&t->data[i]);
    pretraining_release(&t->pretraining);
    free(t);
}

/* The dataset that these values train on, read where this rank does not hold it. */
static enum status find_data(struct experiment *x, const struct config_values *v,
                             const struct training_data **out)
{
    struct trainings *t = x->state;
    struct training_data *d = NULL;
    for (size_t i = 0; i < DATA_MAX; i++)
        if (training_data_holds(&t->data[i], v->data.file, v->data.graph)) d = &t->data[i];
    if (!d) d = &t->data[t->data_next++ % DATA_MAX];
    *out = d;
    return training_data_read(d, x->self, v->data.file, v->data.graph);
}

static bool stop_asked(void *call)
{
    return call && farm_given_up(call);
}

/* `values`: those of the training, of which `in` borrows. `call`: of the farm, NULL outside. */
static enum status open_training(struct experiment *x, const struct experiment_task *task,
                                 const struct config_values *values, struct training *out)
{
    struct trainings *t = x->state;
    struct training_inputs in = {
        .team = x->self,
        .values = values,
        .digest = x->configs[task->setting].digest,
        .log = &x->quiet,
        .kept = &t->pretraining,
        .run_folder = x->run->folder,
        .one_maker = true,
        .stop_asked = stop_asked,
        .context = task->call,
        .threads = x->run->threads,
    };
    enum status st = find_data(x, values, &in.data);
    return st ? st : training_open(out, &in);
}

/* Opens a training: labels, sizes of the split, shape of the predictor. */
static enum status check(struct experiment *x, size_t setting, struct identity_files *out)
{
    struct training training;
    const struct experiment_task task = {.setting = setting};
    enum status st = open_training(x, &task, x->configs[setting].values, &training);
    if (st) return st;
    *out = training.files;
    training_release(&training);
    return SIBYL_OK;
}

/* The split's seed is the repeat's only where it matters. */
static enum status work(struct experiment *x, const struct experiment_task *task,
                        struct result *row)
{
    struct training training = {0};
    struct training_outcome outcome;
    const struct config *c = &x->configs[task->setting];
    struct config_values values = *c->values;
    values.seed += task->repeat;
    if (values.split.order == ORDER_RANDOM) values.split.seed += task->repeat;
    enum status st = open_training(x, task, &values, &training);
    if (st) err_prefix(st, "setting %s", c->setting);
    if (!st) st = experiment_check_files(x, task->setting, &training.files);
    if (!st) st = training_run(&training, &outcome);
    if (!st) {
        result_integer(row, "split_seed", values.split.seed);
        training_report(&outcome, row);
    }
    training_release(&training);
    return st;
}

static void tell(const json_t *row, char *out, size_t bytes)
{
    snprintf(out, bytes, "tau %.4f in %.1f s",
             json_number_value(json_object_get(row, "test_kendall_tau")),
             json_number_value(json_object_get(row, "train_s")));
}

static enum status finish(struct experiment *x, const char *title)
{
    const char **names = calloc(x->settings, sizeof(*names));
    if (!names) return err_memory("a summary");
    struct training_rows rows = {.settings = x->settings,
                                 .repeats = x->repeats,
                                 .rows = x->rows,
                                 .names = names,
                                 .title = title};
    for (size_t i = 0; i < x->settings; i++) {
        names[i] = x->configs[i].setting;
        if (x->configs[i].values->training.options.loss.mape > 0) rows.mape = true;
    }
    enum status st = training_tables_write(&rows, x->run->folder);
    if (!st) st = training_tables_report(&rows, &x->run->result);
    free(names);
    return st;
}

const struct experiment_kind experiment_trainings = {.verb = CONFIG_TRAIN,
                                                     .one = "training",
                                                     .many = "trainings",
                                                     .start = start,
                                                     .check = check,
                                                     .work = work,
                                                     .tell = tell,
                                                     .finish = finish,
                                                     .release = release};
