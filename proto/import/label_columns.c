#include "proto/import/label_columns.h"

#include "base/names.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status allocate(struct label_columns *k, size_t count)
{
    k->index = calloc(count + 1, sizeof(*k->index));
    k->names = calloc(count + 1, sizeof(*k->names));
    k->scales = calloc(count + 1, sizeof(*k->scales));
    k->values = calloc(count + 1, sizeof(*k->values));
    k->holes = calloc(count + 1, sizeof(*k->holes));
    return k->index && k->names && k->scales && k->values && k->holes ? SIBYL_OK
                                                                      : err_memory("the labels");
}

static enum status columns_asked(struct label_columns *k, const struct csv *c,
                                 const struct import_options *o)
{
    enum status st = allocate(k, o->label_count);
    if (st) return st;
    for (uint32_t i = 0; i < o->label_count; i++) {
        k->index[i] = csv_find(c, o->labels[i].column);
        if (k->index[i] < 0) {
            char list[512];
            csv_list(c, list, sizeof(list));
            return err_set(SIBYL_E_USAGE, "%s: no column %s for label %s; there are: %s", c->path,
                           o->labels[i].column, o->labels[i].name, list);
        }
        k->names[i] = o->labels[i].name;
        k->scales[i] = o->labels[i].scale;
    }
    k->count = o->label_count;
    return SIBYL_OK;
}

/* Whether a column may be a label where none was asked for. */
static bool may_be_label(const struct csv *c, const bool *taken, size_t column)
{
    return !taken[column] && *c->names[column] && strcmp(c->names[column], "index") != 0;
}

static void tell_left_out(const struct csv *c, const bool *taken, const bool *number,
                          const struct log *log)
{
    char list[512];
    size_t count = 0;
    const char **names = calloc(c->columns, sizeof(*names));
    for (size_t i = 0; names && i < c->columns; i++)
        if (!number[i] && may_be_label(c, taken, i)) names[count++] = c->names[i];
    names_list(list, sizeof(list), names, count);
    if (log && count) log_root(log, "no labels, for they have no number in any row: %s", list);
    free(names);
}

/* All columns that have a number in some row, by reading the file once. */
static enum status columns_numeric(struct label_columns *k, struct csv *c, const bool *taken,
                                   const struct log *log)
{
    bool *number = calloc(c->columns, sizeof(*number)), more = true;
    size_t rows = 0;
    double value;
    enum status st = number ? allocate(k, c->columns) : err_memory("the columns");
    while (!st) {
        st = csv_next(c, &more);
        if (st || !more) break;
        rows++;
        for (size_t i = 0; i < c->columns; i++)
            if (!number[i]) number[i] = csv_number(c->fields[i], &value);
    }
    for (size_t i = 0; !st && i < c->columns; i++) {
        if (!number[i] || !may_be_label(c, taken, i)) continue;
        k->index[k->count] = (int)i;
        k->names[k->count] = c->names[i];
        k->scales[k->count++] = 1;
    }
    if (!st && rows) tell_left_out(c, taken, number, log);
    free(number);
    return st ? st : csv_rewind(c);
}

enum status label_columns_read(struct label_columns *k, const struct csv *c)
{
    for (uint32_t i = 0; i < k->count; i++) {
        const char *field = c->fields[k->index[i]], *column = c->names[k->index[i]];
        double value;
        if (!csv_number(field, &value)) {
            label_hole_add(&k->holes[i], c->line_number, field);
            k->values[i] = NAN;
            continue;
        }
        k->values[i] = value * k->scales[i];
        if (!isfinite(k->values[i]))
            return err_set(SIBYL_E_RANGE,
                           "%s:%zu: column %s: \"%.60s\" times the scale %g is out of range",
                           c->path, c->line_number, column, field, k->scales[i]);
    }
    return SIBYL_OK;
}

enum status label_columns_finish(const struct label_columns *k, const struct csv *c, size_t rows,
                                 const struct log *log)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->holes[i].count == rows)
            return err_set(SIBYL_E_FORMAT,
                           "%s:%zu: column %s (label %s): \"%s\" is not a number, and the column "
                           "has none in any other row",
                           c->path, k->holes[i].first_line, c->names[k->index[i]], k->names[i],
                           k->holes[i].text);
    label_holes_tell(k->holes, k->names, k->count, c->path, rows, log);
    return SIBYL_OK;
}

enum status label_columns_choose(struct label_columns *k, struct csv *c,
                                 const struct import_options *o, const bool *taken)
{
    return o->label_count ? columns_asked(k, c, o) : columns_numeric(k, c, taken, o->log);
}

enum status label_columns_id(int *out, const struct csv *c, const struct import_options *o)
{
    char list[512];
    *out = csv_find(c, o->id ? o->id : "id");
    if (*out >= 0 || !o->id) return SIBYL_OK;
    csv_list(c, list, sizeof(list));
    return err_set(SIBYL_E_USAGE, "%s: no column %s for ids; there are: %s", c->path, o->id, list);
}

void label_columns_release(struct label_columns *k)
{
    free(k->index);
    free(k->names);
    free(k->scales);
    free(k->values);
    free(k->holes);
    *k = (struct label_columns){0};
}
