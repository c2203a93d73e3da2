#include "comm/launch.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

/* What a launcher sets. */
struct variables {
    const char *rank, *size, *local;
    bool own_size; /* false: perhaps that of another launcher around this one, so 1 means nothing */
};

static const struct variables launchers[] = {
    /* Open MPI's mpirun */
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE", true},
    /* srun --mpi=pmix, prun */
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS", NULL, false},
    /* srun --mpi=pmi2, Hydra */
    {"PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS", true},
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
    for (size_t i = 0; i < sizeof(launchers) / sizeof(launchers[0]); i++) {
        const struct variables *v = &launchers[i];
        int rank = number_of(v->rank, -1), size = number_of(v->size, 0);
        if (rank < 0) continue;
        if (size == 1 && !v->own_size) size = 0;
        return (struct launch){true, rank, size, number_of(v->local, 0)};
    }
    return (struct launch){false, 0, 1, 1};
}
