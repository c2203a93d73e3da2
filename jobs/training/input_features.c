#include "jobs/training/input_features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum status input_features_find(uint32_t *columns, const struct features *f,
                                const struct dataset *d)
{
    enum status st = SIBYL_OK;
    for (uint32_t k = 0; k < f->count && !st; k++)
        st = dataset_find_label(d, f->list[k].name, &columns[k]);
    return st;
}

static enum status find(uint32_t *columns, const struct dataset *d, const char *const *names,
                        uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        for (uint32_t i = 0; i < k; i++)
            if (!strcmp(names[i], names[k]))
                return err_set(SIBYL_E_USAGE, "data.features: %s stands there twice", names[k]);
        if (dataset_find_label(d, names[k], &columns[k]))
            return err_prefix(SIBYL_E_USAGE, "data.features");
    }
    return SIBYL_OK;
}

void input_features_of_row(const struct features *f, const uint32_t *columns,
                           const struct dataset_row *row, double *values)
{
    for (uint32_t k = 0; k < f->count; k++) values[k] = row->labels[columns[k]];
}

enum status input_features_fit(struct input_features *out, struct arena *arena,
                               const struct dataset *d, const char *const *names, uint32_t count,
                               const uint32_t *rows, size_t row_count)
{
    struct input_features f = {0};
    *out = f;
    if (!count) return SIBYL_OK;
    double *values = malloc((row_count * count + 1) * sizeof(*values));
    enum status st = values ? find(f.columns, d, names, count) : err_memory("features");
    for (size_t i = 0; i < row_count && !st; i++)
        for (uint32_t k = 0; k < count; k++)
            values[i * count + k] = d->rows[rows[i]].labels[f.columns[k]];
    if (!st) st = features_fit(&f.features, arena, names, count, values, row_count);
    free(values);
    if (!st) *out = f;
    return st;
}
