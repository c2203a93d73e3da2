/* What the ways to drive a search share. On rank 0. */
#ifndef SEARCH_ENGINE_COORDINATOR_PARTS_H
#define SEARCH_ENGINE_COORDINATOR_PARTS_H

#include "comm/farm.h"
#include "search/engine/current.h"
#include "search/engine/engine.h"
#include "search/engine/ledger.h"

struct coordinator {
    struct team *team;
    const struct search_run *run;
    struct ledger ledger;
    bool away; /* the other ranks have left steps_follow() */
    bool stop;
    size_t *missing; /* (missing_count) of the round at hand, in rounds */
    size_t missing_count;
    struct current current;
};

/* Evaluations of a round. */
uint32_t coordinator_batch(const struct coordinator *c);

/* ---- for the ledger and the farm; `context` is a coordinator ---- */
/* Collective: all ranks train and score. */
enum status coordinator_score(void *context, struct surrogate_request *request);
bool coordinator_stop_asked(void *context);
enum status coordinator_work(void *context, struct farm_call *call, const unsigned char *task,
                             size_t bytes, struct farm_bytes *result);
enum status coordinator_arrived(void *context, uint64_t index, const unsigned char *result,
                                size_t bytes);
enum status coordinator_result(void *context, uint64_t index, const unsigned char *result,
                               size_t bytes);
/* A task packed for the farm. */
enum status coordinator_task(const struct coordinator *c, size_t task, struct farm_bytes *out);

/* Results have come: tells people how far the search is, now and then. */
void coordinator_say(struct coordinator *c);

/* Collective. The search until its end: in rounds (coordinator_rounds.c), or without waiting for
 * their end (coordinator_free.c). *out_reason says why it is over. */
enum status coordinator_rounds(struct coordinator *c, const char **out_reason);
enum status coordinator_free(struct coordinator *c, const struct search_roles *roles,
                             const char **out_reason);

#endif
