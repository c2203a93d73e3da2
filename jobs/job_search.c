#include "jobs/jobs.h"

#include "jobs/run/run.h"
#include "jobs/run/search_parts.h"
#include "jobs/run/search_result.h"
#include "jobs/run/signals.h"
#include "search/engine/engine.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the callbacks of a search are given. */
struct job {
    struct run *run;
    const struct space *space;
    struct evaluator *evaluator;
    const struct predictor *from; /* NULL: none */
    struct search_roles roles;
};

static enum status report_result(struct run *r, const struct space *space,
                                 const struct search_result *found)
{
    enum status st = search_result_put(r, space, found);
    if (!st && found->found)
        log_root(&r->log, "best %.6g after %" PRIu64 " of %" PRIu64 " evaluations: %s",
                 found->best_value, found->evaluations_to_best, found->evaluations, found->best);
    return st;
}

/* The run is at its end, but has no best: its journal keeps the failures, and would only tell them
 * again. */
static enum status all_failed(struct run *r, const struct search_result *found, bool told)
{
    enum status st = told ? SIBYL_OK : run_save_result(r, "failed");
    if (!st && found->temporary_failures)
        return err_set(SIBYL_E_IO,
                       "all %" PRIu64 " evaluations failed, %" PRIu64 " of them for the machine's "
                       "sake (%s/history.csv says why): run the search again, which does those "
                       "again",
                       found->evaluations, found->temporary_failures, r->folder);
    if (!st && found->evaluations == 0)
        return err_set(SIBYL_E_IO,
                       "there was no network to evaluate: all networks of the space are known "
                       "beforehand (search.known)");
    return st ? st
              : err_set(SIBYL_E_IO,
                        "all %" PRIu64 " evaluations failed (%s/history.csv; the warnings of the "
                        "run say why); mend the evaluator and search again with another --out, for "
                        "this folder's journal keeps the failures",
                        found->evaluations, r->folder);
}

/* Is this what result.json tells already? Of a run that only looked at what its journal holds. */
static bool is_told(const struct run *r, const struct search_result *found)
{
    const char *status = json_string_value(json_object_get(r->earlier, "status"));
    json_int_t evaluations = json_integer_value(json_object_get(r->earlier, "evaluations"));
    return found->evaluations_now == 0 && evaluations == (json_int_t)found->evaluations && status &&
           !strcmp(status, found->found ? "done" : "failed");
}

/* On rank 0. *out_stands: result.json is to stay as it is. */
static enum status tell(struct run *r, const struct space *space, const struct search_result *found,
                        bool *out_stands)
{
    *out_stands = is_told(r, found);
    if (*out_stands) run_tell_finished(r);
    enum status st = *out_stands ? SIBYL_OK : report_result(r, space, found);
    if (!st && !found->found) st = all_failed(r, found, *out_stands);
    return st;
}

/* How the search stands, while it runs: result.json. */
static enum status current(void *context, const struct search_result *so_far)
{
    const struct job *job = context;
    enum status st = search_result_put(job->run, job->space, so_far);
    return st ? st : run_save_running(job->run);
}

/* The folder is this job's. Of one that is done the values stay as they were saved. */
static enum status accepted(void *context)
{
    const struct job *job = context;
    struct run *r = job->run;
    const char *status = json_string_value(json_object_get(r->earlier, "status"));
    json_int_t evaluations = json_integer_value(json_object_get(r->earlier, "evaluations"));
    json_int_t wanted = (json_int_t)r->config.values->search.options.evaluations;
    bool over =
        status && (!strcmp(status, "done") || !strcmp(status, "failed")) && evaluations >= wanted;
    char *path = over ? run_path(r, "config.yaml") : NULL;
    bool saved = path && access(path, F_OK) == 0;
    free(path);
    return saved ? SIBYL_OK : run_save_config(r);
}

/* On rank 0: a result.json of this session that says `running` would tell of a kill. The message
 * of what ended the search stays. */
static void give_up(struct run *r)
{
    char message[STATUS_MESSAGE_BYTES];
    if (!r->root || !json_object_get(r->result.object, "evaluations")) return;
    snprintf(message, sizeof(message), "%s", err_message());
    (void)run_save_result(r, "failed");
    (void)err_set(SIBYL_E_IO, "%s", message);
}

/* All that the journal holds is proposed again, and compared; nothing is evaluated or written. */
static enum status replay(struct run *r, struct search_run *run)
{
    struct search_result found = {0};
    char *path = r->root ? run_path(r, "run.journal") : NULL;
    bool there = path && access(path, R_OK) == 0;
    free(path);
    enum status st = SIBYL_OK;
    if (r->root && !there)
        st = err_set(SIBYL_E_USAGE,
                     "%s holds no run.journal to replay: name the folder of a "
                     "search with --out",
                     r->folder);
    st = team_agree(r->team, st);
    run->replay = true;
    run->accepted = NULL;
    if (!st) st = engine_run(r->team, run, &found);
    if (!st)
        log_root(&r->log,
                 "the replay is the same: %" PRIu64 " proposals, %" PRIu64
                 " results in their order",
                 found.rounds, found.evaluations);
    search_result_release(&found);
    return st;
}

static void tell_roles(const struct job *job)
{
    const struct run *r = job->run;
    char text[512];
    search_roles_text(text, sizeof(text), &job->roles, &r->config.values->search.options,
                      (uint32_t)r->ranks);
    log_root(&r->log, "%s", text);
}

static enum status search(struct job *job)
{
    struct run *r = job->run;
    const struct space *space = job->space;
    const struct config_values *v = r->config.values;
    struct search_result found = {0};
    struct search_run run = {
        .options = &v->search.options,
        .space = space,
        .evaluator = job->evaluator,
        .from = job->from,
        .folder = r->folder,
        .job_digest = r->config.digest,
        .job_text = r->config.text,
        .log = &r->log,
        .threads = r->threads,
        .accept_program = r->options->accept_program,
        .give_up_after = v->evaluator.kind == EVALUATOR_COMMAND ? v->evaluator.give_up_after : 0,
        .stop_asked = signals_stop_asked,
        .accepted = accepted,
        .current = current,
        .context = job,
    };
    if (r->options->replay) return replay(r, &run);
    result_text(&r->result, "pace", job->roles.free ? "free" : "rounds");
    enum status st = engine_run(r->team, &run, &found);
    if (!st)
        log_detail(&r->log, "searched: %" PRIu64 " evaluations, %" PRIu64 " of them failed",
                   found.evaluations, found.failed_evaluations);
    if (st && st != SIBYL_E_STOPPED) give_up(r);
    if (st) {
        search_result_release(&found);
        return run_finish(r, st);
    }
    bool stands = false;
    st = team_agree(r->team, r->root ? tell(r, space, &found, &stands) : SIBYL_OK);
    team_broadcast(r->team, 0, &stands, sizeof(stands));
    search_result_release(&found);
    return stands ? st : run_finish(r, st);
}

enum status job_search(struct team *t, const struct options *o)
{
    struct run r = {0};
    struct space *space = NULL;
    struct evaluator evaluator = {0};
    struct predictor from = {0};
    struct search_roles roles;
    bool has_from = false;
    enum status st = run_open(&r, t, o, CONFIG_SEARCH);
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
    if (st) goto done;
    struct job job = {&r, space, &evaluator, has_from ? &from : NULL, roles};
    if (o->dry_run) tell_roles(&job);
    st = o->dry_run ? run_would_write(&r) : search(&job);
done:
    if (has_from) predictor_release(&from);
    if (evaluator.release) evaluator_release(&evaluator);
    space_free(space);
    run_close(&r);
    return st;
}
