/* The command evaluator on a machine that has no room for another process: fork() is played. */
#include "tests/unit/unit.h"

#include "search/evaluators/evaluator.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static struct space *space;
static int calls, fail_from, fail_until; /* calls of fork() fail_from .. fail_until - 1 fail */

static bool in_keeper; /* it is the keeper's fork that fails, which has its own name */

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __real__Fork(void);
pid_t __wrap__Fork(void);

pid_t __wrap_fork(void)
{
    int call = calls++;
    if (in_keeper || call < fail_from || call >= fail_until) return __real_fork();
    errno = EAGAIN;
    return -1;
}

/* The keeper is a copy of this process, made by the last call of fork(). */
pid_t __wrap__Fork(void)
{
    if (!in_keeper || calls - 1 < fail_from || calls - 1 >= fail_until) return __real__Fork();
    errno = EAGAIN;
    return -1;
}

static enum status evaluate(int from, int until, struct evaluation *v)
{
    const char *words[] = {"sh", "-c", "cat > /dev/null; echo '{\"accuracy\": 0.5}'"};
    const struct evaluator_command_options o = {
        .command = words, .words = 3, .value = "accuracy", .timeout_s = 20};
    const struct evaluation_task task = {.number = 1};
    struct evaluator e = {0};
    uint16_t genes[SPACE_GENES_BUILT_IN];
    struct candidate c = {.genes = genes};
    space->at(space, 0, genes);
    CHECK_OK(evaluator_command(&e, &o));
    calls = 0;
    fail_from = from;
    fail_until = until;
    enum status st = e.evaluate(&e, space, &c, &task, v);
    evaluator_release(&e);
    return st;
}

static void test_for_a_moment(void)
{
    for (int failing = 0; failing < 2; failing++) {
        struct evaluation v = {0};
        in_keeper = failing == 1;
        CHECK_OK(evaluate(0, 1, &v));
        CU_ASSERT_FALSE(v.failed);
        CU_ASSERT_EQUAL(v.value, 0.5);
        CU_ASSERT_EQUAL(calls, 2);
    }
}

/* This evaluation has failed, and the search goes on. */
static void test_for_long(void)
{
    struct evaluation v = {0};
    in_keeper = false;
    CHECK_OK(evaluate(0, 1000, &v));
    CU_ASSERT_TRUE(v.failed);
    CU_ASSERT_TRUE(v.temporary);
    CU_ASSERT(isnan(v.value));
    CU_ASSERT_PTR_NOT_NULL(strstr(v.error, "could not be started"));
    CU_ASSERT_PTR_NOT_NULL(strstr(v.error, strerror(EAGAIN)));
    CU_ASSERT_EQUAL(calls, 4); /* with growing pauses */
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"for a moment", test_for_a_moment}, {"for long", test_for_long}, CU_TEST_INFO_NULL};
    if (space_new("digits201", &space)) return 1;
    int failed = unit_run("no_room", tests);
    space_free(space);
    return failed;
}
