#include "search/engine/engine.h"

#include "search/algorithms/surrogate.h"
#include "search/engine/coordinator.h"
#include "search/engine/steps.h"

#include <stdlib.h>

enum status engine_run(struct team *t, const struct search_run *run, struct search_result *out)
{
    struct search_roles roles;
    enum status st = search_options_check(run->options);
    if (!st && !run->replay) st = steps_roles(t, run, &roles);
    st = team_agree(t, st);
    if (st) return st;
    struct search_run own = *run;
    st = team_agree(t, surrogate_memory_new(&own.memory));
    if (!st) st = team_rank(t) == 0 ? coordinator_run(t, &own, out) : steps_follow(t, &own);
    surrogate_memory_free(own.memory);
    return st;
}

void search_result_release(struct search_result *r)
{
    free(r->best);
    *r = (struct search_result){0};
}
