/* How long one rank computes in a training step of a 12 x 160 predictor, without any communication:
 * forward and backward pass of SIZE random cells of NAS-Bench-101 in shards of 32, seconds each:
 * means over the same 512 cells, medians of several rounds. usage: bench_step_time SIZE... (32, 64
 * .. 512); prints a line "size forward backward" for each. */
#include "base/clock.h"
#include "base/memory.h"
#include "predictor/training/loss.h"
#include "predictor/model/nnformer.h"
#include "predictor/training/optimizer.h"
#include "search/spaces/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARD 32
#define GRAPHS 512
#define SIZES 16
#define ROUNDS 7

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x)
{
    qsort(x, ROUNDS, sizeof(*x), by_size);
    return x[ROUNDS / 2];
}

static enum status make_graphs(struct graph *graphs, uint32_t count, const struct space *s,
                               struct arena *arena)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 0);
    for (uint32_t i = 0; i < count; i++) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        s->sample(s, &r, g);
        enum status st = s->graph(s, g, &graphs[i], arena);
        if (st) return st;
    }
    return SIBYL_OK;
}

/* What the passes of all sizes share. */
struct bench {
    const struct nnformer_shape *shape;
    const float *weights;
    struct graph graphs[GRAPHS];
    struct arena step;
    int64_t *sums;
};

/* Seconds of each pass over graphs first .. first + count - 1 are added to out[2]. */
static enum status pass(struct bench *b, uint32_t first, uint32_t count, double *out)
{
    struct batch packed;
    struct nnformer_state state;
    struct nnformer_training training = {.dropout = 0};
    struct nnformer_sums gradient = {.sums = b->sums};
    uint32_t rows[GRAPHS], start[GRAPHS / SHARD + 1], shards = count / SHARD;
    float predicted[GRAPHS], slopes[GRAPHS];
    arena_reset(&b->step);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = first + i;
        slopes[i] = 1e-3f;
    }
    for (uint32_t s = 0; s <= shards; s++) start[s] = s * SHARD;
    double t0 = clock_s();
    enum status st = batch_pack(&packed, &b->step, b->graphs, rows, count, &b->shape->options);
    if (!st)
        st =
            nnformer_forward(b->shape, b->weights, &packed, &b->step, &training, &state, predicted);
    double t1 = clock_s();
    if (!st)
        st = nnformer_backward(b->shape, b->weights, &packed, start, shards, &b->step, &state,
                               slopes, &gradient);
    out[0] += t1 - t0;
    out[1] += clock_s() - t1;
    return st;
}

/* All sizes in turn, each over the same graphs: the machine's speed drifts, and graphs differ. */
static enum status print_passes(struct bench *b, int sizes, const uint32_t *size)
{
    double taken[SIZES][2][ROUNDS] = {0};
    enum status st = SIBYL_OK;
    for (int k = 0; k < ROUNDS; k++)
        for (int i = 0; i < sizes; i++) {
            double sum[2] = {0};
            for (uint32_t g = 0; g < GRAPHS && !st; g += size[i]) st = pass(b, g, size[i], sum);
            for (int d = 0; d < 2; d++) taken[i][d][k] = sum[d] * size[i] / GRAPHS;
        }
    for (int i = 0; i < sizes && !st; i++)
        printf("%u %.6f %.6f\n", size[i], median(taken[i][0]), median(taken[i][1]));
    return st;
}

#define BATCH 8192

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
    if (!st) st = optimizer_take(&a, NULL);
    int64_t *sums = memory_large_zeroed(n * sizeof(*sums)),
            *others = memory_large_zeroed(n * sizeof(*others));
    float *gradient = memory_large(n * sizeof(*gradient));
    if (!st && (!sums || !others || !gradient)) st = err_memory("sums");
    if (!st) memset(a.weights, 0, n * sizeof(*a.weights));
    if (!st) optimizer_restart(&a, 100);
    for (int k = 0; k < ROUNDS && !st; k++) {
        double t0 = clock_s();
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

/* SHARD, 2 SHARD .. GRAPHS; 0: none of them. */
static uint32_t parse_size(const char *text)
{
    unsigned long size = strtoul(text, NULL, 10);
    return size >= SHARD && size <= GRAPHS && GRAPHS % size == 0 ? (uint32_t)size : 0;
}

static enum status measure(const struct nnformer_shape *shape, const struct space *space, int sizes,
                           const uint32_t *size)
{
    struct arena arena;
    struct rng r;
    struct bench *b = calloc(1, sizeof(*b));
    float *weights = memory_large(nnformer_parameters(shape) * sizeof(*weights));
    int64_t *sums = memory_large_zeroed(nnformer_parameters(shape) * sizeof(*sums));
    enum status st = b && weights && sums ? SIBYL_OK : err_memory("a step");
    arena_init(&arena);
    if (!st) {
        b->shape = shape;
        b->weights = weights;
        b->sums = sums;
        arena_init(&b->step);
        rng_init(&r, 2, RNG_WEIGHTS, 0);
        nnformer_initialise(shape, &r, 1, weights);
        st = make_graphs(b->graphs, GRAPHS, space, &arena);
        if (!st) st = print_passes(b, sizes, size);
        arena_release(&b->step);
    }
    arena_release(&arena);
    free(b);
    free(weights);
    free(sums);
    return st ? st : print_rest(shape);
}

int main(int argc, char **argv)
{
    struct predictor_options o;
    struct nnformer_shape shape;
    struct space *space = NULL;
    uint32_t size[SIZES];
    for (int i = 1; i < argc; i++)
        if (argc > SIZES || !(size[i - 1] = parse_size(argv[i]))) {
            fprintf(stderr, "bench_step_time: %s: not 32, 64, 128, 256 or 512\n", argv[i]);
            return 2;
        }
    predictor_options_default(&o);
    o.layers = 12;
    o.width = 160;
    enum status st = space_new("nasbench101", &space);
    if (st) return 1;
    nnformer_shape_init(&shape, &o, space->vocabulary.count);
    st = measure(&shape, space, argc - 1, size);
    if (st) fprintf(stderr, "bench_step_time: %s\n", err_message());
    space_free(space);
    return st != SIBYL_OK;
}
