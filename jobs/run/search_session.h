/* One search in its folder, from what is there to its end: the verb `search` and experiments of
 * searches go the same way, so that they leave the same folders. */
#ifndef JOBS_RUN_SEARCH_SESSION_H
#define JOBS_RUN_SEARCH_SESSION_H

#include "jobs/run/run.h"
#include "predictor/scoring/predictor.h"
#include "search/algorithms/search_roles.h"
#include "search/evaluators/evaluator.h"
#include "search/spaces/space.h"

struct search_session { /* all borrowed */
    struct run *run;    /* open, with its folder */
    const struct space *space;
    struct evaluator *evaluator;
    const struct predictor *from;      /* where trainings start from; NULL: none */
    struct forecast *forecast;         /* what predictors say of networks; NULL: none */
    struct search_roles roles;         /* of the ranks of the run */
    bool (*stop_asked)(void *context); /* NULL: signals to this process are asked for */
    void *context;
    double sync_s; /* how long a record may be on its way to the disk: of the journal */
};

/* Collective over the run's team. Searches until the end, and leaves the folder's files;
 * with --replay it only proposes again what the journal holds. A folder whose search is over is
 * told of, and left as it is. SIBYL_E_STOPPED: stopped, and to be gone on with. SIBYL_E_IO where
 * all evaluations have failed. */
enum status search_session_run(struct search_session *s);

#endif
