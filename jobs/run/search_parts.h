/* What a search job names: its space, and what evaluates networks of it. */
#ifndef JOBS_RUN_SEARCH_PARTS_H
#define JOBS_RUN_SEARCH_PARTS_H

#include "jobs/run/run.h"
#include "predictor/scoring/predictor.h"
#include "search/algorithms/search_roles.h"
#include "search/evaluators/evaluator.h"
#include "search/evaluators/forecast.h"
#include "search/spaces/space.h"

/* Which of the evaluations at once on this node a rank does. */
struct search_slot {
    uint32_t slot, slots; /* no slots: no rank of this node evaluates */
};

/* Local, the same on all ranks: who does what, of so many ranks. SIBYL_E_USAGE as
 * search_roles_of(). */
enum status search_parts_roles(const struct run *r, uint32_t ranks, struct search_roles *out);

/* Collective. */
struct search_slot search_parts_slot(const struct run *r, const struct search_roles *roles);

/* Local. Both are the caller's to release, also on failure (space_free, and evaluator_release where
 * out->release is set). SIBYL_E_USAGE: no such space. */
enum status search_parts_open(const struct run *r, const struct search_slot *slot,
                              struct space **space, struct evaluator *evaluator);

/* Local. Where the job has one, the predictor that trainings start from (training.from), which is
 * then among the files of `evaluator`; *out_has tells. The caller's to release (predictor_release).
 * SIBYL_E_USAGE: it is not of the shape that the job's predictors have. */
enum status search_parts_from(const struct run *r, const struct space *space,
                              struct evaluator *evaluator, struct predictor *out, bool *out_has);

/* Local. The predictors of `predicted`, which are then among the files of `evaluator`; *out is NULL
 * where there are none, else the caller's to forecast_close(). It borrows from the job and `space`.
 * SIBYL_E_USAGE: a file is no predictor of the space's networks. */
enum status search_parts_forecast(const struct run *r, const struct space *space,
                                  struct evaluator *evaluator, struct forecast **out);

#endif
