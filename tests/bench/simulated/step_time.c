/* How long one rank computes in a training step of a 12 x 160 predictor, without any communication:
 * forward and backward pass of GRAPHS random cells of NAS-Bench-101 in shards of 32, seconds each,
 * the medians of several. usage: bench_step_time GRAPHS... ; prints a line "graphs forward
 * backward" for each. */
#include "base/clock.h"
#include "predictor/nnformer.h"
#include "search/space.h"

#include <stdio.h>
#include <stdlib.h>

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
    if (st) fprintf(stderr, "bench_step_time: %s\n", err_message());
    free(weights);
    space_free(space);
    return st != SIBYL_OK;
}
