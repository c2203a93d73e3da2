/* The features of a job (data.features): which columns of a dataset they are, and what is made of
 * them. Local; the same on all ranks. */
#ifndef JOBS_TRAINING_INPUT_FEATURES_H
#define JOBS_TRAINING_INPUT_FEATURES_H

#include "predictor/scoring/features.h"
#include "proto/files/dataset.h"

struct input_features { /* all zero: none */
    struct features features;
    uint32_t columns[GRAPH_ATTRIBUTES_MAX]; /* (features.count) of the dataset */
};

/* The columns of a predictor's features. SIBYL_E_USAGE: the dataset lacks one; the message says
 * which labels there are. */
enum status input_features_find(uint32_t *columns, const struct features *f,
                                const struct dataset *d);

/* values (features->count): a row's numbers, NaN unknown. */
void input_features_of_row(const struct features *f, const uint32_t *columns,
                           const struct dataset_row *row, double *values);

/* Fits the labels of these names on `rows` (count) of the dataset alone. All memory is the arena's.
 * SIBYL_E_USAGE: a name is no label, or stands twice. Errors of features_fit(). */
enum status input_features_fit(struct input_features *out, struct arena *arena,
                               const struct dataset *d, const char *const *names, uint32_t count,
                               const uint32_t *rows, size_t row_count);

#endif
