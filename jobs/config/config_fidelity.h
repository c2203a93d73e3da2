/* What a job file says of budgets and early stopping, as the search has it. */
#ifndef JOBS_CONFIG_CONFIG_FIDELITY_H
#define JOBS_CONFIG_CONFIG_FIDELITY_H

#include "base/yaml/tree.h"
#include "jobs/config/config.h"

/* Local. Fills search.options.fidelity in; where the job says how many epochs it may spend, and not
 * how many evaluations, these have no bound. SIBYL_E_USAGE: "file:line: key: ...". After
 * config_objectives(). */
enum status config_fidelity(const struct tree *t, struct config_values *v);

/* Local. Of a job that was read: the labels of smaller budgets, for an evaluator_table.
 * out[v->search.column_count]. */
struct table_column;
void config_fidelity_columns(const struct config_values *v, struct table_column *out);

#endif
