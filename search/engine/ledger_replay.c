#include "search/engine/ledger_replay.h"

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
        if (st)
            (void)err_prefix(st, "run.journal: task %" PRIu64, p->tasks[i]);
        else if (history_find(&l->history, candidate.hash) != HASHSET_NONE)
            st = err_set(SIBYL_E_FORMAT, "run.journal: task %" PRIu64 " is there twice",
                         p->tasks[i]);
        else
            st = ledger_add(l, &candidate, p->origin,
                            p->n_predicted ? l->sign * p->predicted[i] : (double)NAN, p->free);
    }
    arena_release(&arena);
    return st;
}

/* *out: the first task of the proposal that came out another, or its number of tasks. */
static enum status replay_compare(const struct ledger *l, const Sibyl__JournalProposal *p,
                                  const struct algorithm_round *r, size_t *out)
{
    size_t i = 0;
    bool same = true;
    for (; same && i < p->n_tasks && i < r->count; i++) {
        char *text = architecture_text(l->run->space, r->items[i].candidate.genes);
        if (!text) return SIBYL_E_MEM;
        same = strcmp(text, p->architectures[i]) == 0;
        free(text);
    }
    *out = same ? i : i - 1;
    return SIBYL_OK;
}

static enum status replay_check_same(const struct ledger *l, const Sibyl__JournalProposal *p,
                                     const struct algorithm_round *r, bool told)
{
    size_t at;
    enum status st = replay_compare(l, p, r, &at);
    if (st || (at == p->n_tasks && r->count == p->n_tasks)) return st;
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
    struct algorithm_round r = {.run = run,
                                .history = &l->history,
                                .round = l->rounds,
                                .batch = search_options_batch(run->options, table),
                                .left = p->n_tasks, /* the budget may have been another then */
                                .apart = p->free,
                                .score = replay ? replay->score : NULL,
                                .context = replay ? replay->context : NULL,
                                .origin = ""};
    if (p->free) {
        r.batch = p->wanted;
        r.left = p->wanted;
    }
    enum status st = p->n_tasks ? ledger_ask(l, &r) : l->algorithm->propose(l->state, &r);
    if (!st) st = replay_check_same(l, p, &r, replay != NULL);
    for (uint32_t i = 0; i < r.count && !st; i++)
        st = ledger_add(l, &r.items[i].candidate, r.origin,
                        r.predicted ? r.items[i].predicted : (double)NAN, p->free);
    algorithm_round_release(&r);
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
