#include "predictor/gp/covariance_process.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* LAPACK's, which comes with OpenBLAS; gfortran passes the lengths of strings behind all else. */
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t length);

/* So that bits do not depend on how many threads there are. Returns how many there were. */
static int one_thread(void)
{
    int threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    return threads;
}

/* The lower triangle of L with L L' = K + noise I, in `factor` (count, count). */
static enum status factorise(const struct covariance_rows *r, double *factor)
{
    size_t n = r->count;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++)
            factor[i * n + k] = r->covariance(r->context, i, k) + (i == k ? r->noise : 0);
    int rows = (int)n, fault = 0, threads = one_thread();
    dpotrf_("U", &rows, factor, &rows, &fault, 1); /* by columns it is the upper triangle */
    openblas_set_num_threads(threads);
    if (fault)
        return err_set(SIBYL_E_RANGE, "a covariance of %zu rows is not positive definite", n);
    return SIBYL_OK;
}

static void solve_labels(const struct covariance_rows *r, const double *factor, double *half)
{
    int n = (int)r->count, threads = one_thread();
    memcpy(half, r->labels, r->count * sizeof(*half));
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, factor, n, half, 1);
    openblas_set_num_threads(threads);
}

/* The signal's variance, and the log likelihood. */
static void judge(size_t n, const double *factor, const double *half, double *out_likelihood,
                  double *out_signal)
{
    double square = 0, logs = 0;
    for (size_t i = 0; i < n; i++) {
        square += half[i] * half[i];
        logs += log(factor[i * n + i]);
    }
    *out_signal = square > 0 ? square / (double)n : 1;
    *out_likelihood = -0.5 * (double)n * log(*out_signal) - logs;
}

enum status covariance_likelihood(const struct covariance_rows *rows, double *out_likelihood,
                                  double *out_signal)
{
    size_t n = rows->count;
    double *factor = malloc(n * n * sizeof(*factor)), *half = malloc(n * sizeof(*half));
    enum status st = factor && half ? SIBYL_OK : err_memory("a Gaussian process");
    if (!st) st = factorise(rows, factor);
    if (!st) solve_labels(rows, factor, half);
    if (!st) judge(n, factor, half, out_likelihood, out_signal);
    free(factor);
    free(half);
    return st;
}

enum status covariance_process_init(struct covariance_process *p,
                                    const struct covariance_rows *rows, size_t columns,
                                    size_t believed_max)
{
    size_t n = rows->count;
    double unused;
    *p = (struct covariance_process){
        .rows = n, .columns = columns, .believed_max = believed_max, .noise = rows->noise};
    p->factor = malloc(n * n * sizeof(*p->factor));
    p->half = malloc(n * sizeof(*p->half));
    p->work = malloc(((n + believed_max) * columns + 1) * sizeof(*p->work));
    p->prior = malloc((columns + 1) * sizeof(*p->prior));
    p->mean = malloc((columns + 1) * sizeof(*p->mean));
    p->variance = malloc((columns + 1) * sizeof(*p->variance));
    enum status st = p->factor && p->half && p->work && p->prior && p->mean && p->variance
                         ? SIBYL_OK
                         : err_memory("a Gaussian process");
    if (!st) st = factorise(rows, p->factor);
    if (!st) solve_labels(rows, p->factor, p->half);
    if (!st) judge(n, p->factor, p->half, &unused, &p->signal);
    if (st) covariance_process_release(p);
    return st;
}

void covariance_process_release(struct covariance_process *p)
{
    free(p->factor);
    free(p->half);
    free(p->work);
    free(p->prior);
    free(p->mean);
    free(p->variance);
    *p = (struct covariance_process){0};
}

double *covariance_process_row(struct covariance_process *p, size_t row)
{
    return p->work + row * p->columns;
}

void covariance_process_solve(struct covariance_process *p)
{
    int n = (int)p->rows, columns = (int)p->columns;
    if (columns == 0) return;
    int threads = one_thread();
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, columns, 1,
                p->factor, n, p->work, columns);
    cblas_dgemv(CblasRowMajor, CblasTrans, n, columns, 1, p->work, columns, p->half, 1, 0, p->mean,
                1);
    openblas_set_num_threads(threads);
    for (size_t c = 0; c < p->columns; c++) p->variance[c] = 1;
    for (size_t i = 0; i < p->rows; i++)
        for (size_t c = 0; c < p->columns; c++) {
            double part = p->work[i * p->columns + c];
            p->variance[c] = fmax(p->variance[c] - part * part, 0);
        }
}

double *covariance_process_prior(struct covariance_process *p)
{
    return p->prior;
}

/* One more row of L^-1 K: what is left of its covariances, over the root of its own variance. */
void covariance_process_believe(struct covariance_process *p, size_t column, const double *prior)
{
    size_t before = p->rows + p->believed++, columns = p->columns;
    double *row = p->work + before * columns;
    double root = sqrt(p->variance[column] + p->noise);
    memcpy(row, prior, columns * sizeof(*row));
    for (size_t i = 0; i < before; i++) {
        const double *other = p->work + i * columns;
        double times = other[column];
        for (size_t c = 0; c < columns; c++) row[c] -= times * other[c];
    }
    for (size_t c = 0; c < columns; c++) {
        row[c] /= root;
        p->variance[c] = fmax(p->variance[c] - row[c] * row[c], 0);
    }
}
