#include "jobs/jobs.h"

#include "jobs/experiments/experiment.h"
#include "jobs/run/run.h"
#include "jobs/run/search_parts.h"
#include "jobs/run/search_session.h"

#include <inttypes.h>

static void tell_roles(const struct run *r, const struct search_roles *roles)
{
    char text[512];
    search_roles_text(text, sizeof(text), roles, &r->config.values->search.options,
                      (uint32_t)r->ranks);
    log_root(&r->log, "%s", text);
}

enum status job_search(struct team *t, const struct options *o)
{
    struct run r = {0};
    struct space *space = NULL;
    struct evaluator evaluator = {0};
    struct predictor from = {0};
    struct forecast *forecast = NULL;
    struct search_roles roles;
    bool has_from = false;
    enum status st = run_open(&r, t, o, CONFIG_SEARCH);
    if (!st && o->parts && !r.config.experiment)
        st = err_set(SIBYL_E_USAGE, "--only: %s has none of the keys repeat, vary and settings",
                     r.job_file);
    if (!st && o->replay && r.config.experiment)
        st = err_set(SIBYL_E_USAGE,
                     "--replay is for one search: %s is an experiment, each search of which has a "
                     "config.yaml and a folder of its own in %s/runs",
                     r.job_file, r.folder);
    if (!st && r.config.experiment) {
        st = experiment_run(&r, &experiment_searches);
        goto done;
    }
    if (st) goto done;
    st = team_agree(t, search_parts_roles(&r, (uint32_t)r.ranks, &roles));
    if (st) goto done;
    const struct search_slot slot = search_parts_slot(&r, &roles);
    st = team_agree(t, search_parts_open(&r, &slot, &space, &evaluator));
    if (st) goto done;
    const struct search_options *s = &r.config.values->search.options;
    if (r.config.values->evaluator.kind == EVALUATOR_ASK && !o->replay) {
        st = err_set(SIBYL_E_USAGE,
                     "%s: evaluator.kind is ask, so there is nothing that sibyl search could run: "
                     "sibyl ask gives out networks, and sibyl tell takes their values",
                     r.job_file);
        goto done;
    }
    log_detail(&r.log, "opened the space and the evaluator");
    log_root(&r.log, "%s: %s points, algorithm %s, at most %" PRIu64 " evaluations, %d ranks",
             space->name, space->points, algorithm_name(s->algorithm), s->evaluations, r.ranks);
    st = team_agree(t, search_parts_from(&r, space, &evaluator, &from, &has_from));
    if (!st) st = team_agree(t, search_parts_forecast(&r, space, &evaluator, &forecast));
    if (st) goto done;
    struct search_session session = {.run = &r,
                                     .space = space,
                                     .evaluator = &evaluator,
                                     .from = has_from ? &from : NULL,
                                     .forecast = forecast,
                                     .roles = roles};
    if (o->dry_run) tell_roles(&r, &roles);
    st = o->dry_run ? run_would_write(&r) : search_session_run(&session);
done:
    forecast_close(forecast);
    if (has_from) predictor_release(&from);
    if (evaluator.release) evaluator_release(&evaluator);
    space_free(space);
    run_close(&r);
    return st;
}
