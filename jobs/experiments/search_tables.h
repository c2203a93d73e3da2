/* The tables of an experiment of searches: experiment.csv (a line for each search), summary.csv and
 * summary.md (a line for each setting: search_summary.h). Local. */
#ifndef JOBS_EXPERIMENTS_SEARCH_TABLES_H
#define JOBS_EXPERIMENTS_SEARCH_TABLES_H

#include "jobs/experiments/search_summary.h"
#include "jobs/run/result.h"

/* Writes the three files into `folder`, each atomically, and adds the experiment's fields to
 * result.json. */
enum status search_tables_write(const struct search_rows *e, const char *folder,
                                struct result *result);

#endif
