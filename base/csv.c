#include "base/csv.h"

#include "base/content.h"
#include "base/names.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status fault(const struct csv *c, const char *what)
{
    return err_set(SIBYL_E_FORMAT, "%s:%zu: %s", c->path, c->line_number, what);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Whether a quoted field is open at the end of a line, where one is (`quoted`) at its beginning. */
static bool quoted_after(const char *line, bool quoted)
{
    bool begins = !quoted; /* nothing but blanks since the last comma */
    for (const char *c = line; *c; c++) {
        if (quoted) {
            if (*c == '"' && c[1] == '"')
                c++;
            else if (*c == '"')
                quoted = false;
        } else if (*c == ',') {
            begins = true;
        } else if (*c == '"' && begins) {
            quoted = true;
            begins = false;
        } else if (!is_blank(*c)) {
            begins = false;
        }
    }
    return quoted;
}

static enum status next_line(struct csv *c, char **out, size_t *out_bytes)
{
    enum status st = input_line(c->input, out, out_bytes);
    if (!st && *out && strlen(*out) != *out_bytes)
        st = err_set(SIBYL_E_FORMAT, "%s:%zu: a zero byte: this is not a text file", c->path,
                     input_line_number(c->input));
    return st;
}

/* The lines that quoted fields span, joined; `line` is the first of them. */
static enum status join(struct csv *c, char *line, size_t bytes, char **out)
{
    size_t used = 0;
    for (bool quoted = false;;) {
        if (used + bytes + 2 > INPUT_LINE_BYTES_MAX)
            return fault(c, "a quote is not closed, or its field is too long");
        char *grown = realloc(c->joined, used + bytes + 2);
        if (!grown) return err_memory(c->path);
        c->joined = grown;
        if (quoted) c->joined[used++] = '\n';
        memcpy(c->joined + used, line, bytes + 1);
        used += bytes;
        quoted = quoted_after(line, quoted);
        if (!quoted) break;
        enum status st = next_line(c, &line, &bytes);
        if (st) return st;
        if (!line) return fault(c, "a quote is not closed");
    }
    *out = c->joined;
    return SIBYL_OK;
}

/* One row as text; *out is NULL at the end of the file. */
static enum status read_row(struct csv *c, char **out)
{
    size_t bytes = 0;
    enum status st = next_line(c, out, &bytes);
    c->line_number = input_line_number(c->input);
    if (st || !*out || !memchr(*out, '"', bytes) || !quoted_after(*out, false)) return st;
    return join(c, *out, bytes, out);
}

static char *skip_blanks(char *at)
{
    while (is_blank(*at)) at++;
    return at;
}

/* Takes the quotes off the field at `at`, in place; *out_end is behind it. */
static enum status unquote(const struct csv *c, char *at, char **out_end)
{
    char *to = at, *from = at + 1;
    for (; *from; from++) {
        if (*from == '"' && from[1] != '"') break;
        if (*from == '"') from++;
        *to++ = *from;
    }
    if (*from != '"') return fault(c, "a quote is not closed");
    *out_end = skip_blanks(from + 1);
    if (**out_end != ',' && **out_end) return fault(c, "something stands behind a closing quote");
    *to = '\0'; /* to is before from: the opening quote is gone */
    return SIBYL_OK;
}

/* The end of a field without quotes, whose last blanks are cut off. */
static char *trim(char *at)
{
    char *comma = strchr(at, ','), *end = comma ? comma : at + strlen(at), *last = end;
    while (last > at && is_blank(last[-1])) last--;
    if (last < end) *last = '\0';
    return end;
}

/* Cuts the row up into at most `room` fields; *out_count is how many there are. */
static enum status split(const struct csv *c, char *row, char **fields, size_t room,
                         size_t *out_count)
{
    size_t count = 0;
    for (char *at = row;; at++) {
        at = skip_blanks(at);
        char *end = at;
        enum status st = SIBYL_OK;
        if (*at == '"')
            st = unquote(c, at, &end);
        else
            end = trim(at);
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

/* Names of the columns, as the fields say. */
static enum status take_names(struct csv *c, size_t count)
{
    c->names = calloc(count, sizeof(char *));
    if (!c->names) return err_memory(c->path);
    for (size_t i = 0; i < count; i++) {
        int same = *c->fields[i] ? csv_find(c, c->fields[i]) : -1;
        if (same >= 0)
            return err_set(SIBYL_E_FORMAT, "%s:%zu: columns %d and %zu: two columns are named %s",
                           c->path, c->line_number, same + 1, i + 1, c->fields[i]);
        if (!(c->names[i] = strdup(c->fields[i]))) return err_memory(c->path);
        c->columns = i + 1;
    }
    return SIBYL_OK;
}

static enum status read_header(struct csv *c)
{
    char *row;
    struct content other;
    enum status st = read_row(c, &row);
    if (st) return st;
    if (!row || !*skip_blanks(row))
        return err_set(SIBYL_E_FORMAT, "%s: no header line; the first line must name the columns",
                       c->path);
    if (content_other_separator(row, &other))
        return err_set(SIBYL_E_FORMAT, "%s:1: the columns are %s; %s", c->path, other.what,
                       other.advice);
    c->fields = calloc(CSV_COLUMNS_MAX, sizeof(char *));
    if (!c->fields) return err_memory(c->path);
    size_t count;
    if ((st = split(c, row, c->fields, CSV_COLUMNS_MAX, &count))) return st;
    if (count > CSV_COLUMNS_MAX)
        return err_set(SIBYL_E_FORMAT, "%s: %zu columns are more than the limit of %d", c->path,
                       count, CSV_COLUMNS_MAX);
    return take_names(c, count);
}

enum status csv_open(struct csv *c, const char *path)
{
    *c = (struct csv){0};
    if (!(c->path = strdup(path))) return err_memory(path);
    enum status st = input_open(&c->input, path);
    if (!st) st = read_header(c);
    if (st) csv_close(c);
    return st;
}

enum status csv_next(struct csv *c, bool *out_more)
{
    size_t count;
    char *row;
    enum status st;
    do {
        st = read_row(c, &row);
        *out_more = row != NULL;
        if (st || !row) return st;
    } while (!*skip_blanks(row));
    st = split(c, row, c->fields, c->columns, &count);
    if (!st && count != c->columns)
        st = err_set(SIBYL_E_FORMAT, "%s:%zu: %zu fields, but the header has %zu", c->path,
                     c->line_number, count, c->columns);
    return st;
}

enum status csv_rewind(struct csv *c)
{
    char *row;
    enum status st = input_rewind(c->input);
    return st ? st : read_row(c, &row);
}

void csv_close(struct csv *c)
{
    input_close(c->input);
    for (size_t i = 0; i < c->columns; i++) free(c->names[i]);
    free(c->names);
    free(c->fields);
    free(c->joined);
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
    while (is_blank(*text)) text++;
    for (const char *c = text; *c; c++)
        if (*c == 'x' || *c == 'X' || *c == 'n' || *c == 'N') return false; /* 0x1, nan, inf */
    errno = 0;
    double value = strtod(text, &end);
    if (end == text || !isfinite(value)) return false;
    while (is_blank(*end)) end++;
    if (*end) return false;
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
