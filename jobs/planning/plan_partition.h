/* Where on this cluster a job fits: the partitions that Slurm's sinfo lists. Local. */
#ifndef JOBS_PLANNING_PLAN_PARTITION_H
#define JOBS_PLANNING_PLAN_PARTITION_H

#include <stdbool.h>
#include <stddef.h>

#define PARTITIONS_MAX 64
#define PARTITION_NAME_BYTES 64

struct partition {
    char name[PARTITION_NAME_BYTES];
    bool standard;      /* where jobs go that name none */
    double nodes, cpus; /* the least of a node's CPUs, where nodes differ */
    double memory_mib;  /* of a node, likewise */
    double limit_s;     /* INFINITY: none */
};

struct partitions {
    size_t count; /* 0: no Slurm here, or it does not answer */
    struct partition list[PARTITIONS_MAX];
};

/* What a job wants of one. */
struct partition_wish {
    double ranks, threads; /* of each rank */
    double rank_mib;       /* of each rank; 0: not known */
    double wall_s;
};

/* Asks sinfo. Partitions that are down are left out, and those behind the first PARTITIONS_MAX. */
void partitions_ask(struct partitions *out);
/* The same of a text as `sinfo -h -o "%P|%a|%D|%c|%m|%l"` prints it. */
void partitions_parse(struct partitions *out, const char *text);

/* How many ranks of this kind a partition has room for at a time. */
double partition_ranks(const struct partition *p, const struct partition_wish *w);

/* The partition to submit to, or NULL where there is none: of those with room for all ranks, or,
 * where there is none, with the most room, first one whose limit is long enough (the standard one,
 * else that of the shortest such limit), else that of the longest limit. */
const struct partition *partitions_choose(const struct partitions *all,
                                          const struct partition_wish *w);

#endif
