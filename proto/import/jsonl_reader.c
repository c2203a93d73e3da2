#include "proto/import/jsonl_reader.h"

#include "base/content.h"
#include "base/decompress.h"
#include "proto/import/jsonl.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_BYTES 256                    /* for the first character that is not blank */
#define FIRST_STEP 4096                   /* beyond a unit, for the end of its last line */
#define COUNTED_BYTES (UINT64_C(1) << 30) /* lines before a fault are counted up to here */
#define COUNT_STEP 16384

/* Part of the file that is in r->text. */
struct window {
    uint64_t begin, end;
};

/* ---- open and close ---- */

/* Size, and time of the last change. */
static enum status state_of(const struct jsonl_reader *r, uint64_t *out_size, int64_t *out_ns)
{
    struct stat info;
    if (fstat(r->fd, &info))
        return err_set(SIBYL_E_IO, "cannot read %s: %s", r->path, strerror(errno));
    *out_size = (uint64_t)info.st_size;
    *out_ns = (int64_t)info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec;
    return SIBYL_OK;
}

/* Whether the file may be JSON lines, to say it better than a parser could. */
static enum status look(const struct jsonl_reader *r)
{
    char head[LOOK_BYTES];
    size_t bytes = r->size < sizeof(head) ? (size_t)r->size : sizeof(head);
    enum status st = file_read_at(r->fd, r->path, head, bytes, 0);
    if (st) return st;
    struct content content;
    const char *method;
    if (decompress_recognise(head, bytes, &method))
        return err_set(SIBYL_E_FORMAT,
                       "%s is compressed by %s, and ranks read parts of a file where they stand: "
                       "make a dataset of it (`sibyl import`), or decompress it first",
                       r->path, method);
    if (content_recognise(head, bytes, &content))
        return err_set(SIBYL_E_FORMAT, "%s is %s; %s", r->path, content.what, content.advice);
    size_t i = jsonl_mark(head, bytes);
    while (i < bytes && jsonl_blank(head + i, 1)) i++;
    if (i == bytes && bytes == r->size)
        return err_set(SIBYL_E_FORMAT, "%s: no lines; want one JSON object a line", r->path);
    if (i == bytes || head[i] == '{') return SIBYL_OK;
    return err_set(SIBYL_E_FORMAT,
                   "%s is neither a sibyl file nor JSON lines (byte %zu is 0x%02x); want a file of "
                   "`sibyl import`, or one JSON object a line",
                   r->path, i, (unsigned)(unsigned char)head[i]);
}

/* The vocabulary, and the labels that the form asks for. */
static enum status make_head(struct jsonl_reader *r)
{
    const struct jsonl_form *form = &r->form;
    const struct vocabulary *v = form->vocabulary;
    const char *labels[1 + JSONL_NUMBERS_MAX];
    uint32_t count = 0;
    SIBYL_BUG_IF(form->number_count > JSONL_NUMBERS_MAX);
    if (form->label) labels[count++] = form->label;
    for (uint32_t k = 0; k < form->number_count; k++) labels[count++] = form->numbers[k];
    enum status st =
        dataset_begin(&r->head, "", (const char *const *)v->names, v->count, labels, count);
    r->form.vocabulary = NULL; /* that of the head from now on */
    if (form->label) r->form.label = st ? NULL : r->head.label_names[0];
    return st;
}

enum status jsonl_reader_open(struct jsonl_reader *r, const char *path,
                              const struct jsonl_form *form)
{
    struct jsonl_reader made = {.form = *form, .fd = -1};
    *r = (struct jsonl_reader){0};
    arena_init(&made.scratch);
    enum status st = file_open_read(path, &made.fd, &made.size);
    if (st) return st;
    if (!(made.path = strdup(path))) {
        close(made.fd);
        return err_memory(path);
    }
    if (!made.form.unit_bytes) made.form.unit_bytes = JSONL_UNIT_BYTES;
    if (!made.form.line_bytes_max) made.form.line_bytes_max = JSONL_LINE_BYTES_MAX;
    st = state_of(&made, &made.size, &made.changed_ns);
    if (!st) st = look(&made);
    if (!st) st = make_head(&made);
    if (st)
        jsonl_reader_close(&made);
    else
        *r = made;
    return st;
}

void jsonl_reader_close(struct jsonl_reader *r)
{
    if (r->path) close(r->fd);
    free(r->path);
    free(r->text);
    dataset_release(&r->head);
    arena_release(&r->scratch);
    *r = (struct jsonl_reader){0};
}

uint64_t jsonl_reader_units(const struct jsonl_reader *r)
{
    return r->size / r->form.unit_bytes + (r->size % r->form.unit_bytes != 0);
}

enum status jsonl_reader_unchanged(const struct jsonl_reader *r)
{
    uint64_t size = 0;
    int64_t changed_ns = 0;
    enum status st = state_of(r, &size, &changed_ns);
    if (st || (size == r->size && changed_ns == r->changed_ns)) return st;
    return err_set(SIBYL_E_IO,
                   "%s changed while it was read: it had %" PRIu64 " bytes, and has %" PRIu64,
                   r->path, r->size, size);
}

/* ---- where a fault is ---- */

/* Number of the line that begins at `offset`, from 1; 0: too far to count, or not to be read. */
static uint64_t line_number(const struct jsonl_reader *r, uint64_t offset)
{
    char text[COUNT_STEP];
    uint64_t number = 1;
    if (offset > COUNTED_BYTES) return 0;
    for (uint64_t at = 0; at < offset;) {
        size_t bytes = offset - at < sizeof(text) ? (size_t)(offset - at) : sizeof(text);
        ssize_t got = pread(r->fd, text, bytes, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return 0;
        for (ssize_t i = 0; i < got; i++) number += text[i] == '\n';
        at += (uint64_t)got;
    }
    return number;
}

/* Puts the place of a line before a message of what is in it. `unended`: it is the last, and no
 * '\n' follows. */
static enum status at_line(const struct jsonl_reader *r, enum status st, uint64_t offset,
                           bool unended)
{
    if (st == SIBYL_E_IO) return st; /* has its place */
    uint64_t number = line_number(r, offset);
    const char *end = unended ? ", the last line, which has no end: is the file cut short?" : "";
    if (!number) return err_prefix(st, "%s: line at byte %" PRIu64 "%s", r->path, offset, end);
    return err_prefix(st, "%s:%" PRIu64 " (byte %" PRIu64 "%s)", r->path, number, offset, end);
}

/* ---- a line ---- */

static enum status add_id(const json_t *object, struct dataset *rows)
{
    char *id = NULL;
    enum status st = jsonl_id(object, "id", &id);
    if (!st && id) st = dataset_set_id(rows, id);
    free(id);
    return st;
}

static enum status read_row(struct jsonl_reader *r, const json_t *object, struct dataset *rows)
{
    struct graph g = {0};
    double labels[1 + JSONL_NUMBERS_MAX];
    uint32_t count = 0;
    arena_reset(&r->scratch);
    enum status st = jsonl_graph(&g, &r->scratch, object, &r->head.vocabulary, r->form.advice);
    if (!st && g.attributes != r->form.attributes)
        st = err_set(SIBYL_E_FORMAT, "nodes with %" PRIu32 " attributes, want %" PRIu32 "; %s",
                     g.attributes, r->form.attributes, r->form.advice);
    for (; count < r->head.label_count; count++) {
        labels[count] = NAN;
        jsonl_number(object, r->head.label_names[count], &labels[count]);
    }
    if (!st) st = dataset_add(rows, &g, "", labels);
    return st ? st : add_id(object, rows);
}

static enum status add_line(struct jsonl_reader *r, const char *line, size_t bytes,
                            struct dataset *rows)
{
    json_t *object = NULL;
    if (jsonl_blank(line, bytes)) return SIBYL_OK;
    enum status st = jsonl_object(line, bytes, &object);
    if (!st) st = read_row(r, object, rows);
    json_decref(object);
    return st;
}

/* ---- a unit ---- */

/* Reads on up to byte `end` of the file. */
static enum status extend(struct jsonl_reader *r, struct window *w, uint64_t end)
{
    size_t have = (size_t)(w->end - w->begin), bytes = (size_t)(end - w->begin);
    if (bytes > r->capacity) {
        char *text = realloc(r->text, bytes);
        if (!text) return err_memory(r->path);
        r->text = text;
        r->capacity = bytes;
    }
    enum status st = file_read_at(r->fd, r->path, r->text + have, bytes - have, w->end);
    if (!st) w->end = end;
    return st;
}

/* Where the '\n' is that ends the line from `begin` on, or the file. Reads on as far as needed. */
static enum status find_end(struct jsonl_reader *r, struct window *w, uint64_t begin, uint64_t *out)
{
    size_t most = r->form.line_bytes_max;
    for (uint64_t seen = begin;;) {
        const char *from = r->text + (seen - w->begin);
        const char *found = memchr(from, '\n', (size_t)(w->end - seen));
        uint64_t end = found ? seen + (uint64_t)(found - from) : w->end;
        if (end - begin > most)
            return err_set(SIBYL_E_FORMAT, "a line of more than %zu bytes", most);
        *out = end;
        if (found || w->end == r->size) return SIBYL_OK;
        seen = w->end;
        uint64_t step = seen - begin > FIRST_STEP ? seen - begin : FIRST_STEP;
        if (step > r->size - seen) step = r->size - seen;
        if (step > most + 1 - (seen - begin)) step = most + 1 - (seen - begin);
        enum status st = extend(r, w, seen + step);
        if (st) return st;
    }
}

void jsonl_reader_clear(const struct jsonl_reader *r, struct dataset *rows)
{
    struct arena arena = rows->arena; /* none yet where it is zeroed, as arena_init() leaves it */
    arena_reset(&arena);
    *rows = r->head;
    rows->arena = arena;
}

/* The lines from `at` on that begin before `end`. */
static enum status add_lines(struct jsonl_reader *r, struct window *w, uint64_t at, uint64_t end,
                             struct dataset *rows)
{
    enum status st = SIBYL_OK;
    for (uint64_t next = at; at < end && !st; at = next + 1) {
        st = find_end(r, w, at, &next);
        if (st) return at_line(r, st, at, false);
        const char *line = r->text + (at - w->begin);
        size_t bytes = (size_t)(next - at), mark = at ? 0 : jsonl_mark(line, bytes);
        st = add_line(r, line + mark, bytes - mark, rows);
        if (st) return at_line(r, st, at, next == r->size);
    }
    return st;
}

enum status jsonl_reader_unit(struct jsonl_reader *r, uint64_t unit, struct dataset *rows)
{
    SIBYL_BUG_IF(unit >= jsonl_reader_units(r));
    uint64_t begin = unit * r->form.unit_bytes, end = begin + r->form.unit_bytes;
    if (end > r->size) end = r->size;
    struct window w = {.begin = begin ? begin - 1 : 0};
    w.end = w.begin;
    enum status st = extend(r, &w, end);
    if (st) return st;
    if (begin) { /* behind the first line end from the byte before on */
        const char *found = memchr(r->text, '\n', (size_t)(end - w.begin));
        begin = found ? w.begin + (uint64_t)(found - r->text) + 1 : end;
    }
    return add_lines(r, &w, begin, end, rows);
}
