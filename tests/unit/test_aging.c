/* Evolution where breeding finds nothing new: networks are drawn at random, and only where that
 * finds none either the space is exhausted. The neighbours of a network are found by going through
 * all points of the space and not by its edits. */
#include "search/algorithms/algorithm.h"
#include "tests/unit/unit.h"

#include <string.h>

#define POINTS 729 /* of digits201: 3 operations on 6 edges */
#define NETWORKS 483
#define EDGES 6

struct case_of {
    struct space *space;
    struct arena arena;
    struct search_options options;
    struct evaluator evaluator;
    struct search_run run;
    struct history history;
    struct candidate all[NETWORKS]; /* each once, by its first point */
    size_t count;
    void *aging;
};

static size_t number_of(const struct case_of *k, struct hash128 hash)
{
    size_t i = 0;
    while (i < k->count && hash128_compare(k->all[i].hash, hash) != 0) i++;
    return i;
}

static void open_case(struct case_of *k)
{
    memset(k, 0, sizeof(*k));
    arena_init(&k->arena);
    CHECK_OK(space_new("digits201", &k->space));
    CU_ASSERT_EQUAL_FATAL(k->space->strings, POINTS);
    for (uint64_t i = 0; i < POINTS; i++) {
        uint16_t *genes = space_genes(k->space, &k->arena);
        struct candidate c;
        k->space->at(k->space, i, genes);
        CHECK_OK(candidate_make(&c, &k->arena, k->space, genes));
        if (number_of(k, c.hash) < k->count) continue;
        CU_ASSERT_FATAL(k->count < NETWORKS);
        k->all[k->count++] = c;
    }
    CU_ASSERT_EQUAL_FATAL(k->count, NETWORKS);
    search_options_default(&k->options);
    k->options.algorithm = ALGORITHM_AGING;
    k->options.population = 2;
    k->options.sample = 1;
    k->run = (struct search_run){
        .options = &k->options, .space = k->space, .evaluator = &k->evaluator, .folder = ""};
    k->history.genes = k->space->genes;
    CHECK_OK(algorithm_aging.start(&k->aging, &k->run));
}

static void close_case(struct case_of *k)
{
    algorithm_aging.release(k->aging);
    history_release(&k->history);
    arena_release(&k->arena);
    space_free(k->space);
}

/* A network that was evaluated with success, and so lives. */
static void live(struct case_of *k, size_t number, double value)
{
    struct history_entry e = {.candidate = k->all[number]};
    CHECK_OK(history_add(&k->history, &e));
    history_measure(&k->history, k->history.count - 1, false, value);
    CHECK_OK(algorithm_aging.told(k->aging, &k->history, k->history.count - 1));
}

/* A network without a value: pending, or failed. */
static void know(struct case_of *k, size_t number, bool failed)
{
    struct history_entry e = {.candidate = k->all[number]};
    if (history_knows(&k->history, k->all[number].hash)) return;
    CHECK_OK(history_add(&k->history, &e));
    if (!failed) return;
    history_measure(&k->history, k->history.count - 1, true, 0);
    CHECK_OK(algorithm_aging.told(k->aging, &k->history, k->history.count - 1));
}

/* out[NETWORKS]: does a point differ from this network's point in one edge, and is of another
 * network? How many such networks there are. */
static size_t neighbours(struct case_of *k, size_t number, bool *out)
{
    size_t count = 0;
    memset(out, 0, NETWORKS * sizeof(*out));
    for (uint64_t i = 0; i < POINTS; i++) {
        uint16_t genes[SPACE_GENES_BUILT_IN] = {0};
        struct hash128 hash;
        unsigned differ = 0;
        k->space->at(k->space, i, genes);
        for (uint32_t g = 0; g < EDGES; g++) differ += genes[g] != k->all[number].genes[g];
        CHECK_OK(space_hash(k->space, genes, &hash));
        size_t other = number_of(k, hash);
        if (differ != 1 || other == number || out[other]) continue;
        out[other] = true;
        count++;
    }
    return count;
}

/* Two networks live, and all of their neighbours are pending or failed, but for `spare` (NETWORKS:
 * none). */
static void surround(struct case_of *k, size_t spare)
{
    static const size_t living[] = {NETWORKS / 2, NETWORKS / 3};
    bool near[NETWORKS];
    live(k, living[0], 0.5);
    live(k, living[1], 0.6);
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_FATAL(neighbours(k, living[i], near) > 2);
        for (size_t n = 0; n < NETWORKS; n++)
            if (near[n] && n != spare) know(k, n, n % 2);
    }
}

static struct algorithm_round propose(struct case_of *k, uint32_t batch)
{
    struct algorithm_round r = {.run = &k->run,
                                .history = &k->history,
                                .round = 3,
                                .batch = batch,
                                .left = 100,
                                .apart = true,
                                .origin = ""};
    CHECK_OK(algorithm_aging.propose(k->aging, &r));
    for (uint32_t i = 0; i < r.count; i++) {
        CU_ASSERT_FALSE(history_knows(&k->history, r.items[i].candidate.hash));
        CU_ASSERT(number_of(k, r.items[i].candidate.hash) < NETWORKS);
        for (uint32_t j = 0; j < i; j++)
            CU_ASSERT(hash128_compare(r.items[i].candidate.hash, r.items[j].candidate.hash) != 0);
    }
    return r;
}

static void test_new_blood(void)
{
    struct case_of k;
    open_case(&k);
    surround(&k, NETWORKS);
    struct algorithm_round r = propose(&k, 5), again = propose(&k, 5);
    CU_ASSERT_EQUAL_FATAL(r.count, 5);
    CU_ASSERT_STRING_EQUAL(r.origin, "random");
    CU_ASSERT_FALSE(r.exhausted);
    CU_ASSERT_EQUAL_FATAL(again.count, 5); /* the same round draws the same */
    for (uint32_t i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(hash128_compare(r.items[i].candidate.hash, again.items[i].candidate.hash),
                        0);
    algorithm_round_release(&r);
    algorithm_round_release(&again);
    close_case(&k);
}

/* As long as one neighbour is unknown it is found, and nothing is drawn. */
static void test_last_neighbour(void)
{
    bool near[NETWORKS];
    struct case_of k;
    open_case(&k);
    size_t spare = 0;
    (void)neighbours(&k, NETWORKS / 2, near);
    while (!near[spare] || spare == NETWORKS / 3) spare++;
    surround(&k, spare);
    struct algorithm_round r = propose(&k, 5);
    CU_ASSERT_EQUAL_FATAL(r.count, 1);
    CU_ASSERT_STRING_EQUAL(r.origin, "mutation");
    CU_ASSERT_EQUAL(number_of(&k, r.items[0].candidate.hash), spare);
    algorithm_round_release(&r);
    close_case(&k);
}

/* One network is unknown, and is no neighbour of the living; then none is. */
static void test_exhausted(void)
{
    bool first[NETWORKS], second[NETWORKS];
    struct case_of k;
    open_case(&k);
    size_t last = 0;
    (void)neighbours(&k, NETWORKS / 2, first);
    (void)neighbours(&k, NETWORKS / 3, second);
    while (first[last] || second[last] || last == NETWORKS / 2 || last == NETWORKS / 3) last++;
    surround(&k, NETWORKS);
    for (size_t n = 0; n < NETWORKS; n++)
        if (n != last) know(&k, n, true);
    struct algorithm_round r = propose(&k, 5);
    CU_ASSERT_EQUAL_FATAL(r.count, 1);
    CU_ASSERT_STRING_EQUAL(r.origin, "random");
    CU_ASSERT_EQUAL(number_of(&k, r.items[0].candidate.hash), last);
    algorithm_round_release(&r);
    know(&k, last, true);
    r = propose(&k, 5);
    CU_ASSERT_EQUAL(r.count, 0);
    CU_ASSERT_TRUE(r.exhausted);
    algorithm_round_release(&r);
    close_case(&k);
}

/* No more than what is left of the budget. */
static void test_left(void)
{
    struct case_of k;
    open_case(&k);
    surround(&k, NETWORKS);
    struct algorithm_round r = {.run = &k.run,
                                .history = &k.history,
                                .round = 3,
                                .batch = 5,
                                .left = 2,
                                .apart = true,
                                .origin = ""};
    CHECK_OK(algorithm_aging.propose(k.aging, &r));
    CU_ASSERT_EQUAL(r.count, 2);
    algorithm_round_release(&r);
    close_case(&k);
}

int main(void)
{
    CU_TestInfo tests[] = {{"random networks where all neighbours are known", test_new_blood},
                           {"the last neighbour", test_last_neighbour},
                           {"an exhausted space", test_exhausted},
                           {"what is left of the budget", test_left},
                           CU_TEST_INFO_NULL};
    return unit_run("aging", tests);
}
