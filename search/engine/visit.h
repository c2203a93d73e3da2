/* A short visit to the books of a search, by those who evaluate its networks themselves: asks for
 * networks, or tells what they gave. Local, but for a round of the predictor, which is collective
 * over the team (of one, as a rule).
 *
 *   visit_open -> visit_ask or visit_tell ... -> visit_end -> visit_close
 *
 * The folder's lock must be held. A visit costs the same however many results there are, but for
 * what is written of all of them (history.csv) after a tell, and for a round of the predictor. */
#ifndef SEARCH_ENGINE_VISIT_H
#define SEARCH_ENGINE_VISIT_H

#include "comm/team.h"
#include "search/engine/ledger.h"
#include "search/engine/ledger_state.h"

struct visit { /* all zero is a closed one */
    struct team *team;
    const struct search_run *run;
    struct ledger ledger;
    struct ledger_state *state; /* NULL: the whole journal was read */
    bool exhausted;             /* no further network was found, with none pending */
    bool over;                  /* nothing is left to ask, and all is told; by visit_end() */
};

/* `asks`: nothing will be told, which is quicker. */
enum status visit_open(struct visit *v, struct team *team, const struct search_run *run, bool asks);
void visit_close(struct visit *v); /* fine with a zeroed one */

/* Gives out up to `wanted` networks: those that were proposed and not given out, then new ones.
 * tasks[wanted] out. *out_count is less where the budget ends, or where none is found before more
 * results are told. */
enum status visit_ask(struct visit *v, size_t wanted, uint64_t *tasks, size_t *out_count);

/* The tasks that were given out and not told; *out is the caller's to free(). */
enum status visit_pending(const struct visit *v, uint64_t **out, size_t *out_count);

/* How a task stands. */
enum visit_task { VISIT_UNKNOWN, VISIT_PENDING, VISIT_TOLD };
enum visit_task visit_task(const struct visit *v, uint64_t task);

/* Of a pending task; `value` as the user has it. */
enum status visit_tell(struct visit *v, const Sibyl__Measurement *m);

/* Brings the folder's files up to date. `told`: there are new results. */
enum status visit_end(struct visit *v, bool told);

#endif
