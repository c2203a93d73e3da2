/* The books of a search: its journal, its history and its algorithm in one. Whoever drives a search
 * proposes networks from them and enters what their evaluation gave; every proposal and every
 * measurement is on the disk (DIR/run.journal) before it is acted on.
 *
 *   ledger_open -> ledger_propose, ledger_take, ledger_end -> ledger_close
 *
 * A task is a network that was proposed: task i is entry i of the history. It is pending until it
 * is taken. A task that failed for the machine's sake (Measurement.temporary) is pending again when
 * a journal is opened, and its failure counts until it is taken once more. Opening replays what the
 * journal holds, to the very state in which it was left.
 *
 * There are two ways to propose. In rounds: a round is proposed when nothing is pending, and its
 * results count in task order when all are there; then nothing depends on who measured what, and
 * when. Free: networks are proposed at any time, and a result counts as soon as it is taken; the
 * journal keeps the order of the results, and with each proposal how many of them it knew. One
 * journal may hold both, one after the other.
 *
 * On rank 0. Local, but for what `score` does. Not for several threads. */
#ifndef SEARCH_ENGINE_LEDGER_H
#define SEARCH_ENGINE_LEDGER_H

#include "search/algorithms/algorithm.h"
#include "search/algorithms/fidelity_view.h"
#include "search/algorithms/remaining.h"
#include "search/engine/alike.h"
#include "search/engine/journal.h"

struct ledger_task {
    Sibyl__Measurement *measurement; /* NULL: pending. As the user's evaluator has its value */
    bool free;                       /* not of a round */
    bool asked;                      /* given out by ledger_give_out() */
    bool brief; /* its measurement is not there in full, but its value is in the history */
    bool again; /* it has failed before, and that has counted */
};

struct ledger { /* all zero is a closed one; to be read only */
    const struct search_run *run;
    const struct algorithm *algorithm;
    void *state; /* of the algorithm */
    struct journal journal;
    struct history history;
    struct fidelity_view view; /* of a search with several budgets: what its algorithm sees */
    struct ledger_task *tasks; /* (history.count) */
    size_t task_capacity;
    size_t pending;  /* tasks without a measurement */
    size_t replayed; /* measurements that the journal held when it was opened, see ledger_known() */
    uint64_t rounds; /* proposals, free ones too */
    double sign;     /* times the history's values gives the user's */
    bool reached;    /* the target */
    uint64_t evaluations_to_target;
    /* Of a search with budgets: epochs of all tasks, those that are pending as they are expected;
     * those of the results that count; and of these until the target was reached. */
    double epochs_committed, epochs_spent, epochs_to_target;
    bool short_of_epochs; /* a network should have gone on, and its next budget cannot be paid */
    /* the round whose results are awaited: first ... first + count - 1; missing of them */
    size_t round_first, round_count, round_missing;
    /* while a proposal is made: tasks whose results count when it is done */
    bool proposing;
    size_t *held, held_count, held_capacity;
    struct alike alike; /* do all evaluations of this session fail? */
    double target_value;
    struct remaining remaining; /* networks, for algorithms that find none */
    bool none_left;             /* it is certain that all networks are known, or pending */
};

/* Trains the predictor and scores, as algorithm_round.score. */
struct ledger_score {
    enum status (*score)(void *context, struct surrogate_request *request);
    void (*look)(void *context); /* algorithm_round.look */
    void *context;
};

/* Opens or begins the journal in run->folder. With `replay` every proposal in it is made again and
 * must come out the same, with the message naming the task that differs otherwise (then nothing is
 * written, and the journal must be there); NULL: only those of algorithms with a memory, which is
 * cheap. SIBYL_E_USAGE: the journal is another job's. */
enum status ledger_open(struct ledger *l, const struct search_run *run,
                        const struct ledger_score *replay);
/* The same from a state that was kept beside the journal (ledger_state.h), which must fit: quick,
 * however much the journal holds. Networks that the state tells of are without their graphs; an
 * algorithm that wants them (algorithm.graphs) cannot propose then. */
struct ledger_state;
enum status ledger_open_state(struct ledger *l, const struct search_run *run,
                              const struct ledger_state *state);
void ledger_close(struct ledger *l); /* fine with a zeroed one */

struct ledger_wish {
    uint64_t wanted; /* networks at most; the budget may leave fewer */
    bool free;       /* else a round, for which nothing may be pending */
    struct ledger_score score;
};

/* Proposes networks: tasks history.count ... are new. *out_count is 0 where none was found; free
 * with others pending, there may be some again when one more is measured. Measurements may be taken
 * meanwhile (from `score`); they count when the proposal is done. Not behind the end of the budget:
 * ledger_left(). */
enum status ledger_propose(struct ledger *l, const struct ledger_wish *wish, size_t *out_count);

/* Pending tasks are given out, to somebody who evaluates them elsewhere: into the journal. */
enum status ledger_give_out(struct ledger *l, const uint64_t *tasks, size_t count);

/* How many networks may still be proposed: by the budgets, the target and the journal's end. */
uint64_t ledger_left(const struct ledger *l);

/* How many measurements have counted: a task that was done again has more than one. */
size_t ledger_known(const struct ledger *l);

bool ledger_is_pending(const struct ledger *l, uint64_t task);

/* A packed Measurement of a pending task: into the journal, and counted. One that is `stopped` is
 * left out, and *out_stopped set: the task stays pending. SIBYL_E_IO where the search gives up,
 * because all evaluations of this session, the first of all, have failed for one reason
 * (search_run.give_up_after); a later run does them again. */
enum status ledger_take(struct ledger *l, const unsigned char *data, size_t bytes,
                        bool *out_stopped);

/* The seed that belongs to a task, for its evaluation. */
uint64_t ledger_task_seed(const struct ledger *l, uint64_t task);

/* Why the search is over: JOURNAL_BUDGET, target, exhausted (all networks are known), or not_found
 * (no new one was found, though there may be some). `dry`: no network was proposed. */
const char *ledger_reason(const struct ledger *l, bool dry);
/* Ends the journal, with such a reason. Nothing where it is ended. */
enum status ledger_end(struct ledger *l, const char *reason);

#endif
