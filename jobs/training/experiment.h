/* An experiment: the trainings of a train job with `repeat`, `vary` or `settings`, handed out to
 * the ranks; each runs whole on one rank, with the bits of that training alone.
 *
 * Training number repeat * settings + setting has the seeds of its setting + repeat (the split's
 * seed only where it matters). Its row is kept in DIR/tasks/NNNN.json as soon as it is done: a flat
 * object like a training's result.json, with `task`, `setting`, `repeat`, `split_seed` and
 * `digest` (of the setting's values). A row of the same digest and repeat is not trained again.
 * When all rows are there, the tables are written (experiment_tables.h). */
#ifndef JOBS_TRAINING_EXPERIMENT_H
#define JOBS_TRAINING_EXPERIMENT_H

#include "jobs/run/run.h"

/* Collective; the same on all ranks. `r` is open and its config.experiment holds. With --only I/N
 * the I-th of N even runs of the trainings; whoever finds all rows there writes the tables and
 * result.json. SIBYL_E_STOPPED after a signal: trainings in hand are lost, rows are not. */
enum status experiment_run(struct run *r);

#endif
