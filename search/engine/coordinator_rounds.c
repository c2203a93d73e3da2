/* The search in rounds: networks are proposed when all that were proposed before are measured. */
#include "search/engine/coordinator_parts.h"
#include "search/engine/steps.h"

#include <stdlib.h>

static enum status rounds_next(void *context, uint64_t index, struct farm_bytes *task, bool *done)
{
    struct coordinator *c = context;
    if (steps_stop_asked(c->run)) c->stop = true;
    *done = c->stop || index >= c->missing_count;
    return *done ? SIBYL_OK : coordinator_task(c, c->missing[index], task);
}

static enum status rounds_farm(struct coordinator *c)
{
    struct farm_job job = {.context = c,
                           .coordinator_works =
                               c->run->options->coordinator_shared || team_size(c->team) == 1,
                           .outside = true,
                           .stop_asked = coordinator_stop_asked,
                           .next = rounds_next,
                           .work = coordinator_work,
                           .arrived = coordinator_arrived,
                           .result = coordinator_result};
    bool stop = c->stop || steps_stop_asked(c->run);
    if (steps_lead(c->team, STEP_EVALUATE, stop) == STEP_STOP) {
        c->away = c->stop = true;
        return err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    enum status st = farm_run(c->team, &job);
    c->away = st != SIBYL_OK;
    if (!st && c->ledger.pending > 0) {
        (void)steps_lead(c->team, STEP_STOP, true);
        c->away = true;
        st = err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    return st;
}

/* All that is pending. */
static enum status rounds_evaluate(struct coordinator *c)
{
    const struct ledger *l = &c->ledger;
    if (l->pending == 0) return SIBYL_OK;
    c->missing = calloc(l->pending, sizeof(*c->missing));
    if (!c->missing) return err_memory("the tasks of a round");
    c->missing_count = 0;
    for (size_t i = l->history.count; i-- > 0 && c->missing_count < l->pending;)
        if (ledger_is_pending(l, i)) c->missing[l->pending - ++c->missing_count] = i;
    enum status st = rounds_farm(c);
    free(c->missing);
    c->missing = NULL;
    return st;
}

enum status coordinator_rounds(struct coordinator *c, const char **out_reason)
{
    const struct journal *j = &c->ledger.journal;
    struct ledger_wish wish = {.wanted = coordinator_batch(c),
                               .score = {coordinator_score, NULL, c}};
    for (;;) {
        size_t count = 0;
        *out_reason = "";
        if (j->ended && !j->for_budget && c->ledger.pending == 0) return SIBYL_OK;
        enum status st = rounds_evaluate(c);
        if (st) return st;
        coordinator_say(c);
        *out_reason = ledger_reason(&c->ledger, false);
        if (ledger_left(&c->ledger) == 0) return SIBYL_OK;
        st = ledger_propose(&c->ledger, &wish, &count);
        *out_reason = ledger_reason(&c->ledger, true);
        if (st || count == 0) return st;
    }
}
