#include "jobs/reporting/report_data.h"

#include "base/file.h"

#include <jansson.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLUMNS_MAX 1900 /* of a table of SQLite's, which takes 2000 */
#define LAST_COLUMNS 2   /* of a folder's table, that always have a place */
#define NOWHERE SIZE_MAX

static enum status fault(sqlite3 *db, const char *path)
{
    return err_set(SIBYL_E_IO, "%s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
}

/* Columns that hold names: a hash of digits only must not become a number. */
static bool is_text(const char *column)
{
    static const char *const names[] = {"hash", "architecture", "origin", "status", "error"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], column) == 0) return true;
    return false;
}

/* A value that a program printed may be text or a number: such a column has no type. */
static const char *type_of(const char *table, const char *column)
{
    static const char *const numbers[] = {"evaluation", "task",       "round",
                                          "value",      "best_value", "seconds"};
    if (is_text(column)) return " TEXT";
    if (strcmp(table, "evaluations") != 0) return " NUMERIC";
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strcmp(numbers[i], column) == 0) return " NUMERIC";
    return "";
}

/* Is it what a number is printed as? "007" and "1e5" are texts, and stay what they are. */
static bool is_number(const char *cell, double *out)
{
    char text[64], *end = NULL;
    *out = strtod(cell, &end);
    snprintf(text, sizeof(text), "%.17g", *out);
    return strcmp(text, cell) == 0 && isfinite(*out);
}

/* ---- a table that several folders share: it has the columns of all of them ---- */

struct shared {
    const char *name;
    const char **columns; /* (count) of the folders' tables; behind `dir` */
    size_t count;
};

static size_t shared_find(const struct shared *s, const char *column)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcasecmp(s->columns[i], column) == 0) return i;
    return NOWHERE;
}

/* Sets where[c] to the place of column c, which may be a new one; NOWHERE: there is no room for it,
 * or it is there twice. The last columns of a folder (seconds, error) find room. */
static bool shared_place(struct shared *s, const struct report_table *t, size_t *where)
{
    const char **larger = realloc(s->columns, (s->count + t->columns) * sizeof(*larger));
    if (!larger) return false;
    s->columns = larger;
    for (size_t c = 0; c < t->columns; c++) {
        size_t room = COLUMNS_MAX - (c + LAST_COLUMNS < t->columns ? LAST_COLUMNS : 0);
        where[c] = shared_find(s, t->cells[c]);
        if (where[c] == NOWHERE && s->count < room) {
            where[c] = s->count;
            s->columns[s->count++] = t->cells[c];
        }
        for (size_t k = 0; k < c && where[c] != NOWHERE; k++)
            if (where[k] == where[c]) where[c] = NOWHERE;
    }
    return true;
}

static void print_name(FILE *f, const char *column)
{
    fputc('"', f);
    for (const char *p = column; *p; p++) fputs(*p == '"' ? "\"\"" : (char[]){*p, 0}, f);
    fputc('"', f);
}

/* The table, or what it gets behind its first `before` columns; NULL: no memory. */
static char *shared_statement(const struct shared *s, size_t before)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    if (!before) fprintf(f, "CREATE TABLE %s (dir TEXT", s->name);
    for (size_t i = before; i < s->count; i++) {
        if (before)
            fprintf(f, "ALTER TABLE %s ADD COLUMN ", s->name);
        else
            fputs(", ", f);
        print_name(f, s->columns[i]);
        fputs(type_of(s->name, s->columns[i]), f);
        if (before) fputs(";", f);
    }
    if (!before) fputs(")", f);
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}

/* INSERT of a row with the columns of `t` that have a place; NULL: no memory. */
static char *insert_statement(const struct shared *s, const struct report_table *t,
                              const size_t *where)
{
    char *text = NULL;
    size_t bytes = 0, count = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    fprintf(f, "INSERT INTO %s (dir", s->name);
    for (size_t c = 0; c < t->columns; c++) {
        if (where[c] == NOWHERE) continue;
        fputs(", ", f);
        print_name(f, t->cells[c]);
        count++;
    }
    fputs(") VALUES (?", f);
    for (size_t i = 0; i < count; i++) fputs(", ?", f);
    fputs(")", f);
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}

/* ---- rows ---- */

struct insertion {
    sqlite3 *db;
    const char *dir;
    sqlite3_stmt *row, *more; /* more: of a value whose column has no place */
};

static bool insert_text(sqlite3_stmt *s, int at, const char *cell)
{
    return sqlite3_bind_text(s, at, cell, -1, SQLITE_STATIC) == SQLITE_OK;
}

static bool insert_cell(sqlite3_stmt *s, int at, const char *cell)
{
    double number;
    if (!*cell) return sqlite3_bind_null(s, at) == SQLITE_OK;
    if (!is_number(cell, &number)) return insert_text(s, at, cell);
    bool whole = strlen(cell) < 16 && !strpbrk(cell, ".e");
    return (whole ? sqlite3_bind_int64(s, at, (sqlite3_int64)number)
                  : sqlite3_bind_double(s, at, number)) == SQLITE_OK;
}

static bool insert_step(sqlite3_stmt *s)
{
    return sqlite3_step(s) == SQLITE_DONE && sqlite3_reset(s) == SQLITE_OK;
}

static bool insert_row(const struct insertion *i, const struct report_table *t, size_t row,
                       const size_t *where)
{
    char *const *cells = t->cells + row * t->columns;
    int at = 1;
    bool good = insert_text(i->row, at, i->dir);
    for (size_t c = 0; good && c < t->columns; c++)
        if (where[c] != NOWHERE) good = insert_cell(i->row, ++at, cells[c]);
    good = good && insert_step(i->row);
    sqlite3_int64 number = sqlite3_last_insert_rowid(i->db);
    for (size_t c = 0; good && c < t->columns; c++) {
        if (where[c] != NOWHERE || !*cells[c]) continue;
        good = insert_text(i->more, 1, i->dir) &&
               sqlite3_bind_int64(i->more, 2, number) == SQLITE_OK &&
               insert_text(i->more, 3, t->cells[c]) && insert_cell(i->more, 4, cells[c]) &&
               insert_step(i->more);
    }
    return good;
}

static bool prepare_more(struct insertion *i, const struct shared *s)
{
    char create[128], insert[64];
    snprintf(create, sizeof(create),
             "CREATE TABLE IF NOT EXISTS %s_more (dir TEXT, row INTEGER, name TEXT, value)",
             s->name);
    snprintf(insert, sizeof(insert), "INSERT INTO %s_more VALUES (?, ?, ?, ?)", s->name);
    return sqlite3_exec(i->db, create, NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_prepare_v2(i->db, insert, -1, &i->more, NULL) == SQLITE_OK;
}

static bool prepare(struct insertion *i, const struct shared *s, const struct report_table *t,
                    const size_t *where)
{
    char *row = insert_statement(s, t, where);
    bool more = false, good = row && sqlite3_prepare_v2(i->db, row, -1, &i->row, NULL) == SQLITE_OK;
    for (size_t c = 0; c < t->columns; c++) more = more || where[c] == NOWHERE;
    free(row);
    return good && (!more || prepare_more(i, s));
}

static enum status put_table(sqlite3 *db, const char *path, const char *dir, struct shared *s,
                             const struct report_table *t)
{
    struct insertion i = {.db = db, .dir = dir};
    if (t->rows == 0) return SIBYL_OK;
    size_t before = s->count, *where = calloc(t->columns + 1, sizeof(*where));
    bool good = where && shared_place(s, t, where);
    char *text = good ? shared_statement(s, before) : NULL;
    good =
        text && sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK && prepare(&i, s, t, where);
    for (size_t r = 1; good && r < t->rows; r++) good = insert_row(&i, t, r, where);
    enum status st = good ? SIBYL_OK : fault(db, path);
    sqlite3_finalize(i.row);
    sqlite3_finalize(i.more);
    free(text);
    free(where);
    return st;
}

static enum status put_result(sqlite3 *db, const char *path, const struct report_folder *f)
{
    sqlite3_stmt *insert = NULL;
    const char *key;
    json_t *value;
    bool good = sqlite3_prepare_v2(db, "INSERT INTO results VALUES (?, ?, ?)", -1, &insert, NULL) ==
                SQLITE_OK;
    json_object_foreach(f->result, key, value)
    {
        if (!good) break;
        sqlite3_bind_text(insert, 1, f->path, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 2, key, -1, SQLITE_STATIC);
        if (json_is_integer(value))
            sqlite3_bind_int64(insert, 3, json_integer_value(value));
        else if (json_is_real(value))
            sqlite3_bind_double(insert, 3, json_real_value(value));
        else if (json_is_string(value))
            sqlite3_bind_text(insert, 3, json_string_value(value), -1, SQLITE_STATIC);
        else if (json_is_boolean(value))
            sqlite3_bind_int(insert, 3, json_is_true(value));
        else
            sqlite3_bind_null(insert, 3);
        good = sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
    }
    enum status st = good ? SIBYL_OK : fault(db, path);
    sqlite3_finalize(insert);
    return st;
}

/* Into an empty file, in one transaction. */
static enum status fill(const char *path, const struct report_folder *folders, size_t count)
{
    sqlite3 *db = NULL;
    struct shared evaluations = {"evaluations", NULL, 0}, epochs = {"epochs", NULL, 0};
    struct shared top = {"top", NULL, 0}, front = {"front", NULL, 0};
    struct shared hypervolume = {"hypervolume", NULL, 0};
    enum status st = SIBYL_OK;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN; CREATE TABLE results (dir TEXT, key TEXT, value)", NULL, NULL,
                     NULL) != SQLITE_OK)
        st = fault(db, path);
    for (size_t i = 0; !st && i < count; i++) {
        const struct report_folder *f = &folders[i];
        st = put_result(db, path, f);
        struct shared *curve = strcmp(f->curve_name, "epochs") == 0 ? &epochs : &evaluations;
        if (!st) st = put_table(db, path, f->path, curve, &f->curve);
        if (!st) st = put_table(db, path, f->path, &top, &f->top);
        if (!st) st = put_table(db, path, f->path, &front, &f->front);
        if (!st) st = put_table(db, path, f->path, &hypervolume, &f->volumes);
    }
    if (!st && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) st = fault(db, path);
    sqlite3_close(db);
    free(evaluations.columns);
    free(epochs.columns);
    free(top.columns);
    free(front.columns);
    free(hypervolume.columns);
    return st;
}

enum status report_database(const char *path, const struct report_folder *folders, size_t count)
{
    struct file_writer w = {0};
    enum status st = file_write_begin(&w, path);
    if (!st) st = fill(w.temporary_path, folders, count);
    if (!st) st = file_write_commit(&w);
    file_write_abandon(&w);
    return st;
}
