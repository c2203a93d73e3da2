#include "search/engine/ledger.h"

#include "base/file.h"
#include "search/engine/ledger_fidelity.h"
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
    const bool many = fidelity_is_many(&run->options->fidelity);
    l->view.seen.keeps_graphs = many && l->algorithm->graphs;
    l->view.seen.genes = run->space->genes;
    l->view.seen.objectives = &run->options->objectives;
    l->history.keeps_graphs = l->algorithm->graphs && !state && !many;
    l->history.has_epochs = run->options->fidelity.levels > 0;
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
    fidelity_view_release(&l->view);
    remaining_release(&l->remaining);
    *l = (struct ledger){0};
}

/* ---- proposals ---- */

enum status ledger_add(struct ledger *l, const struct ledger_new *n)
{
    const struct fidelity *f = &l->run->options->fidelity;
    const size_t task = l->history.count;
    struct history_entry e = {
        .round = l->rounds, .candidate = *n->candidate, .predicted = n->predicted};
    snprintf(e.origin, sizeof(e.origin), "%s", n->origin);
    ledger_fidelity_place(l, n->after, &e);
    if (task == l->task_capacity) {
        size_t capacity = l->task_capacity ? l->task_capacity * 2 : 64;
        struct ledger_task *tasks = realloc(l->tasks, capacity * sizeof(*tasks));
        if (!tasks) return err_memory("the tasks of the search");
        l->tasks = tasks;
        l->task_capacity = capacity;
    }
    enum status st = history_add(&l->history, &e);
    if (!st && fidelity_is_many(f)) st = fidelity_view_add(&l->view, &l->history, n->candidate);
    if (st) return st;
    if (n->after) l->history.entries[e.after].promoted = true;
    l->epochs_committed += e.epochs;
    l->tasks[task] = (struct ledger_task){.free = n->is_free};
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

/* What a proposal says of each task. */
struct told_lists {
    uint64_t *tasks, *after;
    uint32_t *levels;
    double *predicted;
    char **texts;
};

static enum status told_fill(const struct ledger *l, const struct algorithm_round *r,
                             const struct ledger_promotions *p, struct told_lists *out)
{
    for (size_t i = 0; i < p->count + r->count; i++) {
        bool goes_on = i < p->count;
        const struct history_entry *e = goes_on ? &l->history.entries[p->entries[i]] : NULL;
        const struct proposal *item = goes_on ? NULL : &r->items[i - p->count];
        out->tasks[i] = l->history.count + i;
        out->after[i] = goes_on ? p->entries[i] + 1 : 0;
        out->levels[i] = goes_on ? e->level + 1 : 0;
        out->predicted[i] = item && r->predicted ? l->sign * item->predicted : (double)NAN;
        out->texts[i] =
            architecture_text(l->run->space, goes_on ? e->candidate.genes : item->candidate.genes);
        if (!out->texts[i]) return SIBYL_E_MEM;
    }
    return SIBYL_OK;
}

/* What the ledger knew when a proposal was made, and wanted. */
struct told_wish {
    size_t known;
    uint64_t wanted;
};

static enum status ledger_write_proposal(struct ledger *l, const struct algorithm_round *r,
                                         const struct ledger_promotions *promoted,
                                         const struct told_wish *wish)
{
    Sibyl__JournalProposal p = SIBYL__JOURNAL_PROPOSAL__INIT;
    const size_t count = promoted->count + r->count, room = count + 1;
    const bool many = fidelity_is_many(&l->run->options->fidelity);
    struct told_lists t = {calloc(room, sizeof(*t.tasks)), calloc(room, sizeof(*t.after)),
                           calloc(room, sizeof(*t.levels)), calloc(room, sizeof(*t.predicted)),
                           calloc(room, sizeof(*t.texts))};
    enum status st = SIBYL_OK;
    if (!t.tasks || !t.after || !t.levels || !t.predicted || !t.texts)
        st = err_memory("a proposal");
    if (!st) st = told_fill(l, r, promoted, &t);
    if (!st) {
        p.round = r->round;
        p.n_tasks = p.n_architectures = count;
        p.n_predicted = r->predicted ? count : 0;
        p.tasks = t.tasks;
        p.predicted = t.predicted;
        p.architectures = t.texts;
        p.origin = (char *)(uintptr_t)r->origin;
        p.free = r->apart;
        p.known = r->apart ? wish->known : 0;
        p.wanted = r->apart || many ? (uint32_t)wish->wanted : 0;
        p.n_levels = p.n_after = many ? count : 0;
        p.levels = t.levels;
        p.after = t.after;
        p.levels_in_all = many ? l->run->options->fidelity.levels : 0;
        st = journal_put_proposal(&l->journal, &p);
    }
    for (size_t i = 0; t.texts && i < count; i++) free(t.texts[i]);
    free(t.texts);
    free(t.predicted);
    free(t.levels);
    free(t.after);
    free(t.tasks);
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
    uint64_t budget = l->run->options->evaluations, left = ledger_fidelity_left(l);
    if (l->reached || (l->journal.ended && !l->journal.for_budget)) return 0;
    if (!budget) return left;
    uint64_t evaluations = budget > l->history.count ? budget - l->history.count : 0;
    return evaluations < left ? evaluations : left;
}

enum status ledger_add_all(struct ledger *l, const struct algorithm_round *r,
                           const struct ledger_promotions *p)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < p->count && !st; i++) {
        const struct candidate c = l->history.entries[p->entries[i]].candidate;
        const struct ledger_new new = {&c, LEDGER_PROMOTED, (double)NAN, r->apart,
                                       p->entries[i] + 1};
        st = ledger_add(l, &new);
    }
    for (uint32_t i = 0; i < r->count && !st; i++) {
        const struct ledger_new new = {&r->items[i].candidate, r->origin,
                                       r->predicted ? r->items[i].predicted : (double)NAN, r->apart,
                                       0};
        st = ledger_add(l, &new);
    }
    return st;
}

static enum status ledger_add_proposal(struct ledger *l, const struct algorithm_round *r,
                                       const struct ledger_promotions *p,
                                       const struct told_wish *wish)
{
    const size_t count = p->count + r->count;
    /* An algorithm with a memory has drawn, though it found nothing: the draws are told as well. */
    bool told = count > 0 || (r->apart && l->algorithm->replays && l->pending > 0);
    enum status st = told ? ledger_write_proposal(l, r, p, wish) : SIBYL_OK;
    if (!st) st = ledger_add_all(l, r, p);
    if (!st && told) ledger_proposed(l, count, r->apart);
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
    struct told_wish told = {.known = ledger_known(l)};
    struct ledger_promotions promoted = {0};
    struct algorithm_round r = {.run = l->run,
                                .history = ledger_seen(l),
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
    told.wanted = wanted;
    l->proposing = true;
    enum status st = ledger_fidelity_ask(l, &r, NULL, &promoted);
    l->proposing = false;
    if (fidelity_is_many(&l->run->options->fidelity)) told.wanted = promoted.count + r.left;
    if (told.wanted > UINT32_MAX) told.wanted = UINT32_MAX;
    if (!st) st = ledger_add_proposal(l, &r, &promoted, &told);
    if (!st) *out_count = promoted.count + r.count;
    algorithm_round_release(&r);
    free(promoted.entries);
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
    if (!st && fidelity_is_many(&l->run->options->fidelity))
        st = fidelity_view_measure(&l->view, &l->history, task, again);
    if (st) return st;
    const struct history_entry *e = &l->history.entries[task];
    l->epochs_spent += e->epochs;
    if (l->run->options->target != TARGET_NONE && !l->reached && !m->failed &&
        value >= l->target_value && !(e->violation > 0) && !e->low) {
        l->reached = true;
        l->epochs_to_target = l->epochs_spent;
        l->evaluations_to_target = l->history.measured;
    }
    return SIBYL_OK;
}

static enum status ledger_tell(struct ledger *l, size_t task)
{
    if (!l->algorithm->told || l->history.entries[task].level) return SIBYL_OK;
    size_t seen = fidelity_is_many(&l->run->options->fidelity) ? l->view.of[task] : task;
    return l->algorithm->told(l->state, ledger_seen(l), seen);
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
    ledger_fidelity_expect(l, task);
    l->pending++;
}

enum status ledger_enter(struct ledger *l, Sibyl__Measurement *m)
{
    const struct history_entry *e = &l->history.entries[m->task];
    l->tasks[m->task].measurement = m;
    l->pending--;
    l->epochs_committed -= e->epochs;
    enum status st = history_note(&l->history, m->task, m);
    l->epochs_committed += e->epochs;
    return st;
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
    if (!dry || l->short_of_epochs) return JOURNAL_BUDGET;
    return l->none_left ? "exhausted" : "not_found";
}

enum status ledger_end(struct ledger *l, const char *reason)
{
    return l->journal.ended ? SIBYL_OK : journal_put_end(&l->journal, reason);
}
