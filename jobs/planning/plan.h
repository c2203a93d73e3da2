/* What a job takes on other numbers of ranks: a model of its work, filled with times and sizes that
 * were measured on this node (plan_probe.h). Local.
 *
 * A training step costs each rank the same whatever its share, and something for each shard that it
 * has; scoring is divided evenly; evaluations run side by side on as many ranks as evaluate, in
 * rounds or freely, beside the ranks that train. */
#ifndef JOBS_PLANNING_PLAN_H
#define JOBS_PLANNING_PLAN_H

#include "search/algorithms/search_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_training {
    double steps;    /* of the optimiser, in all */
    double batches;  /* rows of all steps, in batches of the size that was measured */
    uint32_t shards; /* of such a batch */
    double step_s, shard_s;
    double parameters; /* numbers that the ranks exchange in each step */
};

struct plan_evaluations {
    double initial, rounds, batch;        /* the first ones, and so many rounds of so many, */
    double rest;                          /* and what is left for the last one */
    double each_s;                        /* 0: they cost nothing */
    const struct search_options *options; /* who does what; NULL: nothing is evaluated */
    bool program;                         /* values do not come from a table */
};

struct plan {
    double start_s;   /* of the launcher and MPI */
    double serial_s;  /* every rank does it: reading, the coordinator's part */
    double divided_s; /* one rank alone would take so long */
    struct plan_training training;
    struct plan_evaluations evaluations;
    double fixed_bytes;   /* of a rank, whatever its share */
    double shard_bytes;   /* and for each shard that it has */
    double divided_bytes; /* of all ranks together */
};

/* A training that a rank does whole (of an experiment). */
struct plan_task {
    double whole_s;  /* alone */
    double shared_s; /* of that, what a rank is spared whose task before was of the same group */
    size_t group;
};

/* One at a time on each rank, in their order; 0 tasks: the plan itself. */
struct plan_tasks {
    size_t count;
    const struct plan_task *list; /* (count) */
};

/* Of a search: whether its roles are those of so many ranks. */
bool plan_fits(const struct plan *p, int ranks);
/* Both only of ranks that fit. */
double plan_wall_s(const struct plan *p, const struct plan_tasks *tasks, int ranks);
/* Memory of the rank that needs most. */
double plan_bytes(const struct plan *p, const struct plan_tasks *tasks, int ranks);

/* Time of one rank alone over that of `ranks`, a rank. NAN: the job is none for one rank. */
double plan_efficiency(const struct plan *p, const struct plan_tasks *tasks, int ranks);
/* The most ranks, of 1, 2, 4 .. `most` and `own` (0: none), that keep PLAN_EFFICIENCY; the least
 * that fit where none does. */
#define PLAN_EFFICIENCY 0.8
int plan_recommend(const struct plan *p, const struct plan_tasks *tasks, int own, int most);

#endif
