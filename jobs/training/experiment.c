#include "jobs/training/experiment.h"

#include "base/clock.h"
#include "base/file.h"
#include "comm/farm.h"
#include "jobs/run/signals.h"
#include "jobs/training/experiment_tables.h"
#include "jobs/training/training.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA_MAX 4 /* datasets that a rank holds at a time */

struct experiment {
    struct run *run;
    struct team *self; /* this rank alone */
    size_t settings, repeats, tasks;
    struct config *configs;                  /* (settings) */
    char (*identities)[IDENTITY_TEXT_BYTES]; /* (settings) as a row keeps it */
    struct identity_files *files;            /* (settings) what each reads */
    struct training_data data[DATA_MAX];
    size_t data_next;
    struct log quiet;               /* of single trainings */
    struct pretraining pretraining; /* of this rank's last training that had one */
    /* rank 0 */
    json_t **rows; /* (tasks) NULL: not done yet */
    size_t *todo;  /* (todo_count) tasks of this part that are not done */
    size_t todo_count, done;
    double started_s;
};

/* ---- settings ---- */

static enum status parse_settings(struct experiment *x)
{
    struct run *r = x->run;
    struct config_source source = {
        .verb = CONFIG_TRAIN,
        .file = r->job_file,
        .text = r->text,
        .bytes = r->text_bytes,
        .sets = r->options->sets,
        .set_count = r->options->set_count,
    };
    x->configs = calloc(x->settings, sizeof(*x->configs));
    x->identities = calloc(x->settings, sizeof(*x->identities));
    x->files = calloc(x->settings, sizeof(*x->files));
    if (!x->configs || !x->identities || !x->files)
        return err_memory("the settings of an experiment");
    struct config_file *file = NULL;
    enum status st = config_open(&file, &source);
    for (size_t i = 0; !st && i < x->settings; i++) st = config_setting(&x->configs[i], file, i);
    config_close(file);
    return st;
}

/* The dataset that these values train on, read where this rank does not hold it. */
static enum status find_data(struct experiment *x, const struct config_values *v,
                             const struct training_data **out)
{
    struct training_data *d = NULL;
    for (size_t i = 0; i < DATA_MAX; i++)
        if (training_data_holds(&x->data[i], v->data.file, v->data.graph)) d = &x->data[i];
    if (!d) d = &x->data[x->data_next++ % DATA_MAX];
    *out = d;
    return training_data_read(d, x->self, v->data.file, v->data.graph);
}

/* Any rank's signal ends the farm, and with it all ranks' trainings. */
static bool stop_asked(void *call)
{
    return call && farm_given_up(call);
}

/* `values`: those of the training, of which `in` borrows. `call`: of the farm, NULL outside. */
static enum status open_training(struct experiment *x, struct farm_call *call, size_t setting,
                                 const struct config_values *values, struct training *out)
{
    struct training_inputs in = {
        .team = x->self,
        .values = values,
        .digest = x->configs[setting].digest,
        .log = &x->quiet,
        .kept = &x->pretraining,
        .stop_asked = stop_asked,
        .context = call,
        .threads = x->run->threads,
    };
    enum status st = find_data(x, values, &in.data);
    if (!st) st = training_open(out, &in);
    if (st) err_prefix(st, "setting %s", x->configs[setting].setting);
    return st;
}

static struct identity identity_of(const struct training *t)
{
    return (struct identity){t->in.digest, &t->files};
}

/* Opens a training of every setting: labels, sizes of the split, shape of the predictor. Notes what
 * it is a training of. */
static enum status check_settings(struct experiment *x)
{
    for (size_t i = 0; i < x->settings; i++) {
        struct training training;
        enum status st = open_training(x, NULL, i, x->configs[i].values, &training);
        if (st) return st;
        const struct identity own = identity_of(&training);
        identity_text(&own, x->identities[i]);
        x->files[i] = training.files;
        training_release(&training);
    }
    return SIBYL_OK;
}

/* A rank that reads a file again may find another one in its place. */
static enum status check_unchanged(const struct experiment *x, size_t setting,
                                   const struct training *t)
{
    const struct identity own = identity_of(t);
    if (identity_is(&own, x->identities[setting])) return SIBYL_OK;
    const struct identity_file *changed = identity_changed_file(&own, x->identities[setting]);
    SIBYL_BUG_IF(!changed);
    return err_set(SIBYL_E_IO, "the %s %s was replaced meanwhile; run the same command again",
                   changed->what, changed->path);
}

/* ---- rows ---- */

static char *row_path(const struct experiment *x, size_t task)
{
    char name[64];
    snprintf(name, sizeof(name), "tasks/%04zu.json", task);
    return run_path(x->run, name);
}

/* A row counts if it is whole, and of this setting and repeat, with the files that are there now.
 */
static bool row_is_of(const struct experiment *x, const json_t *row, size_t task)
{
    const char *digest = json_string_value(json_object_get(row, "digest"));
    const char *status = json_string_value(json_object_get(row, "status"));
    json_int_t repeat = json_integer_value(json_object_get(row, "repeat"));
    return digest && status && !strcmp(status, "done") &&
           !strcmp(digest, x->identities[task % x->settings]) &&
           repeat == (json_int_t)(task / x->settings);
}

/* A finished row of this setting with another table, say, must not be written over: it is another
 * experiment's. */
static enum status check_files(const struct experiment *x, const json_t *row, size_t task)
{
    const char *digest = json_string_value(json_object_get(row, "digest"));
    const char *status = json_string_value(json_object_get(row, "status"));
    const size_t setting = task % x->settings;
    const struct identity own = {x->configs[setting].digest, &x->files[setting]};
    if (!digest || !status || strcmp(status, "done") != 0) return SIBYL_OK;
    const struct identity_file *changed =
        identity_is(&own, digest) ? NULL : identity_changed_file(&own, digest);
    return changed ? run_file_changed(x->run, changed) : SIBYL_OK;
}

/* Reads the rows that are there and not yet known. */
static enum status read_rows(struct experiment *x)
{
    for (size_t i = 0; i < x->tasks; i++) {
        if (x->rows[i]) continue;
        char *path = row_path(x, i);
        if (!path) return SIBYL_E_MEM;
        json_t *row = access(path, F_OK) ? NULL : json_load_file(path, 0, NULL);
        free(path);
        if (row_is_of(x, row, i)) {
            /* what it is called now: names are no part of the values */
            json_object_set_new(row, "setting", json_string(x->configs[i % x->settings].setting));
            x->rows[i] = row;
        } else {
            enum status st = check_files(x, row, i);
            json_decref(row);
            if (st) return st;
        }
    }
    return SIBYL_OK;
}

static size_t count_done(const struct experiment *x)
{
    size_t done = 0;
    for (size_t i = 0; i < x->tasks; i++) done += x->rows[i] != NULL;
    return done;
}

/* Rank 0: what is done, and what this run has to do. */
static enum status plan(struct experiment *x)
{
    const struct options *o = x->run->options;
    uint64_t begin = 0, end = x->tasks;
    x->rows = calloc(x->tasks, sizeof(json_t *));
    x->todo = calloc(x->tasks, sizeof(*x->todo));
    if (!x->rows || !x->todo) return err_memory("the rows of an experiment");
    char *folder = run_path(x->run, "tasks");
    enum status st = folder ? file_make_folder(folder) : SIBYL_E_MEM;
    free(folder);
    if (!st) st = read_rows(x);
    if (!st) st = run_save_config(x->run);
    if (st) return st;
    if (o->parts) team_slice(x->tasks, o->part - 1, o->parts, &begin, &end);
    for (uint64_t i = begin; i < end; i++)
        if (!x->rows[i]) x->todo[x->todo_count++] = (size_t)i;
    log_root(&x->run->log, "%zu trainings in %s, %zu done; %zu to do here", x->tasks,
             x->run->folder, count_done(x), x->todo_count);
    x->started_s = clock_s();
    return SIBYL_OK;
}

/* ---- the farm ---- */

/* A task is its number. */
static enum status next(void *context, uint64_t index, struct farm_bytes *task, bool *done)
{
    struct experiment *x = context;
    if (index >= x->todo_count) {
        *done = true;
        return SIBYL_OK;
    }
    uint64_t number = x->todo[index];
    task->data = malloc(sizeof(number));
    if (!task->data) return err_memory("a task");
    memcpy(task->data, &number, sizeof(number));
    task->bytes = sizeof(number);
    return SIBYL_OK;
}

static enum status write_row(struct experiment *x, size_t task, const struct config_values *v,
                             const struct training_outcome *o)
{
    struct result r = {0};
    const struct config *c = &x->configs[task % x->settings];
    char *path = row_path(x, task);
    enum status st = path ? result_begin(&r, "train", 1, v->seed) : SIBYL_E_MEM;
    if (st) goto done;
    result_integer(&r, "task", task);
    result_text(&r, "setting", c->setting);
    result_integer(&r, "repeat", task / x->settings);
    result_integer(&r, "split_seed", v->split.seed);
    result_text(&r, "digest", x->identities[task % x->settings]);
    training_report(o, &r);
    st = result_write(&r, path, "done");
done:
    result_release(&r);
    free(path);
    return st;
}

/* The row goes to the folder at once, and to rank 0 as bytes: another node's file may show late. */
static enum status send_row(struct experiment *x, size_t task, struct farm_bytes *out)
{
    char *text = NULL, *path = row_path(x, task);
    enum status st = path ? file_read(path, &text, &out->bytes) : SIBYL_E_MEM;
    out->data = (unsigned char *)text;
    free(path);
    return st;
}

static enum status work(void *context, struct farm_call *call, const unsigned char *task,
                        size_t bytes, struct farm_bytes *result)
{
    struct experiment *x = context;
    struct training training = {0};
    struct training_outcome outcome;
    uint64_t number = 0;
    if (bytes != sizeof(number)) return err_set(SIBYL_E_FORMAT, "a task of %zu bytes", bytes);
    memcpy(&number, task, sizeof(number));
    size_t setting = (size_t)number % x->settings, repeat = (size_t)number / x->settings;
    struct config_values values = *x->configs[setting].values;
    values.seed += repeat;
    if (values.split.order == ORDER_RANDOM) values.split.seed += repeat;
    enum status st = open_training(x, call, setting, &values, &training);
    if (!st) st = check_unchanged(x, setting, &training);
    if (!st) st = training_run(&training, &outcome);
    if (!st) st = write_row(x, (size_t)number, &values, &outcome);
    if (!st) st = send_row(x, (size_t)number, result);
    training_release(&training);
    return st;
}

static enum status arrived(void *context, uint64_t index, const unsigned char *result, size_t bytes)
{
    struct experiment *x = context;
    size_t task = x->todo[index];
    json_t *row = json_loadb((const char *)result, bytes, 0, NULL);
    if (!row_is_of(x, row, task)) {
        json_decref(row);
        return err_set(SIBYL_E_FORMAT, "training %zu gave a row that is none", task);
    }
    x->rows[task] = row;
    x->done++;
    double took_s = clock_s() - x->started_s;
    log_root(&x->run->log, "%zu/%zu  %s, repeat %zu: tau %.4f in %.1f s, %.0f s left", x->done,
             x->todo_count, x->configs[task % x->settings].setting, task / x->settings,
             json_number_value(json_object_get(row, "test_kendall_tau")),
             json_number_value(json_object_get(row, "train_s")),
             took_s / (double)x->done * (double)(x->todo_count - x->done));
    return SIBYL_OK;
}

static enum status in_turn(void *context, uint64_t index, const unsigned char *result, size_t bytes)
{
    (void)context;
    (void)index;
    (void)result;
    (void)bytes;
    return SIBYL_OK; /* arrived() has taken it */
}

/* ---- all of it ---- */

/* Rank 0: are all rows there, and the tables of just these? */
static bool is_finished(const struct experiment *x)
{
    static const char *const names[] = {"experiment.csv", "summary.csv", "summary.md"};
    const json_t *earlier = x->run->earlier;
    const char *status = json_string_value(json_object_get(earlier, "status"));
    json_int_t trainings = json_integer_value(json_object_get(earlier, "trainings"));
    bool all = status && !strcmp(status, "done") && trainings == (json_int_t)x->tasks &&
               count_done(x) == x->tasks;
    for (size_t i = 0; all && i < sizeof(names) / sizeof(*names); i++) {
        char *path = run_path(x->run, names[i]);
        all = path && access(path, F_OK) == 0;
        free(path);
    }
    return all;
}

/* Rank 0: the tables, where all rows are there. */
static enum status write_tables(struct experiment *x, bool *out_complete)
{
    const char *slash = strrchr(x->run->job_file, '/');
    enum status st = read_rows(x); /* of other parts */
    if (st) return st;
    size_t done = count_done(x);
    *out_complete = done == x->tasks;
    if (!*out_complete) {
        log_root(&x->run->log, "%zu of %zu trainings are done; the tables are written when all are",
                 done, x->tasks);
        return SIBYL_OK;
    }
    const char **names = calloc(x->settings, sizeof(*names));
    if (!names) return err_memory("a summary");
    struct experiment_rows rows = {.settings = x->settings,
                                   .repeats = x->repeats,
                                   .rows = x->rows,
                                   .names = names,
                                   .title = slash ? slash + 1 : x->run->job_file};
    for (size_t i = 0; i < x->settings; i++) {
        names[i] = x->configs[i].setting;
        if (x->configs[i].values->training.options.loss.mape > 0) rows.mape = true;
    }
    st = experiment_tables_write(&rows, x->run->folder);
    if (!st) st = experiment_tables_report(&rows, &x->run->result);
    if (!st) log_root(&x->run->log, "%s/summary.md", x->run->folder);
    free(names);
    return st;
}

/* SIBYL_E_STOPPED where the farm ended before all was done. Collective. */
static enum status told_to_stop(struct experiment *x)
{
    bool stopped = x->run->root && x->done < x->todo_count;
    team_broadcast(x->run->team, 0, &stopped, sizeof(stopped));
    return stopped ? err_set(SIBYL_E_STOPPED, "stopped; finished trainings are kept, run the same "
                                              "command again to go on")
                   : SIBYL_OK;
}

static enum status run_all(struct experiment *x)
{
    struct run *r = x->run;
    bool complete = false;
    const struct farm_job job = {.context = x,
                                 .coordinator_works = true,
                                 .stop_asked = signals_stop_asked,
                                 .next = next,
                                 .work = work,
                                 .arrived = arrived,
                                 .result = in_turn};
    enum status st = team_agree(r->team, team_self(&x->self));
    if (!st) st = team_agree(r->team, parse_settings(x));
    if (!st) st = team_agree(r->team, check_settings(x));
    if (st) return st;
    log_root(&r->log, "%s: %zu settings x %zu repeats: %zu trainings on %d ranks", r->job_file,
             x->settings, x->repeats, x->tasks, r->ranks);
    if (r->options->dry_run) {
        for (size_t i = 0; i < x->settings; i++)
            log_root(&r->log, "setting %zu: %s", i + 1, x->configs[i].setting);
        return run_would_write(r);
    }
    st = team_agree(r->team, r->root ? plan(x) : SIBYL_OK);
    if (st) return st;
    bool finished = r->root && is_finished(x);
    team_broadcast(r->team, 0, &finished, sizeof(finished));
    if (finished) {
        if (r->root) run_tell_finished(r);
        return SIBYL_OK;
    }
    st = farm_run(r->team, &job);
    if (!st) st = told_to_stop(x);
    if (!st) st = team_agree(r->team, r->root ? write_tables(x, &complete) : SIBYL_OK);
    if (st) return st;
    team_broadcast(r->team, 0, &complete, sizeof(complete));
    return complete ? run_finish(r, SIBYL_OK) : SIBYL_OK;
}

enum status experiment_run(struct run *r)
{
    struct experiment x = {
        .run = r,
        .settings = r->config.settings,
        .repeats = (size_t)r->config.repeats,
        .tasks = r->config.settings * (size_t)r->config.repeats,
        .quiet = {LOG_QUIET, r->log.rank},
    };
    enum status st = run_all(&x);
    for (size_t i = 0; x.configs && i < x.settings; i++) config_release(&x.configs[i]);
    for (size_t i = 0; x.rows && i < x.tasks; i++) json_decref(x.rows[i]);
    for (size_t i = 0; i < DATA_MAX; i++) training_data_release(&x.data[i]);
    pretraining_release(&x.pretraining);
    free(x.configs);
    free(x.identities);
    free(x.files);
    free(x.rows);
    free(x.todo);
    team_release(x.self);
    return st;
}
