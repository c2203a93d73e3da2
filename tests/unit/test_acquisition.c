/* Who is proposed where other networks are pending: no two alike, and no cluster of near copies. */
#include "search/algorithms/acquisition.h"
#include "search/algorithms/likeness.h"
#include "search/spaces/variation.h"
#include "tests/unit/unit.h"

#include <string.h>

#define COPIES 12 /* near copies of one network, which score best */
#define OTHERS 60
#define ALL (COPIES + OTHERS)

/* All of its six edges count: there are two dozen networks that differ in one. */
#define FIRST                                                                                      \
    "|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+"                                            \
    "|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|"

struct case_of {
    struct space *space;
    struct arena arena;
    struct search_options options;
    struct search_run run;
    struct history history;
    struct candidate all[ALL];
    struct acquired list[ALL];
    size_t count;
};

static bool is_new(const struct case_of *k, const struct candidate *c)
{
    for (size_t i = 0; i < k->count; i++)
        if (hash128_compare(k->all[i].hash, c->hash) == 0) return false;
    return true;
}

/* One network, its mutants, and networks drawn at random. */
static void fill(struct case_of *k, double deviation)
{
    struct rng rng;
    rng_init(&rng, 3, RNG_SEARCH, 0);
    while (k->count < ALL) {
        struct candidate c;
        uint16_t *genes = space_genes(k->space, &k->arena);
        k->space->sample(k->space, &rng, genes);
        if (k->count == 0) CHECK_OK(k->space->parse(k->space, FIRST, genes));
        if (k->count > 0 && k->count < COPIES)
            CHECK_OK(variation_mutate(k->space, &rng, &k->all[0], &c, &k->arena));
        else
            CHECK_OK(candidate_make(&c, &k->arena, k->space, genes));
        if (!is_new(k, &c)) continue;
        k->all[k->count] = c;
        double value = 0.9 - 0.0001 * (double)k->count;
        k->list[k->count] = (struct acquired){.candidate = &k->all[k->count],
                                              .value = value,
                                              .deviation = deviation,
                                              .score = value + k->options.exploration * deviation};
        k->count++;
    }
    acquisition_sort(k->list, k->count);
}

static void open_case(struct case_of *k, double deviation)
{
    memset(k, 0, sizeof(*k));
    arena_init(&k->arena);
    CHECK_OK(space_new("nasbench201", &k->space));
    search_options_default(&k->options);
    k->run = (struct search_run){.options = &k->options, .space = k->space};
    k->history.keeps_graphs = true;
    k->history.genes = k->space->genes;
    fill(k, deviation);
}

static void close_case(struct case_of *k)
{
    history_release(&k->history);
    arena_release(&k->arena);
    space_free(k->space);
}

static struct algorithm_round round_of(struct case_of *k)
{
    return (struct algorithm_round){.run = &k->run, .history = &k->history, .apart = true};
}

static size_t copies_in(const struct case_of *k, const struct algorithm_round *r)
{
    size_t count = 0;
    for (uint32_t i = 0; i < r->count; i++)
        for (size_t c = 0; c < COPIES; c++)
            count += hash128_compare(r->items[i].candidate.hash, k->all[c].hash) == 0;
    return count;
}

static void pend(struct case_of *k, size_t number)
{
    struct history_entry e = {.candidate = k->all[number]};
    CHECK_OK(history_add(&k->history, &e));
}

static void test_no_cluster(void)
{
    struct case_of k;
    open_case(&k, 0.02);
    struct algorithm_round r = round_of(&k);
    CHECK_OK(acquisition_apart(&r, k.list, k.count, 8));
    CU_ASSERT_EQUAL_FATAL(r.count, 8);
    CU_ASSERT_EQUAL(hash128_compare(r.items[0].candidate.hash, k.list[0].candidate->hash), 0);
    CU_ASSERT(copies_in(&k, &r) <= 3); /* by the scores alone it would be all 8 */
    for (uint32_t i = 0; i < r.count; i++)
        for (uint32_t j = 0; j < i; j++)
            CU_ASSERT(hash128_compare(r.items[i].candidate.hash, r.items[j].candidate.hash) != 0);
    algorithm_round_release(&r);
    close_case(&k);
}

/* What is pending (and so no candidate) keeps its likes away; when it is measured, it does no more.
 */
static void test_pending(void)
{
    struct case_of k;
    open_case(&k, 0.02);
    pend(&k, 0);
    struct algorithm_round r = round_of(&k);
    CHECK_OK(acquisition_apart(&r, k.list + 1, k.count - 1, 1));
    CU_ASSERT_EQUAL_FATAL(r.count, 1);
    CU_ASSERT_EQUAL(copies_in(&k, &r), 0);
    algorithm_round_release(&r);
    history_measure(&k.history, 0, false, 0.9);
    r = round_of(&k);
    CHECK_OK(acquisition_apart(&r, k.list + 1, k.count - 1, 1));
    CU_ASSERT_EQUAL_FATAL(r.count, 1);
    CU_ASSERT_EQUAL(hash128_compare(r.items[0].candidate.hash, k.list[1].candidate->hash), 0);
    algorithm_round_release(&r);
    close_case(&k);
}

/* Where the predictor is sure, the scores decide; and no more come than there are. */
static void test_sure(void)
{
    struct case_of k;
    open_case(&k, 0);
    struct algorithm_round r = round_of(&k);
    CHECK_OK(acquisition_apart(&r, k.list, k.count, 1000));
    CU_ASSERT_EQUAL_FATAL(r.count, ALL);
    for (uint32_t i = 0; i < r.count; i++)
        CU_ASSERT_EQUAL(hash128_compare(r.items[i].candidate.hash, k.list[i].candidate->hash), 0);
    algorithm_round_release(&r);
    close_case(&k);
}

static void test_likeness(void)
{
    struct case_of k;
    struct likeness l[ALL];
    double near = 0, far = 0;
    open_case(&k, 0);
    for (size_t i = 0; i < ALL; i++) CHECK_OK(likeness_of(&l[i], &k.all[i].graph));
    for (size_t i = 0; i < ALL; i++) {
        double s = likeness_between(&l[0], &l[i]);
        CU_ASSERT(s >= 0 && (i == 0 ? s >= 1 && s <= 1 : s < 1));
        CU_ASSERT(s <= likeness_between(&l[i], &l[0]) && s >= likeness_between(&l[i], &l[0]));
        if (i > 0 && i < COPIES) near += s / (COPIES - 1);
        if (i >= COPIES) far += s / OTHERS;
    }
    CU_ASSERT(near > 1.5 * far);
    for (size_t i = 0; i < ALL; i++) likeness_release(&l[i]);
    close_case(&k);
}

int main(void)
{
    CU_TestInfo tests[] = {{"no cluster of near copies", test_no_cluster},
                           {"pending networks", test_pending},
                           {"a sure predictor", test_sure},
                           {"likeness", test_likeness},
                           CU_TEST_INFO_NULL};
    return unit_run("acquisition", tests);
}
