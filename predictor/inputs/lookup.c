#include "predictor/inputs/lookup.h"

#include "base/status.h"

#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-12 /* singular values below it, times the largest, count as none */

/* Adds one graph to the normal equations. row (columns): scratch. */
static void add_row(const struct graph *g, double label, double weight, gsl_matrix *squares,
                    gsl_vector *right, double *row)
{
    size_t columns = right->size;
    memset(row, 0, columns * sizeof(*row));
    row[0] = 1;
    for (uint32_t k = 0; k < g->nodes; k++) row[1 + g->ops[k]]++;
    for (size_t a = 0; a < columns; a++) {
        if (row[a] == 0) continue;
        *gsl_vector_ptr(right, a) += weight * row[a] * label;
        for (size_t b = 0; b < columns; b++)
            *gsl_matrix_ptr(squares, a, b) += weight * row[a] * row[b];
    }
}

static size_t add_rows(const struct graph *graphs, const double *labels, size_t stride,
                       size_t count, bool relative, gsl_matrix *squares, gsl_vector *right,
                       double *row)
{
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        double label = labels[i * stride];
        if (isnan(label) || (relative && label == 0)) continue;
        add_row(&graphs[i], label, relative ? 1 / (label * label) : 1, squares, right, row);
        known++;
    }
    return known;
}

static bool all_finite(const gsl_matrix *squares, const gsl_vector *right)
{
    for (size_t a = 0; a < right->size; a++)
        if (!isfinite(gsl_vector_get(right, a)) || !isfinite(gsl_matrix_get(squares, a, a)))
            return false;
    return true;
}

enum status lookup_fit(const struct graph *graphs, const double *labels, size_t stride,
                       size_t count, uint32_t vocabulary, bool relative, double *out)
{
    size_t columns = (size_t)vocabulary + 1, rank;
    double error;
    gsl_error_handler_t *handler = gsl_set_error_handler_off(); /* it would abort */
    gsl_matrix *squares = gsl_matrix_calloc(columns, columns);
    gsl_matrix *covariance = gsl_matrix_alloc(columns, columns);
    gsl_vector *right = gsl_vector_calloc(columns), *entries = gsl_vector_alloc(columns);
    gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(columns, columns);
    double *row = malloc(columns * sizeof(*row));
    enum status st = SIBYL_OK;
    if (!squares || !covariance || !right || !entries || !work || !row)
        st = err_memory("a look-up table");
    else if (!add_rows(graphs, labels, stride, count, relative, squares, right, row))
        st = err_set(SIBYL_E_USAGE, "predictor.lookup: no label to fit the table to");
    else if (!all_finite(squares, right) ||
             gsl_multifit_linear_tsvd(squares, right, TOLERANCE, entries, covariance, &error, &rank,
                                      work))
        st = err_set(SIBYL_E_RANGE, "predictor.lookup: the table cannot be fitted to these labels");
    for (size_t c = 0; c < columns && !st; c++) out[c] = gsl_vector_get(entries, c);
    gsl_matrix_free(squares);
    gsl_matrix_free(covariance);
    gsl_vector_free(right);
    gsl_vector_free(entries);
    if (work) gsl_multifit_linear_free(work);
    free(row);
    gsl_set_error_handler(handler);
    return st;
}

double lookup_sum(const double *table, const struct graph *g)
{
    double sum = 0;
    for (uint32_t k = 0; k < g->nodes; k++) sum += table[g->ops[k]];
    return sum;
}
