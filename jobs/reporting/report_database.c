#include "jobs/reporting/report_data.h"

#include "base/file.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* INSERT or CREATE for a table with the columns of `t`, as text; NULL: no memory. */
static char *statement(const struct report_table *t, const char *name, bool create)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    fprintf(f, create ? "CREATE TABLE IF NOT EXISTS %s (dir TEXT" : "INSERT INTO %s VALUES (?",
            name);
    for (size_t c = 0; c < t->columns; c++) {
        if (!create) {
            fputs(", ?", f);
            continue;
        }
        fputs(", \"", f);
        for (const char *p = t->cells[c]; *p; p++) fputs(*p == '"' ? "\"\"" : (char[]){*p, 0}, f);
        fputs(is_text(t->cells[c]) ? "\" TEXT" : "\" NUMERIC", f);
    }
    fputs(")", f);
    if (fclose(f)) {
        free(text);
        return NULL;
    }
    return text;
}

static enum status put_table(sqlite3 *db, const char *path, const char *dir, const char *name,
                             const struct report_table *t)
{
    sqlite3_stmt *insert = NULL;
    if (t->rows == 0) return SIBYL_OK;
    char *create_text = statement(t, name, true), *insert_text = statement(t, name, false);
    bool good = create_text && insert_text &&
                sqlite3_exec(db, create_text, NULL, NULL, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db, insert_text, -1, &insert, NULL) == SQLITE_OK;
    for (size_t r = 1; good && r < t->rows; r++) {
        good = sqlite3_bind_text(insert, 1, dir, -1, SQLITE_STATIC) == SQLITE_OK;
        for (size_t c = 0; good && c < t->columns; c++) {
            const char *cell = t->cells[r * t->columns + c];
            int e = *cell ? sqlite3_bind_text(insert, (int)c + 2, cell, -1, SQLITE_STATIC)
                          : sqlite3_bind_null(insert, (int)c + 2);
            good = e == SQLITE_OK;
        }
        good = good && sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK;
    }
    enum status st = good ? SIBYL_OK : fault(db, path);
    sqlite3_finalize(insert);
    free(create_text);
    free(insert_text);
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
    enum status st = SIBYL_OK;
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, "BEGIN; CREATE TABLE results (dir TEXT, key TEXT, value)", NULL, NULL,
                     NULL) != SQLITE_OK)
        st = fault(db, path);
    for (size_t i = 0; !st && i < count; i++) {
        const struct report_folder *f = &folders[i];
        st = put_result(db, path, f);
        if (!st) st = put_table(db, path, f->path, f->curve_name, &f->curve);
        if (!st) st = put_table(db, path, f->path, "top", &f->top);
        if (!st) st = put_table(db, path, f->path, "front", &f->front);
        if (!st) st = put_table(db, path, f->path, "hypervolume", &f->volumes);
    }
    if (!st && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) st = fault(db, path);
    sqlite3_close(db);
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
