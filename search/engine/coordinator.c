#include "search/engine/coordinator.h"

#include "base/clock.h"
#include "search/engine/coordinator_parts.h"
#include "search/engine/outcome.h"
#include "search/engine/steps.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PROGRESS_S 10.0

uint32_t coordinator_batch(const struct coordinator *c)
{
    return search_options_batch(c->run->options, c->run->evaluator->best_known != NULL);
}

enum status coordinator_score(void *context, struct surrogate_request *request)
{
    struct coordinator *c = context;
    if (steps_lead(c->team, STEP_SCORE, c->stop || steps_stop_asked(c->run)) == STEP_STOP) {
        c->away = c->stop = true;
        return err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    enum status st = surrogate_score(c->team, c->run, request);
    c->away = st != SIBYL_OK;
    return st;
}

enum status coordinator_task(const struct coordinator *c, size_t task, struct farm_bytes *out)
{
    const struct candidate *candidate = &c->ledger.history.entries[task].candidate;
    char *text = architecture_text(c->run->space, candidate->genes);
    if (!text) return SIBYL_E_MEM;
    enum status st =
        steps_pack_task(task, ledger_task_seed(&c->ledger, task), text, candidate->hash, out);
    free(text);
    return st;
}

bool coordinator_stop_asked(void *context)
{
    const struct coordinator *c = context;
    return steps_stop_asked(c->run);
}

enum status coordinator_work(void *context, struct farm_call *call, const unsigned char *task,
                             size_t bytes, struct farm_bytes *result)
{
    struct coordinator *c = context;
    return steps_evaluate_one((void *)(uintptr_t)c->run, call, task, bytes, result);
}

enum status coordinator_arrived(void *context, uint64_t index, const unsigned char *result,
                                size_t bytes)
{
    struct coordinator *c = context;
    bool stopped;
    (void)index;
    enum status st = ledger_take(&c->ledger, result, bytes, &stopped);
    if (!st && stopped) c->stop = true;
    return st;
}

enum status coordinator_result(void *context, uint64_t index, const unsigned char *result,
                               size_t bytes)
{
    (void)context;
    (void)index;
    (void)result;
    (void)bytes;
    return SIBYL_OK;
}

/* ---- progress and end ---- */

void coordinator_say(struct coordinator *c, bool last)
{
    const struct history *h = &c->ledger.history;
    const struct search_options *o = c->run->options;
    double now = clock_s();
    uint64_t total = o->evaluations ? o->evaluations : c->run->space->strings;
    size_t step = coordinator_batch(c) > 1 ? 1 : (size_t)(total / 20) + 1;
    if (h->measured <= c->ledger.replayed || h->measured == c->said_count) return;
    if (!last && h->measured - c->said_count < step && now - c->said < PROGRESS_S) return;
    double rate = (double)(h->measured - c->ledger.replayed) / fmax(now - c->begin, 1e-9);
    char best[48] = "none";
    if (h->found) snprintf(best, sizeof(best), "%.6g", c->ledger.sign * h->entries[h->best].value);
    c->said = now;
    c->said_count = h->measured;
    log_root(c->run->log, "%s: %zu/%" PRIu64 " evaluations, best %s, %.3g/s, at most %.0f s left",
             algorithm_name(o->algorithm), h->measured, total, best, rate,
             h->measured < total ? (double)(total - h->measured) / rate : 0.0);
}

static enum status coordinator_summarise(const struct coordinator *c, struct search_result *out)
{
    const struct history *h = &c->ledger.history;
    *out = (struct search_result){.evaluations = h->measured,
                                  .failed_evaluations = h->failed,
                                  .temporary_failures = history_temporary(h),
                                  .rounds = c->ledger.rounds,
                                  .evaluations_now = ledger_known(&c->ledger) - c->ledger.replayed,
                                  .resumed = c->ledger.journal.resumed,
                                  .found = h->found,
                                  .best_value = (double)NAN,
                                  .target_reached = c->ledger.reached};
    if (h->found) {
        const struct history_entry *e = &h->entries[h->best];
        out->best_value = c->ledger.sign * e->value;
        out->best = architecture_text(c->run->space, e->candidate.genes);
        if (!out->best) return SIBYL_E_MEM;
        out->best_hash = e->candidate.hash;
        out->evaluations_to_best = e->position + 1;
    }
    if (c->ledger.reached) out->evaluations_to_target = c->ledger.evaluations_to_target;
    return SIBYL_OK;
}

/* A run that found a journal at its end, and what it tells on the disk. */
static bool coordinator_is_written(const struct coordinator *c)
{
    return c->ledger.journal.ended && ledger_known(&c->ledger) == c->ledger.replayed &&
           outcome_is_written(c->run->folder);
}

/* What was measured before a failure is worth a look, too; the failure stays the message. */
static void coordinator_keep(struct coordinator *c, enum status st)
{
    char message[STATUS_MESSAGE_BYTES];
    snprintf(message, sizeof(message), "%s", err_message());
    if (c->ledger.history.measured > 0)
        (void)outcome_write(c->run, &c->ledger.history, c->ledger.sign);
    (void)err_set(st, "%s", message);
}

static enum status coordinator_finish(struct coordinator *c, enum status st, const char *reason)
{
    if (!st) coordinator_say(c, true);
    if (!st && !coordinator_is_written(c))
        st = outcome_write(c->run, &c->ledger.history, c->ledger.sign);
    if (!st) st = ledger_end(&c->ledger, reason);
    if (st == SIBYL_E_STOPPED) {
        /* What is there is worth a look; the reason to stop stays the message. */
        if (outcome_write(c->run, &c->ledger.history, c->ledger.sign))
            log_warn(c->run->log, "cannot write the history: %s", err_message());
        st = err_set(SIBYL_E_STOPPED, "the search was stopped; run it again to go on");
    } else if (st) {
        coordinator_keep(c, st);
    }
    return st;
}

static enum status coordinator_drive(struct coordinator *c, const char **out_reason)
{
    const struct search_run *run = c->run;
    struct search_roles roles;
    bool program = run->evaluator->best_known == NULL;
    enum status st = search_roles_of(run->options, program, (uint32_t)team_size(c->team), &roles);
    if (st) return st;
    return roles.free ? coordinator_free(c, &roles, out_reason) : coordinator_rounds(c, out_reason);
}

enum status coordinator_run(struct team *t, const struct search_run *run, struct search_result *out)
{
    struct coordinator c = {.team = t, .run = run, .begin = clock_s()};
    const struct ledger_score replay = {coordinator_score, &c};
    const char *reason = "";
    enum status st = ledger_open(&c.ledger, run, run->replay ? &replay : NULL);
    bool opened = !st;
    if (!st && c.ledger.journal.resumed && !run->replay)
        log_root(run->log, "taking up %zu rounds from the journal", c.ledger.journal.rounds);
    if (!st && !run->replay) st = coordinator_drive(&c, &reason);
    if (opened && !run->replay) st = coordinator_finish(&c, st, reason);
    if (!st) st = coordinator_summarise(&c, out);
    if (st && !c.away) {
        (void)steps_lead(t, STEP_FAIL, false);
        st = team_agree(t, st);
    } else if (!st) {
        (void)steps_lead(t, STEP_END, false);
    }
    ledger_close(&c.ledger);
    return st;
}
