/* The model behind plans, against sums done by hand, and how its times are told. */
#include "base/duration.h"
#include "jobs/planning/plan.h"
#include "jobs/planning/plan_probe.h"
#include "jobs/planning/plan_process.h"
#include "predictor/gp/gaussian_process.h"
#include "tests/unit/unit.h"

#include <string.h>

static const struct plan_tasks none;

static void test_training(void)
{
    /* 10 steps of 5 batches, 8 shards of 2 s, 1 s a step; nothing to exchange */
    struct plan p = {
        .serial_s = 3,
        .training = {.steps = 10, .batches = 5, .shards = 8, .step_s = 1, .shard_s = 2}};
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 1), 3 + 10 + 5 * 8 * 2, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 2), 3 + 10 + 5 * 4 * 2, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 3), 3 + 10 + 5 * 3 * 2, 0.01); /* 3, 3, 2 */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 8), 3 + 10 + 5 * 2, 0.01);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 100), 3 + 10 + 5 * 2, 0.01); /* some idle */
    p.training.parameters = 1e12; /* what is exchanged takes its time, where there are others */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 1), 3 + 10 + 5 * 8 * 2, 1e-9);
    CU_ASSERT(plan_wall_s(&p, &none, 2) > 10 * 1000);
}

static void test_scoring(void)
{
    struct plan p = {.serial_s = 1, .divided_s = 12};
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 1), 13, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 4), 4, 1e-9);
}

static void test_rounds(void)
{
    struct search_options o = {.algorithm = ALGORITHM_PREDICTOR, .coordinator_shared = true};
    struct plan p = {
        .start_s = 2,
        .evaluations = {
            .initial = 20, .rounds = 3, .batch = 8, .rest = 1, .each_s = 100, .options = &o}};
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 1), 2 + 100 * (20 + 3 * 8 + 1), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 8), 2 + 100 * (3 + 3 + 1), 1e-9);
    o.coordinator_shared = false;
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 1), 2 + 100 * (20 + 3 * 8 + 1), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 8), 2 + 100 * (3 + 3 * 2 + 1), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 9), 2 + 100 * (3 + 3 + 1), 1e-9);
    p.divided_s = 90; /* all ranks score */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 9), 2 + 10 + 100 * (3 + 3 + 1), 1e-9);
}

/* 20 evaluations, then four proposals for 32 more; all of them are scored in 80 s by one rank. */
static struct plan free_plan(const struct search_options *o, double each_s)
{
    return (struct plan){.start_s = 2,
                         .divided_s = 80,
                         .fixed_bytes = 1e9,
                         .divided_bytes = 6e9,
                         .evaluations = {.initial = 20,
                                         .rounds = 4,
                                         .batch = 8,
                                         .each_s = each_s,
                                         .options = o,
                                         .program = true}};
}

static void test_free(void)
{
    struct search_options o = {.algorithm = ALGORITHM_PREDICTOR, .coordinator_shared = true};
    struct plan p = free_plan(&o, 100);
    /* Of 9 ranks rank 0 trains and 8 evaluate, which is what takes longer. */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 9), 2 + 100 * (3 + 4), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_bytes(&p, &none, 9), 1e9 + 6e9, 1e8); /* rank 0 has all of it */
    CU_ASSERT_TRUE(plan_fits(&p, 3));
    /* Of two ranks one would evaluate: rounds. */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 2), 2 + 40 + 100 * (10 + 16), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 1), 2 + 80 + 100 * 52, 1e-9);
    o.ranks_evaluate = 6;
    o.ranks_train = 2;
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 8), 2 + 100 * (4 + 6), 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_bytes(&p, &none, 8), 1e9 + 3e9, 1e8);
    CU_ASSERT_TRUE(plan_fits(&p, 8) && plan_fits(&p, 7) && plan_fits(&p, 1));
    CU_ASSERT_FALSE(plan_fits(&p, 9) || plan_fits(&p, 6) || plan_fits(&p, 2));
    p = free_plan(&o, 1); /* a proposal takes 10 s on two ranks, ten times an evaluation */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 8), 2 + 4 + 6 * 10, 1e-9);
    /* Rank 0 does both, one after the other. */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 7), 2 + 4 + 6 * (10 + 1), 1e-9);
    o.pace = PACE_ROUNDS; /* which has no roles */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 4), 2 + 20 + 5 + 4 * 2, 1e-9);
    o = (struct search_options){.algorithm = ALGORITHM_RANDOM, .coordinator_shared = true};
    p = free_plan(&o, 100);
    p.divided_s = 0; /* nobody trains: all four evaluate */
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &none, 4), 2 + 100 * (5 + 8), 1e-9);
}

static void roles_say(const struct search_options *o, bool program, uint32_t ranks,
                      const char *want)
{
    struct search_roles roles;
    char text[512];
    CHECK_OK(search_roles_of(o, program, ranks, &roles));
    search_roles_text(text, sizeof(text), &roles, o, ranks);
    if (strncmp(text, want, strlen(want))) printf("\n  got: %s\n  want: %s\n", text, want);
    CU_ASSERT_EQUAL(strncmp(text, want, strlen(want)), 0);
    uint32_t evaluating = 0;
    for (uint32_t r = 0; r < ranks; r++) evaluating += search_roles_evaluates(&roles, r);
    CU_ASSERT_EQUAL(evaluating, roles.evaluating);
}

static void test_roles(void)
{
    struct search_options o = {.algorithm = ALGORITHM_PREDICTOR, .coordinator_shared = true};
    roles_say(&o, true, 1, "in rounds: the one rank does all");
    roles_say(&o, true, 8,
              "in free pace: ranks 1 to 7 evaluate, each its next network when it has done one; "
              "rank 0 trains the predictor and scores meanwhile; rank 0 keeps the journal");
    roles_say(&o, false, 8,
              "in rounds: ranks 0 to 7 evaluate, and wait for the slowest of a "
              "round; then all 8 train the predictor and score; rank 0 keeps");
    o.ranks_evaluate = 6;
    roles_say(&o, true, 8,
              "in free pace: ranks 2 to 7 evaluate, each its next network when it "
              "has done one; ranks 0 to 1 train the predictor and score meanwhile");
    roles_say(&o, true, 7, "in free pace: ranks 1 to 6 evaluate");
    o.ranks_train = 2;
    roles_say(&o, true, 7, "in free pace: rank 0 and ranks 2 to 6 evaluate");
    o = (struct search_options){.algorithm = ALGORITHM_AGING, .pace = PACE_FREE};
    roles_say(&o, false, 3,
              "in free pace: ranks 1 to 2 evaluate, each its next network when it "
              "has done one; rank 0 keeps the journal");
    o.pace = PACE_ROUNDS;
    roles_say(&o, true, 2,
              "in rounds: rank 1 evaluates, and waits for the slowest of a round; "
              "rank 0 keeps the journal");
    o.coordinator_shared = true;
    roles_say(&o, true, 2, "in rounds: ranks 0 to 1 evaluate");
}

static void test_tasks(void)
{
    struct plan p = {.serial_s = 1};
    const struct plan_task late[] = {{1, 0, 0}, {1, 0, 1}, {1, 0, 2}, {3, 0, 3}};
    const struct plan_task early[] = {{3, 0, 0}, {1, 0, 1}, {1, 0, 2}, {1, 0, 3}};
    struct plan_tasks t = {4, late};
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &t, 1), 1 + 6, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &t, 2), 1 + 4, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &t, 50), 1 + 3, 1e-9);
    t.list = early;
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &t, 2), 1 + 3, 1e-9);
}

/* 4 of 5 s are spared where a rank's task before was of the same group. */
static void test_shared(void)
{
    struct plan p = {.serial_s = 1};
    const struct plan_task list[] = {{5, 4, 0}, {5, 4, 0}, {5, 4, 2}, {5, 4, 2}};
    struct plan_tasks t = {4, list};
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &t, 1), 1 + 5 + 1 + 5 + 1, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &t, 4), 1 + 5, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(plan_wall_s(&p, &t, 2), 1 + 5 + 5, 1e-9); /* neighbours part */
}

static void test_memory(void)
{
    struct plan p = {
        .training = {.shards = 16}, .fixed_bytes = 1e9, .shard_bytes = 1e8, .divided_bytes = 8e9};
    const struct plan_task one = {.whole_s = 1};
    struct plan_tasks tasks = {1, &one};
    CU_ASSERT_DOUBLE_EQUAL(plan_bytes(&p, &none, 1), 1e9 + 16e8 + 8e9, 1);
    CU_ASSERT_DOUBLE_EQUAL(plan_bytes(&p, &none, 4), 1e9 + 4e8 + 2e9, 1e8);
    CU_ASSERT(plan_bytes(&p, &none, 4) > 1e9 + 4e8 + 2e9); /* and what MPI takes */
    CU_ASSERT_DOUBLE_EQUAL(plan_bytes(&p, &tasks, 4), 1e9 + 16e8 + 8e9, 1e8);
}

/* A second an operation: the search's 110 likelihoods of its subset, then 7 of all rows. */
static void test_process(void)
{
    const struct plan_process c = {.columns = 8, .flop_s = 1},
                              entries = {.columns = 8, .entry_s = 1};
    struct plan few = {0}, rows = {0}, weighted = {0}, asked = {0}, seen = {0}, memory = {0};
    struct gp_options o;
    gp_options_default(&o);
    double n = 3.0 * o.search_rows, s = o.search_rows;
    plan_process_add_fit(&few, &c, 300, false);
    CU_ASSERT_DOUBLE_EQUAL(few.divided_s, 117 * 300. * 300 * 300 / 3, 1);
    plan_process_add_fit(&rows, &c, n, false);
    CU_ASSERT_DOUBLE_EQUAL(rows.divided_s, 110 * s * s * s / 3 + 7 * n * n * n / 3, 1e3);
    plan_process_add_fit(&weighted, &c, n, true);
    CU_ASSERT_DOUBLE_EQUAL(weighted.divided_s - rows.divided_s, n * n * n / 3 + 2000 * n * n, 1e3);
    plan_process_add_scoring(&asked, &c, 300, 1000);
    CU_ASSERT_DOUBLE_EQUAL(asked.divided_s, 300. * 300 * 300 / 3 + 1000 * 300. * 300, 1);
    plan_process_add_scoring(&seen, &entries, 300, 1000);
    CU_ASSERT_DOUBLE_EQUAL(seen.divided_s, 300. * 300 + 1000 * 2 * 300., 1);
    plan_process_add_bytes(&memory, 8, n);
    CU_ASSERT_DOUBLE_EQUAL(
        plan_bytes(&memory, &none, 1),
        (double)gp_bytes_per_rank((uint64_t)n, 8, (struct process_grid_shape){1, 1}, o.block), 1);
    CU_ASSERT(plan_bytes(&memory, &none, 16) > s * s * sizeof(double)); /* each rank's own subset */
}

/* Cells are tried as many as there are, large graphs some, or one at least. */
static void test_count(void)
{
    struct graph graphs[100] = {{0}};
    CU_ASSERT_EQUAL(plan_probe_count(graphs, 0), 0);
    for (size_t i = 0; i < 100; i++) graphs[i].nodes = 8;
    CU_ASSERT_EQUAL(plan_probe_count(graphs, 100), 100);
    for (size_t i = 0; i < 100; i++) graphs[i].nodes = 2000;
    CU_ASSERT(plan_probe_count(graphs, 100) > 1 && plan_probe_count(graphs, 100) < 20);
    for (size_t i = 0; i < 100; i++) graphs[i].nodes = 1000000;
    CU_ASSERT_EQUAL(plan_probe_count(graphs, 100), 1);
}

static void test_duration(void)
{
    static const struct {
        double s;
        const char *text;
    } known[] = {{4.16, "4.2 s"},
                 {59.1, "1 min 00 s"},
                 {200, "3 min 20 s"},
                 {3599.5, "1 h 00 min"},
                 {7170, "1 h 59 min"},
                 {7199, "1 h 59 min"},
                 {2 * 86400 - 60, "1 d 23 h"},
                 {86399, "23 h 59 min"},
                 {3 * 86400 + 4 * 3600, "3 d 04 h"}};
    char text[64];
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        duration_text(text, sizeof(text), known[i].s);
        CU_ASSERT_STRING_EQUAL(text, known[i].text);
    }
}

static void test_recommend(void)
{
    /* 20 s that all share out, 1 s that each does: 21, 11, 6, 3.5, 2.25 s on 1 to 16 ranks, which
     * are efficiencies of 1, 0.95, 0.875, 0.75, 0.58. */
    struct plan p = {.serial_s = 1, .divided_s = 20};
    CU_ASSERT_DOUBLE_EQUAL(plan_efficiency(&p, &none, 8), 0.75, 1e-9);
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 0, 1024), 4);
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 0, 3), 2);
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 5, 1024), 5); /* 21 / 5 / 5 = 0.84 */
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 6, 1024), 6); /* 21 / 6 / 4.33 = 0.81 */
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 7, 1024), 4); /* 21 / 7 / 3.86 = 0.78 */
    p.divided_s = 0;
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 0, 1024), 1);
    struct search_options o = {.algorithm = ALGORITHM_PREDICTOR,
                               .coordinator_shared = true,
                               .ranks_evaluate = 6,
                               .ranks_train = 2};
    p = free_plan(&o, 100);
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 8, 1024), 1); /* 5282 / 8 / 1002 */
    p = free_plan(&o, 1000);
    p.evaluations.rounds = 40;
    CU_ASSERT_EQUAL(plan_recommend(&p, &none, 7, 1024), 7);
}

int main(void)
{
    CU_TestInfo tests[] = {{"training", test_training},
                           {"scoring", test_scoring},
                           {"rounds", test_rounds},
                           {"free pace", test_free},
                           {"roles", test_roles},
                           {"tasks", test_tasks},
                           {"shared", test_shared},
                           {"memory", test_memory},
                           {"process", test_process},
                           {"count", test_count},
                           {"duration", test_duration},
                           {"recommend", test_recommend},
                           CU_TEST_INFO_NULL};
    return unit_run("plan", tests);
}
