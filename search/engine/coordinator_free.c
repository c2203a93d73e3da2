/* The search without waiting: each evaluating rank gets its next network when it has done one.
 *
 * Proposing takes no time, or it trains a predictor; then rank 0 and its helpers do that as a team
 * of their own, and rank 0 goes on to enter results and to hand out tasks from within. Proposals
 * are made ahead, as many as will be wanted before the next ones can be there. */
#include "base/clock.h"
#include "search/engine/coordinator.h"
#include "search/engine/coordinator_parts.h"
#include "search/engine/steps.h"

#include <math.h>
#include <stdlib.h>

/* How often a training looks after the other ranks; its ranks exchange weights as often. */
#define LOOK_ALONE_S 0.002
#define LOOK_S 0.01
/* Proposals that are ready, in times of the number of evaluating ranks, at the most but for SPREAD:
 * they do not know of what is evaluated meanwhile. */
#define AHEAD_MAX 2.0
/* Of an evaluation's time: proposing faster than that need not be ahead. */
#define WORTH_WAITING 0.02

/* Standard deviations of the number of evaluations that end while a proposal is made, were their
 * ends a Poisson process: short evaluations come in bursts. */
#define SPREAD 2

struct free_pace {
    struct coordinator *c;
    struct search_roles roles;
    struct team *trainers;  /* rank 0 and its helpers */
    bool away;              /* the helpers have left */
    struct search_run run;  /* as a training sees it */
    struct farm_call *call; /* while it is time to propose */
    size_t *queue;          /* (queue_room) ring of tasks that no rank has yet */
    size_t queue_room, queue_first, queue_count;
    bool dry; /* no network was found, when dry_at results were known */
    size_t dry_at;
    double propose_s;  /* that the last proposal took */
    double evaluate_s; /* in all */
    size_t evaluated;
};

/* ---- tasks that no rank has yet ---- */

static enum status queue_put(struct free_pace *f, size_t task)
{
    if (f->queue_count == f->queue_room) {
        size_t room = f->queue_room ? 2 * f->queue_room : 64;
        size_t *queue = malloc(room * sizeof(*queue));
        if (!queue) return err_memory("the tasks of the search");
        for (size_t i = 0; i < f->queue_count; i++)
            queue[i] = f->queue[(f->queue_first + i) % f->queue_room];
        free(f->queue);
        f->queue = queue;
        f->queue_room = room;
        f->queue_first = 0;
    }
    f->queue[(f->queue_first + f->queue_count++) % f->queue_room] = task;
    return SIBYL_OK;
}

static size_t queue_get(struct free_pace *f)
{
    size_t task = f->queue[f->queue_first];
    f->queue_first = (f->queue_first + 1) % f->queue_room;
    f->queue_count--;
    return task;
}

/* ---- proposals ---- */

/* In a training, on rank 0. */
static bool free_stop_in_training(void *context)
{
    struct free_pace *f = context;
    return farm_given_up(f->call);
}

static enum status free_score(void *context, struct surrogate_request *request)
{
    struct free_pace *f = context;
    if (steps_lead(f->trainers, STEP_SCORE, farm_given_up(f->call)) == STEP_STOP) {
        f->away = true;
        return err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    double begin = clock_s();
    enum status st = surrogate_score(f->trainers, &f->run, request);
    current_model(&f->c->current, clock_s() - begin);
    f->away = st != SIBYL_OK;
    return st;
}

static void free_look(void *context)
{
    struct free_pace *f = context;
    if (f->call) (void)farm_given_up(f->call);
}

static enum status free_propose(struct free_pace *f, size_t wanted)
{
    struct ledger *l = &f->c->ledger;
    size_t first = l->history.count, known = ledger_known(l), count = 0;
    const struct ledger_wish wish = {wanted, true, {free_score, free_look, f}};
    double begin = clock_s();
    enum status st = ledger_propose(l, &wish, &count);
    for (size_t i = 0; i < count && !st; i++) st = queue_put(f, first + i);
    f->propose_s = clock_s() - begin;
    f->dry = count == 0;
    f->dry_at = known;
    return st;
}

static bool free_may_propose(const struct free_pace *f)
{
    const struct ledger *l = &f->c->ledger;
    return !f->c->stop && !l->proposing && ledger_left(l) > 0 &&
           !(f->dry && f->dry_at == ledger_known(l));
}

/* How many tasks are to wait for a rank: those that will be taken while a proposal is made. A rank
 * that is alone proposes when it has nothing to evaluate, and takes none meanwhile. */
static size_t free_ahead(const struct free_pace *f)
{
    if (team_size(f->c->team) == 1) return 0;
    double each_s = f->evaluated ? f->evaluate_s / (double)f->evaluated : 0;
    if (each_s <= 0) return f->evaluated ? f->roles.evaluating : 0;
    double share = f->propose_s / each_s;
    if (share < WORTH_WAITING) return 0;
    double expected = fmin(share, AHEAD_MAX) * f->roles.evaluating;
    return (size_t)ceil(expected + SPREAD * sqrt(expected));
}

static enum status free_prepare(void *context, struct farm_call *call, bool *busy)
{
    struct free_pace *f = context;
    const struct ledger *l = &f->c->ledger;
    size_t in_hand = l->pending - f->queue_count, evaluating = f->roles.evaluating;
    size_t idle = in_hand < evaluating ? evaluating - in_hand : 0;
    size_t wanted = idle + free_ahead(f);
    if (!l->algorithm->trains || wanted <= f->queue_count || !free_may_propose(f)) return SIBYL_OK;
    f->call = call;
    *busy = true;
    enum status st = free_propose(f, wanted - f->queue_count);
    f->call = NULL;
    return st;
}

/* ---- the farm ---- */

static enum status free_supply(void *context, enum farm_supply *out)
{
    struct free_pace *f = context;
    const struct ledger *l = &f->c->ledger;
    enum status st = SIBYL_OK;
    if (f->queue_count == 0 && !l->algorithm->trains && free_may_propose(f))
        st = free_propose(f, 1);
    *out = FARM_LATER;
    if (f->queue_count > 0)
        *out = FARM_READY;
    else if (l->pending == 0 && !l->proposing && !free_may_propose(f))
        *out = FARM_OVER;
    return st;
}

static enum status free_next(void *context, uint64_t index, struct farm_bytes *task, bool *done)
{
    struct free_pace *f = context;
    (void)index;
    *done = false;
    return coordinator_task(f->c, queue_get(f), task);
}

static enum status free_work(void *context, struct farm_call *call, const unsigned char *task,
                             size_t bytes, struct farm_bytes *result)
{
    struct free_pace *f = context;
    return coordinator_work(f->c, call, task, bytes, result);
}

static enum status free_arrived(void *context, uint64_t index, const unsigned char *result,
                                size_t bytes)
{
    struct free_pace *f = context;
    Sibyl__Measurement *m = sibyl__measurement__unpack(NULL, bytes, result);
    if (m && !m->stopped) {
        f->evaluate_s += m->seconds;
        f->evaluated++;
    }
    if (m) sibyl__measurement__free_unpacked(m, NULL);
    enum status st = coordinator_arrived(f->c, index, result, bytes);
    if (!st) coordinator_say(f->c);
    return st;
}

static bool free_stop_asked(void *context)
{
    struct free_pace *f = context;
    current_look(&f->c->current);
    return f->c->stop || steps_stop_asked(f->c->run);
}

static void free_dismiss(void *context)
{
    struct free_pace *f = context;
    if (!f->away) (void)steps_lead(f->trainers, STEP_END, false);
    f->away = true;
}

static enum status free_help_none(void *context)
{
    (void)context;
    return SIBYL_OK;
}

static enum status free_run(struct free_pace *f)
{
    struct farm_job job = {.context = f,
                           .coordinator_works = f->roles.shared,
                           .outside = true,
                           .stop_asked = free_stop_asked,
                           .supply = free_supply,
                           .prepare = free_prepare,
                           .next = free_next,
                           .helpers = (int)f->roles.helpers,
                           .help = free_help_none,
                           .dismiss = free_dismiss,
                           .work = free_work,
                           .arrived = free_arrived,
                           .result = coordinator_result};
    enum status st = team_part(f->c->team, true, &f->trainers);
    if (!st) st = farm_run(f->c->team, &job);
    return st;
}

enum status coordinator_free(struct coordinator *c, const struct search_roles *roles,
                             const char **out_reason)
{
    struct free_pace f = {.c = c, .roles = *roles, .run = *c->run};
    struct ledger *l = &c->ledger;
    enum status st = SIBYL_OK;
    *out_reason = "";
    if (l->journal.ended && !l->journal.for_budget && l->pending == 0) return SIBYL_OK;
    f.run.stop_asked = free_stop_in_training;
    f.run.look_s = roles->helpers ? LOOK_S : LOOK_ALONE_S;
    f.run.context = &f;
    for (size_t i = 0; i < l->history.count && !st; i++)
        if (ledger_is_pending(l, i)) st = queue_put(&f, i);
    if (st) goto done;
    if (steps_lead(c->team, STEP_FREE, free_stop_asked(&f)) == STEP_STOP) {
        c->away = c->stop = true;
        st = err_set(SIBYL_E_STOPPED, "the search was stopped");
        goto done;
    }
    st = free_run(&f);
    c->away = st != SIBYL_OK;
    bool over = ledger_left(l) == 0 || f.dry;
    if (!st && (l->pending > 0 || !over)) {
        (void)steps_lead(c->team, STEP_STOP, true);
        c->away = true;
        st = err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    *out_reason = ledger_reason(l, ledger_left(l) > 0);
done:
    team_release(f.trainers);
    free(f.queue);
    return st;
}

/* ---- the other ranks ---- */

struct follower {
    const struct search_run *run;
    struct team *trainers; /* NULL on ranks that evaluate */
};

static enum status follower_work(void *context, struct farm_call *call, const unsigned char *task,
                                 size_t bytes, struct farm_bytes *result)
{
    const struct follower *f = context;
    return steps_evaluate_one((void *)(uintptr_t)f->run, call, task, bytes, result);
}

static bool follower_stop_asked(void *context)
{
    const struct follower *f = context;
    return steps_stop_asked(f->run);
}

/* A helper that is told to stop with the rest has done its part: rank 0 says what comes of it. */
static enum status follower_help(void *context)
{
    struct follower *f = context;
    enum status st = steps_follow(f->trainers, f->run);
    return st == SIBYL_E_STOPPED ? SIBYL_OK : st;
}

static enum status follower_supply(void *context, enum farm_supply *out)
{
    (void)context;
    *out = FARM_OVER;
    return SIBYL_OK;
}

enum status coordinator_free_follow(struct team *t, const struct search_run *run)
{
    struct follower f = {.run = run};
    struct search_roles roles;
    struct search_run training = *run;
    training.look_s = LOOK_S;
    f.run = &training;
    enum status st = steps_roles(t, run, &roles);
    if (st) return st; /* it failed so on rank 0 as well, which then does not come here */
    struct farm_job job = {.context = &f,
                           .outside = true,
                           .stop_asked = follower_stop_asked,
                           .supply = follower_supply,
                           .helpers = (int)roles.helpers,
                           .help = follower_help,
                           .work = follower_work};
    st = team_part(t, team_rank(t) <= job.helpers, &f.trainers);
    if (!st) st = farm_run(t, &job);
    team_release(f.trainers);
    return st;
}
