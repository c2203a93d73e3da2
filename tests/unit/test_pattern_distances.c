/* Distances and covariances that are kept across rounds: against those that are computed anew from
 * the patterns, to the bit, in whatever order networks come, and after all was forgotten. */
#include "base/rng.h"
#include "search/algorithms/structure_covariance.h"
#include "search/algorithms/structure_model.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NETWORKS 300
#define NODES_MAX 9

/* Random DAGs with doubled edges. */
static void random_graph(struct graph *g, struct arena *arena, struct rng *rng)
{
    uint16_t ops[NODES_MAX] = {0};
    struct graph_edge edges[NODES_MAX * NODES_MAX];
    uint32_t nodes = 3 + (uint32_t)rng_below(rng, NODES_MAX - 2), count = 0;
    for (uint32_t i = 0; i < nodes; i++) {
        ops[i] = i + 1 == nodes ? 1 : i ? (uint16_t)(2 + rng_below(rng, 3)) : 0;
        for (uint32_t k = i + 1; k < nodes; k++)
            if (k == i + 1 || rng_below(rng, 3) == 0)
                edges[count++] = (struct graph_edge){i, k, 1 + (uint32_t)rng_below(rng, 2)};
    }
    CHECK_OK(graph_make(g, arena, ops, nodes, edges, count, 5));
}

struct networks {
    struct arena arena;
    struct graph_patterns patterns[NETWORKS];
    const struct graph_patterns *list[NETWORKS];
};

static void open_networks(struct networks *n, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, RNG_SEARCH, 0);
    arena_init(&n->arena);
    for (size_t i = 0; i < NETWORKS; i++) {
        struct graph g;
        random_graph(&g, &n->arena, &rng);
        CHECK_OK(graph_patterns_of(&n->patterns[i], &n->arena, &g));
        n->list[i] = &n->patterns[i];
    }
}

static double distance_by_numbers(struct pattern_distances *d, int view,
                                  const uint32_t a[PATTERN_VIEWS], const uint32_t b[PATTERN_VIEWS])
{
    const uint32_t *apart = NULL;
    size_t count = 0;
    CHECK_OK(pattern_distances_from(d, (enum pattern_view)view, a[view], &apart));
    const double *values = pattern_distances_values(d, (enum pattern_view)view, &count);
    CU_ASSERT_FATAL(apart[b[view]] < count);
    return values[apart[b[view]]];
}

/* Networks come in two parts, with distances asked in between, so that rows have to grow. */
static void test_distances(void)
{
    static struct networks n;
    struct pattern_distances *d = NULL;
    static uint32_t numbers[NETWORKS][PATTERN_VIEWS];
    size_t wrong = 0, equal = 0;
    open_networks(&n, 1);
    CHECK_OK(pattern_distances_new(&d));
    for (size_t i = 0; i < NETWORKS; i++) {
        CHECK_OK(pattern_distances_number(d, n.list[i], numbers[i]));
        for (int v = 0; v < PATTERN_VIEWS; v++) {
            double own = distance_by_numbers(d, v, numbers[i / 2], numbers[i]);
            double anew = graph_patterns_distance(n.list[i / 2], n.list[i], (enum pattern_view)v);
            wrong += memcmp(&own, &anew, sizeof(own)) != 0;
        }
    }
    for (size_t i = 0; i < NETWORKS; i++)
        for (size_t k = 0; k < NETWORKS; k++)
            for (int v = 0; v < PATTERN_VIEWS; v++) {
                double own = distance_by_numbers(d, v, numbers[i], numbers[k]);
                double anew = graph_patterns_distance(n.list[i], n.list[k], (enum pattern_view)v);
                wrong += memcmp(&own, &anew, sizeof(own)) != 0;
                wrong += (numbers[i][v] == numbers[k][v]) != !(anew > 0);
                equal += i != k && numbers[i][v] == numbers[k][v];
            }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(equal > 0);
    pattern_distances_free(d);
    arena_release(&n.arena);
}

/* The formula of structure_covariance.h, pair by pair. */
static double covariance(const struct structure_covariance *c, const struct graph_patterns *a,
                         const struct graph_patterns *b, double length)
{
    double sum = 0;
    int views = 0;
    for (int v = 0; v < PATTERN_VIEWS; v++) {
        if (!(c->scale[v] > 0)) continue;
        double d = graph_patterns_distance(a, b, (enum pattern_view)v) * c->scale[v];
        double r = sqrt(5 * d) / length;
        sum += (1 + r + r * r / 3) * exp(-r);
        views++;
    }
    return views ? sum / views : 1;
}

/* Of two rounds with the same store, the second with other networks before those of the first; at
 * several lengths; from the first network on, and of a list. */
static void test_covariances(void)
{
    static const double lengths[] = {0.5, 1, 2.8};
    static struct networks n;
    static double out[NETWORKS];
    struct pattern_distances *d = NULL;
    size_t at[NETWORKS / 3], wrong = 0;
    open_networks(&n, 2);
    for (size_t i = 0; i < NETWORKS / 3; i++) at[i] = NETWORKS - 1 - 3 * i;
    CHECK_OK(pattern_distances_new(&d));
    for (size_t round = 0; round < 2; round++) {
        const size_t first = round ? 0 : NETWORKS / 2, count = NETWORKS - first;
        struct structure_covariance c;
        CHECK_OK(structure_covariance_init(&c, d, n.list + first, count));
        for (size_t l = 0; l < sizeof(lengths) / sizeof(*lengths); l++) {
            structure_covariance_at(&c, lengths[l]);
            for (size_t i = 0; i < count; i += 7) {
                const struct structure_others behind = {NULL, i, count - i};
                CHECK_OK(structure_covariances(&c, i, &behind, out));
                for (size_t k = i; k < count; k++)
                    wrong += fabs(out[k - i] - covariance(&c, n.list[first + i], n.list[first + k],
                                                          lengths[l])) > 0;
                const struct structure_others listed = {at, 0, NETWORKS / 3};
                if (first) continue;
                CHECK_OK(structure_covariances(&c, i, &listed, out));
                for (size_t k = 0; k < NETWORKS / 3; k++)
                    wrong +=
                        fabs(out[k] - covariance(&c, n.list[i], n.list[at[k]], lengths[l])) > 0;
            }
        }
        structure_covariance_release(&c);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    pattern_distances_free(d);
    arena_release(&n.arena);
}

/* Models of growing knowledge, of two values in turn, as a search makes them: with a store that
 * all share, and which is emptied once, and without one they say the same of every candidate, to
 * the bit. */
static void test_models(void)
{
    static struct networks n;
    static struct hash128 hashes[NETWORKS];
    static double labels[NETWORKS];
    struct pattern_distances *d = NULL;
    size_t wrong = 0;
    open_networks(&n, 3);
    for (size_t i = 0; i < NETWORKS; i++) hashes[i] = (struct hash128){i, 0};
    CHECK_OK(pattern_distances_new(&d));
    for (size_t known = 20; known <= 140; known += 40)
        for (int plain = 0; plain < 2; plain++) {
            double mean[2], variance[2];
            struct structure_model *m[2] = {NULL, NULL};
            struct structure_task task[2];
            for (size_t i = 0; i < NETWORKS; i++)
                labels[i] = n.patterns[i].square[PATTERN_WALKS] +
                            (plain ? 1.0 : -0.5) * n.patterns[i].square[PATTERN_OPERATIONS];
            for (int with = 0; with < 2; with++) {
                task[with] = (struct structure_task){.known = n.patterns,
                                                     .labels = labels,
                                                     .known_count = known,
                                                     .plain = plain,
                                                     .candidates = n.patterns + known,
                                                     .hashes = hashes + known,
                                                     .candidate_count = NETWORKS - known - 5,
                                                     .pending = n.patterns + NETWORKS - 5,
                                                     .pending_count = 5,
                                                     .wanted = 1,
                                                     .distances = with ? d : NULL};
                CHECK_OK(structure_model_new(&m[with], &task[with]));
            }
            for (size_t i = 0; i < NETWORKS - known; i++) {
                for (int with = 0; with < 2; with++)
                    structure_model_predict(m[with], i, &mean[with], &variance[with]);
                wrong += memcmp(&mean[0], &mean[1], sizeof(mean[0])) != 0;
                wrong += memcmp(&variance[0], &variance[1], sizeof(variance[0])) != 0;
            }
            structure_model_free(m[0]);
            structure_model_free(m[1]);
            pattern_distances_trim(d, known == 60 ? 0 : PATTERN_DISTANCES_KEPT);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    pattern_distances_free(d);
    arena_release(&n.arena);
}

int main(void)
{
    CU_TestInfo tests[] = {{"distances", test_distances},
                           {"covariances", test_covariances},
                           {"models", test_models},
                           CU_TEST_INFO_NULL};
    return unit_run("pattern_distances", tests);
}
