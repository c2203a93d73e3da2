/* The Gaussian process against LAPACK's dense solution, on several process grids. */
#include "predictor/gp/gaussian_process.h"

#include "base/rng.h"
#include "tests/mpi/mpi_run.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 500
#define COLUMNS 16
#define QUERIES 300 /* more than one block of means, less than one of variances */
#define NOISE_DEVIATION 0.1
#define TOLERANCE 1e-9 /* relative */

void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t length);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda,
             double *b, const int *ldb, int *info, size_t length);

struct problem {
    double x[ROWS * COLUMNS], y[ROWS], queries[QUERIES * COLUMNS];
};

static double smooth(const double *x)
{
    double sum = 3.0;
    for (int c = 0; c < COLUMNS; c++) sum += 0.3 * x[c] + 0.2 * sin(x[c] + x[(c + 1) % COLUMNS]);
    return sum;
}

static struct problem *problem_new(void)
{
    struct problem *p = malloc(sizeof(*p));
    struct rng r;
    CU_ASSERT_FATAL(p != NULL);
    rng_init(&r, 3, RNG_TEST, 0);
    for (int i = 0; i < ROWS * COLUMNS; i++) p->x[i] = rng_normal(&r);
    for (int i = 0; i < QUERIES * COLUMNS; i++) p->queries[i] = rng_normal(&r);
    for (int i = 0; i < ROWS; i++)
        p->y[i] = smooth(p->x + i * COLUMNS) + NOISE_DEVIATION * rng_normal(&r);
    return p;
}

/* The reference: distances directly, then LAPACK. */
struct dense {
    double k[ROWS * ROWS], alpha[ROWS], log_determinant, log_likelihood;
    double mean[QUERIES], variance[QUERIES];
};

static double kernel(enum gp_kernel kind, const struct gp_hyperparameters *h, const double *a,
                     const double *b)
{
    double d2 = 0.0;
    for (int c = 0; c < COLUMNS; c++) d2 += (a[c] - b[c]) * (a[c] - b[c]);
    double r = sqrt(d2) / h->length, s = sqrt(5.0) * r;
    if (kind == GP_RBF) return h->signal * exp(-0.5 * r * r);
    return h->signal * (1.0 + s + s * s / 3.0) * exp(-s);
}

static struct dense *dense_new(const struct problem *p, enum gp_kernel kind,
                               const struct gp_hyperparameters *h)
{
    struct dense *d = calloc(1, sizeof(*d));
    int n = ROWS, one = 1, info = 0;
    CU_ASSERT_FATAL(d != NULL);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++)
            d->k[j * ROWS + i] =
                kernel(kind, h, p->x + i * COLUMNS, p->x + j * COLUMNS) + (i == j ? h->noise : 0.0);
    dpotrf_("L", &n, d->k, &n, &info, 1);
    CU_ASSERT_EQUAL(info, 0);
    for (int i = 0; i < ROWS; i++) d->alpha[i] = p->y[i] - h->mean;
    dpotrs_("L", &n, &one, d->k, &n, d->alpha, &n, &info, 1);
    double fit = 0.0, cross[ROWS], solved[ROWS];
    for (int i = 0; i < ROWS; i++) {
        d->log_determinant += 2.0 * log(d->k[i * ROWS + i]);
        fit += (p->y[i] - h->mean) * d->alpha[i];
    }
    d->log_likelihood = -0.5 * (fit + d->log_determinant + ROWS * log(2.0 * acos(-1.0)));
    for (int q = 0; q < QUERIES; q++) {
        d->mean[q] = h->mean;
        d->variance[q] = h->signal + h->noise;
        for (int i = 0; i < ROWS; i++) {
            cross[i] = kernel(kind, h, p->x + i * COLUMNS, p->queries + q * COLUMNS);
            d->mean[q] += cross[i] * d->alpha[i];
        }
        memcpy(solved, cross, sizeof(cross));
        dpotrs_("L", &n, &one, d->k, &n, solved, &n, &info, 1);
        for (int i = 0; i < ROWS; i++) d->variance[q] -= cross[i] * solved[i];
    }
    return d;
}

/* Largest difference, relative to the largest number. */
static double difference(const double *a, const double *b, size_t count)
{
    double worst = 0.0, scale = 0.0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, isfinite(a[i]) ? fabs(a[i] - b[i]) : INFINITY);
        scale = fmax(scale, fabs(b[i]));
    }
    return worst / scale;
}

struct fitted {
    struct gp_model model;
    double mean[QUERIES], mean_alone[QUERIES], variance[QUERIES];
};

static struct fitted *fitted_new(struct team *t, const struct problem *p,
                                 const struct gp_options *o)
{
    struct fitted *f = calloc(1, sizeof(*f));
    struct gp_predictor *predictor = NULL;
    CU_ASSERT_FATAL(f != NULL);
    CHECK_OK(gp_fit(t, p->x, p->y, ROWS, COLUMNS, o, &f->model));
    CHECK_OK(gp_predictor_new(t, &f->model, o, &predictor));
    CHECK_OK(gp_predict(predictor, p->queries, QUERIES, f->mean, f->variance));
    CHECK_OK(gp_predict(predictor, p->queries, QUERIES, f->mean_alone, NULL));
    gp_predictor_free(predictor);
    return f;
}

static void fitted_free(struct fitted *f)
{
    gp_model_release(&f->model);
    free(f);
}

static bool same_bits(const struct fitted *a, const struct fitted *b)
{
    return !memcmp(&a->model.hyper, &b->model.hyper, sizeof(a->model.hyper)) &&
           !memcmp(a->model.alpha, b->model.alpha, ROWS * sizeof(double)) &&
           a->model.log_likelihood == b->model.log_likelihood &&
           !memcmp(a->mean, b->mean, sizeof(a->mean)) &&
           !memcmp(a->variance, b->variance, sizeof(a->variance));
}

static void check_grid(struct team *t, struct process_grid_shape shape, uint32_t block)
{
    struct problem *p = problem_new();
    const struct gp_hyperparameters h = {4.0, 2.0, 0.02, 2.9};
    struct gp_options o;
    gp_options_default(&o);
    o.fixed = &h;
    o.block = block;
    o.shape = shape;
    for (int kind = GP_RBF; kind <= GP_MATERN52; kind++) {
        o.kernel = (enum gp_kernel)kind;
        struct dense *d = dense_new(p, o.kernel, &h);
        struct fitted *f = fitted_new(t, p, &o), *again = fitted_new(t, p, &o);
        CU_ASSERT(difference(f->model.alpha, d->alpha, ROWS) < TOLERANCE);
        CU_ASSERT(difference(&f->model.log_determinant, &d->log_determinant, 1) < TOLERANCE);
        CU_ASSERT(difference(&f->model.log_likelihood, &d->log_likelihood, 1) < TOLERANCE);
        CU_ASSERT(difference(f->mean, d->mean, QUERIES) < TOLERANCE);
        CU_ASSERT(difference(f->variance, d->variance, QUERIES) < TOLERANCE);
        CU_ASSERT(!memcmp(f->mean, f->mean_alone, sizeof(f->mean)));
        CU_ASSERT(same_bits(f, again));
        CU_ASSERT_EQUAL(f->model.jitter, 0.0);
        fitted_free(f);
        fitted_free(again);
        free(d);
    }
    free(p);
}

static void test_dense(void)
{
    struct team *self = NULL;
    int ranks = team_size(everyone);
    CHECK_OK(team_self(&self));
    check_grid(self, (struct process_grid_shape){1, 1}, 64);
    check_grid(everyone, (struct process_grid_shape){0, 0}, 64);
    check_grid(everyone, (struct process_grid_shape){0, 0}, 33);
    check_grid(everyone, (struct process_grid_shape){1, ranks}, 40);
    check_grid(everyone, (struct process_grid_shape){ranks, 1},
               256); /* some ranks may have nothing */
    team_release(self);
}

/* The search beats its starting points, finds the noise, and is the same on one rank. */
static void test_search(void)
{
    struct problem *p = problem_new();
    struct team *self = NULL;
    struct gp_options o;
    struct gp_fit_report report;
    struct gp_model best, alone, other;
    gp_options_default(&o);
    o.search_rows = 200;
    o.polish_evaluations = 40;
    o.report = &report;
    CHECK_OK(team_self(&self));
    CHECK_OK(gp_fit(everyone, p->x, p->y, ROWS, COLUMNS, &o, &best));
    CU_ASSERT(report.search_evaluations > 63);
    CU_ASSERT(report.polish_evaluations <= 40);
    o.report = NULL;
    CHECK_OK(gp_fit(self, p->x, p->y, ROWS, COLUMNS, &o, &alone));
    CU_ASSERT_EQUAL(best.hyper.length, alone.hyper.length);
    CU_ASSERT(difference(&best.log_likelihood, &alone.log_likelihood, 1) < TOLERANCE);
    double noise = sqrt(best.hyper.noise);
    CU_ASSERT(noise > 0.5 * NOISE_DEVIATION && noise < 2.0 * NOISE_DEVIATION);
    /* The closed-form signal, and the rest, are at a maximum: no neighbour is better. */
    for (int i = 0; i < 7; i++) {
        struct gp_hyperparameters h = best.hyper;
        double *parameter = i < 2 ? &h.length : i < 4 ? &h.signal : &h.noise;
        *parameter *= i % 2 ? 1.25 : 0.8;
        if (i == 6) h = (struct gp_hyperparameters){report.search_length, 1.0, 0.1, h.mean};
        o.fixed = &h;
        CHECK_OK(gp_fit(everyone, p->x, p->y, ROWS, COLUMNS, &o, &other));
        CU_ASSERT(other.log_likelihood < best.log_likelihood);
        gp_model_release(&other);
    }
    gp_model_release(&best);
    gp_model_release(&alone);
    team_release(self);
    free(p);
}

/* Equal rows without noise: K is singular, and jitter makes it regular. */
static void test_jitter(void)
{
    struct problem *p = problem_new();
    struct gp_options o;
    struct gp_model m;
    struct gp_predictor *predictor = NULL;
    const struct gp_hyperparameters h = {4.0, 2.0, 0.0, 3.0};
    double mean[2], variance[2];
    gp_options_default(&o);
    for (int i = 100; i < 200; i++) {
        memcpy(p->x + i * COLUMNS, p->x + (i - 100) * COLUMNS, COLUMNS * sizeof(*p->x));
        p->y[i] = p->y[i - 100];
    }
    o.fixed = &h;
    CHECK_OK(gp_fit(everyone, p->x, p->y, 200, COLUMNS, &o, &m));
    CU_ASSERT(m.jitter > 0.0);
    CHECK_OK(gp_predictor_new(everyone, &m, NULL, &predictor));
    CHECK_OK(gp_predict(predictor, p->x, 2, mean, variance));
    CU_ASSERT_DOUBLE_EQUAL(mean[0], p->y[0], 1e-4);
    CU_ASSERT(variance[0] > 0.0 && variance[0] < 1e-4);
    gp_predictor_free(predictor);
    gp_model_release(&m);
    o.fixed = NULL; /* the search keeps a little noise, and needs none */
    CHECK_OK(gp_fit(everyone, p->x, p->y, 200, COLUMNS, &o, &m));
    CU_ASSERT_EQUAL(m.jitter, 0.0);
    gp_model_release(&m);
    free(p);
}

/* One row, equal labels, rows that are all the same. */
static void test_few(void)
{
    struct problem *p = problem_new();
    struct gp_options o;
    gp_options_default(&o);
    for (int i = 1; i < 20; i++) p->y[i] = p->y[0];
    for (int round = 0; round < 3; round++) {
        size_t rows = round == 0 ? 1 : 20;
        struct gp_model m;
        struct gp_predictor *predictor = NULL;
        double mean[2], variance[2];
        if (round == 2)
            for (int i = 1; i < 20; i++) memcpy(p->x + i * COLUMNS, p->x, COLUMNS * sizeof(*p->x));
        CHECK_OK(gp_fit(everyone, p->x, p->y, rows, COLUMNS, &o, &m));
        CU_ASSERT(isfinite(m.log_likelihood));
        CHECK_OK(gp_predictor_new(everyone, &m, &o, &predictor));
        CHECK_OK(gp_predict(predictor, p->queries, 2, mean, variance));
        CHECK_OK(gp_predict(predictor, NULL, 0, NULL, NULL));
        CU_ASSERT_DOUBLE_EQUAL(mean[1], p->y[0], 1e-9);
        CU_ASSERT(variance[1] > 0.0 && variance[1] < 1e-9);
        gp_predictor_free(predictor);
        gp_model_release(&m);
    }
    free(p);
}

/* Against a process fitted without the row. */
static void test_leave_one_out(void)
{
    enum { COUNT = 40 };
    struct problem *p = problem_new();
    struct gp_hyperparameters hyper = {4.0, 2.0, 0.05, 2.5};
    struct gp_model all, without;
    struct gp_predictor *predictor;
    struct gp_options o;
    double left_out[COUNT], x[COUNT * COLUMNS], y[COUNT], mean;
    gp_options_default(&o);
    o.fixed = &hyper;
    CHECK_OK(gp_fit(everyone, p->x, p->y, COUNT, COLUMNS, &o, &all));
    CHECK_OK(gp_predictor_new(everyone, &all, NULL, &predictor));
    CHECK_OK(gp_leave_one_out(predictor, COUNT, left_out));
    gp_predictor_free(predictor);
    for (size_t i = 0; i < COUNT; i += 7) {
        memcpy(x, p->x, sizeof(x));
        memcpy(y, p->y, sizeof(y));
        memcpy(x + i * COLUMNS, p->x + (COUNT - 1) * COLUMNS, COLUMNS * sizeof(*x));
        y[i] = p->y[COUNT - 1];
        CHECK_OK(gp_fit(everyone, x, y, COUNT - 1, COLUMNS, &o, &without));
        CHECK_OK(gp_predictor_new(everyone, &without, NULL, &predictor));
        CHECK_OK(gp_predict(predictor, p->x + i * COLUMNS, 1, &mean, NULL));
        CU_ASSERT_DOUBLE_EQUAL(left_out[i], mean - hyper.mean, 1e-9);
        CU_ASSERT(fabs(left_out[i]) > 1e-3);
        gp_predictor_free(predictor);
        gp_model_release(&without);
    }
    gp_model_release(&all);
    free(p);
}

static void test_refused(void)
{
    struct problem *p = problem_new();
    struct gp_options o;
    struct gp_model m = {0};
    int last = team_size(everyone) - 1;
    gp_options_default(&o);
    CU_ASSERT_EQUAL(gp_fit(everyone, p->x, p->y, 0, COLUMNS, &o, &m), SIBYL_E_USAGE);
    o.memory_limit = 1 << 20;
    CU_ASSERT_EQUAL(gp_fit(everyone, p->x, p->y, ROWS, COLUMNS, &o, &m), SIBYL_E_MEM);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "there are 1.0 MiB"));
    o.memory_limit = 0;
    o.shape = (struct process_grid_shape){2, 3};
    CU_ASSERT_EQUAL(gp_fit(everyone, p->x, p->y, ROWS, COLUMNS, &o, &m), SIBYL_E_USAGE);
    o.shape = (struct process_grid_shape){0, 0};
    o.block = 0;
    CU_ASSERT_EQUAL(gp_fit(everyone, p->x, p->y, ROWS, COLUMNS, &o, &m), SIBYL_E_USAGE);
    o.block = 64;
    if (last && team_rank(everyone) == last) p->y[3] += 1.0; /* on one rank only */
    enum status want = last ? SIBYL_E_USAGE : SIBYL_OK;
    CU_ASSERT_EQUAL(gp_fit(everyone, p->x, p->y, 30, COLUMNS, &o, &m), want);
    gp_model_release(&m);
    if (team_rank(everyone) == last) p->x[7 * COLUMNS + 2] = NAN; /* on one rank only */
    CU_ASSERT_EQUAL(gp_fit(everyone, p->x, p->y, ROWS, COLUMNS, &o, &m), SIBYL_E_RANGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "row 7, column 2"));
    CU_ASSERT_PTR_NULL(m.alpha);
    free(p);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"dense solution", test_dense},
                           {"search", test_search},
                           {"jitter", test_jitter},
                           {"few rows", test_few},
                           {"leave one out", test_leave_one_out},
                           {"refused", test_refused},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "gp", tests);
}
