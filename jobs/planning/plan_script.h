/* The batch script that a plan ends with: it asks Slurm for what the job needs on so many ranks,
 * and runs the job by one of the scripts in slurm/. Local. */
#ifndef JOBS_PLANNING_PLAN_SCRIPT_H
#define JOBS_PLANNING_PLAN_SCRIPT_H

#include "jobs/planning/plan_jobs.h"
#include "jobs/planning/plan_partition.h"

/* On stdout, for the job with the flags that the plan was given. It names this program and the
 * scripts of its tree by their full paths. Where nobody knows how long the user's program takes,
 * one line says so in its place: a time limit would be a guess. It fits the best of the partitions:
 * another one than the standard one is named, and a time is no longer than its limit. */
void plan_script_print(const struct plan_job *j, const struct partitions *all);

/* What the script wants of a partition, on so many ranks. */
struct partition_wish plan_script_wish(const struct plan_job *j, int ranks);

#endif
