/* All networks that a run has proposed, in order, with what their evaluation gave. On rank 0.
 * Local. */
#ifndef SEARCH_ALGORITHMS_HISTORY_H
#define SEARCH_ALGORITHMS_HISTORY_H

#include "base/hashset.h"
#include "search/spaces/candidate.h"

#define HISTORY_ORIGIN_BYTES 32

struct history_entry { /* entry i is task i */
    uint64_t round;
    struct candidate candidate;
    char origin[HISTORY_ORIGIN_BYTES];
    bool measured, failed;
    double value;     /* larger is better, whatever the user minimises */
    double predicted; /* likewise, when it was proposed; NaN: nothing was predicted */
    size_t position;  /* of a measured one: its place in history.order */
};

struct history { /* all zero is an empty one */
    struct history_entry *entries;
    size_t count, capacity;
    size_t measured, failed;
    size_t *order;       /* (measured) entries in the order in which their values became known */
    bool keeps_graphs;   /* set before the first entry: of candidates; else they have none */
    uint32_t genes;      /* set before the first entry: of each candidate (space->genes) */
    struct arena memory; /* of the candidates */
    struct hashset set;
    bool found;  /* at least one evaluation succeeded */
    size_t best; /* of the entries with the largest value the one that was known first */
};

/* A network that is not yet known (its hash must be new). Copies `e`, its genes, and its graph
 * where graphs are kept. */
enum status history_add(struct history *h, const struct history_entry *e);
/* What the evaluation of entry `i` gave; once for each, in any order. */
void history_measure(struct history *h, size_t i, bool failed, double value);
/* The entry with this hash, or HASHSET_NONE. */
uint32_t history_find(const struct history *h, struct hash128 hash);
/* Indices of the successful entries, best first (ties: earlier first); out[h->measured -
 * h->failed]. */
enum status history_rank(const struct history *h, size_t *out);
void history_release(struct history *h);

#endif
