#include "comm/farm.h"
#include "comm/team_internal.h"
#include "proto/graph/architecture.pb-c.h"
#include "tests/mpi/mpi_run.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What one farm of these tests does and saw. */
struct probe {
    uint64_t tasks;
    long nap_us;          /* the longest task; others are shorter */
    int64_t failing_task; /* -1: none */
    int failing_rank;     /* only there does it fail; -1: anywhere */
    bool fail_all;        /* every task of failing_rank fails */
    bool oversized;       /* the failing task gives a result that is too large instead */
    int stopping_rank;    /* is asked to stop; -1: none */
    uint64_t stop_after;  /* once it has begun so many tasks */
    bool root_waits;      /* in its first task, for the others */
    int64_t hangs_from;   /* tasks from this one on do not end by themselves */
    int64_t failing_next, failing_result, failing_arrived;
    uint64_t worked, finished, delivered, arrived, wrong;
    unsigned char seen[512]; /* times that arrived() saw a task */
};

static struct probe probe_of(uint64_t tasks)
{
    return (struct probe){.tasks = tasks,
                          .failing_task = -1,
                          .failing_rank = -1,
                          .stopping_rank = -1,
                          .hangs_from = INT64_MAX,
                          .failing_next = -1,
                          .failing_result = -1,
                          .failing_arrived = -1};
}

static uint64_t seed_of(uint64_t task)
{
    return task * 0x9E3779B97F4A7C15u + 5;
}

static enum status next_task(void *context, uint64_t index, struct farm_bytes *task, bool *done)
{
    struct probe *p = context;
    if ((int64_t)index == p->failing_next)
        return err_set(SIBYL_E_FORMAT, "cannot make task %d", (int)index);
    if (index >= p->tasks) {
        *done = true;
        return SIBYL_OK;
    }
    char text[400];
    memset(text, 'a' + (int)(index % 26), sizeof(text));
    text[index % sizeof(text)] = '\0';
    Sibyl__EvaluationTask m = SIBYL__EVALUATION_TASK__INIT;
    Sibyl__ArchitectureMessage a = SIBYL__ARCHITECTURE_MESSAGE__INIT;
    double label = 0.5 * (double)index;
    a.text = text;
    a.n_labels = 1;
    a.labels = &label;
    m.task = index;
    m.seed = seed_of(index);
    m.architecture = &a;
    task->bytes = sibyl__evaluation_task__get_packed_size(&m);
    task->data = malloc(task->bytes + 1);
    if (!task->data) return err_memory("a task");
    sibyl__evaluation_task__pack(&m, task->data);
    return SIBYL_OK;
}

/* The longest task is every 16th. */
static void nap(const struct probe *p, uint64_t task)
{
    struct timespec pause = {.tv_nsec = p->nap_us * 1000L / (task % 16 == 0 ? 1 : 16)};
    if (p->nap_us) nanosleep(&pause, NULL);
}

static enum status pack_result(const Sibyl__EvaluationTask *m, struct farm_bytes *result)
{
    Sibyl__Measurement out = SIBYL__MEASUREMENT__INIT;
    out.task = m->task;
    out.value = (double)strlen(m->architecture->text) + m->architecture->labels[0];
    out.seconds = team_rank(everyone);
    result->bytes = sibyl__measurement__get_packed_size(&out);
    result->data = malloc(result->bytes + 1);
    if (!result->data) return err_memory("a result");
    sibyl__measurement__pack(&out, result->data);
    return SIBYL_OK;
}

static bool stop_asked(void *context)
{
    const struct probe *p = context;
    return p->stopping_rank == team_rank(everyone) && p->worked >= p->stop_after;
}

/* Waits as for a program that never ends. */
static enum status wait_for_ever(struct farm_call *call)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    while (!farm_given_up(call)) nanosleep(&pause, NULL);
    return err_set(SIBYL_E_STOPPED, "given up");
}

/* Until all other tasks are done, which only the other ranks can do. */
static void wait_for_the_others(struct probe *p, struct farm_call *call)
{
    const struct timespec pause = {.tv_nsec = 100000};
    p->root_waits = false;
    while (p->arrived < p->tasks - 1) {
        CU_ASSERT_FALSE_FATAL(farm_given_up(call));
        nanosleep(&pause, NULL);
    }
}

static enum status work(void *context, struct farm_call *call, const unsigned char *task,
                        size_t bytes, struct farm_bytes *result)
{
    struct probe *p = context;
    Sibyl__EvaluationTask *m = sibyl__evaluation_task__unpack(NULL, bytes, task);
    if (!m) return err_set(SIBYL_E_FORMAT, "a task that does not unpack");
    enum status st = SIBYL_OK;
    bool here = p->failing_rank < 0 || p->failing_rank == team_rank(everyone);
    bool fails = here && (p->fail_all || (int64_t)m->task == p->failing_task);
    p->worked++;
    nap(p, m->task);
    if (p->root_waits && team_rank(everyone) == 0) wait_for_the_others(p, call);
    if (p->hangs_from <= (int64_t)m->task)
        st = wait_for_ever(call);
    else if (m->seed != seed_of(m->task) || !m->architecture || m->architecture->n_labels != 1)
        st = err_set(SIBYL_E_FORMAT, "a task with other contents");
    else if (fails && p->oversized) {
        result->bytes = (size_t)FARM_PAYLOAD_MAX + 1; /* refused before anything is read */
        result->data = malloc(1);
    } else if (fails)
        st = err_set(SIBYL_E_IO, "task %d broke", (int)m->task);
    else
        st = pack_result(m, result);
    sibyl__evaluation_task__free_unpacked(m, NULL);
    p->finished += !st;
    return st;
}

static enum status arrived(void *context, uint64_t index, const unsigned char *result, size_t bytes)
{
    struct probe *p = context;
    Sibyl__Measurement *m =
        sibyl__measurement__unpack(NULL, bytes, result); /* that of task 0 may be empty */
    if (!m || m->task != index) p->wrong++;
    if (m) sibyl__measurement__free_unpacked(m, NULL);
    p->arrived++;
    if (index < sizeof(p->seen)) p->seen[index]++;
    if ((int64_t)index == p->failing_arrived)
        return err_set(SIBYL_E_IO, "cannot write result %d down", (int)index);
    return SIBYL_OK;
}

static enum status take_result(void *context, uint64_t index, const unsigned char *result,
                               size_t bytes)
{
    struct probe *p = context;
    Sibyl__Measurement *m = sibyl__measurement__unpack(NULL, bytes, result);
    double value = (double)(index % 400) + 0.5 * (double)index;
    if (!m || m->task != index || m->value != value || index != p->delivered) p->wrong++;
    if (m) sibyl__measurement__free_unpacked(m, NULL);
    p->delivered++;
    if ((int64_t)index == p->failing_result)
        return err_set(SIBYL_E_RANGE, "result %d is no good", (int)index);
    return SIBYL_OK;
}

static enum status run(struct probe *p, bool coordinator_works)
{
    bool root = team_rank(everyone) == 0;
    struct farm_job job = {.context = p,
                           .coordinator_works = coordinator_works,
                           .next = root ? next_task : NULL,
                           .stop_asked = stop_asked,
                           .work = work,
                           .arrived = root ? arrived : NULL,
                           .result = root ? take_result : NULL};
    return farm_run(everyone, &job);
}

static void check_all_done(uint64_t tasks, long nap_us, bool coordinator_works)
{
    struct probe p = probe_of(tasks);
    p.nap_us = nap_us;
    CU_ASSERT_EQUAL(run(&p, coordinator_works), SIBYL_OK);
    CU_ASSERT_EQUAL(team_sum_u64(everyone, p.worked), tasks);
    CU_ASSERT_EQUAL(p.wrong, 0);
    if (team_rank(everyone) > 0) return;
    CU_ASSERT_EQUAL(p.delivered, tasks);
    CU_ASSERT_EQUAL(p.arrived, tasks);
    for (uint64_t i = 0; i < tasks && i < sizeof(p.seen); i++) CU_ASSERT_EQUAL(p.seen[i], 1);
    if (!coordinator_works && team_size(everyone) > 1) CU_ASSERT_EQUAL(p.worked, 0);
}

/* Any one rank is asked to stop while all have tasks that would never end: the farm ends without an
 * error, with some results or none, and another one can follow. */
static void test_stop(void)
{
    for (int rank = 0; rank < team_size(everyone); rank++) {
        for (int works = 0; works < 2; works++) {
            if (rank == 0 && !works && team_size(everyone) > 1) continue; /* it begins no task */
            struct probe p = probe_of(40);
            p.stopping_rank = rank;
            p.stop_after = 1;
            p.hangs_from = 5 * works;
            CU_ASSERT_EQUAL(run(&p, works), SIBYL_OK);
            CU_ASSERT_EQUAL(p.wrong, 0);
            CU_ASSERT(p.delivered <= 5);
            /* What was done is not lost, though it may come when the farm is ending. */
            if (team_rank(everyone) > 0) p.arrived = 0;
            CU_ASSERT_EQUAL(team_sum_u64(everyone, p.finished), team_sum_u64(everyone, p.arrived));
            check_all_done(9, 0, true);
        }
    }
}

/* While rank 0 waits in a task of its own, it goes on handing out the rest. */
static void test_busy_coordinator(void)
{
    struct probe p = probe_of(200);
    p.root_waits = team_size(everyone) > 1;
    CU_ASSERT_EQUAL(run(&p, true), SIBYL_OK);
    CU_ASSERT_EQUAL(p.wrong, 0);
    if (team_rank(everyone) == 0) CU_ASSERT_EQUAL(p.delivered, 200);
}

static void test_few_tasks(void)
{
    for (uint64_t tasks = 0; tasks <= 9; tasks++) {
        check_all_done(tasks, 0, false);
        check_all_done(tasks, 0, true);
    }
}

static void test_many_uneven_tasks(void)
{
    check_all_done(500, 3000, false);
    check_all_done(500, 3000, true);
}

/* All ranks get their share when tasks take time. */
static void test_everyone_works(void)
{
    struct probe p = probe_of(100);
    p.nap_us = 5000;
    CU_ASSERT_EQUAL(run(&p, true), SIBYL_OK);
    CU_ASSERT(p.worked > 0);
}

/* The farm failed on all ranks, with this in the message; and the team is in working order
 * afterwards. */
static void check_failed(struct probe *p, bool coordinator_works, enum status expected,
                         const char *message)
{
    CU_ASSERT_EQUAL(run(p, coordinator_works), expected);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), message));
    if (!strstr(err_message(), message)) fprintf(stderr, "message: %s\n", err_message());
    CU_ASSERT_EQUAL(p->wrong, 0);
    check_all_done(7, 0, coordinator_works);
}

/* What any rank finished was written down, though another had failed. */
static void check_nothing_lost(const struct probe *p)
{
    uint64_t finished = team_sum_u64(everyone, p->finished);
    if (team_rank(everyone) == 0) CU_ASSERT_EQUAL(p->arrived, finished);
}

static void test_failing_task(void)
{
    for (int works = 0; works < 2; works++) {
        const int tasks[] = {0, 3, 99};
        for (int i = 0; i < 3; i++) {
            char message[32];
            struct probe p = probe_of(100);
            p.failing_task = tasks[i];
            snprintf(message, sizeof(message), "task %d broke", tasks[i]);
            check_failed(&p, works, SIBYL_E_IO, message);
        }
    }
}

/* One rank cannot do anything: the other ranks do not go on to the end. */
static void test_failing_rank(void)
{
    for (int rank = 0; rank < team_size(everyone); rank++) {
        struct probe p = probe_of(400);
        p.nap_us = 16000;
        p.failing_rank = rank;
        p.fail_all = true;
        check_failed(&p, true, SIBYL_E_IO, "broke");
        CU_ASSERT(team_sum_u64(everyone, p.worked) < 100);
        if (rank > 0) check_nothing_lost(&p);
    }
}

static void test_failing_rank_is_named(void)
{
    for (int rank = 1; rank < team_size(everyone); rank++) {
        char prefix[32];
        struct probe p = probe_of(50);
        p.nap_us = 2000;
        p.failing_rank = rank;
        p.fail_all = true;
        CU_ASSERT_EQUAL(run(&p, false), SIBYL_E_IO);
        snprintf(prefix, sizeof(prefix), "rank %d: task", rank);
        CU_ASSERT_EQUAL(strncmp(err_message(), prefix, strlen(prefix)), 0);
        check_nothing_lost(&p);
    }
}

static void test_failures_of_rank_0(void)
{
    for (int works = 0; works < 2; works++) {
        struct probe p = probe_of(60);
        p.failing_next = 20;
        check_failed(&p, works, SIBYL_E_FORMAT, "cannot make task 20");
        p = probe_of(60);
        p.failing_arrived = 31;
        check_failed(&p, works, SIBYL_E_IO, "cannot write result 31 down");
        p = probe_of(60);
        p.failing_result = 30;
        check_failed(&p, works, SIBYL_E_RANGE, "result 30 is no good");
    }
}

static void test_result_too_large(void)
{
    struct probe p = probe_of(30);
    p.failing_task = 12;
    p.oversized = true;
    check_failed(&p, false, SIBYL_E_RANGE, "task 12");
}

/* A stray message that is too short to be an answer: refused, and the sender named. */
static void test_malformed_message(void)
{
    if (team_size(everyone) < 2) return;
    int sender = team_size(everyone) - 1;
    if (team_rank(everyone) == sender) MPI_Send("abc", 3, MPI_BYTE, 0, 2, everyone->comm);
    team_barrier(everyone);
    char message[64];
    snprintf(message, sizeof(message), "3 bytes from rank %d", sender);
    struct probe p = probe_of(20);
    check_failed(&p, false, SIBYL_E_FORMAT, message);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"few tasks", test_few_tasks},
                           {"many uneven tasks", test_many_uneven_tasks},
                           {"everyone works", test_everyone_works},
                           {"failing task", test_failing_task},
                           {"failing rank", test_failing_rank},
                           {"failing rank is named", test_failing_rank_is_named},
                           {"failures of rank 0", test_failures_of_rank_0},
                           {"result too large", test_result_too_large},
                           {"malformed message", test_malformed_message},
                           {"stop", test_stop},
                           {"busy coordinator", test_busy_coordinator},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "farm", tests);
}
