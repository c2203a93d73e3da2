#include "jobs/planning/plan_process.h"

#include "base/clock.h"
#include "base/rng.h"
#include "predictor/gp/gaussian_process.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#define GEMM 512            /* rows and columns of the product that is timed */
#define ROUNDS 2            /* of each measurement; the first makes ready */
#define SEARCHED 110.0      /* likelihoods of the search's subset: its grid's 63, and finer grids */
#define WEIGHED_ROWS 2000.0 /* that the weight is chosen on, at most */
#define MANY 1024 /* rows and columns of a grid on which a rank's share is nearly nothing */

static void random_numbers(double *out, size_t count, struct rng *r)
{
    for (size_t i = 0; i < count; i++) out[i] = rng_normal(r);
}

/* Seconds of an operation in a product of matrices. */
static enum status time_product(double *out_flop_s)
{
    double *a = calloc(3 * GEMM * GEMM, sizeof(*a)), s = 0;
    if (!a) return err_memory("a plan");
    for (int i = 0; i < ROUNDS; i++) {
        double start = clock_s();
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, GEMM, GEMM, GEMM, 1, a, GEMM,
                    a + GEMM * GEMM, GEMM, 0, a + 2 * GEMM * GEMM, GEMM);
        s = clock_s() - start;
    }
    free(a);
    *out_flop_s = s / (2.0 * GEMM * GEMM * GEMM);
    return SIBYL_OK;
}

/* Seconds of one factorisation of `rows` rows, and of all that belongs to it. */
static enum status time_fit(struct team *self, size_t rows, uint32_t columns, double *out_s)
{
    struct gp_options options;
    struct gp_hyperparameters known = {.signal = 1, .noise = 0.1};
    struct rng r;
    double *x = malloc(rows * columns * sizeof(*x)), *y = malloc(rows * sizeof(*y));
    enum status st = x && y ? SIBYL_OK : err_memory("a plan");
    rng_init(&r, 1, RNG_TEST, 0);
    if (!st) random_numbers(x, rows * columns, &r);
    if (!st) random_numbers(y, rows, &r);
    known.length = sqrt(2.0 * columns); /* how far rows are from one another */
    gp_options_default(&options);
    options.fixed = &known;
    for (int i = 0; i < ROUNDS && !st; i++) {
        struct gp_model unused = {0};
        double start = clock_s();
        st = gp_fit(self, x, y, rows, columns, &options, &unused);
        *out_s = clock_s() - start;
        gp_model_release(&unused);
    }
    free(x);
    free(y);
    return st;
}

static double searched_rows(double rows)
{
    struct gp_options o;
    gp_options_default(&o);
    return fmin(rows, o.search_rows);
}

enum status plan_process_measure(struct plan_process *out, struct team *self, size_t rows,
                                 uint32_t columns)
{
    double fit_s = 0, n = fmax(searched_rows((double)rows), 2);
    int threads = openblas_get_num_threads();
    *out = (struct plan_process){.columns = columns};
    openblas_set_num_threads(1);
    enum status st = time_product(&out->flop_s);
    if (!st) st = time_fit(self, (size_t)n, columns, &fit_s);
    openblas_set_num_threads(threads);
    if (!st) out->entry_s = fmax(fit_s - out->flop_s * n * n * n / 3, 0) / (n * n);
    return st;
}

/* Seconds of one likelihood. */
static double likelihood_s(const struct plan_process *c, double n)
{
    return c->entry_s * n * n + c->flop_s * n * n * n / 3;
}

void plan_process_add_fit(struct plan *p, const struct plan_process *c, double rows, bool weighted)
{
    struct gp_options o;
    gp_options_default(&o);
    p->divided_s += SEARCHED * likelihood_s(c, searched_rows(rows)) +
                    (o.polish_evaluations + 1) * likelihood_s(c, rows);
    if (weighted) plan_process_add_scoring(p, c, rows, fmin(rows, WEIGHED_ROWS));
}

void plan_process_add_scoring(struct plan *p, const struct plan_process *c, double rows,
                              double graphs)
{
    p->divided_s += likelihood_s(c, rows); /* factored anew */
    p->divided_s += graphs * (2 * c->entry_s * rows + c->flop_s * rows * rows);
}

double plan_process_passes(const struct predictor_options *o)
{
    double members = o->head == HEAD_GP ? 0 : o->members, embedder = o->head != HEAD_LINEAR;
    return (members + embedder) / o->members;
}

void plan_process_add_bytes(struct plan *p, uint32_t columns, double rows)
{
    struct gp_options o;
    gp_options_default(&o);
    struct process_grid_shape one = {1, 1}, many = {MANY, MANY};
    double all = (double)gp_bytes_per_rank((uint64_t)rows, columns, one, o.block);
    double each = (double)gp_bytes_per_rank((uint64_t)rows, columns, many, o.block);
    p->fixed_bytes += each;
    p->divided_bytes += all - each;
}
