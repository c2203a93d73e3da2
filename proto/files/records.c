#include "proto/files/records.h"

#include "proto/files/record_frame.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ---- */

static enum status write_bytes(struct record_writer *w, const void *data, size_t bytes)
{
    if (bytes && fwrite(data, 1, bytes, w->file.stream) != bytes)
        return err_set(SIBYL_E_IO, "cannot write %s: %s", w->file.temporary_path, strerror(errno));
    return SIBYL_OK;
}

enum status record_writer_open(struct record_writer *w, const char *path,
                               enum record_file_kind kind)
{
    unsigned char head[RECORD_FILE_HEAD_BYTES];
    *w = (struct record_writer){0};
    enum status st = file_write_begin(&w->file, path);
    if (st) return st;
    record_frame_file_head(head, kind);
    st = write_bytes(w, head, sizeof(head));
    if (st) record_writer_abandon(w);
    return st;
}

static enum status put(struct record_writer *w, uint32_t type, const void *payload, size_t bytes)
{
    struct record_frame frame;
    enum status st = record_frame_make(&frame, w->file.path, type, payload, bytes);
    if (st) return st;
    st = write_bytes(w, frame.head, sizeof(frame.head));
    if (!st) st = write_bytes(w, frame.payload, frame.bytes);
    free(frame.owned);
    if (!st) w->records++;
    return st;
}

enum status record_writer_put(struct record_writer *w, uint32_t type, const void *payload,
                              size_t bytes)
{
    SIBYL_BUG_IF(type == RECORD_END);
    return put(w, type, payload, bytes);
}

enum status record_writer_close(struct record_writer *w)
{
    unsigned char count[8];
    record_frame_put_u64(count, w->records);
    enum status st = put(w, RECORD_END, count, sizeof(count));
    if (!st) st = file_write_commit(&w->file);
    record_writer_abandon(w);
    return st;
}

void record_writer_abandon(struct record_writer *w)
{
    file_write_abandon(&w->file);
    w->records = 0;
}

/* ---- reading ---- */

/* Opens a file and reads its head, or as much of it as there is. */
static enum status open_head(const char *path, int *out_fd, uint64_t *out_size, unsigned char *head,
                             size_t *out_bytes)
{
    uint64_t size = 0;
    int fd = -1;
    enum status st = file_open_read(path, &fd, &size);
    if (st) return st;
    size_t bytes = size < RECORD_FILE_HEAD_BYTES ? (size_t)size : RECORD_FILE_HEAD_BYTES;
    st = file_read_at(fd, path, head, bytes, 0);
    if (st) {
        close(fd);
        return st;
    }
    *out_fd = fd;
    *out_size = size;
    *out_bytes = bytes;
    return SIBYL_OK;
}

enum status record_reader_open(struct record_reader *r, const char *path,
                               enum record_file_kind kind)
{
    unsigned char head[RECORD_FILE_HEAD_BYTES];
    struct record_reader made = {.kind = kind, .offset = RECORD_FILE_HEAD_BYTES};
    size_t bytes = 0;
    *r = (struct record_reader){0};
    enum status st = open_head(path, &made.fd, &made.size, head, &bytes);
    if (st) return st;
    st = record_frame_check_kind(head, bytes, path, kind);
    if (!st && !(made.path = strdup(path))) st = err_memory(path);
    if (st)
        close(made.fd);
    else
        *r = made;
    return st;
}

static enum status check_end(const struct record_reader *r, const struct record *end)
{
    if (end->bytes != 8 || record_frame_u64(end->payload) != r->record - 1)
        return err_set(SIBYL_E_FORMAT,
                       "%s: the end record does not count the %" PRIu64 " records before it",
                       r->path, r->record - 1);
    if (r->offset != r->size)
        return err_set(SIBYL_E_FORMAT, "%s: %" PRIu64 " bytes stand behind the end record", r->path,
                       r->size - r->offset);
    return SIBYL_OK;
}

enum status record_reader_next(struct record_reader *r, struct record *out)
{
    struct record got;
    if (r->kind == RECORDS_JOURNAL && r->offset == r->size) {
        *out = (struct record){.type = RECORD_END};
        return SIBYL_OK;
    }
    enum status st = record_frame_read(r, &got);
    if (!st && got.type == RECORD_END) st = check_end(r, &got);
    if (!st) *out = got;
    return st;
}

enum status record_reader_skip(struct record_reader *r, struct record_mark *out)
{
    struct record end;
    uint64_t next;
    enum status st = record_frame_measure(r, out, &next);
    if (st) return st;
    if (out->type == RECORD_END) return record_reader_next(r, &end);
    record_reader_seek(r, r->record + 1, next);
    return SIBYL_OK;
}

void record_reader_seek(struct record_reader *r, uint64_t record, uint64_t offset)
{
    r->record = record;
    r->offset = offset < r->size ? offset : r->size;
}

void record_reader_close(struct record_reader *r)
{
    if (r->path) close(r->fd);
    free(r->path);
    free(r->payload);
    free(r->stored);
    *r = (struct record_reader){0};
}

static enum status read_head(const char *path, unsigned char head[RECORD_FILE_HEAD_BYTES],
                             size_t *out_bytes)
{
    uint64_t size;
    int fd = -1;
    enum status st = open_head(path, &fd, &size, head, out_bytes);
    if (!st) close(fd);
    return st;
}

enum status record_file_kind_of(const char *path, enum record_file_kind *out)
{
    unsigned char head[RECORD_FILE_HEAD_BYTES];
    size_t bytes = 0;
    enum status st = read_head(path, head, &bytes);
    if (st) return st;
    return record_frame_file_kind(head, bytes, path, out);
}

enum status record_file_is(const char *path, bool *out)
{
    unsigned char head[RECORD_FILE_HEAD_BYTES];
    size_t bytes = 0;
    enum status st = read_head(path, head, &bytes);
    if (st) return st;
    *out = record_frame_is_file(head, bytes);
    return SIBYL_OK;
}
