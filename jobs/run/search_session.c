#include "jobs/run/search_session.h"

#include "jobs/run/search_result.h"
#include "jobs/run/signals.h"
#include "search/engine/engine.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Why a search ends before its budget. */
static void tell_reason(struct run *r, const struct search_result *found)
{
    if (!strcmp(found->stopped_because, "exhausted"))
        log_root(&r->log,
                 "all networks of the space are known: the search ends after %" PRIu64
                 " evaluations",
                 found->evaluations);
    if (!strcmp(found->stopped_because, "not_found"))
        log_root(&r->log,
                 "no network that is not known was found, by many draws and edits: the search ends "
                 "after %" PRIu64 " evaluations",
                 found->evaluations);
}

static enum status report_result(const struct search_session *s, const struct search_result *found)
{
    struct run *r = s->run;
    const struct objectives *o = &r->config.values->search.options.objectives;
    enum status st = search_result_put(r, s->space, s->evaluator, found);
    if (!st) tell_reason(r, found);
    if (!st && found->found && o->count > 1)
        log_root(&r->log,
                 "%" PRIu64 " networks in the front of %" PRIu64 " evaluations, hypervolume %.6g "
                 "(pareto.csv); best %s %.6g: %s",
                 found->pareto_size, found->evaluations, found->hypervolume, o->names[o->main],
                 found->best_value, found->best);
    else if (!st && found->found)
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
        return err_set(
            SIBYL_E_IO,
            r->config.values->predicted_count
                ? "there was no network to evaluate: what predictors say of all that "
                  "were looked at breaks the limits (predicted)"
                : "there was no network to evaluate: all networks of the space are known "
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
           !strcmp(status, found->found || found->outside ? "done" : "failed");
}

/* On rank 0. *out_stands: result.json is to stay as it is. */
static enum status tell(const struct search_session *s, const struct search_result *found,
                        bool *out_stands)
{
    struct run *r = s->run;
    *out_stands = is_told(r, found);
    if (*out_stands) run_tell_finished(r);
    enum status st = *out_stands ? SIBYL_OK : report_result(s, found);
    if (!st && !found->found && found->outside > 0)
        log_warn(&r->log,
                 "none of the %" PRIu64 " networks that were evaluated meets the limits: there is "
                 "no best one",
                 found->outside);
    else if (!st && !found->found)
        st = all_failed(r, found, *out_stands);
    return st;
}

/* How the search stands, while it runs: result.json. */
static enum status current(void *context, const struct search_result *so_far)
{
    const struct search_session *s = context;
    enum status st = search_result_put(s->run, s->space, s->evaluator, so_far);
    return st ? st : run_save_running(s->run);
}

/* The folder is this job's. Of one that is done the values stay as they were saved. */
static enum status accepted(void *context)
{
    const struct search_session *s = context;
    struct run *r = s->run;
    const char *status = json_string_value(json_object_get(r->earlier, "status"));
    json_int_t evaluations = json_integer_value(json_object_get(r->earlier, "evaluations"));
    json_int_t wanted = (json_int_t)r->config.values->search.options.evaluations;
    bool over = status && (!strcmp(status, "done") || !strcmp(status, "failed")) &&
                evaluations >= wanted && !(r->config.values->search.options.fidelity.epochs > 0);
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

static bool stop_asked(void *context)
{
    const struct search_session *s = context;
    return s->stop_asked ? s->stop_asked(s->context) : signals_stop_asked(NULL);
}

enum status search_session_run(struct search_session *s)
{
    struct run *r = s->run;
    const struct config_values *v = r->config.values;
    struct search_result found = {0};
    struct search_run run = {
        .options = &v->search.options,
        .space = s->space,
        .evaluator = s->evaluator,
        .from = s->from,
        .forecast = s->forecast,
        .folder = r->folder,
        .job_digest = r->config.digest,
        .job_text = r->config.text,
        .log = &r->log,
        .threads = r->threads,
        .sync_s = s->sync_s,
        .accept_program = r->options->accept_program,
        .give_up_after = v->evaluator.kind == EVALUATOR_COMMAND ? v->evaluator.give_up_after : 0,
        .stop_asked = stop_asked,
        .accepted = accepted,
        .current = current,
        .context = s,
    };
    if (r->options->replay) return replay(r, &run);
    result_text(&r->result, "pace", s->roles.free ? "free" : "rounds");
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
    st = team_agree(r->team, r->root ? tell(s, &found, &stands) : SIBYL_OK);
    team_broadcast(r->team, 0, &stands, sizeof(stands));
    search_result_release(&found);
    return stands ? st : run_finish(r, st);
}
