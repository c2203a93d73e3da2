#include "jobs/run/run.h"

#include "base/file.h"
#include "jobs/run/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static char *default_folder(const struct run *r)
{
    const char *slash = strrchr(r->job_file, '/');
    const char *name = slash ? slash + 1 : r->job_file;
    const char *dot = strrchr(name, '.');
    int length = (int)(dot && dot != name ? (size_t)(dot - name) : strlen(name));
    size_t bytes = strlen("runs/-") + strlen(r->options->verb) + strlen(name) + 1;
    char *folder = malloc(bytes);
    if (folder) snprintf(folder, bytes, "runs/%s-%.*s", r->options->verb, length, name);
    return folder;
}

char *run_path(const struct run *r, const char *name)
{
    char *path = file_join(r->folder, name);
    if (!path) err_memory(name);
    return path;
}

/* Making a file is the only sure test: access() knows nothing of read-only mounts over NFS. */
static enum status prepare_folder(const struct run *r)
{
    enum status st = file_make_folder(r->folder);
    if (st) return st;
    char *path = run_path(r, ".writable");
    if (!path) return SIBYL_E_MEM;
    st = file_write(path, "", 0);
    if (st) err_prefix(st, "%s cannot take results; give another folder with --out", r->folder);
    unlink(path);
    free(path);
    return st;
}

enum status run_save_config(void *run)
{
    const struct run *r = run;
    char *path = run_path(r, "config.yaml");
    enum status st = path ? file_write(path, r->config.text, strlen(r->config.text)) : SIBYL_E_MEM;
    free(path);
    return st;
}

enum status run_open(struct run *r, struct team *t, const struct options *o, enum config_verb verb)
{
    *r = (struct run){.team = t, .options = o, .root = team_rank(t) == 0};
    r->log = (struct log){.level = o->level, .rank = team_rank(t)};
    enum status st = options_operands(o, 1, 1, "JOB.yaml");
    if (!st && o->label_count) st = err_set(SIBYL_E_USAGE, "--label is for import only");
    if (!st && o->parts && verb != CONFIG_TRAIN)
        st = err_set(SIBYL_E_USAGE, "--only is for train only");
    if (st) return st; /* the same on all ranks: argv is */
    r->job_file = strdup(o->operands[0]);
    r->folder = !r->job_file ? NULL : o->out ? strdup(o->out) : default_folder(r);
    st = team_agree(t, r->folder ? SIBYL_OK : err_memory("a folder name"));
    if (!st) st = read_job(r, &r->text, &r->text_bytes);
    if (st) return st;
    st = config_parse(&r->config, verb, r->job_file, r->text, r->text_bytes, o->sets, o->set_count);
    if (!st) st = result_begin(&r->result, o->verb, team_size(t), r->config.values->seed);
    st = team_agree(t, st);
    if (!st && !o->dry_run) st = team_agree(t, r->root ? prepare_folder(r) : SIBYL_OK);
    if (!st) r->threads = machine_threads(t, &r->log, o->threads);
    if (!st) result_integer(&r->result, "threads", (uint64_t)r->threads);
    return st;
}

void run_close(struct run *r)
{
    config_release(&r->config);
    result_release(&r->result);
    free(r->job_file);
    free(r->folder);
    free(r->text);
    *r = (struct run){0};
}

enum status run_save_result(struct run *r, const char *status)
{
    char *path = run_path(r, "result.json");
    enum status st = path ? result_write(&r->result, path, status) : SIBYL_E_MEM;
    free(path);
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
