#include "search/engine/ledger.h"

#include "base/file.h"
#include "search/engine/ledger_replay.h"
#include "search/engine/ledger_state.h"
#include "search/engine/steps.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_OF_TASK (UINT64_C(1) << 63) /* streams of rounds are numbered below it */

static enum status ledger_open_journal(struct ledger *l, const struct journal_start *from)
{
    const struct search_run *run = l->run;
    struct journal_identity identity = {.of = {run->job_digest, &run->evaluator->files},
                                        .space = run->space->name,
                                        .space_text = run->space->source,
                                        .job = run->job_text ? run->job_text : "",
                                        .seed = run->options->seed,
                                        .minimise = run->options->minimise,
                                        .accept_program = run->accept_program};
    char *path = file_join(run->folder, "run.journal");
    enum status st = path ? SIBYL_OK : err_memory("a path");
    if (!st) st = journal_open_at(&l->journal, path, &identity, from);
    free(path);
    if (!st) l->journal.appender.sync_s = run->sync_s;
    if (!st && l->journal.appender.cut_bytes)
        log_warn(run->log, "run.journal: %" PRIu64 " bytes of an unfinished record were cut off",
                 l->journal.appender.cut_bytes);
    return st;
}

static enum status ledger_find_target(struct ledger *l)
{
    const struct search_run *run = l->run;
    const struct search_options *o = run->options;
    struct hash128 hash;
    bool known = run->evaluator->best_known &&
                 run->evaluator->best_known(run->evaluator, &l->target_value, &hash);
    if (!known && run->evaluator->best_known)
        log_warn(run->log, "no network of the table meets the limits");
    if (o->target == TARGET_BEST && !run->evaluator->best_known)
        return err_set(SIBYL_E_USAGE, "search.target: best is known only of a table, set a value");
    if (!known) l->target_value = INFINITY;
    if (o->target == TARGET_VALUE) l->target_value = l->sign * o->target_value;
    return SIBYL_OK;
}

/* From a state, or from the beginning of the journal. */
static enum status ledger_open_from(struct ledger *l, const struct search_run *run,
                                    const struct ledger_score *replay,
                                    const struct ledger_state *state)
{
    struct journal_start start;
    if (state) ledger_state_start(state, &start);
    *l = (struct ledger){.run = run, .sign = steps_sign(run)};
    l->algorithm = algorithm_find(run->options->algorithm);
    if (!l->algorithm) return err_set(SIBYL_E_USAGE, "search.algorithm: unknown");
    l->history.keeps_graphs = l->algorithm->graphs && !state;
    l->history.genes = run->space->genes;
    l->history.known = run->evaluator->known;
    l->history.objectives = &run->options->objectives;
    enum status st = ledger_find_target(l);
    if (!st) st = ledger_open_journal(l, state ? &start : NULL);
    if (!st && run->accepted) st = run->accepted(run->context);
    if (!st) st = l->algorithm->start(&l->state, run);
    if (!st && state) st = ledger_state_restore(state, l);
    if (!st) st = ledger_replay(l, replay);
    if (st) ledger_close(l);
    return st;
}

enum status ledger_open(struct ledger *l, const struct search_run *run,
                        const struct ledger_score *replay)
{
    return ledger_open_from(l, run, replay, NULL);
}

enum status ledger_open_state(struct ledger *l, const struct search_run *run,
                              const struct ledger_state *state)
{
    return ledger_open_from(l, run, NULL, state);
}

void ledger_close(struct ledger *l)
{
    for (size_t i = 0; l->tasks && i < l->history.count; i++) {
        if (l->tasks[i].measurement && !l->tasks[i].brief)
            sibyl__measurement__free_unpacked(l->tasks[i].measurement, NULL);
    }
    free(l->tasks);
    free(l->held);
    if (l->algorithm && l->algorithm->release) l->algorithm->release(l->state);
    journal_close(&l->journal);
    history_release(&l->history);
    remaining_release(&l->remaining);
    *l = (struct ledger){0};
}

/* ---- proposals ---- */

enum status ledger_add(struct ledger *l, const struct candidate *c, const char *origin,
                       double predicted, bool is_free)
{
    struct history_entry e = {.round = l->rounds, .candidate = *c, .predicted = predicted};
    snprintf(e.origin, sizeof(e.origin), "%s", origin);
    if (l->history.count == l->task_capacity) {
        size_t capacity = l->task_capacity ? l->task_capacity * 2 : 64;
        struct ledger_task *tasks = realloc(l->tasks, capacity * sizeof(*tasks));
        if (!tasks) return err_memory("the tasks of the search");
        l->tasks = tasks;
        l->task_capacity = capacity;
    }
    enum status st = history_add(&l->history, &e);
    if (st) return st;
    l->tasks[l->history.count - 1] = (struct ledger_task){.free = is_free};
    l->pending++;
    return SIBYL_OK;
}

/* The proposal has so many tasks, which were added last. */
void ledger_proposed(struct ledger *l, size_t count, bool is_free)
{
    l->rounds++;
    if (is_free) return;
    l->round_first = l->history.count - count;
    l->round_count = l->round_missing = count;
}

static enum status ledger_write_proposal(struct ledger *l, const struct algorithm_round *r,
                                         size_t known, uint64_t wanted)
{
    Sibyl__JournalProposal p = SIBYL__JOURNAL_PROPOSAL__INIT;
    enum status st = SIBYL_OK;
    size_t room = (size_t)r->count + 1;
    uint64_t *tasks = calloc(room, sizeof(*tasks));
    double *predicted = calloc(room, sizeof(*predicted));
    char **texts = calloc(room, sizeof(*texts));
    if (!tasks || !predicted || !texts) st = err_memory("a proposal");
    for (uint32_t i = 0; i < r->count && !st; i++) {
        tasks[i] = l->history.count + i;
        predicted[i] = l->sign * r->items[i].predicted;
        texts[i] = architecture_text(l->run->space, r->items[i].candidate.genes);
        if (!texts[i]) st = SIBYL_E_MEM;
    }
    if (!st) {
        p.round = r->round;
        p.n_tasks = p.n_architectures = r->count;
        p.n_predicted = r->predicted ? r->count : 0;
        p.tasks = tasks;
        p.predicted = predicted;
        p.architectures = texts;
        p.origin = (char *)(uintptr_t)r->origin;
        p.free = r->apart;
        p.known = r->apart ? known : 0;
        p.wanted = r->apart ? (uint32_t)wanted : 0;
        st = journal_put_proposal(&l->journal, &p);
    }
    for (uint32_t i = 0; texts && i < r->count; i++) free(texts[i]);
    free(texts);
    free(predicted);
    free(tasks);
    return st;
}

enum status ledger_give_out(struct ledger *l, const uint64_t *tasks, size_t count)
{
    if (!count) return SIBYL_OK;
    enum status st = journal_put_asked(&l->journal, tasks, count);
    for (size_t i = 0; !st && i < count; i++) l->tasks[tasks[i]].asked = true;
    return st;
}

uint64_t ledger_left(const struct ledger *l)
{
    uint64_t budget = l->run->options->evaluations;
    if (l->reached || (l->journal.ended && !l->journal.for_budget)) return 0;
    if (!budget) return UINT64_MAX;
    return budget > l->history.count ? budget - l->history.count : 0;
}

static enum status ledger_add_proposal(struct ledger *l, const struct algorithm_round *r,
                                       size_t known, uint64_t wanted)
{
    /* An algorithm with a memory has drawn, though it found nothing: the draws are told as well. */
    bool told = r->count > 0 || (r->apart && l->algorithm->replays && l->pending > 0);
    enum status st = told ? ledger_write_proposal(l, r, known, wanted) : SIBYL_OK;
    for (uint32_t i = 0; i < r->count && !st; i++)
        st = ledger_add(l, &r->items[i].candidate, r->origin,
                        r->predicted ? r->items[i].predicted : (double)NAN, r->apart);
    if (!st && told) ledger_proposed(l, r->count, r->apart);
    return st;
}

enum status ledger_ask(struct ledger *l, struct algorithm_round *r)
{
    l->none_left = false;
    enum status st = l->algorithm->propose(l->state, r);
    if (st || r->count || (r->waits && l->pending)) return st;
    return remaining_propose(&l->remaining, r, r->batch, &l->none_left);
}

enum status ledger_propose(struct ledger *l, const struct ledger_wish *wish, size_t *out_count)
{
    uint64_t wanted = wish->wanted < SEARCH_BATCH_MAX ? wish->wanted : SEARCH_BATCH_MAX;
    size_t known = ledger_known(l);
    struct algorithm_round r = {.run = l->run,
                                .history = &l->history,
                                .round = l->rounds,
                                .batch = (uint32_t)wanted,
                                .left = ledger_left(l),
                                .apart = wish->free,
                                .score = wish->score.score,
                                .look = wish->score.look,
                                .context = wish->score.context,
                                .origin = ""};
    SIBYL_BUG_IF(l->proposing || wanted == 0 || (!wish->free && l->pending > 0));
    *out_count = 0;
    if (r.left == 0) return SIBYL_OK;
    if (wish->free) {
        if (wanted > r.left) wanted = r.left;
        r.batch = (uint32_t)wanted;
        r.left = wanted; /* not more, of initial ones either */
    }
    l->proposing = true;
    enum status st = ledger_ask(l, &r);
    l->proposing = false;
    if (!st) st = ledger_add_proposal(l, &r, known, wanted);
    if (!st) *out_count = r.count;
    algorithm_round_release(&r);
    for (size_t i = 0; i < l->held_count && !st; i++) st = ledger_count(l, l->held[i]);
    l->held_count = 0;
    return st;
}

/* ---- results ---- */

size_t ledger_known(const struct ledger *l)
{
    return l->history.measured + l->history.again;
}

static enum status ledger_measure(struct ledger *l, size_t task)
{
    bool again = l->tasks[task].again;
    const Sibyl__Measurement *m = l->tasks[task].measurement;
    double value = l->sign * m->value;
    if (!m->failed && !isfinite(value))
        return err_set(SIBYL_E_FORMAT, "run.journal: the value of task %zu is not finite", task);
    l->tasks[task].again = false;
    if (again)
        history_measure_again(&l->history, task, m->failed, value);
    else
        history_measure(&l->history, task, m->failed, value);
    enum status st = history_tell(&l->history, task, m);
    if (st) return st;
    if (l->run->options->target != TARGET_NONE && !l->reached && !m->failed &&
        value >= l->target_value && !(l->history.entries[task].violation > 0)) {
        l->reached = true;
        l->evaluations_to_target = l->history.measured;
    }
    return SIBYL_OK;
}

static enum status ledger_tell(struct ledger *l, size_t task)
{
    return l->algorithm->told ? l->algorithm->told(l->state, &l->history, task) : SIBYL_OK;
}

/* All of a round are there. */
static enum status ledger_count_round(struct ledger *l)
{
    size_t end = l->round_first + l->round_count;
    enum status st = SIBYL_OK;
    for (size_t i = l->round_first; i < end && !st; i++) st = ledger_measure(l, i);
    for (size_t i = l->round_first; i < end && !st; i++) st = ledger_tell(l, i);
    return st;
}

enum status ledger_count(struct ledger *l, size_t task)
{
    if (l->tasks[task].free || l->tasks[task].again) {
        enum status st = ledger_measure(l, task);
        return st ? st : ledger_tell(l, task);
    }
    return --l->round_missing == 0 ? ledger_count_round(l) : SIBYL_OK;
}

bool ledger_is_pending(const struct ledger *l, uint64_t task)
{
    return task < l->history.count && !l->tasks[task].measurement;
}

void ledger_reopen(struct ledger *l, size_t task)
{
    struct ledger_task *t = &l->tasks[task];
    sibyl__measurement__free_unpacked(t->measurement, NULL);
    t->measurement = NULL;
    t->again = true;
    l->pending++;
}

enum status ledger_enter(struct ledger *l, Sibyl__Measurement *m)
{
    l->tasks[m->task].measurement = m;
    l->pending--;
    return history_note(&l->history, m->task, m);
}

static enum status ledger_hold(struct ledger *l, size_t task)
{
    if (l->held_count == l->held_capacity) {
        size_t capacity = l->held_capacity ? l->held_capacity * 2 : 16;
        size_t *held = realloc(l->held, capacity * sizeof(*held));
        if (!held) return err_memory("the results of the search");
        l->held = held;
        l->held_capacity = capacity;
    }
    l->held[l->held_count++] = task;
    return SIBYL_OK;
}

/* The measurements are in the journal. */
static enum status ledger_give_up(struct ledger *l, const char *reason)
{
    enum status st = journal_put_end(&l->journal, JOURNAL_FAILURES);
    if (st) return st;
    return err_set(SIBYL_E_IO,
                   "the first %u evaluations all failed for the same reason, the search gives up: "
                   "%.300s; mend the program and run the search again, which does them again "
                   "(evaluator.give_up_after: 0 goes on all the same)",
                   l->run->give_up_after, reason);
}

enum status ledger_take(struct ledger *l, const unsigned char *data, size_t bytes,
                        bool *out_stopped)
{
    *out_stopped = false;
    Sibyl__Measurement *m = sibyl__measurement__unpack(NULL, bytes, data);
    if (!m || !ledger_is_pending(l, m->task) || (!m->failed && !isfinite(m->value))) {
        if (m) sibyl__measurement__free_unpacked(m, NULL);
        return err_set(SIBYL_E_FORMAT, "the result of an evaluation came damaged");
    }
    size_t task = m->task;
    if (m->stopped) {
        *out_stopped = true;
        sibyl__measurement__free_unpacked(m, NULL);
        return SIBYL_OK;
    }
    enum status st = ledger_enter(l, m);
    if (st) return st;
    if (m->failed) log_warn(l->run->log, "evaluation %zu failed: %s", task, m->error);
    st = journal_put_measurement(&l->journal, data, bytes);
    if (!st && !l->history.found &&
        alike_is_enough(&l->alike, m->failed, m->error, l->run->give_up_after))
        st = ledger_give_up(l, m->error);
    if (st) return st;
    return l->proposing ? ledger_hold(l, task) : ledger_count(l, task);
}

uint64_t ledger_task_seed(const struct ledger *l, uint64_t task)
{
    struct rng rng;
    rng_init(&rng, l->run->options->seed, RNG_SEARCH, SEED_OF_TASK | task);
    return rng_u64(&rng);
}

const char *ledger_reason(const struct ledger *l, bool dry)
{
    if (l->reached) return "target";
    if (!dry) return JOURNAL_BUDGET;
    return l->none_left ? "exhausted" : "not_found";
}

enum status ledger_end(struct ledger *l, const char *reason)
{
    return l->journal.ended ? SIBYL_OK : journal_put_end(&l->journal, reason);
}
