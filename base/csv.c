#include "base/csv.h"

#include "base/names.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static enum status fault(const struct csv *c, const char *what)
{
    return err_set(SIBYL_E_FORMAT, "%s:%zu: %s", c->path, c->line_number, what);
}

/* One line without its end; *out_more is false at the end of the file. */
static enum status read_line(struct csv *c, bool *out_more)
{
    errno = 0;
    ssize_t got = getline(&c->line, &c->line_bytes, c->stream);
    *out_more = got >= 0;
    if (got < 0) {
        if (ferror(c->stream) || errno == ENOMEM)
            return err_set(SIBYL_E_IO, "cannot read %s: %s", c->path, strerror(errno));
        return SIBYL_OK;
    }
    c->line_number++;
    size_t length = (size_t)got;
    if (strlen(c->line) != length) return fault(c, "a zero byte: this is not a text file");
    if (length && c->line[length - 1] == '\n') c->line[--length] = '\0';
    if (length && c->line[length - 1] == '\r') c->line[--length] = '\0';
    if (c->line_number == 1 && !strncmp(c->line, "\xEF\xBB\xBF", 3))
        memmove(c->line, c->line + 3, length - 2);
    return SIBYL_OK;
}

/* Takes the quotes off the field at `at`, in place; *out_end is behind its closing quote. */
static enum status unquote(const struct csv *c, char *at, char **out_end)
{
    char *to = at, *from = at + 1;
    for (; *from; from++) {
        if (*from == '"' && from[1] != '"') break;
        if (*from == '"') from++;
        *to++ = *from;
    }
    if (*from != '"') return fault(c, "a quote is not closed on its line");
    if (from[1] != ',' && from[1] != '\0')
        return fault(c, "something stands behind a closing quote");
    *out_end = from + 1;
    *to = '\0'; /* to is before from: the opening quote is gone */
    return SIBYL_OK;
}

/* Cuts the line up into at most `room` fields; *out_count is how many there are. */
static enum status split(const struct csv *c, char **fields, size_t room, size_t *out_count)
{
    size_t count = 0;
    for (char *at = c->line;; at++) {
        char *end = at;
        enum status st = SIBYL_OK;
        if (*at == '"')
            st = unquote(c, at, &end);
        else
            end = at + strcspn(at, ",");
        if (st) return st;
        if (count < room) fields[count] = at;
        count++;
        bool last = *end == '\0';
        *end = '\0';
        if (last) break;
        at = end;
    }
    *out_count = count;
    return SIBYL_OK;
}

static enum status read_header(struct csv *c)
{
    bool more;
    enum status st = read_line(c, &more);
    if (st) return st;
    if (!more || !*c->line)
        return err_set(SIBYL_E_FORMAT, "%s: no header line; the first line must name the columns",
                       c->path);
    c->fields = calloc(CSV_COLUMNS_MAX, sizeof(char *));
    if (!c->fields) return err_memory(c->path);
    size_t count;
    if ((st = split(c, c->fields, CSV_COLUMNS_MAX, &count))) return st;
    if (count > CSV_COLUMNS_MAX)
        return err_set(SIBYL_E_FORMAT, "%s: %zu columns are more than the limit of %d", c->path,
                       count, CSV_COLUMNS_MAX);
    c->names = calloc(count, sizeof(char *));
    if (!c->names) return err_memory(c->path);
    for (size_t i = 0; i < count; i++) {
        if (*c->fields[i] && csv_find(c, c->fields[i]) >= 0)
            return err_set(SIBYL_E_FORMAT, "%s:1: two columns are named %s", c->path, c->fields[i]);
        if (!(c->names[i] = strdup(c->fields[i]))) return err_memory(c->path);
        c->columns = i + 1;
    }
    return SIBYL_OK;
}

enum status csv_open(struct csv *c, const char *path)
{
    *c = (struct csv){0};
    if (!(c->path = strdup(path))) return err_memory(path);
    c->stream = fopen(path, "rbe");
    enum status st =
        c->stream ? SIBYL_OK : err_set(SIBYL_E_IO, "cannot open %s: %s", path, strerror(errno));
    if (!st) st = read_header(c);
    if (st) csv_close(c);
    return st;
}

enum status csv_next(struct csv *c, bool *out_more)
{
    size_t count;
    enum status st;
    do {
        st = read_line(c, out_more);
        if (st || !*out_more) return st;
    } while (!*c->line);
    st = split(c, c->fields, c->columns, &count);
    if (!st && count != c->columns)
        st = err_set(SIBYL_E_FORMAT, "%s:%zu: %zu fields, but the header has %zu", c->path,
                     c->line_number, count, c->columns);
    return st;
}

enum status csv_rewind(struct csv *c)
{
    bool more;
    if (fseek(c->stream, 0, SEEK_SET))
        return err_set(SIBYL_E_IO, "cannot rewind %s: %s", c->path, strerror(errno));
    c->line_number = 0;
    return read_line(c, &more);
}

void csv_close(struct csv *c)
{
    if (c->stream) fclose(c->stream);
    for (size_t i = 0; i < c->columns; i++) free(c->names[i]);
    free(c->names);
    free(c->fields);
    free(c->line);
    free(c->path);
    *c = (struct csv){0};
}

int csv_find(const struct csv *c, const char *name)
{
    for (size_t i = 0; i < c->columns; i++)
        if (!strcmp(c->names[i], name)) return (int)i;
    return -1;
}

void csv_list(const struct csv *c, char *out, size_t bytes)
{
    names_list(out, bytes, (const char *const *)c->names, c->columns);
}

bool csv_number(const char *text, double *out)
{
    char *end;
    text += strspn(text, " \t");
    if (!*text || strpbrk(text, "xXnN")) return false; /* hexadecimal, nan, inf */
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || end[strspn(end, " \t")] || !isfinite(value)) return false;
    *out = value;
    return true;
}

void csv_print(FILE *f, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        fputs(text, f);
        return;
    }
    fputc('"', f);
    for (const char *c = text; *c; c++) {
        if (*c == '"') fputc('"', f);
        fputc(*c, f);
    }
    fputc('"', f);
}
