#include "jobs/jobs.h"
#include "jobs/result.h"

#include "base/clock.h"
#include "base/rng.h"
#include "comm/reduce.h"
#include "predictor/scorer.h"
#include "search/space.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TIME_S 0.5 /* each measurement lasts at least this long */
#define CELLS 2048

struct bench {
    struct team *team;
    struct log log;
    struct result result;
};

/* A team's slowest rank decides when to stop, so that all do the same number of rounds. */
static bool again(struct bench *b, double start)
{
    return team_max(b->team, clock_s() - start) < TIME_S;
}

static void row(struct bench *b, const char *name, const char *shape, const char *unit, double rate,
                double max_err)
{
    log_root(&b->log, "%-16s %-24s %14.5g %-12s max_err %.3g", name, shape, rate, unit, max_err);
}

/* Largest relative error of a product against one in double, over a sample of its entries. */
static double sgemm_error(const float *a, const float *x, const float *y, int n)
{
    double worst = 0;
    for (int s = 0; s < 64; s++) {
        int i = (s * 37) % n, k = (s * 101) % n;
        double exact = 0, size = 0;
        for (int l = 0; l < n; l++) {
            exact += (double)a[i * n + l] * x[l * n + k];
            size += fabs((double)a[i * n + l] * x[l * n + k]);
        }
        worst = fmax(worst, fabs(y[i * n + k] - exact) / size);
    }
    return worst;
}

static enum status bench_sgemm(struct bench *b)
{
    enum { N = 512 };
    struct rng r;
    float *a = malloc(3 * sizeof(*a) * N * N);
    enum status st = team_agree(b->team, a ? SIBYL_OK : err_memory("matrices"));
    if (st || !a) goto done;
    float *x = a + N * N, *y = x + N * N;
    rng_init(&r, 1, RNG_TEST, 0);
    for (int i = 0; i < 2 * N * N; i++) a[i] = (float)rng_normal(&r);
    uint64_t rounds = 0;
    double start = 0, error;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, a, N, x, N, 0, y, N);
    error = sgemm_error(a, x, y, N);
    st = team_agree(
        b->team, error < 1e-4 ? SIBYL_OK : err_set(SIBYL_E_RANGE, "sgemm is wrong by %.3g", error));
    if (st) goto done;
    start = clock_s();
    do {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1, a, N, x, N, 0, y, N);
        rounds++;
    } while (again(b, start));
    double rate = 2.0 * N * N * N * (double)rounds / (clock_s() - start) / 1e9;
    row(b, "sgemm", "512x512x512, one rank", "GFLOP/s", rate, error);
    result_number(&b->result, "sgemm_gflops", rate);
done:
    free(a);
    return st;
}

static enum status random_cells(struct arena *arena, const struct space *s, struct graph *out)
{
    struct rng r;
    struct genome g;
    struct graph raw;
    enum status st = SIBYL_OK;
    rng_init(&r, 1, RNG_SAMPLE, 0);
    for (size_t i = 0; !st && i < CELLS; i++) {
        s->sample(s, &r, &g);
        st = s->graph(s, &g, &raw, arena);
        if (!st) st = graph_canonical(&out[i], arena, &raw, &s->vocabulary);
    }
    return st;
}

static enum status random_predictor(struct predictor *p, const struct space *s)
{
    struct predictor_options o;
    struct rng r;
    predictor_options_default(&o);
    o.layers = 12;
    o.width = 160;
    enum status st = predictor_init(p, &o, &s->vocabulary, "random");
    if (st) return st;
    rng_init(&r, 1, RNG_WEIGHTS, 0);
    for (size_t i = 0; i < p->parameters * p->options.members; i++)
        p->weights[i] = (float)(0.05 * rng_normal(&r));
    p->target_deviation = 1;
    return SIBYL_OK;
}

/* The check: a second run gives the same bits, and no score is NaN. */
static enum status check_scores(const double *first, const double *second, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(first[i]) || first[i] != second[i])
            return err_set(SIBYL_E_RANGE, "scores of network %zu differ: %.17g and %.17g", i,
                           first[i], second[i]);
    return SIBYL_OK;
}

static enum status bench_scoring(struct bench *b)
{
    struct space *s = NULL;
    struct predictor p = {0};
    struct scorer *scorer = NULL;
    struct arena arena;
    double *values = calloc(2 * CELLS, sizeof(*values));
    struct graph *cells = calloc(CELLS, sizeof(*cells));
    arena_init(&arena);
    enum status st = values && cells ? space_new("nasbench201", &s) : err_memory("cells");
    if (!st) st = random_predictor(&p, s);
    if (!st) st = random_cells(&arena, s, cells);
    if (!st) st = scorer_new(&scorer, &p, NULL);
    st = team_agree(b->team, st);
    for (int i = 0; !st && i < 2; i++)
        st = scorer_score_all(b->team, scorer, cells, NULL, CELLS, values + i * CELLS, NULL, NULL);
    if (!st) st = team_agree(b->team, check_scores(values, values + CELLS, CELLS));
    uint64_t rounds = 0;
    double start = clock_s();
    while (!st && (rounds == 0 || again(b, start))) {
        st = scorer_score_all(b->team, scorer, cells, NULL, CELLS, values, NULL, NULL);
        rounds++;
    }
    double rate = (double)rounds * CELLS / (clock_s() - start);
    if (!st) row(b, "scoring", "12x160, nasbench201", "archs/s", rate, 0);
    result_number(&b->result, "archs_per_s", rate);
    scorer_free(scorer);
    if (p.weights) predictor_release(&p);
    space_free(s);
    arena_release(&arena);
    free(values);
    free(cells);
    return st;
}

/* Multiples of 1/4 add up exactly: each sum must be its exact value. */
static enum status check_sum(const float *sum, size_t count, int ranks)
{
    double all = ranks * (ranks + 1) / 2.0;
    for (size_t i = 0; i < count; i++)
        if (sum[i] != (float)(0.25 * (double)(i % 8) * all))
            return err_set(SIBYL_E_RANGE, "sum %zu is %.9g, not %.9g", i, sum[i],
                           0.25 * (double)(i % 8) * all);
    return SIBYL_OK;
}

static enum status bench_reduce(struct bench *b)
{
    enum { N = 1 << 20 };
    struct reducer *reducer = NULL;
    float *mine = malloc(2 * sizeof(*mine) * N);
    enum status st = mine ? reducer_new(&reducer, N) : err_memory("a sum");
    st = team_agree(b->team, st);
    uint64_t rounds = 0;
    double start = clock_s();
    for (size_t i = 0; !st && i < N; i++)
        mine[i] = 0.25f * (float)(i % 8) * (float)(team_rank(b->team) + 1);
    while (!st && (rounds == 0 || again(b, start))) {
        reducer_clear(reducer);
        st = reducer_allreduce(reducer, b->team, reducer_add(reducer, mine), mine + N);
        if (!st && rounds == 0)
            st = team_agree(b->team, check_sum(mine + N, N, team_size(b->team)));
        rounds++;
    }
    double rate = (double)rounds * N * sizeof(float) / (clock_s() - start) / 1e6;
    if (!st) row(b, "reduce", "1 Mi floats, all ranks", "MB/s", rate, 0);
    result_number(&b->result, "reduce_mb_per_s", rate);
    reducer_free(reducer);
    free(mine);
    return st;
}

enum status job_bench(struct team *t, const struct options *o)
{
    struct bench b = {.team = t, .log = {.level = o->level, .rank = team_rank(t)}};
    enum status st = options_operands(o, 0, 0, "[--out FILE.json]");
    if (st) return st;
    st = team_agree(t, result_begin(&b.result, o->verb, team_size(t), 1));
    openblas_set_num_threads(1);
    if (!st && !o->dry_run) st = bench_sgemm(&b);
    if (!st && !o->dry_run) st = bench_scoring(&b);
    if (!st && !o->dry_run) st = bench_reduce(&b);
    if (!st && o->out && !o->dry_run)
        st = team_agree(t, team_rank(t) == 0 ? result_write(&b.result, o->out, "done") : SIBYL_OK);
    result_release(&b.result);
    return st;
}
