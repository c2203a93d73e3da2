#include "jobs/experiments/experiment_parts.h"

#include "base/clock.h"
#include "base/file.h"
#include "jobs/run/signals.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- settings ---- */

static enum status parse_settings(struct experiment *x)
{
    struct run *r = x->run;
    x->source = (struct config_source){
        .verb = x->kind->verb,
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
    enum status st = config_open(&x->file, &x->source);
    for (size_t i = 0; !st && i < x->settings; i++) st = config_setting(&x->configs[i], x->file, i);
    return st;
}

/* Looks whether all settings can be run, and notes what each is a run of. */
static enum status check_settings(struct experiment *x)
{
    enum status st = x->kind->start(x);
    for (size_t i = 0; !st && i < x->settings; i++) {
        st = x->kind->check(x, i, &x->files[i]);
        const struct identity own = {x->configs[i].digest, &x->files[i]};
        if (st)
            err_prefix(st, "setting %s", x->configs[i].setting);
        else
            identity_text(&own, x->identities[i]);
    }
    return st;
}

enum status experiment_check_files(const struct experiment *x, size_t setting,
                                   const struct identity_files *files)
{
    const struct identity own = {x->configs[setting].digest, files};
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
           repeat == (json_int_t)(task / x->settings) &&
           (!x->kind->fits || x->kind->fits(x, row, task % x->settings));
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
    log_root(&x->run->log, "%zu %s in %s, %zu done; %zu to do here", x->tasks, x->kind->many,
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

/* Does a run, and writes its row: on a rank alone, or on all of them, where rank 0 writes. */
static enum status run_task(struct experiment *x, uint64_t number, struct farm_call *call)
{
    const struct experiment_task task = {(size_t)number, (size_t)number % x->settings,
                                         (size_t)number / x->settings, call};
    const struct config *c = &x->configs[task.setting];
    struct result r = {0};
    char *path = row_path(x, task.number);
    uint64_t seed = c->values->seed + task.repeat;
    enum status st =
        path ? result_begin(&r, x->run->options->verb, x->in_turn ? x->run->ranks : 1, seed)
             : SIBYL_E_MEM;
    if (!st) {
        result_integer(&r, "task", task.number);
        result_text(&r, "setting", c->setting);
        result_integer(&r, "repeat", task.repeat);
        result_text(&r, "digest", x->identities[task.setting]);
    }
    if (x->in_turn) st = team_agree(x->run->team, st);
    if (!st) st = x->kind->work(x, &task, &r);
    if (!st && (!x->in_turn || x->run->root)) st = result_write(&r, path, "done");
    result_release(&r);
    free(path);
    return st;
}

bool experiment_stop_asked(void *task)
{
    const struct experiment_task *t = task;
    return t->call ? farm_given_up(t->call) : signals_stop_asked(NULL);
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
    uint64_t number = 0;
    if (bytes != sizeof(number)) return err_set(SIBYL_E_FORMAT, "a task of %zu bytes", bytes);
    memcpy(&number, task, sizeof(number));
    enum status st = run_task(x, number, call);
    return st ? st : send_row(x, (size_t)number, result);
}

static enum status arrived(void *context, uint64_t index, const unsigned char *result, size_t bytes)
{
    struct experiment *x = context;
    size_t task = x->todo[index];
    json_t *row = json_loadb((const char *)result, bytes, 0, NULL);
    if (!row_is_of(x, row, task)) {
        json_decref(row);
        return err_set(SIBYL_E_FORMAT, "%s %zu gave a row that is none", x->kind->one, task);
    }
    x->rows[task] = row;
    x->done++;
    double took_s = clock_s() - x->started_s;
    char text[256];
    x->kind->tell(row, text, sizeof(text));
    log_root(&x->run->log, "%zu/%zu  %s, repeat %zu: %s, %.0f s left", x->done, x->todo_count,
             x->configs[task % x->settings].setting, task / x->settings, text,
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

static enum status side_by_side(struct experiment *x)
{
    const struct farm_job job = {.context = x,
                                 .coordinator_works = true,
                                 .stop_asked = signals_stop_asked,
                                 .next = next,
                                 .work = work,
                                 .arrived = arrived,
                                 .result = in_turn};
    return farm_run(x->run->team, &job);
}

/* The same on all ranks together, one run after the other. */
static enum status one_by_one(struct experiment *x)
{
    struct team *t = x->run->team;
    for (uint64_t i = 0;; i++) {
        struct farm_bytes row = {0};
        uint64_t number = UINT64_MAX;
        if (x->run->root && i < x->todo_count && !signals_stop_asked(NULL)) number = x->todo[i];
        team_broadcast(t, 0, &number, sizeof(number));
        if (number == UINT64_MAX) return SIBYL_OK;
        enum status st = run_task(x, number, NULL);
        if (st == SIBYL_E_STOPPED) return team_agree(t, SIBYL_OK);
        if (!st && x->run->root) st = send_row(x, (size_t)number, &row);
        if (!st && x->run->root) st = arrived(x, i, row.data, row.bytes);
        free(row.data);
        st = team_agree(t, st);
        if (st) return st;
    }
}

/* ---- all of it ---- */

/* Rank 0: are all rows there, and the tables of just these? */
static bool is_finished(const struct experiment *x)
{
    static const char *const names[] = {"experiment.csv", "summary.csv", "summary.md"};
    const json_t *earlier = x->run->earlier;
    const char *status = json_string_value(json_object_get(earlier, "status"));
    json_int_t runs = json_integer_value(json_object_get(earlier, x->kind->many));
    bool all = status && !strcmp(status, "done") && runs == (json_int_t)x->tasks &&
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
        log_root(&x->run->log, "%zu of %zu %s are done; the tables are written when all are", done,
                 x->tasks, x->kind->many);
        return SIBYL_OK;
    }
    struct result *r = &x->run->result;
    result_integer(r, "settings", x->settings);
    result_integer(r, "repeats", x->repeats);
    result_integer(r, x->kind->many, x->tasks);
    st = x->kind->finish(x, slash ? slash + 1 : x->run->job_file);
    if (!st) log_root(&x->run->log, "%s/summary.md", x->run->folder);
    return st;
}

/* SIBYL_E_STOPPED where the farm ended before all was done. Collective. */
static enum status told_to_stop(struct experiment *x)
{
    bool stopped = x->run->root && x->done < x->todo_count;
    team_broadcast(x->run->team, 0, &stopped, sizeof(stopped));
    return stopped ? err_set(SIBYL_E_STOPPED,
                             "stopped; finished %s are kept, run the same "
                             "command again to go on",
                             x->kind->many)
                   : SIBYL_OK;
}

static enum status run_all(struct experiment *x)
{
    struct run *r = x->run;
    bool complete = false;
    int slot = 0, slots = 1;
    enum status st = team_agree(r->team, team_self(&x->self));
    if (st) return st;
    team_node_place(r->team, true, &slot, &slots);
    x->slot = (uint32_t)slot;
    x->slots = (uint32_t)slots;
    st = team_agree(r->team, parse_settings(x));
    if (!st) st = team_agree(r->team, check_settings(x));
    if (st) return st;
    log_root(&r->log, "%s: %zu settings x %zu repeats: %zu %s on %d ranks%s", r->job_file,
             x->settings, x->repeats, x->tasks, x->kind->many, r->ranks,
             x->in_turn ? ", one after the other" : "");
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
    st = x->in_turn ? one_by_one(x) : side_by_side(x);
    if (!st) st = told_to_stop(x);
    if (!st) st = team_agree(r->team, r->root ? write_tables(x, &complete) : SIBYL_OK);
    if (st) return st;
    team_broadcast(r->team, 0, &complete, sizeof(complete));
    return complete ? run_finish(r, SIBYL_OK) : SIBYL_OK;
}

enum status experiment_run(struct run *r, const struct experiment_kind *kind)
{
    struct experiment x = {
        .run = r,
        .kind = kind,
        .settings = r->config.settings,
        .repeats = (size_t)r->config.repeats,
        .tasks = r->config.settings * (size_t)r->config.repeats,
        .quiet = {LOG_QUIET, r->log.rank},
    };
    enum status st = run_all(&x);
    kind->release(&x);
    for (size_t i = 0; x.configs && i < x.settings; i++) config_release(&x.configs[i]);
    for (size_t i = 0; x.rows && i < x.tasks; i++) json_decref(x.rows[i]);
    config_close(x.file);
    free(x.configs);
    free(x.identities);
    free(x.files);
    free(x.rows);
    free(x.todo);
    team_release(x.self);
    return st;
}
