#include "proto/files/checkpoint_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file of the checkpoint before that in `path`, the caller's to free(). */
static char *path_before(const char *path)
{
    size_t bytes = strlen(path) + sizeof(".before");
    char *before = malloc(bytes);
    if (before)
        snprintf(before, bytes, "%s.before", path);
    else
        err_memory(path);
    return before;
}

enum status checkpoint_file_is_of(const char *path, const struct identity *own, const char *text)
{
    if (identity_is(own, text)) return SIBYL_OK;
    const struct identity_file *changed = identity_changed_file(own, text);
    if (changed)
        return err_set(SIBYL_E_USAGE,
                       "the %s %s is not the one that this run began with (%s tells): put that one "
                       "back, or choose another --out",
                       changed->what, changed->path, path);
    return err_set(SIBYL_E_USAGE, "%s belongs to another job; choose another --out, or remove it",
                   path);
}

enum status checkpoint_file_begin(struct record_writer *w, const char *path)
{
    char *before = path_before(path);
    enum status st = before ? record_writer_open(w, path, RECORDS_CHECKPOINT) : SIBYL_E_MEM;
    if (!st) st = file_write_keep(&w->file, before);
    free(before);
    return st;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || errno != ENOENT;
}

enum status checkpoint_file_read(const char *path, const struct log *log,
                                 enum status (*read)(void *context, const char *path),
                                 void *context, bool *out_found)
{
    char *before = path_before(path);
    enum status st = before ? SIBYL_OK : SIBYL_E_MEM;
    *out_found = false;
    if (st) return st;
    bool last = is_there(path), older = is_there(before);
    if (last) st = read(context, path);
    if (older && (!last || st == SIBYL_E_FORMAT || st == SIBYL_E_IO)) {
        if (st) log_warn(log, "%s; going on from the checkpoint before it", err_message());
        st = read(context, before);
        if (!st && last) unlink(path); /* else it would become the one before */
    }
    *out_found = !st && (last || older);
    free(before);
    return st;
}

void checkpoint_file_remove(const char *path)
{
    char *before = path_before(path);
    if (before) unlink(before); /* first, so that the older never stays alone */
    unlink(path);
    free(before);
}
