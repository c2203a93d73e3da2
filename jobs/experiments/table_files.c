#include "jobs/experiments/table_files.h"

#include "base/csv.h"
#include "base/file.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

void table_number(FILE *f, double x)
{
    if (isfinite(x)) fprintf(f, "%.17g", x);
}

void table_field(FILE *f, const json_t *value)
{
    if (json_is_string(value))
        csv_print(f, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(f, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        table_number(f, json_real_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "true" : "false", f);
}

/* A line break would end the cell. */
void table_name(FILE *f, const char *name)
{
    for (const char *p = name; *p; p++) {
        if (*p == '|') fputc('\\', f);
        fputc((unsigned char)*p < ' ' ? ' ' : *p, f);
    }
}

enum status table_files_write(const char *folder,
                              void (*print)(const void *context, enum table_file which, FILE *f),
                              const void *context)
{
    static const char *const names[] = {"experiment.csv", "summary.csv", "summary.md"};
    enum status st = SIBYL_OK;
    for (int i = TABLE_EXPERIMENT; !st && i <= TABLE_TEXT; i++) {
        struct file_writer w = {0};
        char *path = file_join(folder, names[i]);
        st = path ? file_write_begin(&w, path) : err_memory(names[i]);
        if (!st) print(context, (enum table_file)i, w.stream);
        if (!st) st = file_write_commit(&w);
        file_write_abandon(&w);
        free(path);
    }
    return st;
}
