/* What a job file says of several objectives, limits and predicted values, as the search has it. */
#ifndef JOBS_CONFIG_CONFIG_OBJECTIVES_H
#define JOBS_CONFIG_CONFIG_OBJECTIVES_H

#include "base/yaml/tree.h"
#include "jobs/config/config.h"

/* Local. Fills search.options.objectives in, and evaluator.value and evaluator.minimise from the
 * first objective. SIBYL_E_USAGE: "file:line: key: ..."; also for an algorithm or a target that is
 * for one objective alone. After search.options.target is set. */
enum status config_objectives(const struct tree *t, struct config_values *v);

#endif
