#include "jobs/run/run.h"

#include "base/clock.h"
#include "base/file.h"
#include "comm/launch.h"
#include "jobs/run/machine.h"
#include "jobs/run/run_inputs.h"
#include "jobs/run/same_job.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Of a result.json that a run keeps current: what of wall_s other sessions have used. */
#define WALL_BEFORE "wall_before_s"

static enum status read_job(struct run *r, char **out_text, size_t *out_bytes)
{
    enum status st = SIBYL_OK;
    void *text = NULL;
    size_t bytes = 0;
    if (r->root) {
        char *read = NULL;
        st = config_read_file(r->job_file, &read, &bytes);
        text = read;
    }
    st = team_agree(r->team, st);
    if (!st) st = team_broadcast_buffer(r->team, 0, &text, &bytes);
    if (st) {
        free(text);
        return st;
    }
    *out_text = text;
    *out_bytes = bytes;
    return SIBYL_OK;
}

/* Whose results the folder holds: networks are asked for and told of a search. */
static const char *verb_name(const struct run *r)
{
    const char *verb = r->options->verb;
    return run_is_visit(r) ? "search" : verb;
}

bool run_is_visit(const struct run *r)
{
    return !strcmp(r->options->verb, "ask") || !strcmp(r->options->verb, "tell");
}

static char *default_folder(const struct run *r)
{
    const char *slash = strrchr(r->job_file, '/');
    const char *name = slash ? slash + 1 : r->job_file;
    const char *dot = strrchr(name, '.');
    int length = (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name));
    size_t bytes = strlen("runs/-") + strlen(verb_name(r)) + strlen(name) + 1;
    char *folder = malloc(bytes);
    if (folder) snprintf(folder, bytes, "runs/%s-%.*s", verb_name(r), length, name);
    return folder;
}

char *run_path(const struct run *r, const char *name)
{
    char *path = file_join(r->folder, name);
    if (!path) err_memory(name);
    return path;
}

/* Takes the lock of DIR, which also tells whether files can be made there: access() knows nothing
 * of read-only mounts over NFS. With --only the parts are the trainings. */
static enum status lock_folder(struct run *r)
{
    const struct options *o = r->options;
    uint64_t first = 0, end = 0;
    enum status st = file_make_folder(r->folder);
    if (o->parts)
        team_slice(r->config.settings * r->config.repeats, o->part - 1, o->parts, &first, &end);
    if (st || (o->parts && first == end)) return st;
    if (run_is_visit(r)) return folder_lock_wait(&r->lock, r->folder, o->wait_s, &r->log);
    return folder_lock_take(&r->lock, r->folder, first, end, &r->log);
}

/* What killed runs have left half written; a report may be at work beside this run. */
static void clean_folder(const char *folder)
{
    static const char *const others[] = {"report.html.", "run.db."};
    DIR *d = opendir(folder);
    if (!d) return;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        bool own = file_is_temporary(e->d_name);
        for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
            if (!strncmp(e->d_name, others[i], strlen(others[i]))) own = false;
        if (own) (void)unlinkat(dirfd(d), e->d_name, 0);
    }
    closedir(d);
}

static enum status read_earlier(struct run *r)
{
    char *path = run_path(r, "result.json");
    if (!path) return SIBYL_E_MEM;
    r->earlier = json_load_file(path, 0, NULL); /* one that is none is no result */
    free(path);
    const char *status = json_string_value(json_object_get(r->earlier, "status"));
    bool over = status && !strcmp(status, "done") && r->config.verb != CONFIG_SEARCH &&
                !r->config.experiment; /* those two may go on behind their end */
    /* What a run that was killed has used stands in the lock's file. */
    const char *counted = status && !strcmp(status, "running") ? WALL_BEFORE : "wall_s";
    if (!over) r->result.before_s = json_number_value(json_object_get(r->earlier, counted));
    return SIBYL_OK;
}

static enum status prepare_folder(struct run *r)
{
    enum status st = lock_folder(r);
    if (!st) st = read_earlier(r);
    const struct same_job job = {r->folder, r->job_file, &r->config};
    if (!st) st = same_job_check(&job, r->earlier);
    if (st || r->options->parts) return st;
    char *tasks = run_path(r, "tasks");
    clean_folder(r->folder);
    if (tasks) clean_folder(tasks);
    free(tasks);
    return SIBYL_OK;
}

enum status run_would_write(struct run *r)
{
    struct stat info;
    enum status st = SIBYL_OK;
    if (stat(r->folder, &info) == 0) {
        const struct same_job job = {r->folder, r->job_file, &r->config};
        if (!S_ISDIR(info.st_mode)) st = err_set(SIBYL_E_IO, "%s is not a folder", r->folder);
        if (!st) st = read_earlier(r);
        if (!st) st = same_job_check(&job, r->earlier);
    }
    if (!st) log_root(&r->log, "would write to %s", r->folder);
    return st;
}

/* Writes it only where it differs: a run that changes nothing leaves it alone. */
static enum status write_config(const struct run *r, const char *path)
{
    char *text = NULL, *old = NULL;
    size_t bytes = 0, old_bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (f)
        fprintf(f, SAME_JOB_MARK "%s %s: the values in effect, written by the program\n%s",
                SIBYL_VERSION, verb_name(r), r->config.text);
    if (!f || fclose(f)) {
        free(text);
        return err_memory(path);
    }
    bool same = access(path, F_OK) == 0 && !file_read(path, &old, &old_bytes) &&
                old_bytes == bytes && !memcmp(old, text, bytes);
    enum status st = same ? SIBYL_OK : file_write(path, text, bytes);
    free(text);
    free(old);
    return st;
}

enum status run_save_config(void *run)
{
    struct run *r = run;
    char *path = run_path(r, "config.yaml");
    enum status st = path ? write_config(r, path) : SIBYL_E_MEM;
    free(path);
    if (!st && !run_is_visit(r)) folder_lock_count_time(r->lock);
    return st;
}

enum status run_open(struct run *r, struct team *t, const struct options *o, enum config_verb verb)
{
    *r = (struct run){.team = t, .options = o, .root = team_rank(t) == 0};
    r->ranks = team_size(t);
    if (o->dry_run && launch_read().size > 1) r->ranks = launch_read().size;
    r->log = (struct log){.level = o->level, .rank = team_rank(t), .began_s = clock_s()};
    if (!strcmp(o->verb, "ask")) r->log.level = LOG_QUIET; /* stdout is for its answer */
    bool tell = !strcmp(o->verb, "tell");
    enum status st = options_operands(o, 1, tell ? 2 : 1, tell ? "JOB.yaml [FILE]" : "JOB.yaml");
    if (st) return st; /* the same on all ranks: argv is */
    r->job_file = strdup(o->operands[0]);
    r->folder = !r->job_file ? NULL : o->out ? strdup(o->out) : default_folder(r);
    st = team_agree(t, r->folder ? SIBYL_OK : err_memory("a folder name"));
    if (!st) st = read_job(r, &r->text, &r->text_bytes);
    if (st) return st;
    st = config_parse(&r->config, verb, r->job_file, r->text, r->text_bytes, o->sets, o->set_count);
    if (!st) st = result_begin(&r->result, verb_name(r), team_size(t), r->config.values->seed);
    st = team_agree(t, st);
    if (!st)
        st =
            team_agree(t, r->root ? run_inputs_check(r->folder, verb, r->config.values) : SIBYL_OK);
    if (!st && !o->dry_run) st = team_agree(t, r->root ? prepare_folder(r) : SIBYL_OK);
    const int local = o->dry_run ? launch_read().local : 0;
    if (!st) r->threads = machine_threads(t, &r->log, o->threads, local);
    if (!st) result_integer(&r->result, "threads", (uint64_t)r->threads);
    log_detail(&r->log, "%s: %zu bytes, %d --set", r->job_file, r->text_bytes, o->set_count);
    if (!st && !run_is_visit(r)) machine_tell(&r->log, r->ranks, r->threads);
    return st;
}

enum status run_open_part(struct run *r, const struct run_part *part)
{
    *r = (struct run){.team = part->team,
                      .options = part->options,
                      .config = *part->config,
                      .log = *part->log,
                      .root = team_rank(part->team) == 0,
                      .ranks = team_size(part->team),
                      .threads = part->outer->threads,
                      .job_file = strdup(part->outer->job_file),
                      .folder = strdup(part->folder)};
    *part->config = (struct config){0};
    enum status st = r->job_file && r->folder ? SIBYL_OK : err_memory("a folder name");
    if (!st) st = result_begin(&r->result, verb_name(r), r->ranks, r->config.values->seed);
    st = team_agree(r->team, st);
    if (!st)
        st = team_agree(r->team, r->root
                                     ? run_inputs_check(r->folder, r->config.verb, r->config.values)
                                     : SIBYL_OK);
    if (!st) st = team_agree(r->team, r->root ? prepare_folder(r) : SIBYL_OK);
    if (!st) result_integer(&r->result, "threads", (uint64_t)r->threads);
    return st;
}

void run_close(struct run *r)
{
    folder_lock_release(r->lock, r->settled);
    json_decref(r->earlier);
    config_release(&r->config);
    result_release(&r->result);
    free(r->job_file);
    free(r->folder);
    free(r->text);
    *r = (struct run){0};
}

enum status run_file_changed(const struct run *r, const struct identity_file *changed)
{
    return err_set(SIBYL_E_USAGE,
                   "the %s %s is not the one that %s was made with: put that one back, choose "
                   "another --out, or remove the folder",
                   changed->what, changed->path, r->folder);
}

/* Of the results that stand: are they of the files that are there now? The values were compared key
 * by key (same_job.h); their digest changes with a version that has more keys. */
static enum status check_files(const struct run *r, const struct identity *own)
{
    const char *then = json_string_value(json_object_get(r->earlier, "job"));
    char digest[IDENTITY_TEXT_BYTES];
    if (!then) return SIBYL_OK;
    snprintf(digest, sizeof(digest), "%.*s", (int)strcspn(then, " "), then);
    const struct identity same_values = {digest, own->files};
    const struct identity_file *changed =
        identity_is(&same_values, then) ? NULL : identity_changed_file(&same_values, then);
    return changed ? run_file_changed(r, changed) : SIBYL_OK;
}

static bool has_files(const struct run *r, const char *const *files)
{
    bool all = true;
    for (size_t i = 0; all && files[i]; i++) {
        char *path = run_path(r, files[i]);
        all = path && access(path, F_OK) == 0;
        free(path);
    }
    return all;
}

enum status run_is_finished(struct run *r, const struct identity *own, const char *const *files,
                            bool *out)
{
    char text[IDENTITY_TEXT_BYTES];
    enum status st = SIBYL_OK;
    const char *status = json_string_value(json_object_get(r->earlier, "status"));
    *out = r->root && status && !strcmp(status, "done") && has_files(r, files);
    identity_text(own, text);
    result_text(&r->result, "job", text);
    if (*out) st = check_files(r, own);
    st = team_agree(r->team, st);
    team_broadcast(r->team, 0, out, sizeof(*out));
    return st;
}

void run_tell_finished(struct run *r)
{
    static const char *const shown[] = {
        "test_kendall_tau", "loss",        "architectures", "kendall_tau",
        "trainings",        "evaluations", "best_value",    "best_architecture"};
    r->settled = true;
    log_root(&r->log, "%s: this job is done, its results stand as they are", r->folder);
    for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++) {
        json_t *value = json_object_get(r->earlier, shown[i]);
        char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) : NULL;
        if (text) log_root(&r->log, "%s: %s", shown[i], text);
        free(text);
    }
}

enum status run_save_result(struct run *r, const char *status)
{
    char *path = run_path(r, "result.json");
    double before_s = r->result.before_s;
    r->result.before_s += folder_lock_before_s(r->lock);
    enum status st = path ? result_write(&r->result, path, status) : SIBYL_E_MEM;
    r->result.before_s = before_s;
    r->settled = !st;
    free(path);
    return st;
}

enum status run_save_running(struct run *r)
{
    char started[32] = "";
    struct tm day;
    time_t began = time(NULL) - (time_t)(clock_s() - r->result.started_s);
    bool settled = r->settled;
    if (gmtime_r(&began, &day)) strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &day);
    result_text(&r->result, "started", started);
    result_number(&r->result, WALL_BEFORE, r->result.before_s);
    enum status st = run_save_result(r, "running");
    r->settled = settled;
    json_object_del(r->result.object, "started");
    json_object_del(r->result.object, WALL_BEFORE);
    return st;
}

enum status run_finish(struct run *r, enum status st)
{
    if (st && st != SIBYL_E_STOPPED) return st;
    enum status written = SIBYL_OK;
    if (r->root) written = run_save_result(r, st ? "stopped" : "done");
    if (!st) return team_agree(r->team, written);
    if (team_agree(r->team, written)) return SIBYL_E_IO;
    return err_set(st, "stopped after a checkpoint; run the same command again to go on");
}
