/* How a ledger takes up a journal; and what of the ledger it needs for that. Local. */
#ifndef SEARCH_ENGINE_LEDGER_REPLAY_H
#define SEARCH_ENGINE_LEDGER_REPLAY_H

#include "search/engine/ledger.h"

/* Brings a ledger whose journal was opened to the state in which the journal was left. `replay` as
 * for ledger_open(). */
enum status ledger_replay(struct ledger *l, const struct ledger_score *replay);

/* ---- ledger.c ---- */
struct ledger_new {
    const struct candidate *candidate; /* copied */
    const char *origin;
    double predicted;
    bool is_free;
    size_t after; /* 1 + the task of the budget before of the same network; 0: there is none */
};
enum status ledger_add(struct ledger *l, const struct ledger_new *n);
/* The tasks of a proposal: networks that go on, then new ones. */
struct ledger_promotions;
enum status ledger_add_all(struct ledger *l, const struct algorithm_round *r,
                           const struct ledger_promotions *p);
/* What the algorithm proposes; or, where it finds nothing and does not wait for results, networks
 * that remain. l->none_left is set where there is certainly none. */
enum status ledger_ask(struct ledger *l, struct algorithm_round *r);
void ledger_proposed(struct ledger *l, size_t count, bool is_free);
/* A measurement, which becomes the ledger's, also on failure. */
enum status ledger_enter(struct ledger *l, Sibyl__Measurement *m);
/* A task whose failure was a temporary one is pending again. */
void ledger_reopen(struct ledger *l, size_t task);
/* A measurement that was entered counts from now on; of a round, when all of it are there. */
enum status ledger_count(struct ledger *l, size_t task);

#endif
