/* A team of one: everything that a team does, with MPI not started. */
#include "tests/unit/unit.h"

#include "comm/farm.h"
#include "comm/launch.h"
#include "comm/reduce.h"
#include "comm/watchdog.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

static struct team *self;

static bool mpi_is_up(void)
{
    int up = 0;
    MPI_Initialized(&up);
    return up != 0;
}

static void test_collectives(void)
{
    const double mine[3] = {1, 2, 3};
    const size_t three = 3, seven = 7, huge = (size_t)1 << 31;
    double all[3] = {0};
    void *buffer = strdup("text"), *got = NULL;
    size_t bytes = 5, got_bytes = 0;
    unsigned wishes = 0;
    int ranks = 0, cpus = 0;
    CU_ASSERT(team_rank(self) == 0 && team_size(self) == 1);
    CHECK_OK(team_agree(self, SIBYL_OK));
    CU_ASSERT_EQUAL(team_agree(self, err_set(SIBYL_E_RANGE, "this one")), SIBYL_E_RANGE);
    CU_ASSERT_STRING_EQUAL(err_message(), "this one");
    CHECK_OK(team_agree_wishes(self, SIBYL_OK, 5, &wishes));
    CU_ASSERT_EQUAL(wishes, 5);
    team_barrier(self);
    CHECK_OK(team_broadcast_buffer(self, 0, &buffer, &bytes));
    CU_ASSERT_STRING_EQUAL(buffer, "text");
    team_allgather_doubles(self, mine, all, &three);
    CU_ASSERT_EQUAL(memcmp(mine, all, sizeof(all)), 0);
    CHECK_OK(team_exchange(self, "message", &seven, &got, &got_bytes));
    CU_ASSERT(got_bytes == 7 && memcmp(got, "message", 7) == 0);
    CU_ASSERT_EQUAL(team_exchange(self, "", &huge, &got, &got_bytes), SIBYL_E_RANGE);
    team_node(self, &ranks, &cpus);
    CU_ASSERT(ranks == 1 && cpus >= 1);
    CU_ASSERT(team_max(self, -2.5) == -2.5);
    CU_ASSERT_EQUAL(team_sum_u64(self, UINT64_MAX), UINT64_MAX);
    free(buffer);
    free(got);
}

static void test_sums(void)
{
    enum { N = 3 * REDUCER_BLOCK + 5 };
    struct reducer *r = NULL;
    float values[N];
    CHECK_OK(reducer_new(&r, self, N));
    for (size_t i = 0; i < N; i++) fixed_add(&reducer_sums(r)[i], 0.25 * (double)i);
    reducer_ready(r, 0);
    reducer_wait(r);
    fixed_values(reducer_sums(r), N, values);
    reducer_gather(r, values);
    reducer_gathered(r, SIZE_MAX);
    for (size_t i = 0; i < N; i++) CU_ASSERT_EQUAL(values[i], 0.25F * (float)i);
    reducer_free(r);
}

static enum status next(void *context, uint64_t index, struct farm_bytes *task, bool *done)
{
    (void)context;
    (void)task;
    *done = index == 4;
    return SIBYL_OK;
}

static enum status work(void *context, struct farm_call *call, const unsigned char *task,
                        size_t bytes, struct farm_bytes *result)
{
    (void)context;
    (void)task;
    (void)bytes;
    (void)result;
    CU_ASSERT(!farm_given_up(call));
    return SIBYL_OK;
}

static enum status count(void *context, uint64_t index, const unsigned char *result, size_t bytes)
{
    (void)result;
    (void)bytes;
    CU_ASSERT_EQUAL(*(uint64_t *)context, index);
    ++*(uint64_t *)context;
    return SIBYL_OK;
}

static void test_farm(void)
{
    uint64_t done = 0;
    struct farm_job job = {.context = &done, .next = next, .work = work, .result = count};
    CHECK_OK(farm_run(self, &job));
    CU_ASSERT_EQUAL(done, 4);
}

static void test_watchdog(void)
{
    struct watchdog *w = NULL;
    CHECK_OK(watchdog_start(&w, self, 1));
    CU_ASSERT_PTR_NULL(w);
    watchdog_stop(w);
}

/* What launchers say; the last test, since it changes the environment. */
static void test_launch(void)
{
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK",
                                        "OMPI_COMM_WORLD_SIZE",
                                        "PMIX_RANK",
                                        "PMI_RANK",
                                        "PMI_SIZE",
                                        "SLURM_STEP_NUM_TASKS",
                                        "OMPI_COMM_WORLD_LOCAL_SIZE",
                                        "MPI_LOCALNRANKS"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) unsetenv(names[i]);
    setenv("SLURM_PROCID", "3", 1); /* a batch script's, or of a step without MPI */
    struct launch l = launch_read();
    CU_ASSERT(!l.launched && l.rank == 0 && l.size == 1 && l.local == 1);
    setenv("PMIX_RANK", "2", 1);
    l = launch_read();
    CU_ASSERT(l.launched && l.rank == 2 && l.size == 0);
    setenv("SLURM_STEP_NUM_TASKS", "5", 1);
    CU_ASSERT_EQUAL(launch_read().size, 5);
    setenv("SLURM_STEP_NUM_TASKS", "1", 1); /* of a shell that something else was launched from */
    CU_ASSERT_EQUAL(launch_read().size, 0);
    setenv("OMPI_COMM_WORLD_RANK", "1", 1);
    setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    l = launch_read();
    CU_ASSERT(l.launched && l.rank == 1 && l.size == 4 && l.local == 0);
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "2", 1);
    CU_ASSERT_EQUAL(launch_read().local, 2);
    setenv("OMPI_COMM_WORLD_RANK", "one", 1);
    CU_ASSERT_EQUAL(launch_read().rank, 2);
}

static void test_no_mpi(void)
{
    CU_ASSERT(!mpi_is_up());
    comm_stop(); /* fine, and does nothing */
    CU_ASSERT(!mpi_is_up());
}

int main(void)
{
    CU_TestInfo tests[] = {{"collectives", test_collectives},
                           {"sums", test_sums},
                           {"farm", test_farm},
                           {"watchdog", test_watchdog},
                           {"MPI was never started", test_no_mpi},
                           {"launchers", test_launch},
                           CU_TEST_INFO_NULL};
    if (team_self(&self)) return 1;
    int failed = unit_run("local_team", tests);
    team_release(self);
    return failed;
}
