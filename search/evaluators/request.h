/* What an evaluating program is asked, and what `sibyl ask` prints: one JSON object on one line,
 * {"space", "architecture", "ops", "edges", "hash", "task", "seed", "budget", "from"}.
 * Local. */
#ifndef SEARCH_EVALUATORS_REQUEST_H
#define SEARCH_EVALUATORS_REQUEST_H

#include "search/spaces/candidate.h"

/* *out: the line with its end, the caller's to free(). The candidate may be without its graph. */
enum status request_line(const struct space *s, const struct candidate *c, uint64_t task,
                         uint64_t seed, char **out);

#endif
