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

/* ---- searches ---- */

static bool roles_of(const struct plan *p, int ranks, struct search_roles *out)
{
    const struct plan_evaluations *e = &p->evaluations;
    return !search_roles_of(e->options, e->program, (uint32_t)ranks, out);
}

bool plan_fits(const struct plan *p, int ranks)
{
    struct search_roles unused;
    return !p->evaluations.options || roles_of(p, ranks, &unused);
}

/* Ranks that train and score. */
static int training_ranks(const struct plan *p, int ranks)
{
    struct search_roles roles;
    if (!p->evaluations.options || !roles_of(p, ranks, &roles)) return ranks;
    return (int)search_roles_training(&roles, (uint32_t)ranks);
}

/* All that is not evaluated, on so many ranks. */
static double model_s(const struct plan *p, int ranks)
{
    return p->serial_s + p->divided_s / ranks + training_s(&p->training, ranks);
}

static double rounds_s(const struct plan_evaluations *e, double evaluating)
{
    return e->each_s * (ceil(e->initial / evaluating) + e->rounds * ceil(e->batch / evaluating) +
                        ceil(e->rest / evaluating));
}

/* Proposals are made for all ranks that wait, so that each of these does a network in the time of
 * an evaluation or of a proposal, whichever is longer; where rank 0 does both, in that of both. A
 * rank that is alone makes a proposal for each network. */
static double free_s(const struct plan *p, const struct search_roles *roles, int ranks)
{
    const struct plan_evaluations *e = &p->evaluations;
    double evaluating = roles->evaluating, proposals = e->rounds + (e->rest > 0);
    double propose_s = model_s(p, training_ranks(p, ranks)) / fmax(1, proposals);
    bool both = roles->shared && e->options->algorithm == ALGORITHM_PREDICTOR;
    double turn_s = both ? e->each_s + propose_s : fmax(e->each_s, propose_s);
    double turns = ceil((e->rounds * e->batch + e->rest) / evaluating);
    return e->each_s * ceil(e->initial / evaluating) + turns * turn_s;
}

static double search_s(const struct plan *p, int ranks)
{
    struct search_roles roles;
    if (!roles_of(p, ranks, &roles)) return (double)NAN;
    if (roles.free) return free_s(p, &roles, ranks);
    return model_s(p, ranks) + rounds_s(&p->evaluations, roles.evaluating);
}

/* ---- trainings of an experiment ---- */

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
    if (tasks->count) return p->start_s + p->serial_s + tasks_s(tasks, ranks);
    return p->start_s + (p->evaluations.options ? search_s(p, ranks) : model_s(p, ranks));
}

double plan_bytes(const struct plan *p, const struct plan_tasks *tasks, int ranks)
{
    double bytes = p->fixed_bytes + (ranks > 1 ? RANK_BYTES : 0);
    ranks = tasks->count ? 1 : training_ranks(p, ranks); /* of an experiment each is whole */
    return bytes + p->shard_bytes * share(&p->training, ranks) + p->divided_bytes / ranks;
}

double plan_efficiency(const struct plan *p, const struct plan_tasks *tasks, int ranks)
{
    if (!plan_fits(p, 1)) return (double)NAN;
    return plan_wall_s(p, tasks, 1) / plan_wall_s(p, tasks, ranks) / ranks;
}

static bool is_efficient(const struct plan *p, const struct plan_tasks *tasks, int ranks)
{
    return plan_fits(p, ranks) && plan_efficiency(p, tasks, ranks) >= PLAN_EFFICIENCY;
}

int plan_recommend(const struct plan *p, const struct plan_tasks *tasks, int own, int most)
{
    int best = 0;
    for (int ranks = 1; ranks <= most; ranks *= 2)
        if (is_efficient(p, tasks, ranks)) best = ranks;
    if (own > best && own <= most && is_efficient(p, tasks, own)) best = own;
    if (best) return best;
    return own ? own : 1;
}
