/* What a search job names: its space, and what evaluates networks of it. */
#ifndef JOBS_RUN_SEARCH_PARTS_H
#define JOBS_RUN_SEARCH_PARTS_H

#include "jobs/run/run.h"
#include "search/evaluators/evaluator.h"
#include "search/spaces/space.h"

/* Which of the evaluations at once on this node a rank does. */
struct search_slot {
    uint32_t slot, slots; /* no slots: no rank of this node evaluates */
};

/* Collective. */
struct search_slot search_parts_slot(const struct run *r);

/* Local. Both are the caller's to release, also on failure (space_free, and evaluator_release where
 * out->release is set). SIBYL_E_USAGE: no such space. */
enum status search_parts_open(const struct run *r, const struct search_slot *slot,
                              struct space **space, struct evaluator *evaluator);

#endif
