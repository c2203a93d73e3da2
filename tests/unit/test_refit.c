/* What a round's model learns from, and that it is a function of what is known alone. */
#include "comm/team.h"
#include "search/algorithms/refit.h"
#include "search/algorithms/surrogate.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_MOST 1100
#define SCORED 40

static void test_milestones(void)
{
    CU_ASSERT_EQUAL(refit_milestones(0), 0);
    CU_ASSERT_EQUAL(refit_milestones(320), 0);
    CU_ASSERT_EQUAL(refit_milestones(321), 1);
    CU_ASSERT_EQUAL(refit_milestones(639), 1);
    CU_ASSERT_EQUAL(refit_milestones(640), 2);
    CU_ASSERT_EQUAL(refit_milestones(3000), 4);
    CU_ASSERT_EQUAL(refit_milestone(0), 320);
    CU_ASSERT_EQUAL(refit_milestone(1), 640);
    CU_ASSERT_EQUAL(refit_milestone(2), 1280);
}

/* The cost of a training is its passes over rows. */
static void test_epochs(void)
{
    CU_ASSERT_EQUAL(refit_epochs(80, 320, true), 80);
    CU_ASSERT_EQUAL(refit_epochs(80, 1024, true), 25);
    CU_ASSERT_EQUAL(refit_epochs(80, 1280, false), 10);
    CU_ASSERT_EQUAL(refit_epochs(1, 1024, true), 1);
    CU_ASSERT_EQUAL(refit_epochs(1, 1024, false), 1);
}

static void check_rows(const double *labels, size_t count, size_t most)
{
    size_t *rows = NULL, chosen = 0, old = 0, best = 0;
    CHECK_OK(refit_rows(labels, count, most, &rows, &chosen));
    CU_ASSERT_EQUAL_FATAL(chosen, count < most ? count : most);
    for (size_t i = 1; i < chosen; i++) CU_ASSERT_FATAL(rows[i] > rows[i - 1]);
    for (size_t i = 0; count > most && i < most / 4; i++)
        CU_ASSERT_EQUAL_FATAL(rows[chosen - 1 - i], count - 1 - i);
    for (size_t i = 0; i < chosen; i++) {
        best += labels[rows[i]] > 0.999 * (double)count; /* the labels are 0 .. count - 1, mixed */
        old += rows[i] < count / 2;
    }
    if (count > most) CU_ASSERT_EQUAL(best, (count - 1) / 1000);
    if (count > most) CU_ASSERT(old > chosen / 4);
    free(rows);
}

static void test_rows(void)
{
    double labels[5001];
    for (size_t count = 1; count < 5000; count += 313) {
        for (size_t i = 0; i < count; i++) labels[i] = (double)(i * 7919 % count);
        check_rows(labels, count, 1024);
        check_rows(labels, count, 64);
    }
}

/* ---- models ---- */

struct case_of {
    struct space *space;
    struct arena arena;
    struct search_options options;
    struct log log;
    struct search_run run;
    struct team *self;
    struct graph known[KNOWN_MOST], candidates[SCORED];
    double labels[KNOWN_MOST];
};

static void open_case(struct case_of *k)
{
    struct rng rng;
    arena_init(&k->arena);
    CHECK_OK(team_self(&k->self));
    CHECK_OK(space_new("nasbench201", &k->space));
    search_options_default(&k->options);
    k->options.predictor.layers = 1;
    k->options.predictor.width = 8;
    k->options.predictor.members = 1;
    k->options.training.epochs = 1;
    k->options.seed = 3;
    k->log = (struct log){.level = LOG_QUIET};
    k->run = (struct search_run){
        .options = &k->options, .space = k->space, .log = &k->log, .threads = 1};
    rng_init(&rng, 5, RNG_SEARCH, 0);
    for (size_t i = 0; i < KNOWN_MOST + SCORED; i++) {
        struct candidate c;
        uint16_t *genes = space_genes(k->space, &k->arena);
        k->space->sample(k->space, &rng, genes);
        CHECK_OK(candidate_make(&c, &k->arena, k->space, genes));
        if (i < KNOWN_MOST) k->known[i] = c.graph;
        if (i < KNOWN_MOST) k->labels[i] = (double)c.graph.edges + rng_normal(&rng);
        if (i >= KNOWN_MOST) k->candidates[i - KNOWN_MOST] = c.graph;
    }
}

static void close_case(struct case_of *k)
{
    team_release(k->self);
    space_free(k->space);
    arena_release(&k->arena);
    free(k);
}

static void score(struct case_of *k, size_t known, double *values)
{
    double deviations[SCORED];
    struct surrogate_request q = {.training = k->known,
                                  .labels = k->labels,
                                  .trained = known,
                                  .candidates = k->candidates,
                                  .scored = SCORED,
                                  .seed = known,
                                  .values = values,
                                  .deviations = deviations};
    CHECK_OK(surrogate_score(k->self, &k->run, &q));
}

/* A run that goes on and on, and ones that begin with so many results, say the same: also where an
 * early result, which a milestone's model learnt from, has changed meanwhile, and where it is as it
 * was again. */
static void test_same_when_taken_up(void)
{
    static const size_t sizes[] = {300, 320, 321, 470, 640, 650, 730, 760, 1090, 650};
    struct case_of *k = calloc(1, sizeof(*k));
    struct surrogate_memory *memory = NULL;
    open_case(k);
    CHECK_OK(surrogate_memory_new(&memory));
    double before[SCORED] = {0};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        double with[SCORED], without[SCORED];
        if (i == 6 || i == 8) k->labels[17] = i == 6 ? 40 : 4;
        k->run.memory = memory;
        score(k, sizes[i], with);
        k->run.memory = NULL;
        score(k, sizes[i], without);
        CU_ASSERT_EQUAL(memcmp(with, without, sizeof(with)), 0);
        CU_ASSERT_NOT_EQUAL(memcmp(with, before, sizeof(with)), 0);
        memcpy(before, with, sizeof(before));
    }
    surrogate_memory_free(memory);
    close_case(k);
}

/* A label in the first rows changes what a late model says, though it does not see that row. */
static void test_starts_from_milestone(void)
{
    struct case_of *k = calloc(1, sizeof(*k));
    double a[SCORED], b[SCORED];
    open_case(k);
    score(k, 1090, a);
    size_t *rows = NULL, count = 0, hidden = 0;
    CHECK_OK(refit_rows(k->labels, 1090, REFIT_ROWS, &rows, &count));
    while (hidden < count && rows[hidden] == hidden) hidden++;
    CU_ASSERT_FATAL(hidden < 320);
    k->labels[hidden] -= 1;
    score(k, 1090, b);
    CU_ASSERT_NOT_EQUAL(memcmp(a, b, sizeof(a)), 0);
    free(rows);
    close_case(k);
}

int main(void)
{
    CU_TestInfo tests[] = {{"milestones", test_milestones},
                           {"epochs", test_epochs},
                           {"rows", test_rows},
                           {"a run that is taken up says the same", test_same_when_taken_up},
                           {"a model starts from a milestone's", test_starts_from_milestone},
                           CU_TEST_INFO_NULL};
    return unit_run("refit", tests);
}
