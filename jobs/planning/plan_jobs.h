/* The plan of each kind of job: opens what the job names, so that what is wrong with it is told
 * before it is submitted, measures on this node for a few seconds, and fills the model. Local. */
#ifndef JOBS_PLANNING_PLAN_JOBS_H
#define JOBS_PLANNING_PLAN_JOBS_H

#include "jobs/planning/plan.h"
#include "jobs/run/run.h"

struct plan_job {
    struct run *run;   /* of a team of one, opened without a folder */
    double each_s;     /* how long the user's program takes to evaluate a network; 0: not known */
    bool runs_program; /* in each rank, the user's: its memory is not in the plan */
    struct plan plan;
    struct plan_tasks tasks;
    struct plan_task *task_list; /* of tasks, owned */
    struct config setting;       /* of an experiment of searches: that the plan is of; owned */
    char summary[512];           /* what there is to do, and what was measured */
    char roles[512];             /* of a search: who does what; else "" */
};

enum status plan_train(struct plan_job *j);
enum status plan_score(struct plan_job *j);
enum status plan_search(struct plan_job *j);
/* Of an experiment of searches. */
enum status plan_searches(struct plan_job *j);
/* How many ranks the key `ranks` of a search is for; 0: it does not say, or this is no search. */
uint32_t plan_search_ranks(const struct plan_job *j);
/* Of a search whose ranks are known: who does what, into `roles`. */
void plan_search_roles(struct plan_job *j);
void plan_job_release(struct plan_job *j);

#endif
