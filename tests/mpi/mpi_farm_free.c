/* A free farm: tasks are made while others are done, by rank 0 and a helper that does none. */
#include "comm/farm.h"
#include "tests/mpi/mpi_run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TASKS_MAX 512

struct probe {
    uint64_t tasks;
    struct team *makers; /* rank 0 and its helper */
    int helpers;
    bool shared;
    uint64_t made, given, arrived; /* on rank 0 */
    uint64_t in_hand, most_in_hand;
    unsigned char seen[TASKS_MAX];
    uint64_t worked, helped; /* of this rank */
    int64_t failing_task;
    bool failing_maker;
    int stopping_rank; /* is asked to stop once it has begun a task; -1: none */
    bool hangs;        /* tasks do not end by themselves */
};

static struct probe probe_of(uint64_t tasks, int helpers, bool shared)
{
    return (struct probe){.tasks = tasks,
                          .helpers = helpers < team_size(everyone) ? helpers : 0,
                          .shared = shared,
                          .failing_task = -1,
                          .stopping_rank = -1};
}

/* What the makers do together; 0 ends the helper's part. */
static uint32_t together(struct probe *p, uint32_t what)
{
    team_broadcast(p->makers, 0, &what, sizeof(what));
    p->helped += what;
    return what;
}

static enum status supply(void *context, enum farm_supply *out)
{
    const struct probe *p = context;
    *out = p->given < p->made ? FARM_READY : FARM_LATER;
    if (p->given == p->tasks && p->arrived == p->tasks) *out = FARM_OVER;
    return SIBYL_OK;
}

/* Makes a few tasks, the later the more results are there, and takes its time. */
static enum status prepare(void *context, struct farm_call *call, bool *busy)
{
    struct probe *p = context;
    const struct timespec pause = {.tv_nsec = 100000};
    if (p->made == p->tasks || p->made > p->given) return SIBYL_OK;
    *busy = true;
    for (int i = 0; i < 5; i++) {
        if (farm_given_up(call)) return err_set(SIBYL_E_STOPPED, "given up");
        nanosleep(&pause, NULL);
    }
    if (p->failing_maker && p->made > 0) return err_set(SIBYL_E_IO, "no more can be made");
    (void)together(p, 1);
    p->made += 1 + p->arrived % 3;
    if (p->made > p->tasks) p->made = p->tasks;
    return SIBYL_OK;
}

static enum status next_task(void *context, uint64_t index, struct farm_bytes *task, bool *done)
{
    struct probe *p = context;
    *done = false;
    CU_ASSERT_EQUAL(index, p->given);
    p->given++;
    if (++p->in_hand > p->most_in_hand) p->most_in_hand = p->in_hand;
    task->bytes = sizeof(index);
    task->data = malloc(sizeof(index));
    if (!task->data) return err_memory("a task");
    memcpy(task->data, &index, sizeof(index));
    return SIBYL_OK;
}

static enum status work(void *context, struct farm_call *call, const unsigned char *task,
                        size_t bytes, struct farm_bytes *result)
{
    struct probe *p = context;
    const struct timespec pause = {.tv_nsec = 200000};
    uint64_t index;
    CU_ASSERT_EQUAL_FATAL(bytes, sizeof(index));
    memcpy(&index, task, sizeof(index));
    p->worked++;
    CU_ASSERT(team_rank(everyone) == 0 || team_rank(everyone) > p->helpers);
    for (uint64_t i = 0; i < index % 7 || p->hangs; i++) {
        if (farm_given_up(call)) return err_set(SIBYL_E_STOPPED, "given up");
        nanosleep(&pause, NULL);
    }
    if ((int64_t)index == p->failing_task) return err_set(SIBYL_E_IO, "task %d broke", (int)index);
    result->bytes = sizeof(index);
    result->data = malloc(sizeof(index));
    if (!result->data) return err_memory("a result");
    memcpy(result->data, &index, sizeof(index));
    return SIBYL_OK;
}

static enum status arrived(void *context, uint64_t index, const unsigned char *result, size_t bytes)
{
    struct probe *p = context;
    CU_ASSERT(bytes == sizeof(index) && memcmp(result, &index, bytes) == 0);
    p->arrived++;
    p->in_hand--;
    p->seen[index % TASKS_MAX]++;
    return SIBYL_OK;
}

static enum status take_result(void *context, uint64_t index, const unsigned char *result,
                               size_t bytes)
{
    (void)context;
    (void)index;
    (void)result;
    (void)bytes;
    return SIBYL_OK;
}

static bool stop_asked(void *context)
{
    const struct probe *p = context;
    return p->stopping_rank == team_rank(everyone) && p->worked > 0;
}

static enum status help(void *context)
{
    while (together(context, 0)) continue;
    return SIBYL_OK;
}

static void dismiss(void *context)
{
    (void)together(context, 0);
}

static enum status run(struct probe *p)
{
    struct farm_job job = {.context = p,
                           .coordinator_works = p->shared,
                           .stop_asked = stop_asked,
                           .supply = supply,
                           .prepare = prepare,
                           .helpers = p->helpers,
                           .help = help,
                           .dismiss = dismiss,
                           .next = next_task,
                           .work = work,
                           .arrived = arrived,
                           .result = take_result};
    enum status st = team_part(everyone, team_rank(everyone) <= p->helpers, &p->makers);
    if (!st) st = farm_run(everyone, &job);
    team_release(p->makers);
    p->makers = NULL;
    return st;
}

/* Helpers where there are ranks for them, and one more to evaluate. */
static int helpers_of(int wanted)
{
    return wanted + 1 < team_size(everyone) ? wanted : 0;
}

static void check_all_done(uint64_t tasks, int helpers, bool shared)
{
    struct probe p = probe_of(tasks, helpers, shared);
    CU_ASSERT_EQUAL(run(&p), SIBYL_OK);
    CU_ASSERT_EQUAL(team_sum_u64(everyone, p.worked), tasks);
    int rank = team_rank(everyone), evaluating = team_size(everyone) - helpers - !shared;
    if (rank > 0 && rank <= helpers) CU_ASSERT(p.worked == 0 && (tasks == 0 || p.helped > 0));
    if (rank > 0) return;
    CU_ASSERT_EQUAL(p.arrived, tasks);
    for (uint64_t i = 0; i < tasks; i++) CU_ASSERT_EQUAL(p.seen[i], 1);
    CU_ASSERT(p.most_in_hand <= (uint64_t)(evaluating ? evaluating : 1));
    if (!shared && team_size(everyone) > 1) CU_ASSERT_EQUAL(p.worked, 0);
}

static void test_all_done(void)
{
    for (int shared = 0; shared < 2; shared++)
        for (int helpers = 0; helpers <= helpers_of(2); helpers++) {
            check_all_done(0, helpers, shared);
            check_all_done(1, helpers, shared);
            check_all_done(60, helpers, shared);
        }
}

static void test_stop(void)
{
    for (int rank = 0; rank < team_size(everyone); rank++) {
        struct probe p = probe_of(40, 0, true);
        p.made = p.tasks;
        p.stopping_rank = rank;
        p.hangs = true;
        CU_ASSERT_EQUAL(run(&p), SIBYL_OK);
        CU_ASSERT_EQUAL(p.arrived, 0);
        check_all_done(9, 0, true);
    }
}

static void test_failures(void)
{
    struct probe p = probe_of(40, helpers_of(1), false);
    p.failing_task = 11;
    CU_ASSERT_EQUAL(run(&p), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "task 11 broke"));
    p = probe_of(40, helpers_of(1), true);
    p.failing_maker = true;
    CU_ASSERT_EQUAL(run(&p), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "no more can be made"));
    check_all_done(20, helpers_of(1), true);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"all done", test_all_done},
                           {"stop", test_stop},
                           {"failures", test_failures},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "farm_free", tests);
}
