#include "jobs/bench/bench_kernels.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/fixed_point.h"
#include "base/rng.h"
#include "jobs/scoring/precision.h"
#include "predictor/kernels/kernels.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TIME_S 0.3      /* each measurement lasts at least this long */
#define ERROR_MAX 1e-5  /* in float32, relative to the sum of magnitudes */
#define ERROR_BF16 1e-2 /* operands are rounded to 8 bits */
#define SAMPLES 256     /* entries of a result that are checked */

/* y (rows, out) = x (rows, in) B, B in panels. */
struct problem {
    size_t rows, in, out;
    real *x, *panels, *y;
    uint16_t *x16, *panels16;
    int64_t *sum; /* (out, in) of the gradient of W from y as dy */
};

struct kernel_bench {
    struct team *team;
    struct bench_table *table;
    const struct kernels *k;
    struct arena arena;
    struct problem p;
    double rate; /* of the last measurement */
};

static double magnitude_error(double got, double exact, double size)
{
    return isfinite(got) ? fabs(got - exact) / (size > 0 ? size : 1) : INFINITY;
}

/* Element (k, column) of B in panels, and of the same numbers as a plain matrix. */
static double panel_at(const struct problem *p, size_t k, size_t column)
{
    return (double)p->panels[(column / REAL_LANES * p->in + k) * REAL_LANES + column % REAL_LANES];
}

static double plain_at(const struct problem *p, size_t k, size_t column)
{
    return (double)p->panels[k * p->out + column];
}

static double error_of_y(const struct problem *p,
                         double (*b_at)(const struct problem *, size_t, size_t))
{
    double worst = 0;
    for (size_t s = 0; s < SAMPLES; s++) {
        size_t row = s * 37 % p->rows, column = s * 101 % p->out;
        double exact = 0, size = 0;
        for (size_t k = 0; k < p->in; k++) {
            double term = (double)p->x[row * p->in + k] * b_at(p, k, column);
            exact += term;
            size += fabs(term);
        }
        worst = fmax(worst, magnitude_error((double)p->y[row * p->out + column], exact, size));
    }
    return worst;
}

static double product_error(const struct problem *p)
{
    return error_of_y(p, panel_at);
}

static double sgemm_error(const struct problem *p)
{
    return error_of_y(p, plain_at);
}

static double gradient_error(const struct problem *p)
{
    double worst = 0;
    for (size_t s = 0; s < SAMPLES; s++) {
        size_t out = s * 37 % p->out, in = s * 101 % p->in;
        double exact = 0, size = 0;
        for (size_t row = 0; row < p->rows; row++) {
            double term = (double)p->y[row * p->out + out] * (double)p->x[row * p->in + in];
            exact += term;
            size += fabs(term);
        }
        worst = fmax(worst, magnitude_error(fixed_value(p->sum[out * p->in + in]), exact, size));
    }
    return worst;
}

/* ---- what is timed ---- */

static void sgemm(struct kernel_bench *b)
{
    struct problem *p = &b->p; /* panels in any order: the rate is what counts */
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)p->rows, (int)p->out, (int)p->in, 1,
                p->x, (int)p->in, p->panels, (int)p->out, 0, p->y, (int)p->out);
}

static struct product product_of(struct problem *p)
{
    return (struct product){.x = p->x,
                            .x_stride = p->in,
                            .k = p->in,
                            .panels = p->panels,
                            .panel_step = p->in * REAL_LANES,
                            .count = p->out / REAL_LANES,
                            .y = p->y,
                            .y_stride = p->out};
}

static void product(struct kernel_bench *b)
{
    struct product q = product_of(&b->p);
    b->k->product(&q, 0, b->p.rows);
}

static void product_bf16(struct kernel_bench *b)
{
    struct product_bf16 q = {product_of(&b->p), b->p.x16, b->p.panels16, NULL};
    b->k->product_bf16(&q, 0, b->p.rows);
}

static void weight_gradient(struct kernel_bench *b)
{
    struct problem *p = &b->p;
    const uint32_t shard[] = {0, (uint32_t)p->rows};
    struct weight_gradient w = {.dy = p->y,
                                .x = p->x,
                                .dy_stride = p->out,
                                .x_stride = p->in,
                                .out = p->out,
                                .in = p->in,
                                .shard_rows = shard,
                                .shards = 1,
                                .sum = p->sum,
                                .sum_stride = p->in};
    b->k->weight_gradient(&w, 0, p->out);
}

/* Calls a second, over all rounds of at least TIME_S; the slowest rank decides when to stop. */
static double calls_per_s(struct kernel_bench *b, void (*call)(struct kernel_bench *))
{
    uint64_t calls = 0;
    double start = clock_s(), elapsed;
    do {
        for (int i = 0; i < 8; i++) call(b);
        calls += 8;
        elapsed = team_max(b->team, clock_s() - start);
    } while (elapsed < TIME_S);
    return (double)calls / elapsed;
}

static enum status fill(struct kernel_bench *b, size_t rows, size_t in, size_t out)
{
    struct problem *p = &b->p;
    struct rng r;
    arena_reset(&b->arena);
    *p = (struct problem){.rows = rows, .in = in, .out = out};
    p->x = arena_alloc(&b->arena, rows * in * sizeof(real));
    p->panels = arena_alloc(&b->arena, in * out * sizeof(real));
    p->y = arena_calloc(&b->arena, rows * out, sizeof(real));
    p->x16 = arena_alloc(&b->arena, rows * in * sizeof(*p->x16));
    p->panels16 = arena_alloc(&b->arena, in * out * sizeof(*p->panels16));
    p->sum = arena_calloc(&b->arena, in * out, sizeof(*p->sum));
    if (!p->x || !p->panels || !p->y || !p->x16 || !p->panels16 || !p->sum) return SIBYL_E_MEM;
    rng_init(&r, 1, RNG_TEST, 0);
    for (size_t i = 0; i < rows * in; i++) p->x[i] = (real)rng_normal(&r);
    for (size_t i = 0; i < in * out; i++) p->panels[i] = (real)(0.05 * rng_normal(&r));
    if (!b->k->product_bf16) return SIBYL_OK;
    struct pair_bf16 pairs = {p->panels, REAL_LANES, in * out / REAL_LANES, REAL_LANES,
                              p->panels16};
    b->k->round_bf16(p->x, rows * in, p->x16);
    b->k->pair_bf16(&pairs, 0, pairs.rows / 2);
    return SIBYL_OK;
}

/* Checks, then times, then adds a row. */
static enum status measure(struct kernel_bench *b, const char *key,
                           void (*call)(struct kernel_bench *),
                           double (*error_of)(const struct problem *), double error_max)
{
    char shape[64];
    const struct problem *p = &b->p;
    snprintf(shape, sizeof(shape), "%zu rows, %zu to %zu", p->rows, p->in, p->out);
    call(b);
    double error = error_of(p);
    enum status st = error <= error_max
                         ? SIBYL_OK
                         : err_set(SIBYL_E_RANGE, "%s (%s) is wrong by %.3g", key, shape, error);
    st = team_agree(b->team, st);
    if (st) return st;
    double flop = 2.0 * (double)p->rows * (double)p->in * (double)p->out;
    b->rate = calls_per_s(b, call) * flop / 1e9;
    bench_table_add(b->table, &(struct bench_row){.key = key,
                                                  .shape = shape,
                                                  .unit = "gflops",
                                                  .rate = b->rate,
                                                  .error = error,
                                                  .of_sgemm = true});
    return SIBYL_OK;
}

static enum status measure_all(struct kernel_bench *b)
{
    enum { ROWS = 300 };
    enum status st = team_agree(b->team, fill(b, 512, 512, 512));
    if (st) return st;
    st = measure(b, "sgemm", sgemm, sgemm_error, ERROR_MAX);
    if (st) return st;
    b->table->sgemm_gflops = b->rate;
    bool bf16 = precision_all_have_bf16(b->team);
    st = team_agree(b->team, fill(b, ROWS, 320, 320));
    if (!st) st = measure(b, "product", product, product_error, ERROR_MAX);
    if (!st && bf16) st = measure(b, "product_bf16", product_bf16, product_error, ERROR_BF16);
    if (!st) product(b); /* y as dy */
    if (!st) memset(b->p.sum, 0, b->p.in * b->p.out * sizeof(*b->p.sum));
    if (!st) st = measure(b, "weight_gradient", weight_gradient, gradient_error, ERROR_MAX);
    return st;
}

enum status bench_kernels(struct team *t, struct bench_table *table)
{
    struct kernel_bench b = {.team = t, .table = table, .k = kernels_level(0)};
    arena_init(&b.arena);
    enum status st = measure_all(&b);
    arena_release(&b.arena);
    return st;
}
