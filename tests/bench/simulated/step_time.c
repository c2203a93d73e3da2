/* How long one rank computes in a training step of a 12 x 160 predictor, without any communication:
 * forward and backward pass of GRAPHS random cells of NAS-Bench-101 in shards of 32, seconds each,
 * the medians of several. usage: bench_step_time GRAPHS... ; prints a line "graphs forward
 * backward" for each. */
#include "base/clock.h"
#include "base/memory.h"
#include "predictor/loss.h"
#include "predictor/nnformer.h"
#include "predictor/optimizer.h"
#include "search/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARD 32
#define ROUNDS 5

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum status make_graphs(struct graph *graphs, uint32_t count, const struct space *s,
                               struct arena *arena)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 0);
    for (uint32_t i = 0; i < count; i++) {
        struct genome g = {{0}};
        s->sample(s, &r, &g);
        enum status st = s->graph(s, &g, &graphs[i], arena);
        if (st) return st;
    }
    return SIBYL_OK;
}

static enum status measure(const struct nnformer_shape *shape, const float *weights, uint32_t count,
                           const struct space *space)
{
    struct arena arena, step;
    struct batch b;
    struct nnformer_state state;
    uint32_t shards = (count + SHARD - 1) / SHARD;
    struct nnformer_training training = {.dropout = 0};
    double forward[ROUNDS], backward[ROUNDS];
    struct graph *graphs = malloc(count * sizeof(*graphs));
    uint32_t *rows = malloc(count * sizeof(*rows)), *start = malloc((shards + 1) * sizeof(*start));
    float *out = malloc(2 * count * sizeof(*out));
    int64_t *sums = calloc(nnformer_parameters(shape), sizeof(*sums));
    enum status st = graphs && rows && start && out && sums ? SIBYL_OK : err_memory("a step");
    arena_init(&arena);
    arena_init(&step);
    if (!st) st = make_graphs(graphs, count, space, &arena);
    for (uint32_t i = 0; i < count && !st; i++) {
        rows[i] = i;
        out[count + i] = 1e-3f;
    }
    for (uint32_t s = 0; s <= shards && !st; s++) start[s] = s * SHARD < count ? s * SHARD : count;
    for (int k = 0; k < ROUNDS && !st; k++) {
        struct nnformer_sums gradient = {.sums = sums};
        arena_reset(&step);
        double t0 = clock_s();
        st = batch_pack(&b, &step, graphs, rows, count, &shape->options);
        if (!st) st = nnformer_forward(shape, weights, &b, &step, &training, &state, out);
        double t1 = clock_s();
        if (!st)
            st = nnformer_backward(shape, weights, &b, start, shards, &step, &state, out + count,
                                   &gradient);
        forward[k] = t1 - t0;
        backward[k] = clock_s() - t1;
    }
    qsort(forward, ROUNDS, sizeof(double), by_size);
    qsort(backward, ROUNDS, sizeof(double), by_size);
    if (!st) printf("%u %.6f %.6f\n", count, forward[ROUNDS / 2], backward[ROUNDS / 2]);
    arena_release(&arena);
    arena_release(&step);
    free(graphs);
    free(rows);
    free(start);
    free(out);
    free(sums);
    return st;
}

#define BATCH 8192

static double median(double *x)
{
    qsort(x, ROUNDS, sizeof(*x), by_size);
    return x[ROUNDS / 2];
}

static enum status print_loss(void)
{
    struct training_options o;
    double *p = malloc(3 * BATCH * sizeof(*p)), *t = p + BATCH, *slopes = t + BATCH;
    double taken[ROUNDS], sum = 0;
    if (!p) return err_memory("a loss");
    training_options_default(&o);
    for (int i = 0; i < BATCH; i++) {
        p[i] = (i * 7919 % BATCH) * 1e-4;
        t[i] = i * 1e-4;
    }
    struct loss_batch b = {
        .options = &o, .deviation = 1, .count = BATCH, .predictions = p, .targets = t};
    for (int k = 0; k < ROUNDS; k++) {
        double start = clock_s();
        b.pairs = loss_pairs(&b, 0, BATCH);
        sum += loss_rows(&b, 0, BATCH, slopes);
        taken[k] = clock_s() - start;
    }
    if (sum > 0) printf("loss %.6f\n", median(taken));
    free(p);
    return SIBYL_OK;
}

static enum status print_rest(const struct nnformer_shape *shape)
{
    struct training_options o;
    struct optimizer a;
    size_t n = nnformer_parameters(shape);
    double sums_s[ROUNDS], optimizer_s[ROUNDS];
    struct reducer_part whole = {0, n};
    training_options_default(&o);
    enum status st = optimizer_init(&a, shape, &o);
    int64_t *sums = memory_large_zeroed(n * sizeof(*sums)),
            *others = memory_large_zeroed(n * sizeof(*others));
    float *gradient = memory_large(n * sizeof(*gradient));
    if (!st && (!sums || !others || !gradient)) st = err_memory("sums");
    if (!st) optimizer_restart(&a, 100);
    for (int k = 0; k < ROUNDS && !st; k++) {
        double t0 = clock_s();
        memset(sums, 0, n * sizeof(*sums));
        for (size_t i = 0; i < n; i++) sums[i] += others[i];
        double t1 = clock_s();
        fixed_values(sums, n, gradient);
        optimizer_step(&a, &whole, 1, gradient, 1);
        sums_s[k] = t1 - t0;
        optimizer_s[k] = clock_s() - t1;
    }
    if (!st) printf("sums %.6f\noptimizer %.6f\n", median(sums_s), median(optimizer_s));
    optimizer_release(&a);
    free(sums);
    free(others);
    free(gradient);
    return st ? st : print_loss();
}

int main(int argc, char **argv)
{
    struct predictor_options o;
    struct nnformer_shape shape;
    struct space *space = NULL;
    struct rng r;
    predictor_options_default(&o);
    o.layers = 12;
    o.width = 160;
    enum status st = space_new("nasbench101", &space);
    if (st) return 1;
    nnformer_shape_init(&shape, &o, space->vocabulary.count);
    float *weights = malloc(nnformer_parameters(&shape) * sizeof(*weights));
    if (!weights) return 1;
    rng_init(&r, 2, RNG_WEIGHTS, 0);
    nnformer_initialise(&shape, &r, 1, weights);
    for (int i = 1; i < argc && !st; i++)
        st = measure(&shape, weights, (uint32_t)strtoul(argv[i], NULL, 10), space);
    if (!st) st = print_rest(&shape);
    if (st) fprintf(stderr, "bench_step_time: %s\n", err_message());
    free(weights);
    space_free(space);
    return st != SIBYL_OK;
}
