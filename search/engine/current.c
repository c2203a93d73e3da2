#include "search/engine/current.h"

#include "base/clock.h"
#include "search/engine/outcome.h"
#include "search/engine/steps.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#define WRITE_S 1.0       /* between two writings of the files, at the least */
#define WRITE_FIRST_S 0.1 /* before the first of them */
#define WRITE_SHARE 0.01  /* of the time, that writing may take */
#define LIVE_S 0.25       /* between two live lines */
#define LINE_S 10.0       /* between two lines elsewhere, at the most */

void current_begin(struct current *c, const struct search_run *run, const char *algorithm,
                   size_t before)
{
    double now = clock_s();
    *c = (struct current){.run = run,
                          .algorithm = algorithm,
                          .begin_s = now,
                          .said_s = now,
                          .next_s = now + WRITE_FIRST_S,
                          .before = before,
                          .said = before,
                          .written = before};
}

void current_model(struct current *c, size_t known, double seconds)
{
    progress_model(&c->progress, known, seconds);
}

void current_evaluated(struct current *c, size_t evaluations, double seconds)
{
    progress_evaluated(&c->progress, evaluations, seconds);
}

static size_t current_done(const struct current_state *s)
{
    return s->history->measured + s->arrived;
}

static bool current_says(const struct current *c, const struct current_state *s, double now)
{
    size_t done = current_done(s);
    if (log_is_live(c->run->log)) return now - c->said_s >= LIVE_S;
    if (done <= c->before || done == c->said) return false;
    return s->history->measured - c->said >= s->step || now - c->said_s >= LINE_S;
}

static bool current_writes(const struct current *c, const struct current_state *s, double now)
{
    return current_done(s) != c->written && now >= c->next_s;
}

bool current_is_due(const struct current *c, const struct current_state *s)
{
    double now = clock_s();
    return current_writes(c, s, now) || current_says(c, s, now);
}

static void current_text(const struct current *c, const struct current_state *s, char *out,
                         size_t bytes)
{
    const struct history *h = s->history;
    const struct search_options *o = c->run->options;
    size_t done = current_done(s);
    double took_s = clock_s() - c->begin_s;
    struct progress_now now = {.name = c->algorithm,
                               .done = done,
                               .total = o->evaluations ? o->evaluations : c->run->space->strings,
                               .running = s->running,
                               .failed = h->failed,
                               .found = h->found,
                               .left_s = (double)NAN,
                               .time = (int64_t)time(NULL)};
    if (h->found) {
        now.best = steps_sign(c->run) * h->entries[h->best].value;
        now.best_at = h->best + 1;
    }
    if (done > c->before && took_s > 0) now.per_hour = 3600 * (double)(done - c->before) / took_s;
    const struct progress_ahead ahead = {.known = done,
                                         .left = now.total > done ? now.total - done : 0,
                                         .batch = s->batch,
                                         .model = s->model};
    now.left_s = progress_left_s(&c->progress, &ahead);
    progress_text(out, bytes, &now);
}

static void current_say(struct current *c, const struct current_state *s, bool last)
{
    char text[512];
    current_text(c, s, text, sizeof(text));
    if (last || !log_is_live(c->run->log))
        log_root(c->run->log, "%s", text);
    else
        log_live(c->run->log, text);
    c->said = current_done(s);
    c->said_s = clock_s();
}

static void current_write(struct current *c, const struct current_state *s,
                          const struct search_result *found)
{
    double begin = clock_s();
    enum status st = outcome_write(c->run, s->history, steps_sign(c->run));
    if (!st && c->run->current) st = c->run->current(c->run->context, found);
    if (st && !c->warned)
        log_warn(c->run->log, "cannot keep the results current: %s", err_message());
    c->warned |= st != SIBYL_OK;
    c->written = current_done(s);
    double now = clock_s();
    c->next_s = now + fmax(WRITE_S, (now - begin) / WRITE_SHARE);
}

void current_look(struct current *c, const struct current_state *s,
                  const struct search_result *found)
{
    double now = clock_s();
    if (current_says(c, s, now)) current_say(c, s, false);
    if (current_writes(c, s, now)) current_write(c, s, found);
}

void current_end(struct current *c, const struct current_state *s)
{
    if (current_done(s) > c->before && (current_done(s) != c->said || log_is_live(c->run->log)))
        current_say(c, s, true);
}
