/* What the books of a search know of fidelities: which networks go on to a larger budget, what the
 * algorithm sees, and what is spent. Of a search with one budget, or none, all of this is as good
 * as nothing. Local. */
#ifndef SEARCH_ENGINE_LEDGER_FIDELITY_H
#define SEARCH_ENGINE_LEDGER_FIDELITY_H

#include "search/engine/ledger.h"

#define LEDGER_PROMOTED "promoted" /* origin of networks that go on */

/* The history as the algorithm sees it. */
const struct history *ledger_seen(const struct ledger *l);

/* Sets what an entry that is new has of its budget. `after` as in struct ledger_new. */
void ledger_fidelity_place(const struct ledger *l, size_t after, struct history_entry *e);

/* A task is pending again: its epochs are those that it is expected to need. */
void ledger_fidelity_expect(struct ledger *l, size_t task);

/* How many networks the epochs that are left are enough for. */
uint64_t ledger_fidelity_left(const struct ledger *l);

struct ledger_promotions {
    size_t *entries; /* (count) to be freed: that go on */
    size_t count;
};
/* What comes next: networks that go on, then new ones, which the algorithm is asked for (r->items);
 * where there are neither, nor any that are pending, networks that were not among the best of their
 * budget go on. r->left becomes what was left for new networks. `replay`: what the journal tells of
 * the same proposal; NULL: it is a new one. */
enum status ledger_fidelity_ask(struct ledger *l, struct algorithm_round *r,
                                const Sibyl__JournalProposal *replay,
                                struct ledger_promotions *out);

#endif
