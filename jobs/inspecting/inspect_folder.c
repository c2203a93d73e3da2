#include "jobs/inspecting/inspect_folder.h"

#include "base/csv.h"
#include "base/duration.h"
#include "base/file.h"
#include "base/folder_lock.h"
#include "base/text.h"
#include "jobs/config/job_values.h"
#include "jobs/inspecting/journal_tally.h"
#include "proto/files/records.h"
#include "proto/graph/architecture.pb-c.h"
#include "proto/graph/codec.h"

#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SHOWN_BYTES 4096 /* of a text that is shown; a longer one is cut */

struct look {
    const char *folder;
    char shown[SHOWN_BYTES]; /* the folder, printable */
    enum config_verb verb;
    bool experiment;
    struct job_values values; /* of config.yaml; none where it is missing */
    json_t *result;           /* NULL: none */
    const char *status;       /* of it; "" */
    struct folder_holder holder;
    struct journal_tally journal; /* of a search */
};

static const char *const verbs[] = {
    [CONFIG_TRAIN] = "train", [CONFIG_SCORE] = "score", [CONFIG_SEARCH] = "search"};

/* ---- reading ---- */

static const char *value_of(const struct look *l, const char *path)
{
    for (size_t i = 0; i < l->values.count; i++)
        if (!strcmp(l->values.list[i].path, path)) return l->values.list[i].value;
    return NULL;
}

static bool holds(const struct look *l, const char *name, struct stat *info)
{
    char *path = file_join(l->folder, name);
    bool there = path && stat(path, info) == 0 && S_ISREG(info->st_mode);
    free(path);
    return there;
}

static enum status read_values(struct look *l)
{
    struct stat info;
    struct config config = {0};
    char *text = NULL, *path = NULL;
    size_t bytes = 0;
    if (!holds(l, "config.yaml", &info)) return SIBYL_OK;
    path = file_join(l->folder, "config.yaml");
    enum status st = path ? file_read(path, &text, &bytes) : err_memory("a path");
    if (!st) st = config_verb_of(&l->verb, path, text, bytes);
    if (!st) st = config_parse(&config, l->verb, path, text, bytes, NULL, 0);
    if (!st) st = job_values_read(&l->values, config.text);
    l->experiment = !st && config.experiment;
    config_release(&config);
    free(text);
    free(path);
    return st;
}

static enum status look_read(struct look *l)
{
    char *path = file_join(l->folder, "result.json");
    if (!path) return err_memory("a path");
    l->result = json_load_file(path, 0, NULL);
    free(path);
    const char *verb = json_string_value(json_object_get(l->result, "verb"));
    l->status = json_string_value(json_object_get(l->result, "status"));
    if (!l->status) l->status = "";
    folder_lock_look(&l->holder, l->folder);
    enum status st = read_values(l);
    if (!st) st = journal_tally_read(&l->journal, l->folder);
    if (st) return st;
    if (l->journal.there) l->verb = CONFIG_SEARCH;
    for (int i = 0; !l->values.count && verb && i < 3; i++)
        if (!strcmp(verb, verbs[i])) l->verb = (enum config_verb)i;
    if (l->values.count || l->result || l->journal.there) return SIBYL_OK;
    return err_set(SIBYL_E_IO,
                   "%s holds no run: it has no config.yaml, result.json or run.journal; give the "
                   "folder of a train, score or search",
                   l->folder);
}

static void look_release(struct look *l)
{
    job_values_release(&l->values);
    journal_tally_release(&l->journal);
    json_decref(l->result);
}

/* ---- what it is, and whether it is at work ---- */

static void print_what(const struct look *l)
{
    char name[256];
    const char *space = value_of(l, "space"), *algorithm = value_of(l, "search.algorithm");
    const char *seed = value_of(l, "seed");
    if (!space) space = l->journal.space;
    printf("%s: %s%s", l->shown, l->experiment ? "an experiment of " : "a ",
           !l->experiment            ? verbs[l->verb]
           : l->verb == CONFIG_TRAIN ? "training"
                                     : "searches");
    if (l->verb == CONFIG_SEARCH) {
        printf(" of %s", space ? text_printable(name, sizeof(name), space) : "a space");
        if (algorithm && !l->experiment)
            printf(", algorithm %s", text_printable(name, sizeof(name), algorithm));
    }
    if (l->verb == CONFIG_TRAIN && value_of(l, "data.label"))
        printf(" on %s", text_printable(name, sizeof(name), value_of(l, "data.label")));
    if (seed) printf(", seed %s", text_printable(name, sizeof(name), seed));
    putchar('\n');
}

static bool is_over(const struct look *l)
{
    return !strcmp(l->status, "done") || !strcmp(l->status, "failed");
}

/* By ask and tell, which leave no process. */
static bool is_asked(const struct look *l)
{
    if (json_is_true(json_object_get(l->result, "asked"))) return true;
    const char *kind = value_of(l, "evaluator.kind");
    return kind && !strcmp(kind, "ask");
}

static void print_status(const struct look *l)
{
    const struct folder_holder *h = &l->holder;
    json_int_t ranks = json_integer_value(json_object_get(l->result, "ranks"));
    char host[FOLDER_HOST_BYTES];
    text_printable(host, sizeof(host), h->host);
    if (h->held) {
        printf("status: running, process %ld on %s", h->pid, *h->host ? host : "this host");
        if (ranks > 1 && !strcmp(l->status, "running"))
            printf(", %" JSON_INTEGER_FORMAT " ranks", ranks);
        putchar('\n');
    } else if (is_over(l)) {
        printf("status: %s\n", l->status);
    } else if (!strcmp(l->status, "stopped")) {
        printf("status: stopped after a checkpoint\n");
    } else if (is_asked(l)) {
        printf("status: open to ask and tell\n");
    } else if (h->there && *h->host) {
        printf("status: killed (process %ld on %s is gone)\n", h->pid, host);
    } else {
        printf("status: killed\n");
    }
}

/* ---- how far it is ---- */

/* Of a search with limits, which the journal's values alone do not tell of: as result.json says. */
static void print_best_within(const struct look *l)
{
    const json_t *best = json_object_get(l->result, "best_value");
    const char *network = json_string_value(json_object_get(l->result, "best_architecture"));
    char text[1024];
    if (json_is_number(best) && network)
        printf("best within the limits: %.9g: %s\n", json_number_value(best),
               text_printable(text, sizeof(text), network));
    else
        printf("best within the limits: none yet\n");
}

static void print_search(const struct look *l)
{
    const struct journal_tally *j = &l->journal;
    const char *total = value_of(l, "search.evaluations");
    uint64_t open_tasks = is_asked(l) ? j->asked : j->proposed - j->measured;
    char text[1024];
    printf("evaluations: %" PRIu64, j->measured);
    if (total && strcmp(total, "0") != 0)
        printf(" of %s", text_printable(text, sizeof(text), total));
    printf(" done, %" PRIu64 " of them failed", j->failed);
    if (open_tasks)
        printf("; %" PRIu64 " %s", open_tasks,
               is_asked(l)      ? "asked for and not told"
               : l->holder.held ? "running or next"
                                : "to be done again");
    putchar('\n');
    const json_t *front = json_object_get(l->result, "pareto_size");
    if (front)
        printf("front: %" JSON_INTEGER_FORMAT " networks, hypervolume %.9g (pareto.csv)\n",
               json_integer_value(front),
               json_number_value(json_object_get(l->result, "hypervolume")));
    if (value_of(l, "limits[0].value")) {
        print_best_within(l);
        return;
    }
    if (!j->found) {
        printf("best: none yet\n");
        return;
    }
    printf("best: %.9g, task %" PRIu64, j->best, j->best_task);
    if (j->best_architecture)
        printf(": %s", text_printable(text, sizeof(text), j->best_architecture));
    putchar('\n');
}

/* Of an experiment: a file for each run that is done. */
static void print_runs(const struct look *l)
{
    uint64_t rows = 0;
    char *path = file_join(l->folder, "tasks");
    DIR *d = path ? opendir(path) : NULL;
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        size_t length = strlen(e->d_name);
        rows += length > 5 && !strcmp(e->d_name + length - 5, ".json");
    }
    if (d) closedir(d);
    free(path);
    printf("%s: %" PRIu64 " done\n", l->verb == CONFIG_TRAIN ? "trainings" : "searches", rows);
}

/* The last row of metrics.csv; a run may be writing behind it. */
static void print_train(const struct look *l)
{
    struct csv c;
    char member[32] = "", epoch[32] = "", loss[64] = "", limit[64], of[64];
    bool more = true;
    char *path = file_join(l->folder, "metrics.csv");
    if (path && !csv_open(&c, path)) {
        while (!csv_next(&c, &more) && more) {
            if (c.columns < 3) continue;
            snprintf(member, sizeof(member), "%s", c.fields[0]);
            snprintf(epoch, sizeof(epoch), "%s", c.fields[1]);
            snprintf(loss, sizeof(loss), "%s", c.fields[2]);
        }
        csv_close(&c);
    }
    free(path);
    const char *epochs = value_of(l, "training.epochs"),
               *members = value_of(l, "predictor.members");
    if (*epoch)
        printf("epochs: %s of %s, member %ld of %s; loss %s\n", epoch,
               epochs ? text_printable(limit, sizeof(limit), epochs) : "?",
               strtol(member, NULL, 10) + 1,
               members ? text_printable(of, sizeof(of), members) : "?", loss);
    else
        printf("epochs: none yet\n");
}

static uint64_t rows_of_checkpoint(const char *path)
{
    struct record_reader reader = {0};
    struct record r;
    uint64_t rows = 0;
    if (record_reader_open(&reader, path, RECORDS_CHECKPOINT)) return 0;
    while (!record_reader_next(&reader, &r) && r.type != RECORD_END) {
        if (r.type != RECORD_STATE) continue;
        Sibyl__ScoreState *s = codec_unpack(&sibyl__score_state__descriptor, r.payload, r.bytes);
        if (!s) continue;
        rows = s->rows;
        sibyl__score_state__free_unpacked(s, NULL);
    }
    record_reader_close(&reader);
    return rows;
}

static void print_score(const struct look *l)
{
    struct stat info;
    json_int_t rows = json_integer_value(json_object_get(l->result, "architectures"));
    char *path = file_join(l->folder, "checkpoint.sibyl");
    if (is_over(l) && !l->holder.held)
        printf("networks: %" JSON_INTEGER_FORMAT " scored\n", rows);
    else if (path && holds(l, "checkpoint.sibyl", &info))
        printf("networks: %" PRIu64 " looked at, up to the last checkpoint\n",
               rows_of_checkpoint(path));
    else
        printf("networks: no checkpoint yet\n");
    free(path);
}

/* ---- times, and how to go on ---- */

static time_t last_change(const struct look *l)
{
    static const char *const names[][4] = {
        [CONFIG_TRAIN] = {"metrics.csv", "experiment.csv", "checkpoint.sibyl", "predictor.sibyl"},
        [CONFIG_SCORE] = {"scores.csv", "scores.csv.partial", "checkpoint.sibyl", "top.csv"},
        [CONFIG_SEARCH] = {"run.journal", "experiment.csv"}};
    struct stat info;
    time_t newest = 0;
    for (size_t i = 0; i < 4; i++) {
        const char *name = names[l->verb][i];
        if (name && holds(l, name, &info) && info.st_mtime > newest) newest = info.st_mtime;
    }
    return newest;
}

static void print_times(const struct look *l)
{
    char text[64], day[32];
    const char *started = json_string_value(json_object_get(l->result, "started"));
    double wall_s = json_number_value(json_object_get(l->result, "wall_s"));
    bool counted = is_over(l) || !strcmp(l->status, "stopped");
    if (!strcmp(l->status, "running"))
        wall_s = json_number_value(json_object_get(l->result, "wall_before_s"));
    time_t last = last_change(l);
    struct tm local;
    duration_text(text, sizeof(text), wall_s + (counted && !l->holder.held ? 0 : l->holder.used_s));
    printf("time: %s of work", text);
    if (started && l->holder.held)
        printf(", this session since %s", text_printable(text, sizeof(text), started));
    if (last && localtime_r(&last, &local)) {
        duration_text(text, sizeof(text), fmax(difftime(time(NULL), last), 0));
        strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &local);
        printf("; last result %s ago (%s)", text, day);
    }
    putchar('\n');
}

static void print_next(const struct look *l)
{
    const char *total = value_of(l, "search.evaluations");
    char text[64];
    printf("to go on: ");
    if (l->holder.held)
        printf("it is at work; kill -TERM %ld stops it after a checkpoint\n", l->holder.pid);
    else if (is_over(l) && l->verb == CONFIG_SEARCH && !l->experiment &&
             strcmp(l->status, "failed") != 0 && total)
        printf("sibyl %s %s/config.yaml --out %s --set search.evaluations=N, N above %s\n",
               is_asked(l) ? "ask" : "search", l->shown, l->shown,
               text_printable(text, sizeof(text), total));
    else if (is_asked(l))
        printf("sibyl ask %s/config.yaml --out %s -n 1, and tell what came out\n", l->shown,
               l->shown);
    else if (!strcmp(l->status, "done"))
        printf("nothing is left to do; sibyl report %s makes a page of it\n", l->shown);
    else
        printf("sibyl %s %s/config.yaml --out %s\n", verbs[l->verb], l->shown, l->shown);
}

enum status inspect_folder(const char *folder)
{
    struct look l = {.folder = folder};
    text_printable(l.shown, sizeof(l.shown), folder);
    size_t length = strlen(l.shown);
    while (length > 1 && l.shown[length - 1] == '/') l.shown[--length] = '\0';
    enum status st = look_read(&l);
    if (!st) {
        print_what(&l);
        print_status(&l);
        if (l.experiment) print_runs(&l);
        if (l.verb == CONFIG_SEARCH && !l.experiment) print_search(&l);
        if (l.verb == CONFIG_TRAIN && !l.experiment) print_train(&l);
        if (l.verb == CONFIG_SCORE) print_score(&l);
        print_times(&l);
        print_next(&l);
    }
    look_release(&l);
    return st;
}
