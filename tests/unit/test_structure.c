/* Properties of graphs against an enumeration of all paths; the auxiliary loss against differences.
 */
#include "tests/unit/unit.h"

#include "predictor/training/loss.h"
#include "predictor/inputs/structure.h"
#include "tests/random_graph.h"

#include <math.h>
#include <string.h>

#define OPS 4
#define NUMBERS (3 * OPS + 5)

struct paths {
    const struct graph *g;
    double count, most[OPS], fewest[OPS], longest, shortest;
};

/* Goes through all paths that begin with those walked so far; `times`: how often each is there. */
static void walk(struct paths *p, uint32_t node, const double *before, double length, double times)
{
    double own[OPS];
    memcpy(own, before, sizeof(own));
    own[p->g->ops[node]]++;
    if (p->g->out_start[node] == p->g->out_start[node + 1]) {
        p->count += times;
        p->longest = fmax(p->longest, length + 1);
        p->shortest = fmin(p->shortest, length + 1);
        for (int o = 0; o < OPS; o++) {
            p->most[o] = fmax(p->most[o], own[o]);
            p->fewest[o] = fmin(p->fewest[o], own[o]);
        }
    }
    for (uint32_t e = p->g->out_start[node]; e < p->g->out_start[node + 1]; e++)
        walk(p, p->g->out_node[e], own, length + 1, times * p->g->out_multiplicity[e]);
}

static void check(const struct graph *g)
{
    struct paths p = {.g = g, .shortest = INFINITY};
    double none[OPS] = {0}, out[NUMBERS], nodes[OPS] = {0}, edges = 0;
    for (int o = 0; o < OPS; o++) p.fewest[o] = INFINITY;
    for (uint32_t i = 0; i < g->nodes; i++) {
        nodes[g->ops[i]]++;
        if (g->in_start[i] == g->in_start[i + 1]) walk(&p, i, none, 0, 1);
    }
    for (uint32_t e = 0; e < g->edges; e++) edges += g->out_multiplicity[e];
    CHECK_OK(structure_labels(g, OPS, out));
    for (int o = 0; o < OPS; o++) {
        CU_ASSERT_EQUAL(out[o], nodes[o]);
        CU_ASSERT_EQUAL(out[OPS + o], p.most[o]);
        CU_ASSERT_EQUAL(out[2 * OPS + o], p.fewest[o]);
    }
    CU_ASSERT_EQUAL(out[3 * OPS], g->nodes);
    CU_ASSERT_EQUAL(out[3 * OPS + 1], edges);
    CU_ASSERT_EQUAL(out[3 * OPS + 2], p.longest);
    CU_ASSERT_EQUAL(out[3 * OPS + 3], p.shortest);
    CU_ASSERT_DOUBLE_EQUAL(out[3 * OPS + 4], log(p.count), 1e-12);
}

static void test_paths(void)
{
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 3, RNG_TEST, 0);
    CU_ASSERT_EQUAL(structure_count(OPS), NUMBERS);
    for (int i = 0; i < 200; i++) {
        struct graph g;
        CHECK_OK(random_graph(&g, &arena, &r, 1 + (uint32_t)rng_below(&r, 9), 0.4, OPS));
        check(&g);
    }
    arena_release(&arena);
}

/* 2^2000 paths: more than a double holds. */
static void test_many_paths(void)
{
    struct arena arena;
    struct graph g;
    uint16_t ops[2001] = {0};
    struct graph_edge edges[2000];
    double out[NUMBERS];
    arena_init(&arena);
    for (uint32_t i = 0; i < 2000; i++) edges[i] = (struct graph_edge){i, i + 1, 2};
    CHECK_OK(graph_make(&g, &arena, ops, 2001, edges, 2000, OPS));
    CHECK_OK(structure_labels(&g, OPS, out));
    CU_ASSERT_DOUBLE_EQUAL(out[3 * OPS + 4], 2000 * log(2), 1e-9);
    CU_ASSERT_EQUAL(out[3 * OPS + 2], 2001);
    arena_release(&arena);
}

static void test_auxiliary_loss(void)
{
    enum { ROWS = 3, OUTPUTS = 3 };
    double p[ROWS * OUTPUTS] = {9, 0.5, -1, 9, 2, 0.25, 9, 1, 1};
    double t[ROWS * OUTPUTS] = {0, 1, 0, 0, NAN, 1, 0, 1.5, NAN};
    double gradient[ROWS * OUTPUTS] = {7, 0, 0, 7, 0, 0, 7, 0, 0}, unused[ROWS * OUTPUTS];
    struct loss_auxiliary a = {2, OUTPUTS, p, t, 0};
    a.known = loss_known(&a, 0, ROWS);
    CU_ASSERT_EQUAL(a.known, 4);
    double loss = loss_auxiliary_rows(&a, 0, ROWS, gradient);
    CU_ASSERT_DOUBLE_EQUAL(loss, 2 * (0.25 + 1 + 0.5625 + 0.25) / 4, 1e-12);
    for (int i = 0; i < ROWS * OUTPUTS; i++) {
        double keep = p[i];
        if (i % OUTPUTS == 0) {
            CU_ASSERT_EQUAL(gradient[i], 7); /* the prediction's is another loss */
            continue;
        }
        p[i] = keep + 1e-6;
        double up = loss_auxiliary_rows(&a, 0, ROWS, unused);
        p[i] = keep - 1e-6;
        double down = loss_auxiliary_rows(&a, 0, ROWS, unused);
        p[i] = keep;
        CU_ASSERT_DOUBLE_EQUAL(gradient[i], (up - down) / 2e-6, 1e-8);
    }
    double parts = loss_auxiliary_rows(&a, 0, 1, unused) + loss_auxiliary_rows(&a, 1, ROWS, unused);
    CU_ASSERT_DOUBLE_EQUAL(parts, loss, 1e-12);
    a.outputs = 1;
    a.known = loss_known(&a, 0, 1);
    CU_ASSERT_EQUAL(loss_auxiliary_rows(&a, 0, 1, unused), 0);
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"properties of paths", test_paths},
        {"very many paths", test_many_paths},
        {"auxiliary loss", test_auxiliary_loss},
        CU_TEST_INFO_NULL,
    };
    return unit_run("structure", tests);
}
