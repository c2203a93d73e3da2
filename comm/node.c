#include "comm/team_internal.h"

#include "base/limits.h"

static int usable_cpus(const unsigned char *set, double quota)
{
    int cpus = limits_cpu_count(set);
    if (quota < cpus) cpus = quota < 1 ? 1 : (int)quota;
    return cpus;
}

void team_node(struct team *t, int *out_ranks, int *out_cpus)
{
    MPI_Comm node;
    struct limits limits;
    unsigned char mine[LIMITS_CPU_BYTES], all[LIMITS_CPU_BYTES];
    double quota;
    limits_cpu_set(limits_affinity, mine);
    limits_read(&limits, "");
    if (t->size == 1) {
        *out_ranks = 1;
        *out_cpus = usable_cpus(mine, limits.cpus);
        return;
    }
    team_enter(t);
    MPI_Comm_split_type(t->comm, MPI_COMM_TYPE_SHARED, t->rank, MPI_INFO_NULL, &node);
    MPI_Allreduce(mine, all, LIMITS_CPU_BYTES, MPI_BYTE, MPI_BOR, node);
    MPI_Allreduce(&limits.cpus, &quota, 1, MPI_DOUBLE, MPI_MAX, node);
    team_leave(t);
    MPI_Comm_size(node, out_ranks);
    *out_cpus = usable_cpus(all, quota);
    MPI_Comm_free(&node);
}

void team_node_place(struct team *t, bool counts, int *out_before, int *out_all)
{
    MPI_Comm node;
    int mine = counts ? 1 : 0, before = 0, rank = 0;
    *out_before = 0;
    *out_all = mine;
    if (t->size == 1) return;
    team_enter(t);
    MPI_Comm_split_type(t->comm, MPI_COMM_TYPE_SHARED, t->rank, MPI_INFO_NULL, &node);
    MPI_Comm_rank(node, &rank);
    MPI_Exscan(&mine, &before, 1, MPI_INT, MPI_SUM, node);
    MPI_Allreduce(&mine, out_all, 1, MPI_INT, MPI_SUM, node);
    team_leave(t);
    *out_before = counts && rank > 0 ? before : 0;
    MPI_Comm_free(&node);
}
