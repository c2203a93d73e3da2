/* A ledger's state beside its journal, DIR/run.state, so that a short visit need not read all of
 * the journal. The journal is the truth: a state that is damaged, of another program or job, or
 * that does not fit the journal as it is now is as good as none, and the next visit makes a new
 * one. It holds up to a place of the journal; records behind that place are read from there.
 *
 * Written and read by one process at a time, the one that has the folder's lock. Local. */
#ifndef SEARCH_ENGINE_LEDGER_STATE_H
#define SEARCH_ENGINE_LEDGER_STATE_H

#include "search/engine/ledger.h"

struct ledger_state;

/* *out: NULL where there is none that is any good. `brief`: tasks that it tells of get no more than
 * their value (ledger_task.brief), for those who write nothing of it: this is quicker. */
enum status ledger_state_read(struct ledger_state **out, const struct search_run *run, bool brief);
void ledger_state_free(struct ledger_state *s); /* NULL is fine */

/* Where the journal goes on behind it; `out` borrows from the state. */
void ledger_state_start(const struct ledger_state *s, struct journal_start *out);
/* Into a ledger whose journal was opened there, and whose algorithm has been started. */
enum status ledger_state_restore(const struct ledger_state *s, struct ledger *l);

/* Keeps the state where the one on the disk is missing, or many records old. Nothing is fsynced: a
 * state that is lost costs time alone. */
enum status ledger_state_keep(const struct ledger *l, const struct ledger_state *old);

#endif
