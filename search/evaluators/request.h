/* What an evaluating program is asked, and what `sibyl ask` prints: one JSON object on one line,
 * {"space", "architecture", "ops", "edges", "hash", "task", "seed", "budget", "from"}; in searches
 * with several budgets "from_task", too.
 * Local. */
#ifndef SEARCH_EVALUATORS_REQUEST_H
#define SEARCH_EVALUATORS_REQUEST_H

#include "search/spaces/candidate.h"

/* *out: the line with its end, the caller's to free(). The candidate may be without its graph. */
struct request {
    uint64_t task, seed;
    double budget;    /* 0: none is told */
    const char *from; /* folder of a checkpoint; NULL: none */
    uint64_t after;   /* 1 + the task whose checkpoint that is; 0: none */
    bool many;        /* there are several budgets */
};
enum status request_line(const struct space *s, const struct candidate *c, const struct request *q,
                         char **out);

#endif
