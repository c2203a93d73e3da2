#include "comm/launch.h"

#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

/* What a launcher sets. */
struct variables {
    const char *rank, *size;
    bool own_size; /* false: perhaps that of another launcher around this one, so 1 means nothing */
};

static const struct variables launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", true}, /* Open MPI's mpirun */
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS", false},           /* srun --mpi=pmix, prun */
    {"PMI_RANK", "PMI_SIZE", true},                         /* srun --mpi=pmi2, Hydra */
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
        return (struct launch){true, rank, size == 1 && !v->own_size ? 0 : size};
    }
    return (struct launch){false, 0, 1};
}
