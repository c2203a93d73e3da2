#include "search/engine/visit.h"

#include "proto/graph/codec.h"
#include "search/algorithms/surrogate.h"
#include "search/engine/current.h"
#include "search/engine/ledger_fidelity.h"

#include <stdlib.h>

enum status visit_open(struct visit *v, struct team *team, const struct search_run *run, bool asks)
{
    *v = (struct visit){.team = team, .run = run};
    enum status st = ledger_state_read(&v->state, run, asks);
    if (st) return st;
    if (v->state) st = ledger_open_state(&v->ledger, run, v->state);
    if (v->state && st == SIBYL_E_FORMAT) {
        /* Of another program, perhaps: the journal itself tells. */
        ledger_state_free(v->state);
        v->state = NULL;
        st = SIBYL_OK;
    }
    if (!st && !v->state) st = ledger_open(&v->ledger, run, NULL);
    return st;
}

void visit_close(struct visit *v)
{
    if (v->run) ledger_close(&v->ledger);
    ledger_state_free(v->state);
    *v = (struct visit){0};
}

/* ---- asking ---- */

static enum status visit_score(void *context, struct surrogate_request *request)
{
    struct visit *v = context;
    return surrogate_score(v->team, v->run, request);
}

/* A round of the predictor needs the networks themselves, which a state does not hold. */
static enum status visit_open_whole(struct visit *v)
{
    if (!v->state) return SIBYL_OK;
    ledger_close(&v->ledger);
    ledger_state_free(v->state);
    v->state = NULL;
    return ledger_open(&v->ledger, v->run, NULL);
}

/* Proposed, and not given out: a budget that was larger may have left more than are wanted now. */
static bool visit_waits(const struct visit *v, size_t task)
{
    const struct ledger *l = &v->ledger;
    uint64_t budget = v->run->options->evaluations;
    return ledger_is_pending(l, task) && !l->tasks[task].asked && !l->reached &&
           (!budget || task < budget);
}

/* How many to propose: a round, as the search itself would; the first networks of a predictor, and
 * what one of its rounds is asked for, at once. */
static size_t visit_wanted(const struct visit *v, size_t missing)
{
    const struct search_options *o = v->run->options;
    size_t count = ledger_seen(&v->ledger)->count;
    size_t wanted = search_options_batch(o, v->run->evaluator->best_known != NULL);
    if (!v->ledger.algorithm->graphs) return wanted;
    if (missing > wanted) wanted = missing;
    size_t initial = search_options_initial(o);
    return count < initial && initial - count > wanted ? initial - count : wanted;
}

static enum status visit_propose(struct visit *v, size_t missing, size_t *out_count)
{
    *out_count = 0;
    if (!ledger_left(&v->ledger)) return SIBYL_OK;
    enum status st = v->ledger.algorithm->graphs ? visit_open_whole(v) : SIBYL_OK;
    if (st) return st;
    const struct ledger_wish wish = {
        .wanted = visit_wanted(v, missing), .free = true, .score = {visit_score, NULL, v}};
    return ledger_propose(&v->ledger, &wish, out_count);
}

enum status visit_ask(struct visit *v, size_t wanted, uint64_t *tasks, size_t *out_count)
{
    enum status st = SIBYL_OK;
    size_t count = 0, at = 0, found = 1;
    *out_count = 0;
    while (!st && count < wanted && found) {
        for (; at < v->ledger.history.count && count < wanted; at++)
            if (visit_waits(v, at)) tasks[count++] = at;
        found = 0;
        if (count < wanted) st = visit_propose(v, wanted - count, &found);
    }
    v->exhausted = !st && count == 0 && v->ledger.pending == 0 && ledger_left(&v->ledger) > 0;
    if (!st) st = ledger_give_out(&v->ledger, tasks, count);
    if (!st) *out_count = count;
    return st;
}

enum status visit_pending(const struct visit *v, uint64_t **out, size_t *out_count)
{
    const struct ledger *l = &v->ledger;
    size_t count = 0;
    uint64_t *tasks = calloc(l->pending + 1, sizeof(*tasks));
    if (!tasks) return err_memory("the tasks that are pending");
    for (size_t i = 0; i < l->history.count && count < l->pending; i++)
        if (visit_task(v, i) == VISIT_PENDING) tasks[count++] = i;
    *out = tasks;
    *out_count = count;
    return SIBYL_OK;
}

/* ---- telling ---- */

enum visit_task visit_task(const struct visit *v, uint64_t task)
{
    const struct ledger *l = &v->ledger;
    if (task >= l->history.count) return VISIT_UNKNOWN;
    if (!ledger_is_pending(l, task)) return VISIT_TOLD;
    return l->tasks[task].asked ? VISIT_PENDING : VISIT_UNKNOWN;
}

enum status visit_tell(struct visit *v, const Sibyl__Measurement *m)
{
    unsigned char *data = NULL;
    size_t bytes = 0;
    bool stopped = false;
    const struct history *h = &v->ledger.history;
    Sibyl__Measurement told = *m;
    if (m->task < h->count) { /* else it is refused */
        uint32_t level = h->entries[m->task].level;
        told.epochs = fidelity_cost(&v->run->options->fidelity, level, level > 0);
    }
    if (m->failed && m->temporary) told.epochs = 0;
    enum status st = codec_pack(&told.base, "a measurement", &data, &bytes);
    if (!st) st = ledger_take(&v->ledger, data, bytes, &stopped);
    free(data);
    return st;
}

/* ---- the end ---- */

/* Nothing was given out that is not told, and nothing is left to give out. */
static bool visit_is_over(const struct visit *v)
{
    const struct ledger *l = &v->ledger;
    size_t pending = l->pending;
    if (ledger_left(l) > 0 && !v->exhausted) return false;
    for (size_t i = 0; pending && i < l->history.count; i++) {
        if (!ledger_is_pending(l, i)) continue;
        if (l->tasks[i].asked || visit_waits(v, i)) return false;
        pending--;
    }
    return l->history.count > 0;
}

enum status visit_end(struct visit *v, bool told)
{
    struct ledger *l = &v->ledger;
    enum status st = SIBYL_OK;
    v->over = visit_is_over(v);
    const char *reason = ledger_reason(l, v->exhausted);
    /* Tasks that nobody wants now may be given out when the budget is larger. */
    bool ends = v->over && !l->journal.ended && l->pending == 0;
    if (ends) st = ledger_end(l, reason);
    if (!st && told)
        st = current_write(l);
    else if (!st && ends)
        st = current_tell(l);
    return st ? st : ledger_state_keep(l, v->state);
}
