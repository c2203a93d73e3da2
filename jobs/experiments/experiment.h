/* An experiment: the runs of a train or search job with `repeat`, `vary` or `settings`, handed out
 * to the ranks, or one after the other on all of them; each has the bits of that run alone.
 *
 * Run number repeat * settings + setting has the seeds of its setting + repeat. Its row is kept in
 * DIR/tasks/NNNN.json as soon as it is done: a flat object like its result.json, with `task`,
 * `setting`, `repeat` and `digest` (of the setting's values and of the files that it reads). A row
 * of the same digest and repeat is not made again. When all rows are there, the tables are written:
 * experiment.csv, summary.csv and summary.md. */
#ifndef JOBS_EXPERIMENTS_EXPERIMENT_H
#define JOBS_EXPERIMENTS_EXPERIMENT_H

#include "jobs/run/run.h"

struct experiment_kind; /* what it is that is run: experiment_parts.h */

/* Each training runs whole on one rank. It has a row, and leaves no folder. */
extern const struct experiment_kind experiment_trainings;
/* Each search leaves the folder of that search alone, in DIR/runs/. On a table it runs whole on one
 * rank, else on all ranks (`search.experiment`). */
extern const struct experiment_kind experiment_searches;

/* Collective; the same on all ranks. `r` is open and its config.experiment holds. With --only I/N
 * the I-th of N even parts of the runs; whoever finds all rows there writes the tables and
 * result.json. SIBYL_E_STOPPED after a signal: rows that are done are kept, searches go on from
 * their journals, trainings in hand are lost. */
enum status experiment_run(struct run *r, const struct experiment_kind *kind);

#endif
