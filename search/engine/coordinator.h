/* Rank 0 of a search: population, journal, and the order of the steps. */
#ifndef SEARCH_ENGINE_COORDINATOR_H
#define SEARCH_ENGINE_COORDINATOR_H

#include "search/engine/engine.h"

/* Collective, on rank 0: the other ranks are in steps_follow(). Fails on all ranks or none. */
enum status coordinator_run(struct team *t, const struct search_run *run,
                            struct search_result *out);

/* Collective, on the other ranks, while rank 0 is in coordinator_free(): this rank's role. */
enum status coordinator_free_follow(struct team *t, const struct search_run *run);

#endif
