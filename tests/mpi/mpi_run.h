/* A CUnit program that all ranks of one MPI job run together. */
#ifndef TESTS_MPI_MPI_RUN_H
#define TESTS_MPI_MPI_RUN_H

#include "comm/team.h"
#include "tests/unit/unit.h"

#include <mpi.h>

#ifdef __SANITIZE_ADDRESS__
/* Whole stacks, so that lsan.supp can tell the MPI library's leaks from ours. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "fast_unwind_on_malloc=0";
}
#endif

/* The team of all ranks, for the tests of this program. */
static struct team *everyone;

/* Every rank runs all tests; the exit status is 1 on every rank if a test failed on any. A fatal
 * CUnit assertion on one rank would leave the others waiting, so tests use it only where all ranks
 * fail alike. */
static inline int mpi_run(int argc, char **argv, const char *suite, CU_TestInfo *tests)
{
    if (comm_start(&argc, &argv) || team_world(&everyone)) {
        fprintf(stderr, "cannot start: %s\n", err_message());
        return 1;
    }
    if (team_rank(everyone) > 0 && !freopen("/dev/null", "w", stdout)) comm_abort(1);
    int failed = unit_run(suite, tests), any = 0;
    if (failed) fprintf(stderr, "suite %s: tests failed on rank %d\n", suite, team_rank(everyone));
    MPI_Allreduce(&failed, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    team_release(everyone);
    comm_stop();
    return any;
}

#endif
