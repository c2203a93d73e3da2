/* In place of the network's passes in a simulation: they want weights and finish gradients layer by
 * layer as the real ones do, and take the time that those were measured to take (simulated_step.c
 * sets it). */
#include "tests/bench/simulated/simulated_network.h"

#include "predictor/training/optimizer.h"

/* As SimGrid's <smpi/smpi.h> has it: the ordinary build compiles this file where there is no
 * SimGrid. */
void smpi_execute(double duration);

static struct simulated_times times;

void simulated_network_times(struct simulated_times t)
{
    times = t;
}

enum status nnformer_forward(const struct nnformer_shape *s, const real *weights,
                             const struct batch *b, struct arena *arena,
                             const struct nnformer_training *training, struct nnformer_state *state,
                             real *out)
{
    struct nnformer_view w;
    uint32_t layers = s->options.layers;
    (void)arena;
    (void)state;
    nnformer_view(&w, s, (real *)weights);
    for (uint32_t l = 0; l < layers; l++) {
        const real *end = l + 1 == layers ? w.out_gain : w.layer[l + 1].a_gain;
        if (training->want) training->want(training->context, (size_t)(end - weights));
        smpi_execute(times.forward_s / layers);
    }
    if (training->want) training->want(training->context, nnformer_parameters(s));
    smpi_execute(times.loss_s); /* as long as this rank computes between here and the way back */
    for (size_t i = 0; i < b->graphs * (size_t)s->options.outputs; i++) out[i] = 0.01f * (real)i;
    return SIBYL_OK;
}

enum status nnformer_backward(const struct nnformer_shape *s, const real *weights,
                              const struct batch *b, const uint32_t *shard_graphs, uint32_t shards,
                              struct arena *arena, const struct nnformer_state *state,
                              const real *dout, const struct nnformer_sums *gradient)
{
    struct nnformer_view w;
    uint32_t layers = s->options.layers;
    (void)b;
    (void)shard_graphs;
    (void)shards;
    (void)arena;
    (void)state;
    (void)dout;
    nnformer_view(&w, s, (real *)weights);
    if (gradient->ready) gradient->ready(gradient->context, (size_t)(w.out_gain - weights));
    for (uint32_t l = layers; l-- > 0;) {
        smpi_execute(times.backward_s / layers);
        if (gradient->ready)
            gradient->ready(gradient->context, (size_t)(w.layer[l].a_gain - weights));
    }
    smpi_execute(times.sums_s); /* while they arrive */
    return SIBYL_OK;
}

/* In place of the first weights and of the optimiser's step (the linker's --wrap): their numbers
 * are nobody's. */
void __wrap_nnformer_initialise(const struct nnformer_shape *s, struct rng *r, double scale,
                                real *weights);
void __wrap_nnformer_initialise(const struct nnformer_shape *s, struct rng *r, double scale,
                                real *weights)
{
    (void)s;
    (void)r;
    (void)scale;
    (void)weights;
}

void __wrap_optimizer_step(struct optimizer *a, const struct reducer_part *parts, size_t count,
                           const float *gradient, double norm);
void __wrap_optimizer_step(struct optimizer *a, const struct reducer_part *parts, size_t count,
                           const float *gradient, double norm)
{
    (void)parts;
    (void)count;
    (void)gradient;
    (void)norm;
    a->step++;
    smpi_execute(times.optimizer_s);
}
