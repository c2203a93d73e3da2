#include "search/algorithms/history_detail.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static enum status details_column(struct history_details *d, const char *name, uint32_t *out)
{
    for (*out = 0; *out < d->count; ++*out)
        if (strcmp(d->names[*out], name) == 0) return SIBYL_OK;
    if (d->count == d->capacity) {
        uint32_t capacity = d->capacity ? 2 * d->capacity : 16;
        char **names = realloc(d->names, capacity * sizeof(*names));
        if (!names) return err_memory("the values of evaluations");
        d->names = names;
        d->capacity = capacity;
    }
    d->names[d->count] = strdup(name);
    if (!d->names[d->count]) return err_memory("the values of evaluations");
    d->count++;
    return SIBYL_OK;
}

static bool is_there(const uint32_t *columns, uint32_t count, uint32_t column)
{
    for (uint32_t i = 0; i < count; i++)
        if (columns[i] == column) return true;
    return false;
}

/* Texts of a measurement that has some. */
static enum status details_texts(struct history_details *d, const Sibyl__Measurement *m,
                                 const char **texts, size_t i, uint32_t at)
{
    if (!texts) return SIBYL_OK;
    texts[at] = arena_strdup(&d->arena, m->extra_texts[i]);
    return texts[at] ? SIBYL_OK : SIBYL_E_MEM;
}

static enum status details_values(struct history_details *d, const Sibyl__Measurement *m,
                                  struct history_detail *detail)
{
    size_t count = m->n_extra_names == m->n_extra_values ? m->n_extra_names : 0;
    uint32_t *columns = arena_calloc(&d->arena, count + 1, sizeof(*columns));
    double *values = arena_calloc(&d->arena, count + 1, sizeof(*values));
    const char **texts = NULL;
    enum status st = SIBYL_OK;
    if (!columns || !values) return SIBYL_E_MEM;
    if (m->n_extra_texts == count && count) {
        texts = arena_calloc(&d->arena, count, sizeof(*texts));
        if (!texts) return SIBYL_E_MEM;
    }
    for (size_t i = 0; !st && i < count; i++) {
        uint32_t column;
        st = details_column(d, m->extra_names[i], &column);
        if (st || is_there(columns, detail->count, column)) continue;
        st = details_texts(d, m, texts, i, detail->count);
        columns[detail->count] = column;
        values[detail->count++] = m->extra_values[i];
    }
    detail->columns = columns;
    detail->values = values;
    detail->texts = texts;
    return st;
}

enum status history_details_add(struct history_details *d, const Sibyl__Measurement *m,
                                const struct history_detail **out)
{
    bool nothing = m->n_extra_names == 0 && !(m->seconds > 0) && !m->error[0];
    *out = NULL;
    if (nothing) return SIBYL_OK;
    struct history_detail *detail = arena_calloc(&d->arena, 1, sizeof(*detail));
    if (!detail) return SIBYL_E_MEM;
    detail->seconds = m->seconds;
    detail->error = arena_strdup(&d->arena, m->error);
    if (!detail->error) return SIBYL_E_MEM;
    enum status st = details_values(d, m, detail);
    if (!st) *out = detail;
    return st;
}

void history_details_release(struct history_details *d)
{
    for (uint32_t i = 0; i < d->count; i++) free(d->names[i]);
    free(d->names);
    arena_release(&d->arena);
    *d = (struct history_details){0};
}
