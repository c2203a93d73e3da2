/* The search: seed evaluations -> train on all that is known -> breed and score candidates ->
 * acquire a few -> evaluate.
 *
 * Collective over a team. Rank 0 owns the population and the journal (DIR/run.journal); every
 * proposal and every result is on the disk before it is acted on. Results are applied in task
 * order, so the run is the same on any number of ranks, and a run that was killed goes on from its
 * journal to the same end. */
#ifndef SEARCH_ENGINE_ENGINE_H
#define SEARCH_ENGINE_ENGINE_H

#include "comm/team.h"
#include "search/algorithms/search_options.h"

struct search_result {
    uint64_t evaluations, failed_evaluations, rounds;
    uint64_t temporary_failures; /* of the failed ones: a later run does them again */
    uint64_t evaluations_now;    /* of this run: not in the journal before */
    bool resumed, found; /* found: at least one evaluation succeeded, and meets the limits */
    double best_value;
    char *best; /* the text of the best network; NULL: none was found */
    struct hash128 best_hash;
    uint64_t evaluations_to_best;
    char stopped_because[16]; /* "": the search goes on; else ledger_reason() says what it may be */
    bool target_reached;
    uint64_t evaluations_to_target;
    double epochs_spent, epochs_to_target; /* of a search with budgets */
    uint64_t whole; /* evaluations with the whole budget, of a search with several */
    uint64_t stopped_early;
    uint64_t outside; /* evaluations that did not fail, and break a limit */
    /* Of several objectives: the size of the front, its hypervolume, and the reference as the user
     * has it. */
    uint64_t pareto_size;
    double hypervolume, reference[OBJECTIVES_MAX];
    double reported[OBJECTIVE_REPORTS_MAX]; /* of the best, by evaluator.report; NaN: none */
};

/* Collective. Writes best.json and history.csv
 * (outcome.h tells its columns), and leaves them alone where a journal that was at its end is still
 * there. A search that has ended because its budget was used up goes on where it is larger now.
 * `out` is set on rank 0; it is the caller's to release. */
enum status engine_run(struct team *t, const struct search_run *run, struct search_result *out);

/* Frees what a result holds. */
void search_result_release(struct search_result *r);

#endif
