/* The search algorithms: who is evaluated next. On rank 0. Local, but for `score`.
 *
 * A round is a pure function of the run's seed, the round's number and the history, so that a run
 * can be taken up from its journal. The history may hold networks that are pending (proposed, and
 * not measured yet): they are known, and have no value. Algorithms with memory of their own
 * (`replays`) propose journaled rounds again, which is cheap for them, and must come to the same
 * proposals. */
#ifndef SEARCH_ALGORITHMS_ALGORITHM_H
#define SEARCH_ALGORITHMS_ALGORITHM_H

#include "search/algorithms/history.h"
#include "search/algorithms/search_options.h"
#include "search/algorithms/surrogate.h"

#include <stdio.h>

/* Known networks in a row after which an algorithm looks no further by itself (remaining.h then
 * does). */
#define ALGORITHM_KNOWN_MAX 10000

struct proposal {
    struct candidate candidate; /* its graph lives as long as the round */
    double predicted;           /* larger is better */
};

struct algorithm_round {
    const struct search_run *run;
    const struct history *history;
    uint64_t round;
    uint32_t batch; /* proposals of an ordinary round */
    uint64_t left;  /* evaluations left, at least 1: no more proposals than this */
    /* The search does not wait for the end of a round: the proposals are to keep away from each
     * other and from networks that are pending. */
    bool apart;
    /* Train on `request` and score. Collective: on failure all ranks have left. NULL for algorithms
     * that replay. */
    enum status (*score)(void *context, struct surrogate_request *request);
    /* Called every few milliseconds of a long computation; NULL: never. */
    void (*look)(void *context);
    void *context;
    /* out */
    struct proposal *items; /* grown by algorithm_propose() */
    struct arena arena;     /* of the graphs of candidates that the round makes */
    uint32_t count, capacity;
    struct hashset proposed;
    bool predicted; /* items[].predicted are set */
    bool exhausted; /* no further network can be found (there may be items still) */
    bool waits;     /* nothing is proposed before more is measured */
    const char *origin;
};

struct algorithm {
    enum search_algorithm kind;
    bool replays;
    bool graphs; /* wants a history that keeps them */
    bool trains; /* may train a predictor to propose, which takes time */
    enum status (*start)(void **out_state, const struct search_run *run);
    enum status (*propose)(void *state, struct algorithm_round *round);
    /* This entry has been measured; NULL: no interest. */
    enum status (*told)(void *state, const struct history *history, size_t entry);
    /* What the state remembers, as bytes, and back into a state that was just started; NULL: there
     * is nothing to remember but the history. */
    enum status (*save)(const void *state, const struct search_run *run, FILE *out);
    enum status (*load)(void *state, const struct search_run *run, const void *data, size_t bytes);
    void (*release)(void *state); /* fine with NULL */
};

extern const struct algorithm algorithm_random, algorithm_aging, algorithm_predictor,
    algorithm_exhaustive, algorithm_local, algorithm_banana, algorithm_nsga2;

const struct algorithm *algorithm_find(enum search_algorithm kind);

/* ---- for algorithms ---- */
/* Adds a network if it is neither in the history nor in this round, and no predicted limit rules it
 * out; *out_added (may be NULL) says whether. */
enum status algorithm_propose(struct algorithm_round *r, const struct candidate *c,
                              bool *out_added);
/* Adds random new networks until there are `wanted`, or sets `exhausted`. */
enum status algorithm_propose_random(struct algorithm_round *r, struct rng *rng, uint64_t wanted);
void algorithm_round_release(struct algorithm_round *r);

#endif
