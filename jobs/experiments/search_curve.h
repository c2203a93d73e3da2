/* How the best value of a search rose with its evaluations, at fixed numbers of them. Local. */
#ifndef JOBS_EXPERIMENTS_SEARCH_CURVE_H
#define JOBS_EXPERIMENTS_SEARCH_CURVE_H

#include "jobs/run/result.h"
#include "search/algorithms/search_options.h"

#include <stddef.h>

/* The fixed numbers of evaluations, ascending. */
const uint64_t *search_curve_budgets(size_t *count);

/* Reads history.csv of a search's folder, and adds for each fixed number N within the search's
 * budget `best_at_N` and, where the best value of all networks is known (`optimum`, NaN: it is
 * not), `regret_at_N`, how much the best value was short of it; and likewise `hypervolume_at_N`
 * where the history tells it. A search that ended before N counts as it was at its end. */
enum status search_curve_report(const char *folder, const struct search_options *o, double optimum,
                                struct result *row);

#endif
