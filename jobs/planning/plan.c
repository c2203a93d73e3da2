#include "jobs/planning/plan.h"

#include <math.h>
#include <stdlib.h>

/* Not measured, as one process cannot: between ranks. A step's sums (8 bytes a number) and weights
 * (4 bytes) partly travel while passes run. */
#define EXCHANGE_BYTES_PER_S 10e9
#define EXCHANGE_BYTES 12
#define EXCHANGE_S 50e-6        /* of messages without much in them */
#define RANK_BYTES 10e6         /* what MPI takes in each rank, where there are several */
#define TASKS_IN_ORDER 10000000 /* tasks times ranks; more are only divided */

/* Shards of the rank that has most. */
static double share(const struct plan_training *t, int ranks)
{
    return t->shards ? ceil((double)t->shards / ranks) : 0;
}

static double training_s(const struct plan_training *t, int ranks)
{
    double exchange_s =
        ranks > 1 ? EXCHANGE_S + EXCHANGE_BYTES * t->parameters / EXCHANGE_BYTES_PER_S : 0;
    return t->steps * (t->step_s + exchange_s) + t->batches * share(t, ranks) * t->shard_s;
}

static double evaluations_s(const struct plan_evaluations *e, int ranks)
{
    double workers = e->coordinator_works || ranks == 1 ? ranks : ranks - 1;
    return e->each_s * (ceil(e->initial / workers) + e->rounds * ceil(e->batch / workers) +
                        ceil(e->rest / workers));
}

/* A rank at its tasks. */
struct worker {
    double free_s;
    const struct plan_task *last; /* NULL: none yet */
};

static void take_task(struct worker *w, const struct plan_task *task)
{
    bool kept = w->last && w->last->group == task->group;
    w->free_s += task->whole_s - (kept ? task->shared_s : 0);
    w->last = task;
}

/* When the last task is over: each goes to the rank that is free first. */
static double tasks_s(const struct plan_tasks *tasks, int ranks)
{
    double sum = 0, longest = 0;
    size_t busy = (size_t)ranks < tasks->count ? (size_t)ranks : tasks->count;
    struct worker *workers = NULL;
    if (busy * tasks->count <= TASKS_IN_ORDER) workers = calloc(busy, sizeof(*workers));
    for (size_t i = 0; i < tasks->count; i++) {
        struct worker *first = workers;
        sum += tasks->list[i].whole_s;
        if (!workers) continue;
        for (size_t r = 1; r < busy; r++)
            if (workers[r].free_s < first->free_s) first = &workers[r];
        take_task(first, &tasks->list[i]);
        longest = fmax(longest, first->free_s);
    }
    bool known = workers != NULL;
    free(workers);
    return known ? longest : sum / (double)busy;
}

double plan_wall_s(const struct plan *p, const struct plan_tasks *tasks, int ranks)
{
    if (tasks->count) return p->serial_s + tasks_s(tasks, ranks);
    return p->serial_s + p->divided_s / ranks + training_s(&p->training, ranks) +
           evaluations_s(&p->evaluations, ranks);
}

double plan_bytes(const struct plan *p, const struct plan_tasks *tasks, int ranks)
{
    double bytes = p->fixed_bytes + (ranks > 1 ? RANK_BYTES : 0);
    if (tasks->count) ranks = 1; /* a training is whole */
    return bytes + p->shard_bytes * share(&p->training, ranks) + p->divided_bytes / ranks;
}
