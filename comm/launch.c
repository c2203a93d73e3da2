#include "comm/launch.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

/* By launcher: the names of a process's rank and of the number of ranks. */
static const char *const variables[][2] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, /* Open MPI's mpirun */
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS"},            /* srun --mpi=pmix */
    {"PMI_RANK", "PMI_SIZE"},                         /* srun --mpi=pmi2, Hydra */
};

/* A number that is not negative; `none` where there is none. */
static int number_of(const char *name, int none)
{
    const char *text = name ? getenv(name) : NULL;
    char *end;
    long n = text ? strtol(text, &end, 10) : -1;
    if (!text || end == text || *end || n < 0 || n > INT_MAX) return none;
    return (int)n;
}

struct launch launch_read(void)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        int rank = number_of(variables[i][0], -1);
        if (rank >= 0) return (struct launch){true, rank, number_of(variables[i][1], 0)};
    }
    return (struct launch){false, 0, 1};
}
