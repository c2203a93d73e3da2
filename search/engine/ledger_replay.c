#include "search/engine/ledger_replay.h"

#include "search/engine/ledger_fidelity.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum status replay_damaged(const char *what)
{
    return err_set(SIBYL_E_FORMAT,
                   "the journal of the search is damaged: %s; move the file away to start again",
                   what);
}

/* Is this network new, or the next budget of one that is known? */
static bool replay_is_next(const struct ledger *l, const Sibyl__JournalProposal *p, size_t i,
                           struct hash128 hash)
{
    const size_t after = p->n_after ? p->after[i] : 0;
    if (!after) return history_find(&l->history, hash) == HASHSET_NONE;
    if (after > l->history.count) return false;
    const struct history_entry *before = &l->history.entries[after - 1];
    return !before->promoted && !hash128_compare(before->candidate.hash, hash) &&
           before->level + 1 < l->run->options->fidelity.levels;
}

/* Makes the tasks of a proposal from what the journal tells of them. */
static enum status replay_take(struct ledger *l, const Sibyl__JournalProposal *p)
{
    const struct space *s = l->run->space;
    struct arena arena;
    enum status st = SIBYL_OK;
    arena_init(&arena);
    for (size_t i = 0; !st && i < p->n_tasks; i++) {
        struct candidate candidate;
        arena_reset(&arena);
        uint16_t *genes = space_genes(s, &arena);
        st = genes ? s->parse(s, p->architectures[i], genes) : SIBYL_E_MEM;
        if (!st) st = candidate_make(&candidate, &arena, s, genes);
        if (st) {
            (void)err_prefix(st, "run.journal: task %" PRIu64, p->tasks[i]);
            break;
        }
        size_t after = p->n_after ? p->after[i] : 0;
        if (!replay_is_next(l, p, i, candidate.hash)) {
            st = err_set(SIBYL_E_FORMAT, "run.journal: task %" PRIu64 " is there twice",
                         p->tasks[i]);
            break;
        }
        const struct ledger_new new = {&candidate, after ? LEDGER_PROMOTED : p->origin,
                                       p->n_predicted ? l->sign * p->predicted[i] : (double)NAN,
                                       p->free, after};
        st = ledger_add(l, &new);
    }
    arena_release(&arena);
    return st;
}

/* What is proposed now. */
struct replayed {
    struct ledger_promotions promoted;
    struct algorithm_round round;
};

/* *out: the first task of the proposal that came out another, or its number of tasks. */
static enum status replay_compare(const struct ledger *l, const Sibyl__JournalProposal *p,
                                  const struct replayed *r, size_t *out)
{
    const size_t promoted = r->promoted.count;
    size_t i = 0;
    bool same = true;
    for (; same && i < p->n_tasks && i < promoted + r->round.count; i++) {
        const struct candidate *c = i < promoted
                                        ? &l->history.entries[r->promoted.entries[i]].candidate
                                        : &r->round.items[i - promoted].candidate;
        char *text = architecture_text(l->run->space, c->genes);
        if (!text) return SIBYL_E_MEM;
        same = strcmp(text, p->architectures[i]) == 0 &&
               (p->n_after ? p->after[i] : 0) ==
                   (i < promoted ? r->promoted.entries[i] + 1 : (uint64_t)0);
        free(text);
    }
    *out = same ? i : i - 1;
    return SIBYL_OK;
}

static enum status replay_check_same(const struct ledger *l, const Sibyl__JournalProposal *p,
                                     const struct replayed *r, bool told)
{
    size_t at;
    enum status st = replay_compare(l, p, r, &at);
    if (st || (at == p->n_tasks && r->promoted.count + r->round.count == p->n_tasks)) return st;
    if (told)
        return err_set(SIBYL_E_FORMAT,
                       "the replay differs from the journal at task %zu (of proposal %" PRIu64 ")",
                       l->history.count + at, p->round);
    return err_set(SIBYL_E_FORMAT,
                   "run.journal: round %" PRIu64 " is not what this program proposes: it was "
                   "written by another version; start again in a new folder",
                   p->round);
}

/* Proposes again what the journal tells, and compares. */
static enum status replay_propose(struct ledger *l, const Sibyl__JournalProposal *p,
                                  const struct ledger_score *replay)
{
    const struct search_run *run = l->run;
    bool table = run->evaluator->best_known != NULL;
    struct replayed now = {.round = {.run = run,
                                     .history = ledger_seen(l),
                                     .round = l->rounds,
                                     .batch = search_options_batch(run->options, table),
                                     /* the budget may have been another then */
                                     .left = p->levels_in_all ? p->wanted : p->n_tasks,
                                     .apart = p->free,
                                     .score = replay ? replay->score : NULL,
                                     .context = replay ? replay->context : NULL,
                                     .origin = ""}};
    struct algorithm_round *r = &now.round;
    if (p->free) {
        r->batch = p->wanted;
        r->left = p->wanted;
    }
    enum status st = ledger_fidelity_ask(l, r, p, &now.promoted);
    if (!st) st = replay_check_same(l, p, &now, replay != NULL);
    if (!st) st = ledger_add_all(l, r, &now.promoted);
    algorithm_round_release(r);
    free(now.promoted.entries);
    return st;
}

/* The next measurement in the journal's order counts. */
static enum status replay_next(struct ledger *l, size_t *at)
{
    struct journal *j = &l->journal;
    size_t task = j->measurements[*at].of->task;
    if (task >= l->history.count) return replay_damaged("a measurement is of no proposed task");
    bool again = !ledger_is_pending(l, task);
    if (again && l->tasks[task].brief) return replay_damaged("a measurement is there twice");
    if (again) ledger_reopen(l, task);
    enum status st = ledger_enter(l, j->measurements[*at].of);
    j->measurements[(*at)++].of = NULL; /* it is the ledger's now */
    return st ? err_prefix(st, "run.journal") : ledger_count(l, task);
}

/* All that was known when this proposal was made. */
static enum status replay_until(struct ledger *l, const Sibyl__JournalProposal *p, size_t *at)
{
    const struct journal *j = &l->journal;
    enum status st = SIBYL_OK;
    while (!st && *at < j->measured &&
           (p->free ? ledger_known(l) < p->known
                    : l->pending > 0 || j->measurements[*at].rounds <= p->round))
        st = replay_next(l, at);
    if (st) return st;
    if (p->free && ledger_known(l) != p->known)
        return replay_damaged("a proposal knows more than was measured");
    if (!p->free && l->pending > 0)
        return replay_damaged("a round begins before the one before it is measured");
    return SIBYL_OK;
}

enum status ledger_replay(struct ledger *l, const struct ledger_score *replay)
{
    const struct journal *j = &l->journal;
    enum status st = SIBYL_OK;
    size_t at = 0, before = l->history.count - l->pending; /* what a state has told of */
    bool again = replay || l->algorithm->replays;
    for (size_t k = l->rounds; k < j->rounds && !st; k++) {
        const Sibyl__JournalProposal *p = j->proposals[k];
        st = replay_until(l, p, &at);
        if (!st) st = again ? replay_propose(l, p, replay) : replay_take(l, p);
        if (!st) ledger_proposed(l, p->n_tasks, p->free);
    }
    while (!st && at < j->measured) st = replay_next(l, &at);
    for (size_t i = 0; !st && i < j->asked_count; i++) l->tasks[j->asked[i]].asked = true;
    l->replayed = before + at;
    for (size_t i = 0; !st && !replay && !l->reached && i < l->history.count; i++)
        if (l->history.entries[i].temporary) ledger_reopen(l, i);
    return st;
}
