/* The whole model's gradient against central finite differences, in double. */
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "predictor/model/nnformer.h"
#include "tests/gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEP 1e-5
#define TOLERANCE 2e-6 /* of the larger of 1 and the gradient */
#define VOCABULARY 5
#define GRAPHS 6

static const uint32_t sizes[GRAPHS] = {2, 3, 8, 17, 40, 1};

#define OUTPUTS_MAX 3

/* sum over all outputs of (place + 1) * out[place], some function of all */
static double objective(const struct nnformer_shape *s, const real *weights, const struct batch *b,
                        const struct nnformer_training *training, struct arena *arena)
{
    struct nnformer_state state;
    real out[GRAPHS * OUTPUTS_MAX];
    arena_reset(arena);
    CHECK_OK(nnformer_forward(s, weights, b, arena, training, &state, out));
    double sum = 0;
    for (uint32_t g = 0; g < b->graphs * s->options.outputs; g++) sum += (g + 1) * out[g];
    return sum;
}

static void check_model(const struct predictor_options *o, double dropout)
{
    const uint32_t numbers[GRAPHS] = {3, 1, 7, 70000, 0, 12};
    struct nnformer_training training = {
        .dropout = dropout, .graph_numbers = numbers}; /* every pass draws the same masks */
    struct arena graphs_arena, arena;
    struct graph graphs[GRAPHS];
    struct rng r;
    struct nnformer_shape s;
    struct batch b;
    struct nnformer_state state;
    real out[GRAPHS * OUTPUTS_MAX], dout[GRAPHS * OUTPUTS_MAX];
    arena_init(&graphs_arena);
    arena_init(&arena);
    rng_init(&r, 7, RNG_TEST, 1);
    training.key[0] = 8;
    for (uint32_t g = 0; g < GRAPHS; g++) {
        CHECK_OK(
            random_graph(&graphs[g], &graphs_arena, &r, sizes[g], g == 4 ? 0.08 : 0.4, VOCABULARY));
        CHECK_OK(random_attributes(&graphs[g], &graphs_arena, &r, o->attributes.count));
    }
    for (uint32_t g = 0; g < GRAPHS * OUTPUTS_MAX; g++) dout[g] = g + 1;
    nnformer_shape_init(&s, o, VOCABULARY);
    size_t n = nnformer_parameters(&s), worst_at = 0;
    real *weights = malloc(n * sizeof(real)), *gradient = calloc(n, sizeof(real));
    nnformer_initialise(&s, &r, 1.5, weights);
    for (size_t i = 0; i < n; i++) weights[i] += 0.05 * rng_normal(&r); /* gains and biases too */
    CHECK_OK(batch_pack(&b, &graphs_arena, graphs, NULL, GRAPHS, o));
    CHECK_OK(nnformer_forward(&s, weights, &b, &arena, &training, &state, out));
    CHECK_OK(gradient_of(&s, weights, &b, &arena, &state, dout, gradient));
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        real w = weights[i];
        weights[i] = w + STEP;
        double up = objective(&s, weights, &b, &training, &arena);
        weights[i] = w - STEP;
        double down = objective(&s, weights, &b, &training, &arena);
        weights[i] = w;
        double numeric = (up - down) / (2 * STEP), scale = fmax(1, fabs(gradient[i]));
        double error = fabs(numeric - gradient[i]) / scale;
        if (error > worst) worst = error, worst_at = i;
        largest = fmax(largest, fabs(gradient[i]));
    }
    printf("%zu parameters, largest gradient %.3g, worst error %.2g at %zu\n", n, largest, worst,
           worst_at);
    CU_ASSERT(largest > 0.1);
    CU_ASSERT(worst < TOLERANCE);
    free(weights);
    free(gradient);
    arena_release(&graphs_arena);
    arena_release(&arena);
}

static void test_paper_heads(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 2;
    o.width = 8;
    o.feedforward = 12;
    check_model(&o, 0);
}

static void test_other_heads_and_sum(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 9;
    o.feedforward = 10;
    o.head_count = 3;
    o.heads[0] = TOPOLOGY_GLOBAL;
    o.heads[1] = TOPOLOGY_REACH;
    o.heads[2] = TOPOLOGY_GLOBAL;
    o.readout = READOUT_SUM;
    check_model(&o, 0);
}

static void test_several_outputs(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 8;
    o.feedforward = 8;
    o.outputs = OUTPUTS_MAX;
    o.multiplicity = false;
    check_model(&o, 0);
    o.convolution = false;
    check_model(&o, 0);
}

static void test_output_node(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 2;
    o.width = 4;
    o.readout = READOUT_OUTPUT_NODE;
    check_model(&o, 0);
}

static void test_dropout(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 2;
    o.width = 8;
    o.feedforward = 12;
    check_model(&o, 0.3);
}

static void test_tokens(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 2;
    o.width = 8;
    o.feedforward = 12;
    o.tokens = true;
    check_model(&o, 0);
    o.readout = READOUT_CLASS_TOKEN;
    check_model(&o, 0.1);
}

static void test_attributes(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    attributes_init(&o.attributes, 3);
    o.attributes.waves = 4; /* finite differences want slow waves */
    o.attributes.mean[1] = 0.5;
    o.attributes.deviation[2] = 2;
    o.layers = 1;
    o.width = 8;
    o.feedforward = 12;
    check_model(&o, 0);
    o.tokens = true;
    o.readout = READOUT_CLASS_TOKEN;
    check_model(&o, 0.1);
}

/* The last numbers of each node are the network's, with fewer waves. */
static void test_features(void)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 1;
    o.width = 8;
    o.feedforward = 12;
    attributes_init(&o.attributes, 4);
    o.attributes.waves = 4;
    attributes_set_features(&o.attributes, 3);
    check_model(&o, 0);
    attributes_set_features(&o.attributes, 4); /* and none of the node's own */
    o.tokens = true;
    check_model(&o, 0.1);
}

int main(void)
{
    CU_TestInfo tests[] = {{"the paper's heads, mean readout", test_paper_heads},
                           {"global and reach heads, sum readout", test_other_heads_and_sum},
                           {"several outputs, ablations", test_several_outputs},
                           {"output node readout", test_output_node},
                           {"dropout", test_dropout},
                           {"tokens, mean and class token readout", test_tokens},
                           {"attributes of nodes", test_attributes},
                           {"features of networks", test_features},
                           CU_TEST_INFO_NULL};
    return unit_run("gradient", tests);
}
