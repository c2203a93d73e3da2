#include "search/engine/current.h"

#include "base/clock.h"
#include "search/engine/front_files.h"
#include "search/engine/outcome.h"
#include "search/spaces/architecture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WRITE_S 1.0       /* between two writings of the files, at the least */
#define WRITE_FIRST_S 0.1 /* before the first of them */
#define WRITE_SHARE 0.01  /* of the time, that writing may take where evaluations take nothing */
#define WAITING_SHARE 0.1 /* and where rank 0 mostly waits for them */
#define LIVE_S 0.25       /* between two live lines */
#define LINE_S 10.0       /* between two lines elsewhere, at the most */
#define LINES 20          /* elsewhere, of a search without rounds */

/* Also those of a round that is not whole yet. */
static size_t current_done(const struct current *c)
{
    return c->ledger->history.count - c->ledger->pending;
}

void current_begin(struct current *c, const struct ledger *l, uint64_t slots)
{
    double now = clock_s();
    *c = (struct current){.ledger = l,
                          .slots = slots,
                          .begin_s = now,
                          .said_s = now,
                          .marked_s = now,
                          .next_s = now + WRITE_FIRST_S};
    c->before = c->said = c->written = c->marked = current_done(c);
}

void current_model(struct current *c, double seconds)
{
    if (!c->ledger) return;
    progress_model(&c->progress, c->ledger->history.measured, seconds);
    c->model_s += seconds;
}

void current_mark(struct current *c)
{
    double now = clock_s();
    size_t done = current_done(c);
    if (done == c->marked) return;
    progress_evaluated(&c->progress, done - c->marked, now - c->marked_s - c->model_s);
    c->marked = done;
    c->marked_s = now;
    c->model_s = 0;
}

/* ---- the line ---- */

static uint32_t current_batch(const struct current *c)
{
    const struct search_run *run = c->ledger->run;
    return search_options_batch(run->options, run->evaluator->best_known != NULL);
}

static uint64_t current_total(const struct current *c)
{
    const struct search_run *run = c->ledger->run;
    if (run->options->fidelity.epochs > 0) return run->options->evaluations;
    return run->options->evaluations ? run->options->evaluations : run->space->strings;
}

/* Does a model stand between the evaluations to come? One that is trained beside them does not. */
static bool current_has_model(const struct current *c)
{
    const struct history *h = &c->ledger->history;
    bool aside = !c->progress.models && h->count && !isnan(h->entries[h->count - 1].predicted) &&
                 current_done(c) > c->before;
    return c->ledger->algorithm->graphs && !aside;
}

/* Of a round that is not whole yet: its results do not count before, but people want to see them.
 */
static void current_add_arrived(const struct ledger *l, struct progress_now *now)
{
    uint64_t at = l->history.measured;
    for (size_t i = l->round_first; i < l->round_first + l->round_count; i++) {
        const Sibyl__Measurement *m = l->tasks[i].measurement;
        if (!m || l->history.entries[i].measured) continue;
        at++;
        if (m->failed) now->failed++;
        if (l->history.entries[i].violation > 0 || l->history.entries[i].low) continue;
        if (m->failed || (now->found && l->sign * m->value <= l->sign * now->best)) continue;
        now->found = true;
        now->best = m->value;
        now->best_at = at;
    }
}

static void current_text(const struct current *c, char *out, size_t bytes)
{
    const struct ledger *l = c->ledger;
    const struct history *h = &l->history;
    size_t done = current_done(c);
    double took_s = clock_s() - c->begin_s;
    struct progress_now now = {.name = algorithm_name(l->algorithm->kind),
                               .done = done,
                               .total = current_total(c),
                               .running = l->pending < c->slots ? l->pending : c->slots,
                               .failed = h->failed,
                               .found = h->found,
                               .time = (int64_t)time(NULL)};
    if (h->found) {
        now.best = l->sign * h->entries[h->best].value;
        now.best_at = h->entries[h->best].position + 1;
    }
    current_add_arrived(l, &now);
    if (done > c->before && took_s > 0) now.per_hour = 3600 * (double)(done - c->before) / took_s;
    const struct progress_ahead ahead = {.known = done,
                                         .left = now.total > done ? now.total - done : 0,
                                         .batch = current_batch(c),
                                         .model = current_has_model(c)};
    now.left_s = progress_left_s(&c->progress, &ahead);
    progress_text(out, bytes, &now);
}

static bool current_says(const struct current *c, double now)
{
    size_t done = current_done(c), counted = c->ledger->history.measured;
    size_t step = current_batch(c) > 1 ? 1 : (size_t)(current_total(c) / LINES) + 1;
    if (log_is_live(c->ledger->run->log)) return now - c->said_s >= LIVE_S;
    if (done <= c->before || done == c->said) return false;
    return (counted > c->said && counted - c->said >= step) || now - c->said_s >= LINE_S;
}

static void current_say(struct current *c, bool last)
{
    const struct log *log = c->ledger->run->log;
    char text[512];
    current_text(c, text, sizeof(text));
    if (last || !log_is_live(log))
        log_root(log, "%s", text);
    else
        log_live(log, text);
    c->said = current_done(c);
    c->said_s = clock_s();
}

/* ---- the files ---- */

/* What there is of several objectives, limits and reported labels. */
static enum status current_sum_up_front(const struct history *h, struct search_result *out)
{
    const struct objectives *o = h->objectives;
    struct front front = {0};
    for (size_t i = 0; i < h->count; i++)
        out->outside += h->entries[i].measured && !h->entries[i].low && h->entries[i].violation > 0;
    for (size_t i = 0; i < h->count; i++) {
        if (h->entries[i].measured) out->epochs_spent += h->entries[i].epochs;
        out->whole += h->entries[i].measured && !h->entries[i].low;
        out->stopped_early += h->entries[i].measured && h->entries[i].early;
    }
    for (uint32_t i = 0; h->found && i < o->report_count; i++)
        out->reported[i] = front_files_reported(h, &h->entries[h->best], o->reports[i]);
    if (o->count < 2) return SIBYL_OK;
    enum status st = front_of(h, &front);
    if (st) return st;
    out->pareto_size = front.points.count;
    out->hypervolume = front.hypervolume;
    for (uint32_t k = 0; k < o->count; k++)
        out->reference[k] = objectives_upward(o, k, front.reference[k]);
    front_release(&front);
    return SIBYL_OK;
}

enum status current_sum_up(const struct ledger *l, struct search_result *out)
{
    const struct history *h = &l->history;
    *out = (struct search_result){.evaluations = h->measured,
                                  .failed_evaluations = h->failed,
                                  .rounds = l->rounds,
                                  .temporary_failures = history_temporary(h),
                                  .evaluations_now = ledger_known(l) - l->replayed,
                                  .resumed = l->journal.resumed,
                                  .found = h->found,
                                  .best_value = (double)NAN,
                                  .target_reached = l->reached};
    if (l->journal.ended)
        snprintf(out->stopped_because, sizeof(out->stopped_because), "%s",
                 l->reached ? "target" : l->journal.reason);
    if (h->found) {
        const struct history_entry *e = &h->entries[h->best];
        out->best_value = l->sign * e->value;
        out->best = architecture_text(l->run->space, e->candidate.genes);
        if (!out->best) return SIBYL_E_MEM;
        out->best_hash = e->candidate.hash;
        out->evaluations_to_best = e->position + 1;
    }
    if (l->reached) out->evaluations_to_target = l->evaluations_to_target;
    if (l->reached) out->epochs_to_target = l->epochs_to_target;
    return current_sum_up_front(h, out);
}

/* A list of its own for details that are added to a copy; the texts before them are shared. */
static enum status view_details(struct history_details *d)
{
    char *const *names = d->names;
    d->arena = (struct arena){0};
    d->capacity = d->count + 1;
    d->names = malloc(d->capacity * sizeof(*d->names));
    if (!d->names) return err_memory("the values of evaluations");
    if (d->count) memcpy(d->names, names, d->count * sizeof(*names));
    return SIBYL_OK;
}

static void view_release(struct history *view, const struct history *of)
{
    for (uint32_t i = of->details.count; view->details.names && i < view->details.count; i++)
        free(view->details.names[i]);
    free(view->details.names);
    arena_release(&view->details.arena);
    free(view->entries);
    free(view->order);
}

/* A history that has the results of a round that is not whole yet, too. Of the copy only the lists
 * are its own; view_release() frees them, also when this fails. */
static enum status current_view(const struct ledger *l, struct history *out)
{
    const struct history *h = &l->history;
    *out = *h;
    enum status st = view_details(&out->details);
    out->entries = malloc((h->count + 1) * sizeof(*out->entries));
    out->order = malloc((h->capacity + 1) * sizeof(*out->order));
    if (!st && (!out->entries || !out->order)) st = err_memory("the history of the search");
    if (st) return st;
    if (h->count) memcpy(out->entries, h->entries, h->count * sizeof(*out->entries));
    if (h->measured) memcpy(out->order, h->order, h->measured * sizeof(*out->order));
    for (size_t i = l->round_first; i < l->round_first + l->round_count && !st; i++) {
        const Sibyl__Measurement *m = l->tasks[i].measurement;
        if (!m || h->entries[i].measured) continue;
        history_measure(out, i, m->failed, l->sign * m->value);
        st = history_tell(out, i, m);
    }
    return st;
}

enum status current_tell(const struct ledger *l)
{
    struct search_result so_far = {0};
    if (!l->run->current) return SIBYL_OK;
    enum status st = current_sum_up(l, &so_far);
    if (!st) st = l->run->current(l->run->context, &so_far);
    search_result_release(&so_far);
    return st;
}

enum status current_write(const struct ledger *l)
{
    struct ledger view = *l;
    enum status st = current_view(l, &view.history);
    if (!st) st = outcome_write(l->run, &view.history, l->sign);
    if (!st) st = current_tell(&view);
    view_release(&view.history, &l->history);
    return st;
}

void current_look(struct current *c)
{
    const struct log *log = c->ledger->run->log;
    double begin = clock_s();
    if (current_says(c, begin)) current_say(c, false);
    if (current_done(c) == c->written || begin < c->next_s) return;
    if (current_write(c->ledger) && !c->warned) {
        log_warn(log, "cannot keep the results current: %s", err_message());
        c->warned = true;
    }
    double end = clock_s();
    c->written = current_done(c);
    bool table = c->ledger->run->evaluator->best_known != NULL;
    c->next_s = end + fmax(WRITE_S, (end - begin) / (table ? WRITE_SHARE : WAITING_SHARE));
}

void current_end(struct current *c)
{
    if (current_done(c) > c->before &&
        (current_done(c) != c->said || log_is_live(c->ledger->run->log)))
        current_say(c, true);
}
