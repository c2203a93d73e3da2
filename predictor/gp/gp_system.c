#include "predictor/gp/gp_system.h"

#include "base/clock.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define LOG_2PI 1.8378770664093454836
#define SIGNAL_FLOOR 1e-24 /* of the square of the label's mean, where all labels are equal */

static enum status init_local(struct gp_system *s, const struct gp_data *d)
{
    enum status st = gp_rows_init(&s->by_row, s->k.local_rows, d->columns);
    if (!st) st = gp_rows_init(&s->by_column, s->k.local_columns, d->columns);
    s->diagonal = malloc(d->rows * sizeof(*s->diagonal));
    if (!st && !s->diagonal) st = err_memory("a Gaussian process");
    if (st) return st;
    for (size_t i = 0; i < s->k.local_rows; i++)
        gp_rows_set(&s->by_row, i, d->x + process_grid_global_row(&s->k, i) * d->columns,
                    d->centre);
    for (size_t i = 0; i < s->k.local_columns; i++)
        gp_rows_set(&s->by_column, i, d->x + process_grid_global_column(&s->k, i) * d->columns,
                    d->centre);
    return SIBYL_OK;
}

enum status gp_system_init(struct gp_system *s, struct team *t, struct process_grid *g,
                           const struct gp_data *d, const struct gp_options *o)
{
    *s = (struct gp_system){.kernel = o->kernel, .rows = d->rows, .residual = d->residual};
    enum status st = process_grid_matrix_init(&s->k, g, d->rows, d->rows, o->block);
    if (!st && d->residual) st = process_grid_matrix_init(&s->b, g, d->rows, 1, o->block);
    if (!st) st = team_agree(t, init_local(s, d));
    if (st) gp_system_release(s);
    return st;
}

void gp_system_release(struct gp_system *s)
{
    gp_rows_release(&s->by_row);
    gp_rows_release(&s->by_column);
    process_grid_matrix_release(&s->k);
    process_grid_matrix_release(&s->b);
    free(s->diagonal);
    *s = (struct gp_system){0};
}

enum status gp_system_factor(struct gp_system *s, const struct gp_hyperparameters *h,
                             double diagonal)
{
    gp_covariance_lower(s->kernel, h, h->signal + diagonal, &s->by_row, &s->by_column, &s->k);
    double begin_s = clock_s();
    enum status st = process_grid_cholesky(&s->k);
    s->factor_s = clock_s() - begin_s;
    return st;
}

void gp_system_solve(struct gp_system *s, double *alpha)
{
    struct process_grid_matrix *b = &s->b;
    if (b->local_columns)
        for (size_t i = 0; i < b->local_rows; i++)
            b->data[i] = s->residual[process_grid_global_row(b, i)];
    process_grid_solve_cholesky(&s->k, b);
    process_grid_gather(b, alpha);
}

struct gp_likelihood gp_system_likelihood(struct gp_system *s, const double *alpha)
{
    struct gp_likelihood l = {.log_determinant = process_grid_log_determinant(&s->k, s->diagonal)};
    for (size_t i = 0; i < s->rows; i++) l.fit += s->residual[i] * alpha[i];
    return l;
}

enum status gp_system_profile(struct gp_system *s, struct gp_hyperparameters *h, double ratio,
                              double *alpha, double *value)
{
    double n = (double)s->rows;
    h->signal = 1.0;
    enum status st = gp_system_factor(s, h, ratio);
    if (st == SIBYL_E_RANGE) {
        *value = -INFINITY;
        return SIBYL_OK;
    }
    if (st) return st;
    gp_system_solve(s, alpha);
    struct gp_likelihood l = gp_system_likelihood(s, alpha);
    h->signal = fmax(l.fit / n, SIGNAL_FLOOR * h->mean * h->mean + DBL_MIN);
    h->noise = ratio * h->signal;
    *value = -0.5 * (n * (LOG_2PI + log(h->signal)) + l.fit / h->signal + l.log_determinant);
    if (!isfinite(*value)) *value = -INFINITY;
    return SIBYL_OK;
}
