/* All networks that a run has proposed, in order, with what their evaluation gave. On rank 0.
 * Local. */
#ifndef SEARCH_ALGORITHMS_HISTORY_H
#define SEARCH_ALGORITHMS_HISTORY_H

#include "base/hashset.h"
#include "search/algorithms/history_detail.h"
#include "search/spaces/candidate.h"
#include "search/evaluators/known_results.h"
#include "search/evaluators/objectives.h"

#define HISTORY_ORIGIN_BYTES 32

/* Results so far of one evaluation, for the rules that end others early. */
struct history_curve {
    size_t count;
    const double *steps;  /* (count) rising */
    const double *values; /* (count, objectives) larger is better */
};

struct history_entry { /* entry i is task i */
    uint64_t round;
    struct candidate candidate;
    char origin[HISTORY_ORIGIN_BYTES];
    bool measured, failed;
    bool temporary;   /* failed for the machine's sake, which says nothing of the network */
    double value;     /* larger is better, whatever the user minimises */
    double predicted; /* likewise, when it was proposed; NaN: nothing was predicted */
    size_t position;  /* of a measured one: its place in history.order */
    /* Of a search with fidelities: the number of its budget; the entry of the budget before of the
     * same network, if level > 0; whether there is one of the next budget. */
    uint32_t level;
    size_t after;
    bool promoted;
    bool early;    /* it was ended while it ran: its value is that of its last result */
    bool low;      /* it was evaluated with less than the whole budget: it is no answer */
    double epochs; /* that were paid for it */
    const struct history_curve *curve; /* NULL: none */
    /* Where there are more values than one: all that the objectives name, as the user has them, and
     * by how much they break the limits (objectives_violation()). NULL: it has failed, or is
     * pending. */
    const double *values;
    double violation;
    const struct history_detail *detail; /* NULL: none */
};

struct history { /* all zero is an empty one */
    struct history_entry *entries;
    size_t count, capacity;
    size_t measured, failed;
    size_t again;        /* times that an entry was measured once more */
    size_t *order;       /* (measured) entries in the order in which their values became known */
    bool keeps_graphs;   /* set before the first entry: of candidates; else they have none */
    uint32_t genes;      /* set before the first entry: of each candidate (space->genes) */
    struct arena memory; /* of the candidates */
    struct hashset set;
    bool has_epochs;                     /* set before the first entry: entries tell theirs */
    const struct objectives *objectives; /* set before the first entry; NULL: one value alone */
    const struct known_results
        *known;  /* beforehand, and no entries; NULL: none. Set at the start */
    bool found;  /* at least one evaluation succeeded with the whole budget, and meets the limits */
    size_t best; /* of the entries with the largest value that do the one that was known first */
    struct history_details details;
};

/* A network that is not yet known: its hash must be new, unless it is one with a larger budget
 * (level > 0); history_find() finds the first. Copies `e`, its genes, and its graph
 * where graphs are kept. */
enum status history_add(struct history *h, const struct history_entry *e);
/* Takes the values that the objectives name from what the evaluation of entry `i` gave, where there
 * is more than one, and what is told of fidelities: before it counts. SIBYL_E_FORMAT: a value is
 * missing. */
enum status history_note(struct history *h, size_t i, const Sibyl__Measurement *m);
/* What the evaluation of entry `i` gave; once for each, in any order. */
void history_measure(struct history *h, size_t i, bool failed, double value);
/* What entry `i` gave, which was measured and has failed, when it was evaluated once more. */
void history_measure_again(struct history *h, size_t i, bool failed, double value);
/* Keeps what is to be told of a measurement of entry `i` beside its value, and whether its failure
 * was a temporary one: after history_measure(). */
enum status history_tell(struct history *h, size_t i, const Sibyl__Measurement *m);
/* How many entries have failed for the machine's sake. */
size_t history_temporary(const struct history *h);
/* The entry with this hash, or HASHSET_NONE. */
uint32_t history_find(const struct history *h, struct hash128 hash);
/* Whether a network is an entry, or known beforehand. */
bool history_knows(const struct history *h, struct hash128 hash);
/* The value of a network that is known beforehand or was measured with success; false: there is
 * none. */
bool history_value(const struct history *h, struct hash128 hash, double *out);
/* How many results are known beforehand. */
size_t history_beforehand(const struct history *h);
/* Numbers of the networks with a value, best first (ties: earlier first, those that are known
 * beforehand last): entries, and behind history.count the known results; out[h->measured -
 * h->failed + history_beforehand(h)]. */
enum status history_rank(const struct history *h, size_t *out);
/* The network of such a number. */
const struct candidate *history_candidate(const struct history *h, size_t number);
void history_release(struct history *h);

#endif
