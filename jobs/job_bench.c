#include "jobs/jobs.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/rng.h"
#include "comm/reduce.h"
#include "jobs/bench/bench_kernels.h"
#include "jobs/run/machine.h"
#include "jobs/scoring/precision.h"
#include "predictor/model/nnformer.h"
#include "predictor/scoring/scorer_team.h"
#include "predictor/training/trainer.h"
#include "search/spaces/space.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIME_S 0.5 /* each measurement lasts at least this long */
#define CELLS 2048
#define TRAINED 512         /* cells */
#define AGREEMENT 1e-4      /* of a score with the training's forward pass */
#define AGREEMENT_BF16 2e-2 /* in standardised units */

struct bench {
    struct team *team;
    struct log log;
    struct result result;
    struct bench_table table;
    int threads;
    bool bf16; /* every rank's CPU has it */
    struct space *space;
    struct predictor predictor;
    struct arena arena;
    struct graph cells[CELLS]; /* random ones */
    double values[2 * CELLS];
};

/* A team's slowest rank decides when to stop, so that all do the same number of rounds. */
static bool again(struct bench *b, double start)
{
    return team_max(b->team, clock_s() - start) < TIME_S;
}

static enum status random_cells(struct bench *b)
{
    const struct space *s = b->space;
    struct rng r;
    uint16_t g[SPACE_GENES_BUILT_IN];
    struct graph raw;
    enum status st = SIBYL_OK;
    rng_init(&r, 1, RNG_SAMPLE, 0);
    for (size_t i = 0; !st && i < CELLS; i++) {
        s->sample(s, &r, g);
        st = s->graph(s, g, &raw, &b->arena);
        if (!st) st = graph_canonical(&b->cells[i], &b->arena, &raw, &s->vocabulary);
    }
    return st;
}

static enum status random_predictor(struct predictor *p, const struct space *s)
{
    struct predictor_options o;
    struct nnformer_shape shape;
    struct rng r;
    predictor_options_default(&o);
    o.layers = 12;
    o.width = 160;
    enum status st = predictor_init(p, &o, &s->vocabulary, "random");
    if (st) return st;
    nnformer_shape_init(&shape, &p->options, s->vocabulary.count);
    rng_init(&r, 1, RNG_WEIGHTS, 0);
    nnformer_initialise(&shape, &r, 1, p->weights);
    p->target_deviation = 1;
    return SIBYL_OK;
}

/* The largest difference of the first scores from the training's forward pass, which is written
 * without what makes scoring fast. Local. */
static enum status forward_error(struct bench *b, double *out)
{
    enum { GRAPHS = 64 };
    struct nnformer_shape shape;
    struct nnformer_state state;
    struct batch batch;
    struct arena arena;
    real outputs[GRAPHS];
    *out = 0;
    arena_init(&arena);
    nnformer_shape_init(&shape, &b->predictor.options, b->predictor.vocabulary.count);
    enum status st = batch_pack(&batch, &arena, b->cells, NULL, GRAPHS, &shape.options);
    if (!st)
        st = nnformer_forward(&shape, b->predictor.weights, &batch, &arena, NULL, &state, outputs);
    for (size_t i = 0; i < GRAPHS && !st; i++)
        *out = fmax(*out, fabs((double)outputs[i] - b->values[i]));
    arena_release(&arena);
    return st;
}

/* A second run gives the same bits, and both agree with the training's forward pass. Local. */
static enum status check_scores(struct bench *b, double agreement, double *out_error)
{
    for (size_t i = 0; i < CELLS; i++)
        if (!isfinite(b->values[i]) || b->values[i] != b->values[CELLS + i])
            return err_set(SIBYL_E_RANGE, "scores of network %zu differ: %.17g and %.17g", i,
                           b->values[i], b->values[CELLS + i]);
    enum status st = forward_error(b, out_error);
    if (!st && !(*out_error <= agreement))
        st = err_set(SIBYL_E_RANGE, "scores differ by %.3g from the training's forward pass",
                     *out_error);
    return st;
}

static enum status bench_scoring(struct bench *b, enum precision precision)
{
    struct scorer *scorer = NULL;
    struct scorer_options options = {precision, b->threads};
    double error = 0, agreement = precision == PRECISION_BF16 ? AGREEMENT_BF16 : AGREEMENT;
    char key[32];
    enum status st = team_agree(b->team, scorer_new(&scorer, &b->predictor, &options));
    for (int i = 0; !st && i < 2; i++)
        st = scorer_score_all(b->team, scorer, b->cells, NULL, CELLS, b->values + i * CELLS, NULL,
                              NULL);
    if (!st) st = team_agree(b->team, check_scores(b, agreement, &error));
    uint64_t rounds = 0;
    double start = clock_s();
    while (!st && (rounds == 0 || again(b, start))) {
        st = scorer_score_all(b->team, scorer, b->cells, NULL, CELLS, b->values, NULL, NULL);
        rounds++;
    }
    double rate = (double)rounds * CELLS / (clock_s() - start);
    snprintf(key, sizeof(key), "scoring_%s", precision_name(precision));
    if (!st)
        bench_table_add(&b->table, &(struct bench_row){key, "12x160, nasbench201", "archs_per_s",
                                                       rate, error, false});
    scorer_free(scorer);
    return st;
}

/* Two epochs of batches of 128 with dropout; the weights are the caller's to free(). */
static enum status train_once(struct bench *b, enum precision precision, float **out_weights,
                              double *out_rate)
{
    struct training_options options;
    struct trainer_result trained = {0};
    struct predictor p = {0};
    struct rng r;
    double labels[TRAINED];
    struct log quiet = {.level = LOG_QUIET, .rank = b->log.rank};
    rng_init(&r, 1, RNG_TEST, 1);
    for (size_t i = 0; i < TRAINED; i++) labels[i] = rng_normal(&r);
    training_options_default(&options);
    options.epochs = 2;
    options.dropout = 0.1;
    options.precision = precision;
    struct training_set set = {b->cells, labels, TRAINED};
    struct trainer_run run = {
        .options = &options, .seed = 1, .threads = b->threads, .job_digest = "", .log = &quiet};
    enum status st = team_agree(b->team, random_predictor(&p, b->space));
    if (!st) st = trainer_run(b->team, &p, &set, &run, &trained);
    if (!st) {
        *out_rate = trained.samples_per_s;
        *out_weights = p.weights;
        p.weights = NULL;
    }
    if (p.parameters) predictor_release(&p);
    return st;
}

/* A second training gives the same bits as the first, and is what is timed. */
static enum status bench_training(struct bench *b, enum precision precision)
{
    float *first = NULL, *second = NULL;
    double rate = 0;
    char key[32];
    snprintf(key, sizeof(key), "training_%s", precision_name(precision));
    enum status st = train_once(b, precision, &first, &rate);
    if (!st) st = train_once(b, precision, &second, &rate);
    size_t bytes = b->predictor.parameters * sizeof(float);
    if (!st && memcmp(first, second, bytes) != 0)
        st = err_set(SIBYL_E_RANGE, "%s: two trainings give different weights", key);
    st = team_agree(b->team, st);
    if (!st)
        bench_table_add(&b->table, &(struct bench_row){key, "12x160, batch 128, dropout",
                                                       "samples_per_s", rate, NAN, false});
    free(first);
    free(second);
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

/* Sums over the ranks of what is in the reducer, whole on every rank. */
static void sum_once(struct reducer *r, int rank, float *out)
{
    reducer_wait(r);
    for (size_t b = 0; b < reducer_buckets(r); b++) {
        struct reducer_part p = reducer_part(r, rank, b);
        fixed_values(reducer_sums(r) + p.begin, p.end - p.begin, out + p.begin);
    }
    reducer_gather(r, out);
    reducer_gathered(r, SIZE_MAX);
}

static enum status bench_reduce(struct bench *b)
{
    enum { N = 1 << 20 };
    struct reducer *reducer = NULL;
    int rank = team_rank(b->team);
    float *sums = malloc(sizeof(*sums) * N);
    enum status st = sums ? reducer_new(&reducer, b->team, N) : err_memory("a sum");
    st = team_agree(b->team, st);
    uint64_t rounds = 0;
    double taken = 0;
    for (double start = clock_s(); !st && (rounds == 0 || again(b, start)); rounds++) {
        reducer_clear(reducer);
        for (size_t i = 0; i < N; i++)
            fixed_add(&reducer_sums(reducer)[i], 0.25 * (double)(i % 8) * (rank + 1));
        team_barrier(b->team);
        double before = clock_s();
        sum_once(reducer, rank, sums);
        taken += team_max(b->team, clock_s() - before);
        if (rounds == 0) st = team_agree(b->team, check_sum(sums, N, team_size(b->team)));
    }
    double rate = (double)rounds * N * sizeof(float) / taken / 1e6;
    if (!st)
        bench_table_add(&b->table, &(struct bench_row){"reduce", "1 Mi floats, all ranks",
                                                       "mb_per_s", rate, 0, false});
    reducer_free(reducer);
    free(sums);
    return st;
}

static enum status run_all(struct bench *b)
{
    enum status st = bench_kernels(b->team, &b->table);
    if (st) return st;
    st = space_new("nasbench201", &b->space);
    if (!st) st = random_predictor(&b->predictor, b->space);
    if (!st) st = random_cells(b);
    st = team_agree(b->team, st);
    if (!st) st = bench_scoring(b, PRECISION_FLOAT32);
    if (!st && b->bf16) st = bench_scoring(b, PRECISION_BF16);
    if (!st) st = bench_training(b, PRECISION_FLOAT32);
    if (!st && b->bf16) st = bench_training(b, PRECISION_BF16);
    return st ? st : bench_reduce(b);
}

enum status job_bench(struct team *t, const struct options *o)
{
    enum status st = options_operands(o, 0, 0, "[--out FILE.json] [--baseline FILE.json]");
    if (!st && o->out && o->baseline && file_is_same(o->out, o->baseline))
        st = err_set(
            SIBYL_E_USAGE,
            "bench: --out %s is the baseline itself, which would be lost; name another file",
            o->out);
    if (st) return st;
    struct bench *b = calloc(1, sizeof(*b));
    st = team_agree(t, b ? SIBYL_OK : err_memory("measurements"));
    if (st || !b) goto done;
    b->team = t;
    b->log = (struct log){.level = o->level, .rank = team_rank(t), .began_s = clock_s()};
    arena_init(&b->arena);
    st = result_begin(&b->result, o->verb, team_size(t), 1);
    if (!st) result_text(&b->result, "kernels", kernels_level(0)->level);
    log_root(&b->log, "kernels: %s", kernels_level(0)->level);
    if (!st) st = bench_table_open(&b->table, &b->log, &b->result, o->baseline);
    st = team_agree(t, st);
    if (st) goto done;
    openblas_set_num_threads(1);
    b->threads = machine_threads(t, &b->log, o->threads, 0);
    b->bf16 = precision_all_have_bf16(t);
    result_integer(&b->result, "threads", (uint64_t)b->threads);
    machine_tell(&b->log, team_size(t), b->threads);
    if (team_rank(t) == 0) machine_check_blas(&b->log);
    if (!o->dry_run) st = run_all(b);
    if (!st && o->out && !o->dry_run)
        st = team_agree(t, team_rank(t) == 0 ? result_write(&b->result, o->out, "done") : SIBYL_OK);
done:
    if (b) {
        bench_table_close(&b->table);
        result_release(&b->result);
        if (b->predictor.weights) predictor_release(&b->predictor);
        space_free(b->space);
        arena_release(&b->arena);
    }
    free(b);
    return st;
}
