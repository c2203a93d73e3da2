/* The trainer on a simulated cluster (SimGrid's SMPI): its own code and messages, with the
 * network's passes replaced by the time that they take. Prints the seconds of a step on rank 0.
 * usage: smpirun -np R ... simulated_step sharded|allreduce BATCH FORWARD_S BACKWARD_S LOSS_S
 * SUMS_S OPTIMIZER_S sharded: trainer_run(). allreduce: the same loss, then one MPI_Allreduce of
 * the gradient's floats, and every rank does the optimiser's whole step. */
#include "base/clock.h"
#include "predictor/training/optimizer.h"
#include "predictor/training/step_loss.h"
#include "predictor/training/trainer.h"
#include "tests/bench/simulated/simulated_network.h"

#include <mpi.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WARM 1
#define STEPS 1
#define SHARD 32 /* graphs */

struct clocked {
    int steps;
    double first_s, last_s;
};

/* Asked at every step. */
static bool count_steps(void *context)
{
    struct clocked *c = context;
    if (c->steps == WARM) c->first_s = clock_s();
    c->last_s = clock_s();
    return c->steps++ == WARM + STEPS;
}

struct job {
    struct team *team;
    struct arena arena;
    struct vocabulary vocabulary;
    struct training_options options;
    struct predictor predictor;
    struct graph *graphs;
    double *labels;
    uint32_t batch;
};

static enum status make_job(struct job *j, uint32_t batch)
{
    static const char *const names[] = {"input", "output", "conv"};
    const uint16_t ops[] = {0, 2, 2, 1};
    const struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {0, 3, 1}};
    struct predictor_options o;
    struct graph g;
    arena_init(&j->arena);
    j->batch = batch;
    predictor_options_default(&o);
    o.layers = 12;
    o.width = 160;
    training_options_default(&j->options);
    j->options.batch = batch;
    j->options.shards = batch / SHARD;
    j->options.epochs = 10;
    enum status st = vocabulary_init(&j->vocabulary, &j->arena, names, 3);
    if (!st) st = graph_make(&g, &j->arena, ops, 4, edges, 4, 3);
    j->graphs = arena_calloc(&j->arena, batch, sizeof(*j->graphs));
    j->labels = arena_calloc(&j->arena, batch, sizeof(*j->labels));
    if (!st && (!j->graphs || !j->labels)) st = SIBYL_E_MEM;
    for (uint32_t i = 0; i < batch && !st; i++) {
        j->graphs[i] = g;
        j->labels[i] = sin(i);
    }
    return st ? st : predictor_init(&j->predictor, &o, &j->vocabulary, "label");
}

static enum status run_sharded(struct job *j, struct clocked *c)
{
    struct log log = {LOG_QUIET, team_rank(j->team)};
    struct training_set set = {j->graphs, j->labels, j->batch};
    struct trainer_result result;
    struct trainer_run run = {.options = &j->options,
                              .seed = 1,
                              .job_digest = "simulation",
                              .log = &log,
                              .stop_asked = count_steps,
                              .context = c};
    enum status st = trainer_run(j->team, &j->predictor, &set, &run, &result);
    return st == SIBYL_E_STOPPED ? SIBYL_OK : st;
}

static enum status allreduce_step(struct job *j, struct step_loss *l, struct optimizer *a,
                                  const struct nnformer_shape *shape, float *gradient)
{
    struct reducer_part whole = {0, a->parameters};
    struct batch b = {.graphs = step_loss_own(l)};
    struct nnformer_training training = {.dropout = 0};
    struct nnformer_sums sums = {NULL, NULL, NULL};
    struct rng pairs;
    unsigned wishes;
    float *out = malloc((b.graphs + 1) * sizeof(*out));
    if (!out) return SIBYL_E_MEM;
    rng_init(&pairs, 1, RNG_PAIRS, 0);
    enum status st = nnformer_forward(shape, a->weights, &b, NULL, &training, NULL, out);
    for (uint32_t i = 0; i < b.graphs && !st; i++) l->own[i] = out[i];
    free(out);
    st = team_agree_wishes(j->team, st, 0, &wishes);
    if (!st) st = step_loss_take(l, 0, 1, &pairs);
    if (!st) st = nnformer_backward(shape, a->weights, &b, NULL, 0, NULL, NULL, NULL, &sums);
    MPI_Allreduce(MPI_IN_PLACE, gradient, (int)a->parameters, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    optimizer_step(a, &whole, 1, gradient, 1);
    return st;
}

static enum status run_allreduce(struct job *j, struct clocked *c)
{
    struct nnformer_shape shape;
    struct step_loss loss;
    struct optimizer a;
    uint32_t *rows = arena_calloc(&j->arena, j->batch, sizeof(*rows));
    double *offsets = arena_calloc(&j->arena, j->batch, sizeof(*offsets));
    nnformer_shape_init(&shape, &j->predictor.options, j->vocabulary.count);
    enum status st = rows && offsets ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) st = step_loss_init(&loss, j->team, &j->options, 1, j->batch, 1);
    if (!st) st = optimizer_init(&a, &shape, &j->options);
    if (!st) st = optimizer_take(&a, NULL);
    if (st) return st;
    float *gradient = malloc(a.parameters * sizeof(*gradient));
    if (!gradient) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < j->batch; i++) rows[i] = i;
    memset(a.weights, 0, a.parameters * sizeof(*a.weights));
    optimizer_restart(&a, 1000);
    while (!st && !count_steps(c)) {
        step_loss_begin(&loss, j->graphs, rows, j->batch, j->labels, offsets);
        st = allreduce_step(j, &loss, &a, &shape, gradient);
    }
    free(gradient);
    optimizer_release(&a);
    step_loss_release(&loss);
    return st;
}

int main(int argc, char **argv)
{
    struct job j = {0};
    struct clocked c = {0};
    if (argc < 8) return 2;
    MPI_Init(&argc, &argv); /* not comm_start(): the simulator promises nothing about threads */
    if (team_world(&j.team)) {
        fprintf(stderr, "simulated_step: %s\n", err_message());
        return 1;
    }
    simulated_network_times((struct simulated_times){atof(argv[3]), atof(argv[4]), atof(argv[5]),
                                                     atof(argv[6]), atof(argv[7])});
    enum status st = make_job(&j, (uint32_t)strtoul(argv[2], NULL, 10));
    if (!st) st = strcmp(argv[1], "sharded") ? run_allreduce(&j, &c) : run_sharded(&j, &c);
    if (st) fprintf(stderr, "rank %d: %s\n", team_rank(j.team), err_message());
    if (!st && team_rank(j.team) == 0) printf("%.6f\n", (c.last_s - c.first_s) / STEPS);
    team_release(j.team);
    comm_stop();
    return st != SIBYL_OK;
}
