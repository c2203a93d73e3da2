/* The look-up table: exact where labels are sums, a least-squares solution where they are not. */
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "predictor/inputs/lookup.h"

#include <math.h>

#define COUNT 60
#define OPERATIONS 5

struct sample {
    struct arena arena;
    struct graph graphs[COUNT];
    double labels[COUNT];
};

/* Labels 2 + the sum of `table` over the nodes, times 1 + noise * a random number. */
static void sample_make(struct sample *s, const double *table, double noise)
{
    struct rng r;
    arena_init(&s->arena);
    rng_init(&r, 5, RNG_TEST, 0);
    for (int i = 0; i < COUNT; i++) {
        uint32_t nodes = 2 + (uint32_t)rng_below(&r, 8);
        CHECK_OK(random_graph(&s->graphs[i], &s->arena, &r, nodes, 0.4, OPERATIONS));
        s->labels[i] = (2 + lookup_sum(table, &s->graphs[i])) * (1 + noise * rng_normal(&r));
    }
}

static void test_exact(void)
{
    static const double table[OPERATIONS] = {0.5, 3, 0.25, 7, 1};
    double fitted[1 + OPERATIONS];
    struct sample s;
    sample_make(&s, table, 0);
    s.labels[7] = NAN; /* unknown: left out */
    CHECK_OK(lookup_fit(s.graphs, s.labels, 1, COUNT, OPERATIONS, true, fitted));
    CU_ASSERT_DOUBLE_EQUAL(fitted[0], 2, 1e-8);
    for (int o = 0; o < OPERATIONS; o++) CU_ASSERT_DOUBLE_EQUAL(fitted[1 + o], table[o], 1e-8);
    arena_release(&s.arena);
}

/* At the minimum the weighted errors are orthogonal to the constant and to each count. */
static void check_orthogonal(const struct sample *s, const double *fitted, bool relative)
{
    double moments[1 + OPERATIONS] = {0};
    for (int i = 0; i < COUNT; i++) {
        double error = s->labels[i] - fitted[0] - lookup_sum(fitted + 1, &s->graphs[i]);
        if (relative) error /= s->labels[i] * s->labels[i];
        moments[0] += error;
        for (uint32_t k = 0; k < s->graphs[i].nodes; k++) moments[1 + s->graphs[i].ops[k]] += error;
    }
    for (int c = 0; c <= OPERATIONS; c++) CU_ASSERT_DOUBLE_EQUAL(moments[c], 0, 1e-7);
}

static void test_least_squares(void)
{
    static const double table[OPERATIONS] = {0.5, 3, 0.25, 7, 1};
    double plain[1 + OPERATIONS], relative[1 + OPERATIONS];
    struct sample s;
    sample_make(&s, table, 0.1);
    CHECK_OK(lookup_fit(s.graphs, s.labels, 1, COUNT, OPERATIONS, false, plain));
    CHECK_OK(lookup_fit(s.graphs, s.labels, 1, COUNT, OPERATIONS, true, relative));
    check_orthogonal(&s, plain, false);
    check_orthogonal(&s, relative, true);
    CU_ASSERT(fabs(plain[2] - relative[2]) > 1e-6);
    arena_release(&s.arena);
}

/* Two operations that come only as a pair share what they add; one that never comes has none. */
static void test_undetermined(void)
{
    uint16_t ops[COUNT][8];
    struct graph graphs[COUNT];
    double labels[COUNT], fitted[1 + OPERATIONS];
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t pairs = i % 3, others = i % 2;
        graphs[i] = (struct graph){.nodes = 2 * pairs + others, .ops = ops[i]};
        for (uint32_t k = 0; k < 2 * pairs; k++) ops[i][k] = k % 2;
        if (others) ops[i][2 * pairs] = 2;
        labels[i] = 1 + 6.0 * pairs + 5.0 * others;
    }
    CHECK_OK(lookup_fit(graphs, labels, 1, COUNT, OPERATIONS, false, fitted));
    CU_ASSERT_DOUBLE_EQUAL(fitted[0], 1, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(fitted[1], 3, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(fitted[2], 3, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(fitted[3], 5, 1e-8);
    CU_ASSERT_DOUBLE_EQUAL(fitted[4], 0, 1e-8);
    labels[0] = NAN;
    CU_ASSERT_EQUAL(lookup_fit(graphs, labels, 1, 1, OPERATIONS, false, fitted), SIBYL_E_USAGE);
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"exact", test_exact},
        {"least squares", test_least_squares},
        {"undetermined", test_undetermined},
        CU_TEST_INFO_NULL,
    };
    return unit_run("lookup", tests);
}
