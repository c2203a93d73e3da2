/* The trainings that a round's model takes, one behind the other: those of milestones whose models
 * are not kept, and its own (refit.h). On rank 0; the memory on every rank. Local. */
#ifndef SEARCH_ALGORITHMS_SURROGATE_PLAN_H
#define SEARCH_ALGORITHMS_SURROGATE_PLAN_H

#include "predictor/scoring/predictor.h"
#include "search/algorithms/surrogate.h"

#include <stdbool.h>

/* One for each value that evaluations give. */
#define SURROGATE_KEPT OBJECTIVE_VALUES_MAX

/* The model in a place. */
const struct predictor *surrogate_kept(const struct surrogate_memory *m, uint32_t place);
/* Puts a predictor, which is the memory's from here on, in the place of another one. */
void surrogate_keep(struct surrogate_memory *m, uint32_t place, struct predictor *p);

struct surrogate_stage {
    size_t *rows; /* (count) of the request's training rows; owned by whoever asked for it */
    size_t count;
    uint64_t seed;
    uint32_t from, keep; /* places, and one; 0: none */
    uint32_t epochs;
    bool more;
    struct hash128 digest; /* of what the model that is kept is a function of */
};

struct surrogate_plan {
    struct surrogate_request *request;
    const struct search_run *run;
    struct surrogate_memory *memory;
    struct hash128 *digests;   /* (milestones) owned */
    uint32_t milestones, next; /* the milestone of the next stage; milestones: the round's own */
    uint32_t place;            /* of the model that the next stage starts from, and one; 0: none */
};

enum status surrogate_plan_make(struct surrogate_plan *p, const struct search_run *run,
                                struct surrogate_memory *m, struct surrogate_request *request);
void surrogate_plan_release(struct surrogate_plan *p); /* fine with a zeroed one */
/* The next stage. */
enum status surrogate_plan_next(const struct surrogate_plan *p, struct surrogate_stage *out);
/* It is done on all ranks. */
void surrogate_plan_done(struct surrogate_plan *p, const struct surrogate_stage *stage);

#endif
