#define _GNU_SOURCE /* sched_getaffinity */
#include "comm/team_internal.h"

#include <sched.h>
#include <string.h>

void team_node(struct team *t, int *out_ranks, int *out_cpus)
{
    MPI_Comm node;
    cpu_set_t mine, all;
    CPU_ZERO(&mine);
    if (sched_getaffinity(0, sizeof(mine), &mine)) CPU_SET(0, &mine); /* more CPUs than in a set */
    if (t->size == 1) {
        *out_ranks = 1;
        *out_cpus = CPU_COUNT(&mine);
        return;
    }
    team_enter(t);
    MPI_Comm_split_type(t->comm, MPI_COMM_TYPE_SHARED, t->rank, MPI_INFO_NULL, &node);
    MPI_Allreduce(&mine, &all, (int)sizeof(mine), MPI_BYTE, MPI_BOR, node);
    team_leave(t);
    MPI_Comm_size(node, out_ranks);
    *out_cpus = CPU_COUNT(&all);
    MPI_Comm_free(&node);
}
