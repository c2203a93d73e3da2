/* The search engine in free pace, over a team: the whole budget is spent, nothing is paid for
 * twice, and the journal alone gives the same proposals again. */
#include "tests/mpi/engine_case.h"

static uint64_t evaluations_of(enum search_algorithm a)
{
    return a == ALGORITHM_PREDICTOR ? 24 : 60;
}

static void free_setup(struct setup *u, enum search_algorithm a)
{
    setup_init(u, a, evaluations_of(a));
    u->options.pace = PACE_FREE;
}

/* Makes again what the journal in `folder` holds. */
static enum status replay(struct setup *u, const char *folder)
{
    struct synthetic before = u->synthetic;
    u->replay = true;
    enum status st = setup_run(u, folder);
    CU_ASSERT_EQUAL(calls_of_all(u), 0);
    u->replay = false;
    u->synthetic = before;
    return st;
}

/* The rows of history.csv: all networks and tasks differ, and the best is the best so far. */
static void check_history(const char *folder, uint64_t evaluations)
{
    if (team_rank(team) != 0) return;
    char *text, seen[256] = {0};
    size_t bytes;
    uint64_t rows = 0;
    read_in(folder, "history.csv", &text, &bytes);
    for (char *at = strchr(text, '\n'); at && at[1]; at = strchr(at + 1, '\n')) {
        unsigned long long evaluation = 0, task = 0;
        CU_ASSERT_EQUAL(sscanf(at + 1, "%llu,%llu,", &evaluation, &task), 2);
        CU_ASSERT_EQUAL(evaluation, ++rows);
        CU_ASSERT_FATAL(task < sizeof(seen));
        CU_ASSERT_EQUAL(seen[task]++, 0);
    }
    CU_ASSERT_EQUAL(rows, evaluations);
    free(text);
}

static void spends_all(enum search_algorithm a, uint32_t evaluate, uint32_t train)
{
    struct setup u;
    char folder[200], name[64];
    snprintf(name, sizeof(name), "%s_%u_%u", algorithm_name(a), evaluate, train);
    in_root(folder, name);
    free_setup(&u, a);
    u.options.ranks_evaluate = evaluate;
    u.options.ranks_train = train;
    CHECK_OK(setup_run(&u, folder));
    CU_ASSERT_EQUAL(calls_of_all(&u), evaluations_of(a));
    if (team_rank(team) == 0) {
        CU_ASSERT_EQUAL(u.result.evaluations, evaluations_of(a));
        CU_ASSERT_FALSE(u.result.resumed);
    }
    if (train > 1 && team_rank(team) > 0 && (uint32_t)team_rank(team) < train)
        CU_ASSERT_EQUAL(u.synthetic.calls, 0);
    check_history(folder, evaluations_of(a));
    CHECK_OK(replay(&u, folder));
    CHECK_OK(setup_run(&u, folder)); /* nothing is left to do */
    CU_ASSERT_EQUAL(calls_of_all(&u), 0);
}

static void test_spends_all(void)
{
    spends_all(ALGORITHM_RANDOM, 0, 0);
    spends_all(ALGORITHM_AGING, 0, 0);
    spends_all(ALGORITHM_EXHAUSTIVE, 0, 0);
    spends_all(ALGORITHM_PREDICTOR, 0, 0);
    if (team_size(team) >= 3) spends_all(ALGORITHM_PREDICTOR, 0, 2);
    if (team_size(team) >= 2) spends_all(ALGORITHM_PREDICTOR, (uint32_t)team_size(team), 0);
}

static void cut_journal(const char *from, const char *to, double part)
{
    if (team_rank(team) != 0) return;
    size_t bytes;
    char *journal, *path = file_join(to, "run.journal");
    read_in(from, "run.journal", &journal, &bytes);
    CHECK_OK(file_make_folder(to));
    CHECK_OK(file_write(path, journal, (size_t)(part * (double)bytes)));
    free(journal);
    free(path);
}

static void resume_cuts(enum search_algorithm a, int cuts)
{
    char whole[200], name[64];
    snprintf(name, sizeof(name), "%s_0_0", algorithm_name(a));
    in_root(whole, name);
    for (int i = 0; i < cuts; i++) {
        struct setup u;
        char part[200];
        snprintf(name, sizeof(name), "%s_cut%d", algorithm_name(a), i);
        in_root(part, name);
        cut_journal(whole, part, (double)i / cuts);
        team_barrier(team);
        free_setup(&u, a);
        CHECK_OK(setup_run(&u, part));
        uint64_t calls = calls_of_all(&u);
        if (team_rank(team) == 0) CU_ASSERT_EQUAL(u.result.evaluations_now, calls);
        check_history(part, evaluations_of(a));
        if (i % 3 == 0) CHECK_OK(replay(&u, part));
    }
}

static void test_resume(void)
{
    resume_cuts(ALGORITHM_RANDOM, 7);
    resume_cuts(ALGORITHM_AGING, 11);
    resume_cuts(ALGORITHM_PREDICTOR, 4);
}

static void test_stop(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "stopped");
    free_setup(&u, ALGORITHM_AGING);
    u.synthetic.stop_after = 8;
    u.synthetic.fails_stopped = true;
    CU_ASSERT_EQUAL(setup_run(&u, folder), SIBYL_E_STOPPED);
    CU_ASSERT_EQUAL(replay(&u, folder), SIBYL_OK);
    u.synthetic = (struct synthetic){0};
    CHECK_OK(setup_run(&u, folder));
    check_history(folder, evaluations_of(ALGORITHM_AGING));
    CHECK_OK(replay(&u, folder));
}

/* One folder, in turn in free pace and in rounds, with more evaluations each time. */
static void test_both_paces(void)
{
    static const enum search_algorithm algorithms[] = {ALGORITHM_AGING, ALGORITHM_PREDICTOR};
    for (int a = 0; a < 2; a++) {
        char folder[200];
        struct setup u;
        in_root(folder, a ? "both_predictor" : "both_aging");
        for (int i = 0; i < 4; i++) {
            free_setup(&u, algorithms[a]);
            u.options.evaluations = 12 + 7 * (uint64_t)i;
            u.options.pace = i % 2 ? PACE_FREE : PACE_ROUNDS;
            CHECK_OK(setup_run(&u, folder));
            check_history(folder, u.options.evaluations);
        }
        CHECK_OK(replay(&u, folder));
    }
}

/* A journal that another program would have written differently: the replay names the task. */
static void test_other_proposals(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "aging_0_0");
    free_setup(&u, ALGORITHM_AGING);
    u.options.sample = 1;
    CU_ASSERT_EQUAL(replay(&u, folder), SIBYL_E_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "the replay differs from the journal at task "));
}

static void test_target(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "target");
    free_setup(&u, ALGORITHM_RANDOM);
    u.options.evaluations = 200;
    u.options.target = TARGET_VALUE;
    u.options.target_value = 0.9;
    CHECK_OK(setup_run(&u, folder));
    if (team_rank(team) != 0) return;
    CU_ASSERT_TRUE(u.result.target_reached);
    CU_ASSERT(u.result.best_value >= 0.9);
    CU_ASSERT(u.result.evaluations_to_target <= u.result.evaluations);
    CU_ASSERT(u.result.evaluations < u.result.evaluations_to_target + 4 + 1);
}

/* A space is exhausted when nothing is pending any more, and not before. */
static void test_exhausted(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "exhausted");
    free_setup(&u, ALGORITHM_EXHAUSTIVE);
    u.options.evaluations = 0;
    CHECK_OK(setup_run(&u, folder));
    CU_ASSERT_EQUAL(calls_of_all(&u), known.count);
    CHECK_OK(replay(&u, folder));
}

static void test_roles(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "roles");
    free_setup(&u, ALGORITHM_PREDICTOR);
    u.options.ranks_evaluate = 7;
    u.options.ranks_train = 9;
    enum status st = setup_run(&u, folder);
    CU_ASSERT_EQUAL(st, team_size(team) == 1 ? SIBYL_OK : SIBYL_E_USAGE);
    if (st) CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "ranks: 7 to evaluate and 9 to train"));
    in_root(folder, "aging_0_0");
    u.options.algorithm = ALGORITHM_AGING;
    u.options.evaluations = evaluations_of(ALGORITHM_AGING);
    CHECK_OK(replay(&u, folder)); /* in which nobody evaluates */
}

static void test_fault(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "fault");
    free_setup(&u, ALGORITHM_RANDOM);
    u.synthetic.breaks = true;
    CU_ASSERT_NOT_EQUAL(setup_run(&u, folder), SIBYL_OK); /* on all ranks, and none hangs */
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "the disk is gone"));
    u.synthetic.breaks = false;
    CHECK_OK(setup_run(&u, folder));
    check_history(folder, evaluations_of(ALGORITHM_RANDOM));
}

static void test_brute_force(void)
{
    brute_force(&known);
    CU_ASSERT(known.count > 64);
}

static int all_tests(void)
{
    CU_TestInfo tests[] = {{"brute force", test_brute_force},
                           {"all of the budget, and the replay", test_spends_all},
                           {"a journal cut anywhere", test_resume},
                           {"stop and go on", test_stop},
                           {"both paces in one folder", test_both_paces},
                           {"a replay that differs", test_other_proposals},
                           {"a target", test_target},
                           {"the whole space", test_exhausted},
                           {"roles that do not fit", test_roles},
                           {"a fault on one rank", test_fault},
                           CU_TEST_INFO_NULL};
    return run_in_root("engine_free", tests);
}

int main(int argc, char **argv)
{
    int failed = 1;
    if (comm_start(&argc, &argv)) return 1;
    if (team_world(&team) == SIBYL_OK && space_new("digits201", &space) == SIBYL_OK)
        failed = all_tests();
    space_free(space);
    team_release(team);
    comm_stop();
    return failed;
}
