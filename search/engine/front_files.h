/* What a search of several objectives leaves beside history.csv: pareto.csv and hypervolume.csv;
 * and the labels that are shown. On rank 0. Local. */
#ifndef SEARCH_ENGINE_FRONT_FILES_H
#define SEARCH_ENGINE_FRONT_FILES_H

#include "search/algorithms/front.h"
#include "search/algorithms/search_options.h"

#include <stdio.h>

/* pareto.csv: the front, by the first objective, the best first: hash, architecture, a column for
 * each objective and each value with a limit, by its name, those of evaluator.report, and the
 * number of the evaluation. Of a search of several objectives. `sign` is not used. */
enum status front_files_print_front(FILE *f, const struct search_run *run, const struct history *h,
                                    double sign);
/* hypervolume.csv: after each evaluation the front's size and hypervolume, from the reference as it
 * is now; empty where it is too large for a number. Likewise. */
enum status front_files_print_volumes(FILE *f, const struct search_run *run,
                                      const struct history *h, double sign);

/* The value of an entry under a name of evaluator.report; NaN where there is none. */
double front_files_reported(const struct history *h, const struct history_entry *e,
                            const char *name);

#endif
