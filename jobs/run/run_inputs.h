/* What a job reads must not be what it writes. Local. */
#ifndef JOBS_RUN_RUN_INPUTS_H
#define JOBS_RUN_RUN_INPUTS_H

#include "jobs/config/config.h"

/* SIBYL_E_USAGE where a file that the job reads is one that this verb would write in `folder`, by
 * whatever name or link; the message names both. */
enum status run_inputs_check(const char *folder, enum config_verb verb,
                             const struct config_values *values);

#endif
