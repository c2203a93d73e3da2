/* Twins: found as by brute force, and a graph scored with them merged is scored as without. */
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "predictor/scoring/inference.h"
#include "predictor/inputs/twins.h"

#include <math.h>
#include <stdlib.h>

#define VOCABULARY 3

static bool edge_of(const struct graph *g, uint32_t from, uint32_t to, uint32_t *multiplicity)
{
    for (uint32_t e = g->out_start[from]; e < g->out_start[from + 1]; e++)
        if (g->out_node[e] == to) {
            *multiplicity = g->out_multiplicity[e];
            return true;
        }
    *multiplicity = 0;
    return false;
}

/* By the definition, edge by edge. */
static bool twins(const struct graph *g, uint32_t a, uint32_t b)
{
    if (g->ops[a] != g->ops[b]) return false;
    if (g->attributes && g->attribute[a] != g->attribute[b]) return false;
    for (uint32_t k = 0; k < g->nodes; k++) {
        uint32_t x, y;
        edge_of(g, a, k, &x);
        edge_of(g, b, k, &y);
        if (x != y) return false;
        edge_of(g, k, a, &x);
        edge_of(g, k, b, &y);
        if (x != y) return false;
    }
    return true;
}

/* Layers of nodes, each seeing some of the layer before: many twins. */
static void layered(struct graph *out, struct arena *arena, struct rng *r, uint32_t width,
                    uint32_t depth)
{
    uint32_t nodes = 2 + width * depth, count = 0;
    uint16_t *ops = arena_calloc(arena, nodes, sizeof(*ops));
    struct graph_edge *edges = arena_alloc(arena, width * width * depth * 2 * sizeof(*edges));
    CU_ASSERT_FATAL(ops && edges);
    for (uint32_t i = 1; i <= width * depth; i++) {
        uint32_t layer = (i - 1) / width, before = 1 + (layer - 1) * width;
        ops[i] = (uint16_t)rng_below(r, VOCABULARY);
        if (layer == 0) edges[count++] = (struct graph_edge){0, i, 1};
        for (uint32_t k = 0; layer > 0 && k < 2; k++)
            edges[count++] =
                (struct graph_edge){before + (uint32_t)rng_below(r, 2), i, 1 + (uint32_t)k};
        if (layer == depth - 1) edges[count++] = (struct graph_edge){i, nodes - 1, 1};
    }
    CHECK_OK(graph_make(out, arena, ops, nodes, edges, count, VOCABULARY));
}

/* One number for each node, of two. */
static void mark(struct graph *g, struct arena *arena, struct rng *r)
{
    float *values = arena_alloc(arena, g->nodes * sizeof(*values));
    CU_ASSERT_FATAL(values != NULL);
    for (uint32_t i = 0; i < g->nodes; i++) values[i] = (float)rng_below(r, 2) - 0.25f;
    CHECK_OK(graph_set_attributes(g, arena, values, 1));
}

static void test_found(void)
{
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, 50);
    for (int trial = 0; trial < 30; trial++) {
        struct graph g, merged;
        uint32_t *copies, kinds = 0, sum = 0;
        arena_reset(&arena);
        if (trial % 2)
            layered(&g, &arena, &r, 6, 3);
        else
            CHECK_OK(random_graph(&g, &arena, &r, 12, 0.15, VOCABULARY));
        if (trial % 3 == 2) mark(&g, &arena, &r);
        for (uint32_t i = 0; i < g.nodes; i++) {
            bool first = true;
            for (uint32_t k = 0; k < i; k++) first &= !twins(&g, i, k);
            kinds += first;
        }
        CHECK_OK(twins_merge(&merged, &copies, &arena, &g));
        CU_ASSERT_EQUAL(merged.nodes, kinds);
        CU_ASSERT_EQUAL(copies == NULL, kinds == g.nodes);
        for (uint32_t i = 0; copies && i < merged.nodes; i++) sum += copies[i];
        CU_ASSERT(!copies || sum == g.nodes);
    }
    arena_release(&arena);
}

static real output_of(const struct inference *n, const struct batch *b, struct arena *arena)
{
    real out = NAN;
    CHECK_OK(inference_run(n, b, arena, 2, &out, NULL));
    return out;
}

static void check_scores(enum readout readout, struct rng *r, uint32_t width, uint32_t depth,
                         bool attributes)
{
    struct arena arena;
    struct predictor_options o;
    struct nnformer_shape shape;
    struct inference *n = NULL;
    struct graph g, merged;
    struct batch plain, counted;
    uint32_t *copies = NULL;
    arena_init(&arena);
    predictor_options_default(&o);
    o.layers = 3;
    o.width = 36;
    o.feedforward = 0;
    o.readout = readout;
    o.head_count = TOPOLOGY_COUNT;
    for (int t = 0; t < TOPOLOGY_COUNT; t++) o.heads[t] = (enum topology)t;
    attributes_init(&o.attributes, attributes);
    nnformer_shape_init(&shape, &o, VOCABULARY);
    real *weights = calloc(nnformer_parameters(&shape), sizeof(*weights));
    nnformer_initialise(&shape, r, 1, weights);
    CHECK_OK(inference_new(&n, &shape, weights, PRECISION_FLOAT32));
    layered(&g, &arena, r, width, depth);
    if (attributes) mark(&g, &arena, r);
    CHECK_OK(twins_merge(&merged, &copies, &arena, &g));
    CU_ASSERT_FATAL(copies != NULL && merged.nodes < g.nodes);
    CHECK_OK(batch_pack(&plain, &arena, &g, NULL, 1, &shape.options));
    CHECK_OK(batch_pack(&counted, &arena, &merged, NULL, 1, &shape.options));
    CHECK_OK(twins_count(&counted, &arena, copies));
    real a = output_of(n, &plain, &arena), b = output_of(n, &counted, &arena);
    CU_ASSERT(isfinite(a) && a != 0);
    CU_ASSERT_DOUBLE_EQUAL(b, a, 2e-5 * fmax(1, fabs((double)a)));
    inference_free(n);
    free(weights);
    arena_release(&arena);
}

static void test_scores(void)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 51);
    check_scores(READOUT_MEAN, &r, 5, 3, false);
    check_scores(READOUT_OUTPUT_NODE, &r, 6, 2, false);
    check_scores(READOUT_MEAN, &r, 300, 4, false);
    check_scores(READOUT_SUM, &r, 40, 2, false);
    check_scores(READOUT_MEAN, &r, 300, 4, true);
    check_scores(READOUT_OUTPUT_NODE, &r, 40, 2, true);
}

int main(void)
{
    CU_TestInfo tests[] = {{"found as by brute force", test_found},
                           {"scores with twins merged", test_scores},
                           CU_TEST_INFO_NULL};
    return unit_run("twins", tests);
}
