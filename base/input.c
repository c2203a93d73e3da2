#include "base/input.h"

#include "base/content.h"
#include "base/decompress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_BYTES ((size_t)64 << 10)

struct input {
    char *path; /* owned */
    int fd;
    int spool; /* of a pipe: what came from it so far; -1: none */
    unsigned char raw[RAW_BYTES];
    size_t raw_at, raw_end; /* what is in raw, as in the file */
    bool raw_over;          /* there is no more to come into raw */
    const char *method;     /* of compression; NULL: none */
    struct decompressor *decompressor;
    bool within; /* a member of a compressed file that has not ended yet */
    char *text;  /* owned; lines, expanded */
    size_t capacity, at, end;
    bool text_over;
    size_t line_number;
};

static enum status io_error(const struct input *in, const char *verb)
{
    return err_set(SIBYL_E_IO, "cannot %s %s: %s", verb, in->path, strerror(errno));
}

/* ---- bytes as they are in the file ---- */

/* A file without a name, which goes when it is closed. */
static enum status spool_open(struct input *in)
{
    const char *folder = getenv("TMPDIR");
    char name[4096];
    int length =
        snprintf(name, sizeof(name), "%s/sibyl.XXXXXX", folder && *folder ? folder : "/tmp");
    if (length < 0 || (size_t)length >= sizeof(name)) errno = ENAMETOOLONG;
    in->spool = (size_t)length < sizeof(name) ? mkstemp(name) : -1;
    if (in->spool < 0)
        return err_set(SIBYL_E_IO, "cannot keep what comes from %s in %s: %s", in->path, name,
                       strerror(errno));
    unlink(name);
    fcntl(in->spool, F_SETFD, FD_CLOEXEC);
    return SIBYL_OK;
}

static enum status spool_add(struct input *in, const unsigned char *from, size_t bytes)
{
    while (bytes) {
        ssize_t put = write(in->spool, from, bytes);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0)
            return err_set(SIBYL_E_IO,
                           "cannot keep what comes from %s: %s; set TMPDIR to a folder with room",
                           in->path, strerror(errno));
        from += put;
        bytes -= (size_t)put;
    }
    return SIBYL_OK;
}

/* Up to `bytes` bytes of the file itself; fewer only at its end. */
static enum status raw_read(struct input *in, void *to, size_t bytes, size_t *out_got)
{
    size_t got = 0;
    while (got < bytes) {
        ssize_t n = read(in->fd, (unsigned char *)to + got, bytes - got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return io_error(in, "read");
        if (n == 0) break;
        got += (size_t)n;
    }
    *out_got = got;
    return in->spool >= 0 ? spool_add(in, to, got) : SIBYL_OK;
}

/* More bytes into the empty raw. */
static enum status raw_fill(struct input *in)
{
    size_t got = 0;
    enum status st = raw_read(in, in->raw, sizeof(in->raw), &got);
    if (st) return st;
    in->raw_at = 0;
    in->raw_end = got;
    in->raw_over = got < sizeof(in->raw);
    return SIBYL_OK;
}

/* ---- expanded bytes ---- */

static enum status damaged(const struct input *in, const char *how)
{
    return err_set(SIBYL_E_FORMAT, "%s: its %s data is %s", in->path, in->method, how);
}

static enum status read_plain(struct input *in, void *to, size_t bytes, size_t *out_got)
{
    size_t have = in->raw_end - in->raw_at;
    if (!have) return in->raw_over ? (*out_got = 0, SIBYL_OK) : raw_read(in, to, bytes, out_got);
    *out_got = have < bytes ? have : bytes;
    memcpy(to, in->raw + in->raw_at, *out_got);
    in->raw_at += *out_got;
    return SIBYL_OK;
}

/* One step of the decompressor; it may make nothing yet. */
static enum status expand(struct input *in, void *to, size_t bytes, size_t *out_got)
{
    struct decompress_step s = {in->raw + in->raw_at, in->raw_end - in->raw_at, to, bytes};
    size_t had = s.from_bytes;
    enum decompress_result result = decompress_run(in->decompressor, &s);
    in->raw_at += had - s.from_bytes;
    *out_got = bytes - s.to_bytes;
    if (result == DECOMPRESS_NO_MEMORY) return err_memory(in->path);
    if (result == DECOMPRESS_DAMAGED) return damaged(in, "damaged");
    in->within = result == DECOMPRESS_MORE;
    if (in->within && had == s.from_bytes && !*out_got && in->raw_over)
        return damaged(in, "cut short");
    return SIBYL_OK;
}

static enum status read_compressed(struct input *in, void *to, size_t bytes, size_t *out_got)
{
    for (;;) {
        if (in->raw_at == in->raw_end && !in->raw_over) {
            enum status st = raw_fill(in);
            if (st) return st;
        }
        /* Zeros behind a member are what tapes leave. */
        while (!in->within && in->raw_at < in->raw_end && !in->raw[in->raw_at]) in->raw_at++;
        if (!in->within && in->raw_at == in->raw_end) {
            *out_got = 0;
            if (in->raw_over) return SIBYL_OK;
            continue;
        }
        enum status st = expand(in, to, bytes, out_got);
        if (st || *out_got) return st;
    }
}

static enum status read_expanded(struct input *in, void *to, size_t bytes, size_t *out_got)
{
    return in->method ? read_compressed(in, to, bytes, out_got)
                      : read_plain(in, to, bytes, out_got);
}

enum status input_read(struct input *in, void *to, size_t bytes, size_t *out_got)
{
    size_t have = in->end - in->at;
    if (!have) return read_expanded(in, to, bytes, out_got);
    *out_got = have < bytes ? have : bytes;
    memcpy(to, in->text + in->at, *out_got);
    in->at += *out_got;
    return SIBYL_OK;
}

/* ---- lines ---- */

/* More bytes behind text[at..end), which moves to the front. */
static enum status text_fill(struct input *in)
{
    size_t have = in->end - in->at, got = 0;
    if (in->at) memmove(in->text, in->text + in->at, have);
    in->at = 0;
    in->end = have;
    if (in->capacity - have < RAW_BYTES) { /* the bytes to read, and the zero behind a line */
        size_t capacity = in->capacity ? 2 * in->capacity : 2 * RAW_BYTES;
        char *text = realloc(in->text, capacity);
        if (!text) return err_memory(in->path);
        in->text = text;
        in->capacity = capacity;
    }
    enum status st = read_expanded(in, in->text + have, in->capacity - have - 1, &got);
    in->end += got;
    in->text_over = !st && !got;
    return st;
}

/* The end of the line that begins at text[at], of which text[at..seen) has none: where its bytes
 * end, and where the next one begins. False: more bytes are needed to tell. */
static bool find_end(const struct input *in, size_t seen, size_t *out_end, size_t *out_next)
{
    const char *from = in->text + seen, *newline = memchr(from, '\n', in->end - seen);
    size_t limit = newline ? (size_t)(newline - in->text) : in->end;
    const char *mark = memchr(from, '\r', limit - seen);
    if (mark) {
        size_t at = (size_t)(mark - in->text);
        if (at + 1 == in->end && !in->text_over) return false; /* does '\n' follow? */
        *out_end = at;
        *out_next = at + 1 + (at + 1 == limit && newline != NULL);
        return true;
    }
    if (!newline && !in->text_over) return false;
    *out_end = limit;
    *out_next = newline ? limit + 1 : limit;
    return true;
}

enum status input_line(struct input *in, char **out_line, size_t *out_bytes)
{
    size_t seen = 0, end = 0, next = 0; /* seen: counted from in->at */
    *out_line = NULL;
    *out_bytes = 0;
    while (!find_end(in, in->at + seen, &end, &next)) {
        size_t have = in->end - in->at;
        if (have > INPUT_LINE_BYTES_MAX)
            return err_set(SIBYL_E_FORMAT, "%s:%zu: a line of more than %zu bytes", in->path,
                           in->line_number + 1, INPUT_LINE_BYTES_MAX);
        seen = have ? have - 1 : 0; /* the last may be a '\r' */
        enum status st = text_fill(in);
        if (st) return st;
    }
    if (in->at == in->end && in->text_over) return SIBYL_OK;
    char *line = in->text + in->at;
    size_t bytes = end - in->at;
    in->at = next;
    line[bytes] = '\0';
    if (++in->line_number == 1 && bytes >= 3 && !memcmp(line, "\xEF\xBB\xBF", 3)) {
        line += 3;
        bytes -= 3;
    }
    *out_line = line;
    *out_bytes = bytes;
    return SIBYL_OK;
}

size_t input_line_number(const struct input *in)
{
    return in->line_number;
}

/* ---- open, rewind, close ---- */

/* At the first byte of the file: how it is compressed. */
static enum status begin(struct input *in)
{
    decompress_free(in->decompressor);
    in->decompressor = NULL;
    in->method = NULL;
    in->at = in->end = in->line_number = 0;
    in->within = in->text_over = false;
    enum status st = raw_fill(in);
    if (st || !decompress_recognise(in->raw, in->raw_end, &in->method)) return st;
    in->decompressor = decompress_new(in->method);
    return in->decompressor ? SIBYL_OK : err_memory(in->path);
}

/* Looks at the beginning of the expanded bytes, which stay there to be read. */
static enum status look(struct input *in)
{
    struct content content;
    enum status st = SIBYL_OK;
    while (!st && !in->text_over && in->end < CONTENT_HEAD_BYTES) st = text_fill(in);
    if (st || !content_recognise(in->text, in->end, &content)) return st;
    return err_set(SIBYL_E_FORMAT, "%s is %s%s%s; %s", in->path, content.what,
                   in->method ? ", compressed by " : "", in->method ? in->method : "",
                   content.advice);
}

enum status input_open(struct input **out, const char *path)
{
    struct stat info;
    *out = NULL;
    struct input *in = calloc(1, sizeof(*in));
    if (!in || !(in->path = strdup(path))) {
        free(in);
        return err_memory(path);
    }
    in->spool = -1;
    in->fd = open(path, O_RDONLY | O_CLOEXEC);
    enum status st = in->fd < 0 ? io_error(in, "open") : SIBYL_OK;
    if (!st && fstat(in->fd, &info)) st = io_error(in, "read");
    if (!st && S_ISDIR(info.st_mode)) st = err_set(SIBYL_E_IO, "%s is a folder", path);
    if (!st && !S_ISREG(info.st_mode)) st = spool_open(in);
    if (!st) st = begin(in);
    if (!st) st = look(in);
    if (st)
        input_close(in);
    else
        *out = in;
    return st;
}

/* Reads a pipe to its end, and goes on with what was kept of it. */
static enum status leave_pipe(struct input *in)
{
    enum status st = SIBYL_OK;
    while (!st && !in->raw_over) st = raw_fill(in);
    if (st) return st;
    close(in->fd);
    in->fd = in->spool;
    in->spool = -1;
    return SIBYL_OK;
}

enum status input_rewind(struct input *in)
{
    enum status st = in->spool >= 0 ? leave_pipe(in) : SIBYL_OK;
    if (!st && lseek(in->fd, 0, SEEK_SET)) st = io_error(in, "rewind");
    return st ? st : begin(in);
}

void input_close(struct input *in)
{
    if (!in) return;
    if (in->fd >= 0) close(in->fd);
    if (in->spool >= 0) close(in->spool);
    decompress_free(in->decompressor);
    free(in->text);
    free(in->path);
    free(in);
}
