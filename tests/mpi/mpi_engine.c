/* The search engine over a team. The values come from a formula on the network's hash, so that a
 * brute force over the space, done here, knows every answer. Runs on several ranks must leave the
 * same bytes as a process of its own. */
#include "tests/mpi/engine_case.h"

#include "base/file.h"
#include "base/process/child.h"
#include "search/engine/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program;

static void test_brute_force(void)
{
    brute_force(&known);
    CU_ASSERT(known.count > 64 && known.count < space->strings);
    CU_ASSERT(known.best > 0.9); /* of hundreds of uniform numbers */
}

/* The same search by a process of its own, without the launcher's environment: a team of one. */
static void run_alone(enum search_algorithm a, const char *folder)
{
    if (team_rank(team) != 0) return;
    static const char *const hidden[] = {"OMPI_", "PMIX_", "PMI_", "ORTE_", "OPAL_", "PRTE_"};
    size_t count = 0, kept = 0;
    while (environ[count]) count++;
    char **clean = calloc(count + 3, sizeof(*clean));
    for (size_t i = 0; i < count; i++) {
        bool hide = false;
        for (size_t k = 0; k < 6; k++)
            hide = hide || strncmp(environ[i], hidden[k], strlen(hidden[k])) == 0;
        if (!hide) clean[kept++] = environ[i];
    }
    static char root_a[] = "OMPI_ALLOW_RUN_AS_ROOT=1",
                root_b[] = "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1";
    clean[kept++] = root_a;
    clean[kept++] = root_b;
    char name[32], where[200], first[] = "mpi_engine";
    snprintf(name, sizeof(name), "%s", algorithm_name(a));
    snprintf(where, sizeof(where), "%s", folder);
    char *words[] = {first, name, where, NULL};
    struct child_task task = {
        .program = program, .arguments = words, .environment = clean, .input = "", .timeout_s = 50};
    struct child_result r;
    CHECK_OK(child_run(&task, &r));
    CU_ASSERT(r.end == CHILD_EXITED && r.code == 0);
    if (r.end != CHILD_EXITED || r.code) fprintf(stderr, "alone: %s\n", r.tail);
    free(clean);
}

static uint64_t evaluations_of(enum search_algorithm a)
{
    return a == ALGORITHM_PREDICTOR ? 22 : 60;
}

static void same_as_alone(enum search_algorithm a)
{
    struct setup u;
    char here[200], alone[200], name[64];
    snprintf(name, sizeof(name), "%s", algorithm_name(a));
    in_root(here, name);
    snprintf(name, sizeof(name), "%s_alone", algorithm_name(a));
    in_root(alone, name);
    setup_init(&u, a, evaluations_of(a));
    CHECK_OK(setup_run(&u, here));
    CU_ASSERT_EQUAL(calls_of_all(&u), evaluations_of(a));
    if (team_rank(team) == 0) {
        CU_ASSERT_EQUAL(u.result.evaluations, evaluations_of(a));
        CU_ASSERT_FALSE(u.result.resumed);
    }
    run_alone(a, alone);
    team_barrier(team);
    expect_same(here, alone);
}

static void test_same_random(void)
{
    same_as_alone(ALGORITHM_RANDOM);
}
static void test_same_aging(void)
{
    same_as_alone(ALGORITHM_AGING);
}
static void test_same_predictor(void)
{
    same_as_alone(ALGORITHM_PREDICTOR);
}

/* The whole history is known beforehand: all networks in the order of the space. */
static void test_exhaustive(void)
{
    struct setup u;
    char folder[200];
    size_t expected = known.count < 150 ? known.count : 150;
    in_root(folder, "exhaustive");
    setup_init(&u, ALGORITHM_EXHAUSTIVE, known.count < 150 ? 0 : 150);
    CHECK_OK(setup_run(&u, folder));
    CU_ASSERT_EQUAL(calls_of_all(&u), expected);
    if (team_rank(team) != 0) return;
    char *text;
    size_t bytes;
    read_in(folder, "history.csv", &text, &bytes);
    char *at = strchr(text, '\n');
    double best = 0;
    bool found = false;
    for (size_t i = 0; i < expected; i++) {
        char hash[HASH128_TEXT_BYTES], want[256], last[32] = "", *line;
        bool failed = formula_fails(known.hashes[i]);
        if (!failed && (!found || formula(known.hashes[i]) > best)) best = formula(known.hashes[i]);
        found = found || !failed;
        if (found) snprintf(last, sizeof(last), "%.17g", best);
        CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        line = at + 1;
        at = strchr(line, '\n');
        CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        *at = '\0';
        hash128_text(known.hashes[i], hash);
        snprintf(want, sizeof(want), "%zu,%zu,%zu,exhaustive,%s,", i + 1, i, i / 5, hash);
        CU_ASSERT_EQUAL(strncmp(line, want, strlen(want)), 0);
        if (failed)
            snprintf(want, sizeof(want), ",failed,,%s,,by the formula", last);
        else
            snprintf(want, sizeof(want), ",ok,%.17g,%s,,", formula(known.hashes[i]), last);
        CU_ASSERT_STRING_EQUAL(line + strlen(line) - strlen(want), want);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    CU_ASSERT_STRING_EQUAL(at + 1, "");
    free(text);
    CU_ASSERT_EQUAL(u.result.best_value, best);
}

/* Random search until it has the best network of the space; minimising turns values about. */
static void test_target(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "target");
    setup_init(&u, ALGORITHM_EXHAUSTIVE, 0);
    u.options.batch = 64;
    u.options.target = TARGET_BEST;
    CHECK_OK(setup_run(&u, folder));
    if (team_rank(team) == 0) {
        CU_ASSERT_TRUE(u.result.target_reached);
        CU_ASSERT_EQUAL(hash128_compare(u.result.best_hash, known.best_hash), 0);
        CU_ASSERT_EQUAL_FATAL(u.result.evaluations_to_target, u.result.evaluations_to_best);
        size_t at = (size_t)u.result.evaluations_to_target - 1;
        CU_ASSERT_EQUAL(hash128_compare(known.hashes[at], known.best_hash), 0);
        CU_ASSERT(u.result.evaluations <= (at / 64 + 1) * 64);
    }
    in_root(folder, "target_value");
    setup_init(&u, ALGORITHM_RANDOM, 200);
    u.options.target = TARGET_VALUE;
    u.options.minimise = true; /* the evaluator's larger-is-better value is minus the user's */
    u.options.target_value = -0.9;
    CHECK_OK(setup_run(&u, folder));
    if (team_rank(team) == 0) {
        CU_ASSERT_TRUE(u.result.target_reached);
        CU_ASSERT(u.result.best_value <= -0.9);
        CU_ASSERT(u.result.evaluations < 200);
    }
}

/* ---- journals that were cut, jobs that differ, stops and faults ---- */

static void cut_journal(const char *from, const char *to, double part, size_t offset)
{
    if (team_rank(team) != 0) return;
    size_t bytes;
    char *journal, *path = file_join(to, "run.journal");
    read_in(from, "run.journal", &journal, &bytes);
    size_t keep = part < 0 ? offset : (size_t)(part * (double)bytes);
    CHECK_OK(file_make_folder(to));
    CHECK_OK(file_write(path, journal, keep < bytes ? keep : bytes));
    free(journal);
    free(path);
}

static void resume_cuts(enum search_algorithm a, int cuts)
{
    char whole[200];
    in_root(whole, algorithm_name(a));
    for (int i = 0; i <= cuts + 2; i++) {
        struct setup u;
        char part[200], name[64];
        snprintf(name, sizeof(name), "%s_cut%d", algorithm_name(a), i);
        in_root(part, name);
        if (i <= cuts)
            cut_journal(whole, part, (double)i / cuts, 0);
        else
            cut_journal(whole, part, -1, i == cuts + 1 ? 7 : 23);
        team_barrier(team);
        setup_init(&u, a, evaluations_of(a));
        CHECK_OK(setup_run(&u, part));
        uint64_t calls = calls_of_all(&u);
        if (i == cuts) CU_ASSERT_EQUAL(calls, 0); /* it was finished */
        if (i < cuts && i > cuts / 2) CU_ASSERT(calls < evaluations_of(a));
        expect_same(whole, part);
        /* Once more: nothing is left to do. */
        CHECK_OK(setup_run(&u, part));
        CU_ASSERT_EQUAL(calls_of_all(&u), 0);
        if (team_rank(team) == 0) CU_ASSERT_TRUE(u.result.resumed);
        expect_same(whole, part);
    }
}

static void test_resume(void)
{
    resume_cuts(ALGORITHM_RANDOM, 9);
    resume_cuts(ALGORITHM_AGING, 17);
    resume_cuts(ALGORITHM_PREDICTOR, 4);
}

static void test_other_job(void)
{
    struct setup u;
    char folder[200];
    in_root(folder, "random");
    setup_init(&u, ALGORITHM_RANDOM, evaluations_of(ALGORITHM_RANDOM));
    u.digest = "another digest";
    CU_ASSERT_EQUAL(setup_run(&u, folder), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "another job"));
    setup_init(&u, ALGORITHM_RANDOM, evaluations_of(ALGORITHM_RANDOM));
    u.table = "0123";
    CU_ASSERT_EQUAL(setup_run(&u, folder), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "the table table.sibyl is not the one that"));
    setup_init(&u, ALGORITHM_RANDOM, evaluations_of(ALGORITHM_RANDOM));
    CHECK_OK(setup_run(&u, folder)); /* it was left as it was */
    CU_ASSERT_EQUAL(calls_of_all(&u), 0);
}

static void test_stop(void)
{
    struct setup u;
    char folder[200], whole[200];
    in_root(folder, "stopped");
    in_root(whole, "aging");
    setup_init(&u, ALGORITHM_AGING, evaluations_of(ALGORITHM_AGING));
    u.synthetic.stop_after = 8;
    CU_ASSERT_EQUAL(setup_run(&u, folder), SIBYL_E_STOPPED);
    uint64_t before = calls_of_all(&u);
    CU_ASSERT(before >= 8 && before < evaluations_of(ALGORITHM_AGING));
    u.synthetic.stop_after = 0;
    CHECK_OK(setup_run(&u, folder));
    CU_ASSERT_EQUAL(calls_of_all(&u) + before, evaluations_of(ALGORITHM_AGING));
    expect_same(whole, folder);
}

/* An evaluation that was ended by what asks its rank to stop is no failed one: it is done again. */
static void test_stop_in_hand(void)
{
    struct setup u;
    char folder[200], whole[200];
    in_root(folder, "stopped_in_hand");
    in_root(whole, "aging");
    setup_init(&u, ALGORITHM_AGING, evaluations_of(ALGORITHM_AGING));
    u.synthetic.stop_after = 8;
    u.synthetic.fails_stopped = true;
    CU_ASSERT_EQUAL(setup_run(&u, folder), SIBYL_E_STOPPED);
    u.synthetic.stop_after = 0;
    CHECK_OK(setup_run(&u, folder));
    expect_same(whole, folder);
}

static void test_fault(void)
{
    struct setup u;
    char folder[200], whole[200];
    in_root(folder, "fault");
    in_root(whole, "random");
    setup_init(&u, ALGORITHM_RANDOM, evaluations_of(ALGORITHM_RANDOM));
    u.synthetic.breaks = true;
    CU_ASSERT_NOT_EQUAL(setup_run(&u, folder), SIBYL_OK); /* on all ranks, and none hangs */
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "the disk is gone"));
    u.synthetic.breaks = false;
    CHECK_OK(setup_run(&u, folder));
    expect_same(whole, folder);
    u.options.sample = 0;
    CU_ASSERT_EQUAL(setup_run(&u, folder), SIBYL_E_USAGE);
}

/* ---- */

static int alone(const char *name, const char *folder)
{
    struct setup u;
    int value;
    if (!words_find(&algorithm_words, name, &value)) return 1;
    enum search_algorithm a = (enum search_algorithm)value;
    setup_init(&u, a, evaluations_of(a));
    struct evaluator e = {.detail = &u.synthetic, .evaluate = synthetic_evaluate};
    struct log log = {.level = LOG_QUIET};
    struct search_run run = {.options = &u.options,
                             .space = space,
                             .evaluator = &e,
                             .folder = folder,
                             .job_digest = u.digest,
                             .job_text = "job",
                             .log = &log};
    enum status st = file_make_folder(folder);
    if (!st) st = engine_run(team, &run, &u.result);
    if (st) fprintf(stderr, "%s\n", err_message());
    search_result_release(&u.result);
    return st ? 1 : 0;
}

static int all_tests(void)
{
    CU_TestInfo tests[] = {{"brute force", test_brute_force},
                           {"exhaustive against brute force", test_exhaustive},
                           {"random: as on one rank", test_same_random},
                           {"aging: as on one rank", test_same_aging},
                           {"predictor: as on one rank", test_same_predictor},
                           {"targets", test_target},
                           {"a journal cut anywhere", test_resume},
                           {"a journal of another job", test_other_job},
                           {"stop and go on", test_stop},
                           {"stop in the middle of evaluations", test_stop_in_hand},
                           {"a fault on one rank", test_fault},
                           CU_TEST_INFO_NULL};
    return run_in_root("engine", tests);
}

int main(int argc, char **argv)
{
    int failed = 1;
    program = "/proc/self/exe";
    if (comm_start(&argc, &argv)) return 1;
    static char path[4096];
    ssize_t bytes = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (bytes > 0) program = path;
    if (team_world(&team) == SIBYL_OK && space_new("digits201", &space) == SIBYL_OK)
        failed = argc == 3 ? alone(argv[1], argv[2]) : all_tests();
    space_free(space);
    team_release(team);
    comm_stop();
    return failed;
}
