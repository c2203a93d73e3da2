#include "jobs/run/same_job.h"

#include "base/file.h"
#include "jobs/config/config_keys.h"
#include "jobs/config/job_values.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const verbs[] = {
    [CONFIG_TRAIN] = "train", [CONFIG_SCORE] = "score", [CONFIG_SEARCH] = "search"};

static bool holds(const struct same_job *job, const char *name)
{
    struct stat info;
    char *path = file_join(job->folder, name);
    bool there = path && stat(path, &info) == 0 && S_ISREG(info.st_mode);
    free(path);
    return there;
}

static enum status other_verb(const struct same_job *job, const char *verb)
{
    return err_set(SIBYL_E_USAGE,
                   "%s holds the results of another job, a %s: give this %s another --out, or "
                   "remove the folder",
                   job->folder, verb, verbs[job->config->verb]);
}

/* ---- files that a key names ---- */

static bool same_bytes(int a, int b, uint64_t size)
{
    enum { BYTES = 1 << 16 };
    char *data = malloc(2 * BYTES);
    bool same = data != NULL;
    for (uint64_t at = 0; same && at < size; at += BYTES) {
        size_t bytes = size - at < BYTES ? (size_t)(size - at) : BYTES;
        same = !file_read_at(a, "", data, bytes, at) &&
               !file_read_at(b, "", data + BYTES, bytes, at) && !memcmp(data, data + BYTES, bytes);
    }
    free(data);
    return same;
}

static bool same_content(const char *a, const char *b)
{
    int fds[2] = {-1, -1};
    uint64_t sizes[2] = {0, 0};
    bool same = !file_open_read(a, &fds[0], &sizes[0]) && !file_open_read(b, &fds[1], &sizes[1]) &&
                sizes[0] == sizes[1] && same_bytes(fds[0], fds[1], sizes[0]);
    for (int i = 0; i < 2; i++)
        if (fds[i] >= 0) close(fds[i]);
    return same;
}

/* A path that is written otherwise: of the same file or folder, or of one with the same content.
 * One that is gone may have been moved; its content is looked at when the job goes on. */
static bool same_file(void *context, const struct job_difference *d)
{
    const struct same_job *job = context;
    struct stat before, now;
    enum config_verb verb = job->config->verb;
    if (!d->before || !d->now || !config_key_is_path(verb, d->path, d->before) ||
        !config_key_is_path(verb, d->path, d->now))
        return false;
    if (stat(d->before, &before)) return true;
    if (stat(d->now, &now)) return false;
    if (before.st_dev == now.st_dev && before.st_ino == now.st_ino) return true;
    return S_ISREG(before.st_mode) && S_ISREG(now.st_mode) && same_content(d->before, d->now);
}

/* ---- config.yaml ---- */

static enum status other_job(const struct same_job *job, const struct job_difference *d)
{
    return err_set(SIBYL_E_USAGE,
                   "%s holds the results of another job: %s is %.200s there (config.yaml), and "
                   "%.200s in this one; choose another --out, or remove the folder",
                   job->folder, d->path, d->before ? d->before : "not set",
                   d->now ? d->now : "not set");
}

static enum status compare(const struct same_job *job, const struct config *old)
{
    struct job_values before = {0}, now = {0};
    struct job_difference d;
    enum status st = job_values_read(&before, old->text);
    if (!st) st = job_values_read(&now, job->config->text);
    if (!st && job_values_differ(&before, &now, same_file, (void *)(uintptr_t)job, &d))
        st = other_job(job, &d);
    /* One run and an experiment of some leave other files. */
    if (!st && old->experiment != job->config->experiment) {
        d = (struct job_difference){"repeat", old->experiment ? "more than 1" : "1",
                                    job->config->experiment ? "more than 1" : "1"};
        st = other_job(job, &d);
    }
    job_values_release(&before);
    job_values_release(&now);
    return st;
}

/* A file of the user's that has this name must not be written over. */
static enum status check_owner(const struct same_job *job, const char *path, const char *text)
{
    struct stat own, file;
    if (!strncmp(text, SAME_JOB_MARK, strlen(SAME_JOB_MARK))) return SIBYL_OK;
    if (stat(path, &own) || stat(job->job_file, &file) || own.st_dev != file.st_dev ||
        own.st_ino != file.st_ino)
        return SIBYL_OK;
    return err_set(SIBYL_E_USAGE,
                   "%s is the job file, and a run would write its values there: choose another "
                   "--out, or rename the job file",
                   path);
}

static enum status check_config(const struct same_job *job, const char *path)
{
    char *text = NULL;
    size_t bytes = 0;
    struct config old = {0};
    enum config_verb verb;
    enum status st = file_read(path, &text, &bytes);
    if (st) return st;
    st = check_owner(job, path, text);
    if (st) goto done;
    st = config_verb_of(&verb, path, text, bytes);
    if (!st && verb != job->config->verb) {
        st = other_verb(job, verbs[verb]);
        goto done;
    }
    if (!st) st = config_parse(&old, verb, path, text, bytes, NULL, 0);
    if (st)
        (void)err_prefix(st = SIBYL_E_USAGE,
                         "%s has a config.yaml that this program does not understand; choose "
                         "another --out, or move it away",
                         job->folder);
    if (!st) st = compare(job, &old);
done:
    config_release(&old);
    free(text);
    return st;
}

/* Results without a config.yaml: of whom? A search has its journal, which tells. */
static enum status check_orphans(const struct same_job *job)
{
    enum { NAMES_MAX = 4 };
    static const char *const results[][NAMES_MAX] = {
        [CONFIG_TRAIN] = {"predictor.sibyl", "experiment.csv", "checkpoint.sibyl",
                          "tasks/0000.json"},
        [CONFIG_SCORE] = {"scores.csv", "top.csv", "checkpoint.sibyl"},
        [CONFIG_SEARCH] = {"history.csv", "best.json", "experiment.csv", "tasks/0000.json"}};
    if (job->config->verb == CONFIG_SEARCH && holds(job, "run.journal")) return SIBYL_OK;
    for (size_t i = 0; i < NAMES_MAX; i++) {
        const char *name = results[job->config->verb][i];
        if (name && holds(job, name))
            return err_set(
                SIBYL_E_USAGE,
                "%s holds a %s, and no config.yaml that tells of which job it is: choose "
                "another --out, or move it away",
                job->folder, name);
    }
    return SIBYL_OK;
}

enum status same_job_check(const struct same_job *job, const struct json_t *earlier)
{
    const char *verb = json_string_value(json_object_get(earlier, "verb"));
    if (verb && strcmp(verb, verbs[job->config->verb]) != 0) return other_verb(job, verb);
    if (!verb && job->config->verb != CONFIG_SEARCH && holds(job, "run.journal"))
        return other_verb(job, "search");
    if (!holds(job, "config.yaml")) return check_orphans(job);
    char *path = file_join(job->folder, "config.yaml");
    enum status st = path ? check_config(job, path) : err_memory("a path");
    free(path);
    return st;
}
