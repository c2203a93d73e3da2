/* Times a Gaussian process on the ranks that it is launched with.
 *
 *   bench_gp_scale [ROWS [COLUMNS [BLOCK [QUERIES]]]]      default 8000 96 64 4096
 *
 * dgemm's speed is that of all ranks at the same time, each on its share of the CPUs. */
#include "base/clock.h"
#include "base/rng.h"
#include "comm/team.h"
#include "predictor/gp/gaussian_process.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PRODUCT 1024 /* order of dgemm's matrices */
#define PRODUCTS 5

struct sizes {
    size_t rows, queries;
    uint32_t columns, block;
};

/* GFLOP/s of dgemm, summed over the ranks. */
static double dgemm_gflops(struct team *t)
{
    size_t count = (size_t)PRODUCT * PRODUCT;
    double *a = malloc(3 * count * sizeof(*a)), best = INFINITY;
    if (!a) return 0.0;
    for (size_t i = 0; i < 3 * count; i++) a[i] = (double)(i % 7);
    for (int i = 0; i < PRODUCTS; i++) {
        team_barrier(t);
        double begin_s = clock_s();
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, PRODUCT, PRODUCT, PRODUCT, 1.0, a,
                    PRODUCT, a + count, PRODUCT, 0.0, a + 2 * count, PRODUCT);
        best = fmin(best, clock_s() - begin_s);
    }
    free(a);
    /* of all ranks, each as fast as the slowest */
    return -team_max(t, -2e-9 * PRODUCT * PRODUCT * PRODUCT / best) * team_size(t);
}

static double *numbers(const struct sizes *s, double **labels)
{
    struct rng r;
    double *x = malloc((s->rows + s->queries) * s->columns * sizeof(*x));
    *labels = malloc(s->rows * sizeof(**labels));
    if (!x || !*labels) comm_abort(1);
    rng_init(&r, 1, RNG_TEST, 0);
    for (size_t i = 0; i < (s->rows + s->queries) * s->columns; i++) x[i] = rng_normal(&r);
    for (size_t i = 0; i < s->rows; i++) {
        double sum = 0.1 * rng_normal(&r);
        for (uint32_t c = 0; c < s->columns; c++) sum += sin(x[i * s->columns + c] + 0.1 * c);
        (*labels)[i] = sum;
    }
    return x;
}

static enum status run(struct team *t, const struct sizes *s)
{
    struct gp_options o;
    struct gp_fit_report report;
    struct gp_model m = {0};
    struct gp_predictor *p = NULL;
    double *y, *x = numbers(s, &y), n = (double)s->rows;
    double *mean = malloc(2 * s->queries * sizeof(*mean));
    gp_options_default(&o);
    o.block = s->block;
    o.report = &report;
    if (!mean) comm_abort(1);
    int ranks, cpus;
    team_node(t, &ranks, &cpus);
    openblas_set_num_threads(cpus > ranks ? cpus / ranks : 1);
    double gemm = dgemm_gflops(t), begin_s = clock_s();
    enum status st = gp_fit(t, x, y, s->rows, s->columns, &o, &m);
    double fit_s = clock_s() - begin_s, cholesky = n * n * n / 3e9 / report.factor_s;
    if (!st) st = gp_predictor_new(t, &m, &o, &p);
    begin_s = clock_s();
    if (!st) st = gp_predict(p, x + s->rows * s->columns, s->queries, mean, NULL);
    double mean_s = clock_s() - begin_s;
    begin_s = clock_s();
    if (!st) st = gp_predict(p, x + s->rows * s->columns, s->queries, mean, mean + s->queries);
    double variance_s = clock_s() - begin_s;
    struct process_grid_shape shape = process_grid_shape_of(team_size(t));
    if (!st && team_rank(t) == 0)
        printf("rows %zu columns %u block %u grid %dx%d MiB/rank %.0f\n"
               "fit_s %.2f search_s %.2f (%u) polish_s %.2f (%u) final_s %.2f\n"
               "length %g signal %g noise %g log_likelihood %g\n"
               "cholesky_gflops %.1f dgemm_gflops %.1f ratio %.2f\n"
               "means/s %.0f variances/s %.0f\n",
               s->rows, s->columns, s->block, shape.rows, shape.columns,
               (double)gp_bytes_per_rank(s->rows, s->columns, shape, s->block) / 1048576.0, fit_s,
               report.search_s, report.search_evaluations, report.polish_s,
               report.polish_evaluations, report.final_s, m.hyper.length, m.hyper.signal,
               m.hyper.noise, m.log_likelihood, cholesky, gemm, cholesky / gemm,
               (double)s->queries / mean_s, (double)s->queries / variance_s);
    gp_predictor_free(p);
    gp_model_release(&m);
    free(x);
    free(y);
    free(mean);
    return st;
}

int main(int argc, char **argv)
{
    struct team *t = NULL;
    struct sizes s = {.rows = 8000, .columns = 96, .block = 64, .queries = 4096};
    enum status st = comm_start(&argc, &argv);
    if (!st) st = team_world(&t);
    if (argc > 1) s.rows = strtoul(argv[1], NULL, 10);
    if (argc > 2) s.columns = (uint32_t)strtoul(argv[2], NULL, 10);
    if (argc > 3) s.block = (uint32_t)strtoul(argv[3], NULL, 10);
    if (argc > 4) s.queries = strtoul(argv[4], NULL, 10);
    if (!st) st = run(t, &s);
    if (st) fprintf(stderr, "bench_gp_scale: %s\n", err_message());
    team_release(t);
    comm_stop();
    return status_exit_code(st);
}
