/* What a search leaves for people: best.json and history.csv, and of several objectives pareto.csv
 * and hypervolume.csv (front_files.h). Written whole. In history.csv the
 * values that programs printed follow in the order in which they first came, then seconds, which
 * are empty of a table, and the error: but for the seconds of programs equal runs are equal bytes.
 * On rank 0. Local. */
#ifndef SEARCH_ENGINE_OUTCOME_H
#define SEARCH_ENGINE_OUTCOME_H

#include "search/algorithms/history.h"
#include "search/algorithms/search_options.h"

/* `sign`: times the history's values gives the user's. */
enum status outcome_write(const struct search_run *run, const struct history *h, double sign);

/* Are all of them in the run's folder, as outcome_write() would write them? */
bool outcome_is_written(const struct search_run *run, const struct history *h, double sign);

#endif
