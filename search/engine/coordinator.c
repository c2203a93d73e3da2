#include "search/engine/coordinator.h"

#include "base/clock.h"
#include "base/process/keeper.h"
#include "search/engine/coordinator_parts.h"
#include "search/engine/outcome.h"
#include "search/engine/steps.h"
#include "search/evaluators/command_place.h"
#include "search/spaces/architecture.h"

#include <stdlib.h>

uint32_t coordinator_batch(const struct coordinator *c)
{
    return search_options_batch(c->run->options, c->run->evaluator->best_known != NULL);
}

/* Evaluations at once. */
static uint64_t coordinator_slots(const struct coordinator *c)
{
    struct search_roles roles;
    return steps_roles(c->team, c->run, &roles) ? 1 : roles.evaluating;
}

enum status coordinator_score(void *context, struct surrogate_request *request)
{
    struct coordinator *c = context;
    if (steps_lead(c->team, STEP_SCORE, c->stop || steps_stop_asked(c->run)) == STEP_STOP) {
        c->away = c->stop = true;
        return err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    double begin = clock_s();
    enum status st = surrogate_score(c->team, c->run, request);
    if (!c->run->replay) current_model(&c->current, clock_s() - begin);
    c->away = st != SIBYL_OK;
    return st;
}

enum status coordinator_task(const struct coordinator *c, size_t task, struct farm_bytes *out)
{
    const struct history_entry *e = &c->ledger.history.entries[task];
    char *text = architecture_text(c->run->space, e->candidate.genes);
    struct stopping_rule rule;
    struct arena arena;
    if (!text) return SIBYL_E_MEM;
    arena_init(&arena);
    const struct steps_task one = {.task = task,
                                   .seed = ledger_task_seed(&c->ledger, task),
                                   .architecture = text,
                                   .hash = e->candidate.hash,
                                   .level = e->level,
                                   .after = e->level ? e->after + 1 : 0,
                                   .rule = &rule};
    enum status st =
        stopping_rule_make(&rule, &arena, &c->ledger.history, &c->run->options->fidelity);
    if (!st) st = steps_pack_task(&one, out);
    arena_release(&arena);
    free(text);
    return st;
}

/* The farm asks again and again, while rank 0 waits and while it evaluates itself. */
bool coordinator_stop_asked(void *context)
{
    struct coordinator *c = context;
    current_look(&c->current);
    return steps_stop_asked(c->run);
}

enum status coordinator_work(void *context, struct farm_call *call, const unsigned char *task,
                             size_t bytes, struct farm_bytes *result)
{
    struct coordinator *c = context;
    return steps_evaluate_one((void *)(uintptr_t)c->run, call, task, bytes, result);
}

/* The checkpoint that this evaluation went on from has done its part. */
static void coordinator_drop_checkpoint(const struct coordinator *c, const unsigned char *result,
                                        size_t bytes)
{
    const struct fidelity *f = &c->run->options->fidelity;
    char *folder = NULL;
    if (!fidelity_is_many(f) || !f->continues) return;
    Sibyl__Measurement *m = sibyl__measurement__unpack(NULL, bytes, result);
    if (!m) return;
    const struct history_entry *e = &c->ledger.history.entries[m->task];
    bool over = e->level > 0 && !(m->failed && m->temporary);
    if (over && !command_place_checkpoint(c->run->folder, e->after, &folder)) keeper_remove(folder);
    free(folder);
    sibyl__measurement__free_unpacked(m, NULL);
}

enum status coordinator_arrived(void *context, uint64_t index, const unsigned char *result,
                                size_t bytes)
{
    struct coordinator *c = context;
    bool stopped;
    (void)index;
    enum status st = ledger_take(&c->ledger, result, bytes, &stopped);
    if (!st && stopped) c->stop = true;
    if (!st && !stopped) coordinator_drop_checkpoint(c, result, bytes);
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

void coordinator_say(struct coordinator *c)
{
    current_mark(&c->current);
    current_look(&c->current);
}

/* A run that found a journal at its end, and what it tells on the disk. */
static bool coordinator_is_written(const struct coordinator *c)
{
    return c->ledger.journal.ended && ledger_known(&c->ledger) == c->ledger.replayed &&
           outcome_is_written(c->run, &c->ledger.history, c->ledger.sign);
}

/* From here on the folder tells of this session; of one that has nothing to do it stays as it is.
 */
static void coordinator_begin(struct coordinator *c)
{
    struct ledger *l = &c->ledger;
    current_begin(&c->current, l, coordinator_slots(c));
    if (l->journal.ended && ledger_left(l) == 0) return;
    enum status st = l->journal.resumed ? current_write(l) : current_tell(l);
    if (st) log_warn(c->run->log, "cannot keep the results current: %s", err_message());
}

/* What was measured before a failure is worth a look, too; the failure stays the message. */
static void coordinator_keep(struct coordinator *c, enum status st)
{
    char message[STATUS_MESSAGE_BYTES];
    snprintf(message, sizeof(message), "%s", err_message());
    if (c->ledger.history.count > c->ledger.pending) (void)current_write(&c->ledger);
    (void)err_set(st, "%s", message);
}

static enum status coordinator_finish(struct coordinator *c, enum status st, const char *reason)
{
    if (!st) current_end(&c->current);
    if (!st && !coordinator_is_written(c))
        st = outcome_write(c->run, &c->ledger.history, c->ledger.sign);
    if (!st) st = ledger_end(&c->ledger, reason);
    if (st == SIBYL_E_STOPPED) {
        /* What is there is worth a look; the reason to stop stays the message. */
        current_end(&c->current);
        if (current_write(&c->ledger))
            log_warn(c->run->log, "cannot write the history: %s", err_message());
        st = err_set(SIBYL_E_STOPPED, "the search was stopped; run it again to go on");
    } else if (st) {
        coordinator_keep(c, st);
    }
    return st;
}

static enum status coordinator_drive(struct coordinator *c, const char **out_reason)
{
    struct search_roles roles;
    enum status st = steps_roles(c->team, c->run, &roles);
    if (st) return st;
    return roles.free ? coordinator_free(c, &roles, out_reason) : coordinator_rounds(c, out_reason);
}

enum status coordinator_run(struct team *t, const struct search_run *run, struct search_result *out)
{
    struct coordinator c = {.team = t, .run = run};
    const struct ledger_score replay = {coordinator_score, NULL, &c};
    const char *reason = "";
    enum status st = ledger_open(&c.ledger, run, run->replay ? &replay : NULL);
    bool opened = !st;
    if (!st && c.ledger.journal.resumed && !run->replay)
        log_root(run->log, "taking up %zu rounds from the journal", c.ledger.journal.rounds);
    bool works = opened && !run->replay;
    if (works) {
        coordinator_begin(&c);
        st = coordinator_drive(&c, &reason);
        st = coordinator_finish(&c, st, reason);
    }
    if (!st) st = current_sum_up(&c.ledger, out);
    if (st && !c.away) {
        (void)steps_lead(t, STEP_FAIL, false);
        st = team_agree(t, st);
    } else if (!st) {
        (void)steps_lead(t, STEP_END, false);
    }
    ledger_close(&c.ledger);
    return st;
}
