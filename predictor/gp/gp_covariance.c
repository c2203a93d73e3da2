#include "predictor/gp/gp_covariance.h"

#include "base/memory.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void gp_centre(const double *x, size_t count, uint32_t columns, double *centre)
{
    memset(centre, 0, columns * sizeof(*centre));
    for (size_t i = 0; i < count; i++)
        for (uint32_t c = 0; c < columns; c++) centre[c] += x[i * columns + c];
    for (uint32_t c = 0; c < columns; c++) centre[c] /= (double)count;
}

enum status gp_rows_init(struct gp_rows *r, size_t count, uint32_t columns)
{
    size_t room = count ? count : 1;
    *r = (struct gp_rows){.count = count, .columns = columns};
    if (room > SIZE_MAX / sizeof(double) / columns) return err_memory("a Gaussian process");
    r->x = memory_large(room * columns * sizeof(*r->x));
    r->squares = malloc(room * sizeof(*r->squares));
    if (r->x && r->squares) return SIBYL_OK;
    gp_rows_release(r);
    return err_memory("a Gaussian process");
}

void gp_rows_release(struct gp_rows *r)
{
    free(r->x);
    free(r->squares);
    *r = (struct gp_rows){0};
}

void gp_rows_set(struct gp_rows *r, size_t to, const double *x, const double *centre)
{
    double *row = r->x + to * r->columns, square = 0.0;
    for (uint32_t c = 0; c < r->columns; c++) {
        row[c] = x[c] - centre[c];
        square += row[c] * row[c];
    }
    r->squares[to] = square;
}

/* One column of products becomes covariances. */
static void transform(enum gp_kernel kernel, const struct gp_hyperparameters *h,
                      const double *squares, double square, double *column, size_t count)
{
    double signal = h->signal;
    if (kernel == GP_RBF) {
        double scale = -0.5 / (h->length * h->length);
        for (size_t i = 0; i < count; i++) {
            double d2 = squares[i] + square - 2.0 * column[i];
            column[i] = signal * exp(scale * (d2 > 0.0 ? d2 : 0.0));
        }
        return;
    }
    double scale = 5.0 / (h->length * h->length);
    for (size_t i = 0; i < count; i++) {
        double d2 = squares[i] + square - 2.0 * column[i];
        double s2 = scale * (d2 > 0.0 ? d2 : 0.0), s = sqrt(s2);
        column[i] = signal * (1.0 + s + s2 / 3.0) * exp(-s);
    }
}

void gp_covariance_block(enum gp_kernel kernel, const struct gp_hyperparameters *h,
                         struct gp_part a, struct gp_part b, double *out, size_t stride)
{
    size_t m = a.end - a.begin, n = b.end - b.begin;
    uint32_t d = a.rows->columns;
    if (!m || !n) return;
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, (int)m, (int)n, (int)d, 1.0,
                a.rows->x + a.begin * d, (int)d, b.rows->x + b.begin * d, (int)d, 0.0, out,
                (int)stride);
    for (size_t j = 0; j < n; j++)
        transform(kernel, h, a.rows->squares + a.begin, b.rows->squares[b.begin + j],
                  out + j * stride, m);
}

void gp_covariance_lower(enum gp_kernel kernel, const struct gp_hyperparameters *h, double diagonal,
                         const struct gp_rows *rows, const struct gp_rows *columns,
                         struct process_grid_matrix *k)
{
    for (size_t c = 0, end; c < k->local_columns; c = end) {
        end = c + k->block < k->local_columns ? c + k->block : k->local_columns;
        size_t first = process_grid_local_row(k, process_grid_global_column(k, c));
        gp_covariance_block(kernel, h, (struct gp_part){rows, first, k->local_rows},
                            (struct gp_part){columns, c, end}, k->data + c * k->stride + first,
                            k->stride);
        for (size_t j = c; j < end; j++) {
            size_t at = process_grid_global_column(k, j), r = process_grid_local_row(k, at);
            if (r < k->local_rows && process_grid_global_row(k, r) == at)
                k->data[j * k->stride + r] = diagonal;
        }
    }
}
