/* The parts of the search like BANANAS: paths of networks, and the small networks that learn. */
#include "tests/unit/unit.h"

#include "proto/graph/canon.h"
#include "search/algorithms/mlp.h"
#include "search/algorithms/paths.h"
#include "search/spaces/space.h"

#include <math.h>
#include <string.h>

/* The paths of a cell of NAS-Bench-201. */
static uint32_t cell_paths(struct paths *p, const char *text, bool learn, uint16_t *out)
{
    struct space *s = NULL;
    struct arena arena;
    struct graph raw, g;
    uint32_t count = 0;
    arena_init(&arena);
    CHECK_OK(space_new("nasbench201", &s));
    uint16_t *genes = space_genes(s, &arena);
    CHECK_OK(s->parse(s, text, genes));
    CHECK_OK(s->graph(s, genes, &raw, &arena));
    CHECK_OK(graph_canonical(&g, &arena, &raw, &s->vocabulary));
    CHECK_OK(paths_of(p, &g, learn, out, &count));
    arena_release(&arena);
    space_free(s);
    return count;
}

static void test_paths(void)
{
    struct paths p = {0};
    uint16_t a[PATHS_OF_NETWORK_MAX], b[PATHS_OF_NETWORK_MAX];
    /* One path of a 3x3 convolution, and one of two of them: by both ways over the middle. */
    const char *two =
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|none~0|nor_conv_3x3~1|skip_connect~2|";
    CU_ASSERT_EQUAL(cell_paths(&p, two, true, a), 2);
    CU_ASSERT_EQUAL(p.set.count, 2);
    /* The same paths in another network: a 3x3 convolution and behind one of two edges another. */
    CU_ASSERT_EQUAL(cell_paths(&p, two, false, b), 2);
    CU_ASSERT(!memcmp(a, b, 2 * sizeof(*a)));
    /* Of another network the one path that is known; then all three. */
    const char *three =
        "|nor_conv_3x3~0|+|avg_pool_3x3~0|none~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|";
    CU_ASSERT_EQUAL(cell_paths(&p, three, false, a), 1);
    CU_ASSERT_EQUAL(p.set.count, 2);
    CU_ASSERT_EQUAL(cell_paths(&p, three, true, a), 3);
    CU_ASSERT_EQUAL(p.set.count, 4);
    CU_ASSERT(a[0] < a[1] && a[1] < a[2]);
    /* Nothing leads to the output: the input alone, and the output alone. */
    CU_ASSERT(cell_paths(&p, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", true, a) == 2);
    paths_release(&p);
}

enum { FEATURES = 6, SAMPLES = 64 };

/* Inputs: the binary digits of i. Label: whether exactly one of the first two is set. */
static void fill(struct mlp_input *inputs, uint16_t (*features)[FEATURES], float *labels)
{
    for (int i = 0; i < SAMPLES; i++) {
        inputs[i] = (struct mlp_input){features[i], 0};
        for (uint16_t k = 0; k < FEATURES; k++)
            if (i >> k & 1) features[i][inputs[i].count++] = k;
        labels[i] = (float)((i & 1) ^ (i >> 1 & 1));
    }
}

/* It learns what no linear model can, the same bits for the same seed. */
static void test_mlp(void)
{
    struct mlp_input inputs[SAMPLES];
    uint16_t features[SAMPLES][FEATURES];
    float labels[SAMPLES], first[SAMPLES];
    double error = 0;
    fill(inputs, features, labels);
    for (int again = 0; again < 2; again++) {
        struct mlp m;
        struct rng rng;
        rng_init(&rng, 5, RNG_TEST, 0);
        CHECK_OK(mlp_init(&m, FEATURES, &rng));
        CHECK_OK(mlp_train(&m, &(struct mlp_set){inputs, labels, SAMPLES}, 150, &rng));
        for (int i = 0; i < SAMPLES; i++) {
            float y = mlp_predict(&m, &inputs[i]);
            CU_ASSERT(!again || memcmp(&y, &first[i], sizeof(y)) == 0);
            error += fabs((double)(y - labels[i])) / (2 * SAMPLES);
            first[i] = y;
        }
        mlp_release(&m);
    }
    CU_ASSERT(error < 0.1);
    printf("mean error %.4f ", error);
}

int main(void)
{
    CU_TestInfo tests[] = {{"paths", test_paths}, {"small networks", test_mlp}, CU_TEST_INFO_NULL};
    return unit_run("peers", tests);
}
