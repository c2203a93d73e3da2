/* How long a job may run: told on the command line, or known of Slurm. Local. */
#ifndef JOBS_RUN_WALLTIME_H
#define JOBS_RUN_WALLTIME_H

#include "base/status.h"

/* A time as Slurm writes it (M, M:S, H:M:S, D-H, D-H:M, D-H:M:S) in seconds. SIBYL_E_USAGE: it is
 * none, or 0. */
enum status walltime_parse(const char *text, double *out_s);

/* How many seconds from now on a run may take before it is to stop by itself: `given_s` where that
 * is above 0, else what is left of the Slurm job (SLURM_JOB_END_TIME), less a tenth of it or a
 * minute, whichever is less, for the checkpoint and the way out. 0: nobody knows of an end. */
double walltime_left(double given_s);

#endif
