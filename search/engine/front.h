/* The Pareto front of a search of several objectives: what it holds now, pareto.csv, and
 * hypervolume.csv. On rank 0. Local. */
#ifndef SEARCH_ENGINE_FRONT_H
#define SEARCH_ENGINE_FRONT_H

#include "search/algorithms/history.h"
#include "search/algorithms/pareto.h"
#include "search/algorithms/search_options.h"

/* Of the networks that were evaluated with success and meet the limits. */
struct front {
    struct pareto_front points;       /* larger is better; names are entries of the history */
    double reference[OBJECTIVES_MAX]; /* likewise */
    double hypervolume;
};

/* The reference is what the job says or, of an objective of which it says nothing, the worst value
 * of all networks that were evaluated with success. Zero networks: an empty front. */
enum status front_of(const struct history *h, struct front *out);
void front_release(struct front *f); /* fine with a zeroed one */

/* The reference of front_of() alone: (objectives) larger is better. */
void front_reference(const struct history *h, double *out);

/* pareto.csv: the front, by the first objective, the best first: hash, architecture, a column for
 * each objective and each value with a limit, by its name, those of evaluator.report, and the
 * number of the evaluation. hypervolume.csv: after each evaluation the front's size and
 * hypervolume, from the reference as it is now. Both are written whole, and only of a search of
 * several objectives. */
enum status front_write(const struct search_run *run, const struct history *h);

/* The value that was reported of an entry under a name of evaluator.report; NaN where there is
 * none.
 */
double front_reported(const struct history *h, const struct history_entry *e, const char *name);

#endif
