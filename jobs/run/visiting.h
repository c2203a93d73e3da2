/* What `ask` and `tell` have in common: a job, its folder, and the books of its search. */
#ifndef JOBS_RUN_VISITING_H
#define JOBS_RUN_VISITING_H

#include "jobs/run/run.h"
#include "predictor/scoring/predictor.h"
#include "search/engine/visit.h"

struct visiting {
    struct run run;
    struct space *space;
    struct evaluator evaluator;
    struct predictor from; /* where has_from */
    bool has_from;
    struct forecast *forecast; /* NULL: nothing is predicted */
    struct search_run search;
    struct visit visit;
};

/* Local. Waits for its turn in the folder, and refuses one of another job. With --dry-run no book
 * is opened. */
enum status visiting_open(struct visiting *v, struct team *t, const struct options *o);
/* Local. Brings the folder up to date; `told`: there are new results. */
enum status visiting_end(struct visiting *v, bool told);
void visiting_close(struct visiting *v); /* also after a failure */

#endif
