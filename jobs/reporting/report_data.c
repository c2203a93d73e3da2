#include "jobs/reporting/report_data.h"

#include "base/file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Takes one cell off the text (RFC 4180), in place; *last: it ended a line. */
static char *next_cell(char **place, bool *last)
{
    char *in = *place, *out = *place, *cell = *place;
    bool quoted = *in == '"';
    if (quoted) in++;
    while (*in) {
        if (quoted && *in == '"' && in[1] != '"') {
            quoted = false;
            in++;
            continue;
        }
        if (quoted && *in == '"') in++;
        if (!quoted && (*in == ',' || *in == '\n' || *in == '\r')) break;
        *out++ = *in++;
    }
    *last = *in != ',';
    if (*in == '\r') in++;
    if (*in) in++;
    *out = '\0';
    *place = in;
    return cell;
}

static enum status table_read(struct report_table *out, const char *path)
{
    struct report_table t = {0};
    size_t bytes = 0, count = 0;
    enum status st = file_read(path, &t.text, &bytes);
    if (st) return st;
    t.cells = calloc(bytes + 2, sizeof(*t.cells)); /* no more cells than characters */
    if (!t.cells) {
        free(t.text);
        return err_memory(path);
    }
    char *place = t.text;
    while (*place) {
        bool last = false;
        size_t in_row = 0;
        while (!last) {
            t.cells[count++] = next_cell(&place, &last);
            in_row++;
        }
        if (t.rows == 0) t.columns = in_row;
        if (in_row != t.columns) {
            st = err_set(SIBYL_E_FORMAT, "%s:%zu: want %zu cells, not %zu", path, t.rows + 1,
                         t.columns, in_row);
            free(t.text);
            free(t.cells);
            return st;
        }
        t.rows++;
    }
    *out = t;
    return SIBYL_OK;
}

static void table_release(struct report_table *t)
{
    free(t->text);
    free(t->cells);
}

int report_table_column(const struct report_table *t, const char *name)
{
    for (size_t i = 0; t->rows && i < t->columns; i++)
        if (!strcmp(t->cells[i], name)) return (int)i;
    return -1;
}

static enum status read_if_there(struct report_table *out, const char *folder, const char *name,
                                 bool *there)
{
    char *path = file_join(folder, name);
    if (!path) return err_memory(name);
    *there = access(path, F_OK) == 0;
    enum status st = *there ? table_read(out, path) : SIBYL_OK;
    free(path);
    return st;
}

static enum status read_result(struct report_folder *f)
{
    json_error_t e;
    char *path = file_join(f->path, "result.json");
    if (!path) return err_memory("result.json");
    enum status st = SIBYL_OK;
    if (access(path, F_OK) != 0)
        st = err_set(SIBYL_E_IO,
                     "%s: no result.json in it; give the folder of a train, score or search",
                     f->path);
    else if (!(f->result = json_load_file(path, JSON_REJECT_DUPLICATES, &e)))
        st = err_set(SIBYL_E_FORMAT, "%s:%d: %s", path, e.line, e.text);
    else if (!json_is_object(f->result) || !json_is_string(json_object_get(f->result, "verb")))
        st = err_set(SIBYL_E_FORMAT, "%s: want an object with the key verb", path);
    free(path);
    return st;
}

enum status report_folder_read(struct report_folder *out, const char *path)
{
    struct report_folder f = {.path = path};
    bool there = false;
    enum status st = read_result(&f);
    if (!st) st = read_if_there(&f.curve, path, "history.csv", &there);
    f.curve_name = "evaluations";
    f.x = "evaluation";
    f.y = "best_value";
    if (!st && !there) {
        st = read_if_there(&f.curve, path, "metrics.csv", &there);
        f.curve_name = "epochs";
        f.x = "epoch";
        f.y = "loss";
    }
    if (!st) st = read_if_there(&f.top, path, "top.csv", &there);
    if (!st) st = read_if_there(&f.summary, path, "summary.csv", &there);
    if (!st) st = read_if_there(&f.reliability, path, "reliability.csv", &there);
    if (!st && f.curve.rows &&
        (report_table_column(&f.curve, f.x) < 0 || report_table_column(&f.curve, f.y) < 0))
        st = err_set(SIBYL_E_FORMAT, "%s: its curve has no columns %s and %s", path, f.x, f.y);
    if (st)
        report_folder_release(&f);
    else
        *out = f;
    return st;
}

void report_folder_release(struct report_folder *f)
{
    json_decref(f->result);
    table_release(&f->curve);
    table_release(&f->reliability);
    table_release(&f->top);
    table_release(&f->summary);
    *f = (struct report_folder){0};
}
