#define _GNU_SOURCE /* SEEK_HOLE */
#include "jobs/scoring/score_state.h"

#include "base/file.h"
#include "proto/files/checkpoint_file.h"
#include "proto/graph/codec.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- state ---- */

enum status score_state_write(const char *path, const struct identity *own,
                              const struct score_state *s, struct score_top *top)
{
    struct record_writer w = {0};
    Sibyl__ScoreState m = SIBYL__SCORE_STATE__INIT;
    unsigned char *packed = NULL;
    void *best = NULL;
    size_t bytes = 0;
    enum status st = score_top_pack(top, &best, &m.top.len);
    char identity[IDENTITY_TEXT_BYTES];
    identity_text(own, identity);
    m.job_digest = identity;
    m.units = s->units;
    m.rows = s->rows;
    m.bytes = s->bytes;
    m.bf16 = s->precision == PRECISION_BF16;
    m.top.data = best;
    if (!st) st = codec_pack(&m.base, "a checkpoint", &packed, &bytes);
    if (!st) st = checkpoint_file_begin(&w, path);
    if (!st) st = record_writer_put(&w, RECORD_STATE, packed, bytes);
    if (!st) st = record_writer_close(&w);
    record_writer_abandon(&w);
    free(packed);
    free(best);
    return st;
}

struct reading {
    const struct identity *own;
    struct score_state *state;
    struct score_top *top;
};

static enum status take(const struct reading *k, const char *path, const struct record *record)
{
    Sibyl__ScoreState *m =
        record->type == RECORD_STATE
            ? codec_unpack(&sibyl__score_state__descriptor, record->payload, record->bytes)
            : NULL;
    if (!m)
        return err_set(SIBYL_E_FORMAT, "%s: no state of a scoring in it; remove it to start anew",
                       path);
    enum status st = checkpoint_file_is_of(path, k->own, m->job_digest);
    if (!st) st = score_top_unpack(k->top, m->top.data, m->top.len);
    if (!st)
        *k->state = (struct score_state){m->units, m->rows, m->bytes,
                                         m->bf16 ? PRECISION_BF16 : PRECISION_FLOAT32};
    sibyl__score_state__free_unpacked(m, NULL);
    return st;
}

static enum status read_file(void *context, const char *path)
{
    struct record_reader r = {0};
    struct record record;
    enum status st = record_reader_open(&r, path, RECORDS_CHECKPOINT);
    if (!st) st = record_reader_next(&r, &record);
    if (!st) st = take(context, path, &record);
    record_reader_close(&r);
    return st;
}

enum status score_state_read(const char *path, const struct identity *own, const struct log *log,
                             struct score_state *out, struct score_top *top, bool *out_found)
{
    struct reading k = {own, out, top};
    return checkpoint_file_read(path, log, read_file, &k, out_found);
}

/* ---- the file of scores ---- */

static enum status failed(const struct score_file *f, const char *what)
{
    return err_set(SIBYL_E_IO, "cannot %s %s: %s", what, f->partial, strerror(errno));
}

enum status score_file_open(struct score_file *f, const char *path, enum score_opening how,
                            uint64_t bytes)
{
    bool make = how != SCORE_OPEN;
    struct stat info;
    size_t room = strlen(path) + sizeof(".partial");
    *f = (struct score_file){.path = strdup(path), .partial = malloc(room), .fd = -1};
    if (!f->path || !f->partial) {
        score_file_close(f);
        return err_memory(path);
    }
    snprintf(f->partial, room, "%s.partial", path);
    /* Killed behind the last step but one, which was score_file_commit()? */
    if (how == SCORE_COMPLETE && access(f->partial, F_OK) && errno == ENOENT)
        rename(path, f->partial);
    f->fd = open(f->partial, O_RDWR | O_NOFOLLOW | O_CLOEXEC | (make ? O_CREAT : 0), 0666);
    enum status st = f->fd < 0 ? failed(f, "open") : SIBYL_OK;
    if (!st && make && fstat(f->fd, &info)) st = failed(f, "read");
    if (!st && make && (uint64_t)info.st_size < bytes)
        st =
            err_set(SIBYL_E_FORMAT,
                    "%s is shorter than its checkpoint tells; remove checkpoint.sibyl beside it to "
                    "start anew",
                    f->partial);
    if (!st && make && ftruncate(f->fd, (off_t)bytes)) st = failed(f, "cut");
    if (st) score_file_close(f);
    return st;
}

enum status score_file_write(struct score_file *f, const char *text, size_t bytes, uint64_t offset)
{
    while (bytes > 0) {
        ssize_t n = pwrite(f->fd, text, bytes, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = EIO;
        if (n <= 0) return failed(f, "write");
        text += n;
        bytes -= (size_t)n;
        offset += (uint64_t)n;
    }
    return SIBYL_OK;
}

enum status score_file_sync(struct score_file *f)
{
    return fsync(f->fd) ? failed(f, "write") : SIBYL_OK;
}

/* All that was written is there, and nothing between it was left out. */
static enum status check_whole(const struct score_file *f, uint64_t bytes)
{
    struct stat info;
    if (fstat(f->fd, &info)) return failed(f, "read");
    off_t hole =
        lseek(f->fd, 0, SEEK_HOLE); /* the end, where there is none or they are not known */
    if ((uint64_t)info.st_size == bytes && (hole < 0 || hole >= info.st_size)) return SIBYL_OK;
    return err_set(SIBYL_E_IO,
                   "%s has not the %" PRIu64 " bytes that were written to it: something else has "
                   "written there too; remove the folder and score anew",
                   f->partial, bytes);
}

enum status score_file_commit(struct score_file *f, uint64_t bytes)
{
    enum status st = check_whole(f, bytes);
    if (st) return st;
    if (rename(f->partial, f->path)) return failed(f, "rename");
    return file_sync_folder_of(f->path);
}

void score_file_close(struct score_file *f)
{
    if (f->path && f->fd >= 0) close(f->fd);
    free(f->path);
    free(f->partial);
    *f = (struct score_file){.fd = -1};
}
