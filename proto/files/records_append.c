#include "base/clock.h"
#include "proto/files/record_frame.h"
#include "proto/files/record_tail.h"
#include "proto/files/records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE_BYTES 128 /* of a record, that are looked at to know it again */

static enum status io_error(const char *verb, const char *path)
{
    return err_set(SIBYL_E_IO, "cannot %s %s: %s", verb, path,
                   errno == ELOOP ? "it is a symbolic link; remove it" : strerror(errno));
}

/* Two processes that append to one file would ruin it. A file system without locks is let pass. */
static enum status lock(const struct record_appender *a)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(a->fd, F_SETLK, &whole) && (errno == EACCES || errno == EAGAIN))
        return err_set(SIBYL_E_IO,
                       "%s is in use by another process; wait for it, or choose another folder",
                       a->path);
    return SIBYL_OK;
}

static enum status write_at(const struct record_appender *a, const void *data, size_t bytes,
                            uint64_t offset)
{
    const unsigned char *from = data;
    while (bytes) {
        ssize_t put = pwrite(a->fd, from, bytes, (off_t)offset);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return io_error("write", a->path);
        from += put;
        bytes -= (size_t)put;
        offset += (uint64_t)put;
    }
    return SIBYL_OK;
}

/* Cuts the file at `bytes`, on the disk too. */
static enum status cut(const struct record_appender *a, uint64_t bytes)
{
    if (ftruncate(a->fd, (off_t)bytes) || fsync(a->fd)) return io_error("shorten", a->path);
    return SIBYL_OK;
}

/* A new file, or one whose very head was cut short. */
static enum status begin(struct record_appender *a, enum record_file_kind kind)
{
    unsigned char head[RECORD_FILE_HEAD_BYTES];
    record_frame_file_head(head, kind);
    enum status st = write_at(a, head, sizeof(head), 0);
    if (!st && fsync(a->fd)) st = io_error("write", a->path);
    if (!st) st = file_sync_folder_of(a->path);
    a->offset = sizeof(head);
    return st;
}

static enum status check_head(const struct record_appender *a, enum record_file_kind kind,
                              uint64_t size, bool *is_new)
{
    unsigned char head[RECORD_FILE_HEAD_BYTES], want[RECORD_FILE_HEAD_BYTES];
    size_t bytes = size < sizeof(head) ? (size_t)size : sizeof(head);
    enum status st = file_read_at(a->fd, a->path, head, bytes, 0);
    if (st) return st;
    record_frame_file_head(want, kind);
    *is_new = bytes < sizeof(head) && !memcmp(head, want, bytes);
    return *is_new ? SIBYL_OK : record_frame_check_kind(head, bytes, a->path, kind);
}

/* The record at r->offset is broken: cuts off what a kill left of it, or tells of damage. `largest`
 * is the size of the largest record before it. */
static enum status cut_tail(struct record_appender *a, const struct record_reader *r,
                            uint64_t largest)
{
    size_t bytes = (size_t)(r->size - r->offset);
    unsigned char *data = malloc(bytes);
    if (!data) return err_memory(a->path);
    const struct record_tail tail = {.path = a->path,
                                     .record = r->record,
                                     .offset = r->offset,
                                     .data = data,
                                     .bytes = bytes,
                                     .largest = largest};
    enum status st = file_read_at(a->fd, a->path, data, bytes, r->offset);
    if (!st) st = record_tail_check(&tail);
    if (!st) st = cut(a, r->offset);
    if (!st) a->cut_bytes = bytes;
    free(data);
    return st;
}

/* Behind the record that ends at `end`. Of the largest one the first record does not count: a
 * header is unlike those behind it. */
static void move_place(struct record_place *p, uint64_t end)
{
    if (p->record > 0 && end - p->offset > p->largest) p->largest = end - p->offset;
    p->before = p->offset;
    p->offset = end;
    p->record++;
}

static enum status replay_all(struct record_appender *a, enum record_file_kind kind, uint64_t size,
                              enum status (*replay)(void *context, const struct record *r),
                              void *context)
{
    struct record_reader r = {.fd = a->fd,
                              .path = a->path,
                              .kind = kind,
                              .size = size,
                              .offset = a->place.offset,
                              .record = a->place.record};
    struct record record;
    enum status st = SIBYL_OK;
    while (!st && r.offset < size) {
        st = record_frame_read(&r, &record);
        if (st == SIBYL_E_FORMAT) {
            st = cut_tail(a, &r, a->place.largest);
            break;
        }
        if (!st && record.type == RECORD_END)
            st = err_set(SIBYL_E_FORMAT, "%s is a complete file; nothing can be appended to it",
                         a->path);
        if (!st) move_place(&a->place, r.offset);
        if (!st && replay && (st = replay(context, &record)))
            err_prefix(st, "%s: record %" PRIu64, a->path, r.record - 1);
    }
    a->offset = r.offset;
    if (!st && a->place.before)
        st = file_read_at(a->fd, a->path, a->place.head, sizeof(a->place.head), a->place.before);
    free(r.payload);
    free(r.stored);
    return st;
}

bool record_place_fits(const struct record_place *place, const char *path,
                       enum record_file_kind kind)
{
    int fd = -1;
    uint64_t size = 0, bytes = 0;
    unsigned char file[RECORD_FILE_HEAD_BYTES], want[RECORD_FILE_HEAD_BYTES];
    unsigned char record[PLACE_BYTES];
    record_frame_file_head(want, kind);
    bool fits = place->before >= sizeof(file) && place->offset > place->before &&
                file_open_read(path, &fd, &size) == SIBYL_OK && place->offset <= size;
    size_t read = (size_t)(place->offset - place->before);
    if (read > sizeof(record)) read = sizeof(record);
    fits = fits && file_read_at(fd, path, file, sizeof(file), 0) == SIBYL_OK &&
           file_read_at(fd, path, record, read, place->before) == SIBYL_OK &&
           !memcmp(file, want, sizeof(file)) && !memcmp(record, place->head, sizeof(place->head)) &&
           record_frame_size(record, read, &bytes) && place->before + bytes == place->offset;
    if (fd >= 0) close(fd);
    return fits;
}

enum status record_appender_open(struct record_appender *a, const char *path,
                                 enum record_file_kind kind,
                                 enum status (*replay)(void *context, const struct record *r),
                                 void *context)
{
    return record_appender_open_at(a, path, kind, NULL, replay, context);
}

enum status record_appender_open_at(struct record_appender *a, const char *path,
                                    enum record_file_kind kind, const struct record_place *from,
                                    enum status (*replay)(void *context, const struct record *r),
                                    void *context)
{
    enum status st = SIBYL_OK;
    struct stat info;
    bool is_new = false;
    *a = (struct record_appender){.fd = -1, .place = {.offset = RECORD_FILE_HEAD_BYTES}};
    if (from) a->place = *from;
    if (!(a->path = strdup(path))) return err_memory(path);
    a->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (a->fd < 0 || fstat(a->fd, &info)) {
        st = io_error("open", path);
        goto done;
    }
    if (!S_ISREG(info.st_mode)) {
        st = err_set(SIBYL_E_IO, "%s is not a regular file", path);
        goto done;
    }
    st = lock(a);
    if (!st) st = check_head(a, kind, (uint64_t)info.st_size, &is_new);
    if (!st)
        st = is_new ? begin(a, kind) : replay_all(a, kind, (uint64_t)info.st_size, replay, context);
done:
    if (st) record_appender_close(a);
    return st;
}

static enum status sync_records(struct record_appender *a)
{
    a->dirty = true;
    if (a->sync_s > 0 && clock_s() - a->synced_s < a->sync_s) return SIBYL_OK;
    if (fsync(a->fd)) return io_error("write", a->path);
    a->dirty = false;
    if (a->sync_s > 0) a->synced_s = clock_s();
    return SIBYL_OK;
}

/* What is written to a file that was removed, or behind the end of one that was cut, is lost. */
static enum status check_still_there(const struct record_appender *a)
{
    struct stat info;
    if (fstat(a->fd, &info)) return io_error("look at", a->path);
    if (info.st_nlink == 0)
        return err_set(SIBYL_E_IO,
                       "%s was removed meanwhile, which ends the run: what came now would be lost",
                       a->path);
    if ((uint64_t)info.st_size < a->offset)
        return err_set(
            SIBYL_E_IO,
            "%s was cut short meanwhile, which ends the run: it has %lld bytes, and had %llu",
            a->path, (long long)info.st_size, (unsigned long long)a->offset);
    return SIBYL_OK;
}

enum status record_appender_put(struct record_appender *a, uint32_t type, const void *payload,
                                size_t bytes)
{
    SIBYL_BUG_IF(type == RECORD_END);
    struct record_frame frame;
    enum status st = check_still_there(a);
    if (!st) st = record_frame_make(&frame, a->path, type, payload, bytes);
    if (st) return st;
    st = write_at(a, frame.head, sizeof(frame.head), a->offset);
    if (!st) st = write_at(a, frame.payload, frame.bytes, a->offset + sizeof(frame.head));
    if (!st) st = sync_records(a);
    if (st) {
        /* Take the half of it back; should that fail too, the next open does it, and the first
         * message is the cause. */
        if (ftruncate(a->fd, (off_t)a->offset))
            err_prefix(st, "and the part written is still there");
    } else {
        a->offset += sizeof(frame.head) + frame.bytes;
        move_place(&a->place, a->offset);
        memcpy(a->place.head, frame.head, sizeof(a->place.head));
    }
    free(frame.owned);
    return st;
}

void record_appender_close(struct record_appender *a)
{
    if (a->path && a->fd >= 0) {
        if (a->dirty) (void)fsync(a->fd);
        close(a->fd);
    }
    free(a->path);
    *a = (struct record_appender){.fd = -1};
}
