/* Neighbour lists against dense matrix products, on graphs below and above the bit-row limit. */
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "predictor/inputs/topology.h"

#include <stdlib.h>
#include <string.h>

/* 1 where j must be in row i's list, from the definitions in NNFORMER.md by dense loops. */
static bool expected(const struct graph *g, const unsigned char *a, const unsigned char *reach,
                     uint32_t i, uint32_t j, enum topology t)
{
    uint32_t n = g->nodes;
    if (i == j) return true;
    switch (t) {
    case TOPOLOGY_FORWARD:
        return a[i * n + j];
    case TOPOLOGY_BACKWARD:
        return a[j * n + i];
    case TOPOLOGY_SIBLING_PARENT:
        for (uint32_t k = 0; k < n; k++)
            if (a[k * n + i] && a[k * n + j]) return true;
        return false;
    case TOPOLOGY_SIBLING_CHILD:
        for (uint32_t k = 0; k < n; k++)
            if (a[i * n + k] && a[j * n + k]) return true;
        return false;
    case TOPOLOGY_GLOBAL:
        return true;
    case TOPOLOGY_REACH:
        return reach[i * n + j];
    case TOPOLOGY_COUNT:
        break;
    }
    return false;
}

static void check_graph(const struct graph *g, const struct batch *b, uint32_t which)
{
    uint32_t n = g->nodes, first = b->start[which];
    unsigned char *a = calloc((size_t)n * n, 1), *reach = calloc((size_t)n * n, 1);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            a[i * n + g->out_node[e]] = 1;
    memcpy(reach, a, (size_t)n * n);
    for (uint32_t k = 0; k < n; k++) /* Warshall */
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; j < n; j++)
                reach[i * n + j] |= reach[i * n + k] && reach[k * n + j];
    unsigned wrong = 0;
    for (int t = 0; t < TOPOLOGY_COUNT; t++)
        for (uint32_t i = 0; i < n; i++) {
            const struct row_lists *l = &b->topology[t];
            uint32_t e = l->start[first + i];
            for (uint32_t j = 0; j < n; j++)
                if (expected(g, a, reach, i, j, (enum topology)t))
                    wrong += e >= l->end[first + i] || l->row[e++] != first + j;
            wrong += e != l->end[first + i];
        }
    CU_ASSERT_EQUAL(wrong, 0);
    free(a);
    free(reach);
}

static void test_lists(void)
{
    const uint32_t sizes[] = {1, 2, 7, 63, 64, 65, 130};
    struct arena arena;
    struct graph graphs[7];
    struct rng r;
    struct batch b;
    struct predictor_options o;
    arena_init(&arena);
    predictor_options_default(&o);
    o.head_count = TOPOLOGY_COUNT;
    for (int t = 0; t < TOPOLOGY_COUNT; t++) o.heads[t] = (enum topology)t;
    for (uint64_t trial = 0; trial < 5; trial++) {
        arena_reset(&arena);
        rng_init(&r, 3, RNG_TEST, trial);
        for (int g = 0; g < 7; g++)
            CHECK_OK(random_graph(&graphs[g], &arena, &r, sizes[g], sizes[g] > 20 ? 0.04 : 0.3, 4));
        CHECK_OK(batch_pack(&b, &arena, graphs, NULL, 7, &o));
        for (uint32_t g = 0; g < 7; g++) check_graph(&graphs[g], &b, g);
    }
    arena_release(&arena);
}

int main(void)
{
    CU_TestInfo tests[] = {{"lists equal dense products", test_lists}, CU_TEST_INFO_NULL};
    return unit_run("topology", tests);
}
