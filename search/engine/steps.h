/* The steps of a search that all ranks take together: rank 0 says which is next, the others follow.
 */
#ifndef SEARCH_ENGINE_STEPS_H
#define SEARCH_ENGINE_STEPS_H

#include "comm/farm.h"
#include "search/algorithms/search_options.h"
#include "search/algorithms/stopping.h"

enum step { STEP_SCORE = 1, STEP_EVALUATE, STEP_FREE, STEP_END, STEP_STOP, STEP_FAIL };

/* Collective, on rank 0: the others are in steps_follow(). `stop`: rank 0 was asked to stop.
 * Returns `next`, or STEP_STOP if a rank was asked to stop and `next` is work; the caller then
 * takes that step. */
enum step steps_lead(struct team *t, enum step next, bool stop);

/* Collective, on the other ranks: take steps until the search ends, on all ranks alike. */
enum status steps_follow(struct team *t, const struct search_run *run);

/* What a farm does with an EvaluationTask: a Measurement, with the value as the user's evaluator
 * has it. `context` is a struct search_run. Local. */
enum status steps_evaluate_one(void *context, struct farm_call *call, const unsigned char *task,
                               size_t bytes, struct farm_bytes *result);

struct steps_task {
    uint64_t task, seed;
    const char *architecture;
    struct hash128 hash; /* of the network */
    uint32_t level;      /* of its budget */
    uint64_t after;      /* 1 + the task of the budget before; 0: none */
    const struct stopping_rule *rule;
};
/* A packed EvaluationTask. Local. */
enum status steps_pack_task(const struct steps_task *t, struct farm_bytes *out);

/* -1 if values are minimised, else 1: between the user's values and those that are maximised. */
double steps_sign(const struct search_run *run);

/* Who does what in this run (search_roles_of()). Local, the same on all ranks. */
enum status steps_roles(struct team *t, const struct search_run *run, struct search_roles *out);

/* Has this rank been asked to stop? Local. */
bool steps_stop_asked(const struct search_run *run);

#endif
