#include "jobs/run/visiting.h"

#include "jobs/run/search_parts.h"
#include "jobs/run/search_result.h"

#include <jansson.h>
#include <string.h>

static enum status accepted(void *visiting)
{
    struct visiting *v = visiting;
    return run_save_config(&v->run);
}

static enum status current(void *visiting, const struct search_result *so_far)
{
    struct visiting *v = visiting;
    enum status st = search_result_put(&v->run, v->space, &v->evaluator, so_far);
    result_bool(&v->run.result, "asked", true);
    if (st) return st;
    if (!v->visit.over) return run_save_running(&v->run);
    return run_save_result(&v->run, so_far->found || so_far->outside ? "done" : "failed");
}

enum status visiting_open(struct visiting *v, struct team *t, const struct options *o)
{
    enum status st = run_open(&v->run, t, o, CONFIG_SEARCH);
    if (!st && v->run.config.experiment)
        st = err_set(SIBYL_E_USAGE,
                     "%s is an experiment (repeat, vary or settings), and sibyl %s is for one "
                     "search: give each search a job of its own",
                     v->run.job_file, o->verb);
    if (!st) st = search_parts_open(&v->run, &(struct search_slot){0, 1}, &v->space, &v->evaluator);
    if (!st) st = search_parts_from(&v->run, v->space, &v->evaluator, &v->from, &v->has_from);
    if (!st) st = search_parts_forecast(&v->run, v->space, &v->evaluator, &v->forecast);
    if (st || o->dry_run) return st ? st : run_would_write(&v->run);
    v->search = (struct search_run){.options = &v->run.config.values->search.options,
                                    .space = v->space,
                                    .evaluator = &v->evaluator,
                                    .from = v->has_from ? &v->from : NULL,
                                    .forecast = v->forecast,
                                    .folder = v->run.folder,
                                    .job_digest = v->run.config.digest,
                                    .job_text = v->run.config.text,
                                    .log = &v->run.log,
                                    .threads = v->run.threads,
                                    .accept_program = o->accept_program,
                                    .accepted = accepted,
                                    .current = current,
                                    .context = v};
    return visit_open(&v->visit, t, &v->search, !strcmp(o->verb, "ask"));
}

enum status visiting_end(struct visiting *v, bool told)
{
    return visit_end(&v->visit, told);
}

void visiting_close(struct visiting *v)
{
    visit_close(&v->visit);
    forecast_close(v->forecast);
    if (v->has_from) predictor_release(&v->from);
    if (v->evaluator.release) evaluator_release(&v->evaluator);
    space_free(v->space);
    v->run.settled = true; /* the time of a visit does not count */
    run_close(&v->run);
    *v = (struct visiting){0};
}
