#include "jobs/reporting/report_data.h"

#include "base/csv.h"
#include "base/file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A row's cells, copied; `*capacity` is in cells. */
static enum status add_row(struct report_table *t, size_t *capacity, char *const *cells)
{
    size_t used = t->rows * t->columns;
    if (used + t->columns > *capacity) {
        size_t grown = 2 * (used + t->columns);
        char **all = realloc(t->cells, grown * sizeof(*all));
        if (!all) return err_memory("a table");
        t->cells = all;
        *capacity = grown;
    }
    for (size_t i = 0; i < t->columns; i++) {
        t->cells[used + i] = arena_strdup(&t->arena, cells[i]);
        if (!t->cells[used + i]) return SIBYL_E_MEM;
    }
    t->rows++;
    return SIBYL_OK;
}

void report_table_release(struct report_table *t)
{
    arena_release(&t->arena);
    free(t->cells);
    *t = (struct report_table){0};
}

enum status report_table_read(struct report_table *out, const char *path)
{
    struct csv c;
    struct report_table t = {0};
    size_t capacity = 0;
    bool more = true;
    enum status st = csv_open(&c, path);
    if (st) return st;
    arena_init(&t.arena);
    t.columns = c.columns;
    st = add_row(&t, &capacity, c.names);
    while (!st) {
        st = csv_next(&c, &more);
        if (st || !more) break;
        st = add_row(&t, &capacity, c.fields);
    }
    csv_close(&c);
    if (st)
        report_table_release(&t);
    else
        *out = t;
    return st;
}

int report_table_column(const struct report_table *t, const char *name)
{
    for (size_t i = 0; t->rows && i < t->columns; i++)
        if (!strcmp(t->cells[i], name)) return (int)i;
    return -1;
}

const char *report_table_cell(const struct report_table *t, size_t row, int column)
{
    return column < 0 ? "" : t->cells[row * t->columns + (size_t)column];
}

static enum status read_if_there(struct report_table *out, const char *folder, const char *name,
                                 bool *there)
{
    char *path = file_join(folder, name);
    if (!path) return err_memory(name);
    struct stat info;
    *there = stat(path, &info) == 0;
    enum status st =
        *there && info.st_size ? report_table_read(out, path) : SIBYL_OK; /* killed early */
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

enum status report_table_read_in(struct report_table *out, const char *folder, const char *name)
{
    bool there = false;
    return read_if_there(out, folder, name, &there);
}

/* When the file was written last; 0: it is not there. */
static time_t written(const char *folder, const char *name)
{
    struct stat info;
    char *path = file_join(folder, name);
    time_t when = path && stat(path, &info) == 0 ? info.st_mtime : 0;
    free(path);
    return when;
}

/* A page can do without them: a file of another version may not be readable. */
static void read_values(struct report_folder *f)
{
    char *text = NULL, *path = file_join(f->path, "config.yaml");
    size_t bytes = 0;
    if (path && access(path, R_OK) == 0 && !file_read_most(path, CONFIG_BYTES_MAX, &text, &bytes) &&
        job_values_read(&f->values, text))
        job_values_release(&f->values);
    free(text);
    free(path);
}

enum status report_folder_read(struct report_folder *out, const char *path)
{
    struct report_folder f = {.path = path};
    bool there = false;
    enum status st = read_result(&f);
    if (!st) st = read_if_there(&f.curve, path, "history.csv", &there);
    if (st == SIBYL_E_FORMAT)
        st = err_prefix(st, "the same search, run again, writes this file anew from its journal");
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
    if (!st) st = read_if_there(&f.front, path, "pareto.csv", &there);
    if (!st) st = read_if_there(&f.volumes, path, "hypervolume.csv", &there);
    if (!st) st = read_if_there(&f.summary, path, "summary.csv", &there);
    if (!st) st = read_if_there(&f.experiment, path, "experiment.csv", &there);
    if (!st) st = read_if_there(&f.reliability, path, "reliability.csv", &there);
    if (!st && f.curve.rows &&
        (report_table_column(&f.curve, f.x) < 0 || report_table_column(&f.curve, f.y) < 0))
        st = err_set(SIBYL_E_FORMAT, "%s: its curve has no columns %s and %s", path, f.x, f.y);
    if (!st) read_values(&f);
    folder_lock_look(&f.holder, path);
    f.began = written(path, "config.yaml");
    f.ended = written(path, "result.json");
    if (st)
        report_folder_release(&f);
    else
        *out = f;
    return st;
}

void report_folder_release(struct report_folder *f)
{
    json_decref(f->result);
    report_table_release(&f->curve);
    report_table_release(&f->reliability);
    report_table_release(&f->experiment);
    job_values_release(&f->values);
    report_table_release(&f->top);
    report_table_release(&f->front);
    report_table_release(&f->volumes);
    report_table_release(&f->summary);
    *f = (struct report_folder){0};
}
