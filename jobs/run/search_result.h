/* The fields of a search in result.json. */
#ifndef JOBS_RUN_SEARCH_RESULT_H
#define JOBS_RUN_SEARCH_RESULT_H

#include "jobs/run/run.h"
#include "search/engine/engine.h"

/* Local. */
enum status search_result_put(struct run *r, const struct space *space, struct evaluator *evaluator,
                              const struct search_result *found);

#endif
