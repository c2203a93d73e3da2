/* The model of structure where there are limits: values that are to be known, improvements on
 * answers alone, and chances of being one. */
#include "search/algorithms/structure_model.h"
#include "search/spaces/candidate.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#define KNOWN 60
#define CHOICE 40
#define ALL (KNOWN + CHOICE)

struct case_of {
    struct space *space;
    struct arena arena;
    struct graph_patterns patterns[ALL];
    struct hash128 hashes[ALL];
    double cost[ALL]; /* a number by operation, summed */
    size_t heavy[ALL];
};

static void open_case(struct case_of *k)
{
    static const double costs[] = {1, 1, 0, 0.5, 2, 5, 1.5};
    struct rng rng;
    memset(k, 0, sizeof(*k));
    arena_init(&k->arena);
    CHECK_OK(space_new("nasbench201", &k->space));
    rng_init(&rng, 3, RNG_SEARCH, 0);
    for (size_t n = 0; n < ALL;) {
        struct candidate c;
        bool is_new = true;
        uint16_t *genes = space_genes(k->space, &k->arena);
        k->space->sample(k->space, &rng, genes);
        CHECK_OK(candidate_make(&c, &k->arena, k->space, genes));
        for (size_t i = 0; i < n; i++) is_new &= hash128_compare(k->hashes[i], c.hash) != 0;
        if (!is_new) continue;
        CHECK_OK(graph_patterns_of(&k->patterns[n], &k->arena, &c.graph));
        k->hashes[n] = c.hash;
        for (uint32_t i = 0; i < c.graph.nodes; i++) {
            k->cost[n] += costs[c.graph.ops[i] % 7];
            k->heavy[n] += c.graph.ops[i] == 5;
        }
        n++;
    }
}

static void close_case(struct case_of *k)
{
    arena_release(&k->arena);
    space_free(k->space);
}

static struct structure_task task_of(const struct case_of *k, const double *labels)
{
    return (struct structure_task){.known = k->patterns,
                                   .labels = labels,
                                   .known_count = KNOWN,
                                   .candidates = k->patterns + KNOWN,
                                   .hashes = k->hashes + KNOWN,
                                   .candidate_count = CHOICE};
}

/* A cost that adds up over operations is known to a few percent of its deviation, and the model
 * knows how well. */
static void test_plain(void)
{
    struct case_of k;
    struct structure_model *m = NULL;
    double error = 0, said = 0, spread = 0, mean = 0;
    open_case(&k);
    struct structure_task task = task_of(&k, k.cost);
    task.plain = true;
    CHECK_OK(structure_model_new(&m, &task));
    double unit = structure_model_label(m, 1) - structure_model_label(m, 0);
    for (size_t i = 0; i < KNOWN; i++) mean += k.cost[i] / KNOWN;
    for (size_t i = 0; i < CHOICE; i++) {
        double expected, variance;
        structure_model_predict(m, i, &expected, &variance);
        double label = structure_model_label(m, expected), want = k.cost[KNOWN + i];
        error += (label - want) * (label - want) / CHOICE;
        said += unit * unit * (variance + structure_model_noise(m)) / CHOICE;
        spread += (want - mean) * (want - mean) / CHOICE;
    }
    CU_ASSERT(error < 0.02 * spread);
    CU_ASSERT(error < 4 * said && said < 16 * error);
    structure_model_free(m);
    close_case(&k);
}

/* What has no chance is taken when nothing else is left. */
static void test_chance(void)
{
    struct case_of k;
    struct structure_model *m = NULL;
    double chance[CHOICE];
    size_t none = 0, at = 0, count = 0;
    double value = 0;
    open_case(&k);
    for (size_t i = 0; i < CHOICE; i++) chance[i] = k.heavy[KNOWN + i] > 0 ? -1e5 : 0;
    for (size_t i = 0; i < CHOICE; i++) none += chance[i] < 0;
    struct structure_task task = task_of(&k, k.cost); /* heavy ones promise most */
    task.chance = chance;
    task.wanted = CHOICE;
    CU_ASSERT_FATAL(none > 5 && none < CHOICE - 5);
    CHECK_OK(structure_model_new(&m, &task));
    for (;;) {
        CHECK_OK(structure_model_take(m, &at, &value));
        if (at == CHOICE) break;
        CU_ASSERT_EQUAL(chance[at] < 0, count >= CHOICE - none);
        count++;
    }
    CU_ASSERT_EQUAL(count, CHOICE);
    structure_model_free(m);
    close_case(&k);
}

/* Where the best are no answers, what is better than the answers is an improvement: far more is
 * expected than of the best of all, and what is taken first need not be above that one. */
static void test_answers(void)
{
    struct case_of k;
    bool meets[KNOWN];
    double chance[CHOICE], best = -INFINITY, best_of_all = -INFINITY, value[2];
    open_case(&k);
    for (size_t i = 0; i < KNOWN; i++) {
        meets[i] = k.heavy[i] == 0;
        if (meets[i]) best = fmax(best, k.cost[i]);
        best_of_all = fmax(best_of_all, k.cost[i]);
    }
    CU_ASSERT_FATAL(best < best_of_all - 5);
    for (size_t i = 0; i < CHOICE; i++) chance[i] = k.heavy[KNOWN + i] > 0 ? -1e5 : 0;
    size_t first[2];
    for (int with = 0; with < 2; with++) {
        struct structure_model *m = NULL;
        struct structure_task task = task_of(&k, k.cost);
        task.meets = with ? meets : NULL;
        task.chance = chance;
        task.wanted = 1;
        CHECK_OK(structure_model_new(&m, &task));
        CHECK_OK(structure_model_take(m, &first[with], &value[with]));
        CU_ASSERT_FATAL(first[with] < CHOICE);
        structure_model_free(m);
    }
    CU_ASSERT(k.heavy[KNOWN + first[1]] == 0);
    /* The answer: no other one that is left is much better than what was taken. */
    for (size_t i = 0; i < CHOICE; i++)
        if (k.heavy[KNOWN + i] == 0) CU_ASSERT(k.cost[KNOWN + i] <= k.cost[KNOWN + first[1]] + 1);
    close_case(&k);
}

int main(void)
{
    CU_TestInfo tests[] = {{"plain values", test_plain},
                           {"chances", test_chance},
                           {"answers", test_answers},
                           CU_TEST_INFO_NULL};
    return unit_run("structure_limits", tests);
}
