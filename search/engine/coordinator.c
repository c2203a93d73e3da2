#include "search/engine/coordinator.h"

#include "base/clock.h"
#include "search/algorithms/algorithm.h"
#include "search/engine/journal.h"
#include "search/engine/outcome.h"
#include "search/engine/steps.h"
#include "search/spaces/architecture.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED_OF_TASK (UINT64_C(1) << 63) /* streams of rounds are numbered below it */
#define PROGRESS_S 10.0

struct coordinator {
    struct team *team;
    const struct search_run *run;
    const struct algorithm *algorithm;
    void *state;
    struct journal journal;
    struct history history;
    uint64_t rounds;
    double sign;
    bool away; /* the other ranks have left steps_follow() */
    bool stop;
    bool best_known;
    double best_value;
    bool reached;
    size_t reached_at;
    /* the round at hand: entries first ... history.count - 1 */
    size_t first;
    Sibyl__Measurement **results; /* (entries of the round) */
    size_t *missing;              /* entries whose measurement is missing */
    size_t missing_count, delivered;
    double begin, said;
    size_t said_count, replayed;
};

static uint32_t coordinator_batch(const struct coordinator *c)
{
    return search_options_batch(c->run->options, c->run->evaluator->best_known != NULL);
}

static enum status coordinator_open(struct coordinator *c)
{
    const struct search_run *run = c->run;
    const struct search_options *o = run->options;
    struct hash128 hash;
    c->algorithm = algorithm_find(o->algorithm);
    if (!c->algorithm) return err_set(SIBYL_E_USAGE, "search.algorithm: unknown");
    c->history.keeps_graphs = c->algorithm->graphs;
    c->history.genes = run->space->genes;
    if (run->evaluator->best_known)
        c->best_known = run->evaluator->best_known(run->evaluator, &c->best_value, &hash);
    if (o->target == TARGET_BEST && !c->best_known)
        return err_set(SIBYL_E_USAGE, "search.target: best is known only of a table, set a value");
    if (o->target == TARGET_VALUE) c->best_value = c->sign * o->target_value;
    struct journal_identity identity = {.of = {run->job_digest, &run->evaluator->files},
                                        .space = run->space->name,
                                        .job = run->job_text ? run->job_text : "",
                                        .seed = o->seed,
                                        .minimise = o->minimise,
                                        .accept_program = run->accept_program};
    char *path = file_join(run->folder, "run.journal");
    enum status st = path ? SIBYL_OK : err_memory("a path");
    if (!st) st = journal_open(&c->journal, path, &identity);
    free(path);
    if (!st && c->journal.appender.cut_bytes)
        log_warn(run->log, "run.journal: %" PRIu64 " bytes of an unfinished record were cut off",
                 c->journal.appender.cut_bytes);
    if (!st && run->accepted) st = run->accepted(run->context);
    if (!st) st = c->algorithm->start(&c->state, run);
    return st;
}

static enum status coordinator_score(void *context, struct surrogate_request *request)
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

/* ---- the proposals of a round: from the journal, or new ---- */

static enum status coordinator_add(struct coordinator *c, const struct candidate *candidate,
                                   const char *origin)
{
    struct history_entry e = {.round = c->rounds, .candidate = *candidate};
    snprintf(e.origin, sizeof(e.origin), "%s", origin);
    return history_add(&c->history, &e);
}

static enum status coordinator_take_journaled(struct coordinator *c,
                                              const Sibyl__JournalProposal *p)
{
    const struct space *s = c->run->space;
    struct arena arena;
    enum status st = SIBYL_OK;
    arena_init(&arena);
    for (size_t i = 0; !st && i < p->n_tasks; i++) {
        struct candidate candidate;
        arena_reset(&arena);
        uint16_t *genes = space_genes(s, &arena);
        st = genes ? s->parse(s, p->architectures[i], genes) : SIBYL_E_MEM;
        if (!st) st = candidate_make(&candidate, &arena, s, genes);
        if (st)
            (void)err_prefix(st, "run.journal: task %" PRIu64, p->tasks[i]);
        else if (history_find(&c->history, candidate.hash) != HASHSET_NONE)
            st = err_set(SIBYL_E_FORMAT, "run.journal: task %" PRIu64 " is there twice",
                         p->tasks[i]);
        else
            st = coordinator_add(c, &candidate, p->origin);
    }
    arena_release(&arena);
    return st;
}

/* Journaled rounds of an algorithm with memory are proposed again; they must come out the same. */
static enum status coordinator_check_same(const struct coordinator *c,
                                          const Sibyl__JournalProposal *p,
                                          const struct algorithm_round *r)
{
    bool same = r->count == p->n_tasks;
    for (uint32_t i = 0; same && i < r->count; i++) {
        char *text = architecture_text(c->run->space, r->items[i].candidate.genes);
        if (!text) return SIBYL_E_MEM;
        same = strcmp(text, p->architectures[i]) == 0;
        free(text);
    }
    if (same) return SIBYL_OK;
    return err_set(SIBYL_E_FORMAT,
                   "run.journal: round %" PRIu64 " is not what this program proposes: it was "
                   "written by another version; start again in a new folder",
                   p->round);
}

static enum status coordinator_write_proposal(struct coordinator *c,
                                              const struct algorithm_round *r)
{
    Sibyl__JournalProposal p = SIBYL__JOURNAL_PROPOSAL__INIT;
    enum status st = SIBYL_OK;
    uint64_t *tasks = calloc(r->count, sizeof(*tasks));
    double *predicted = calloc(r->count, sizeof(*predicted));
    char **texts = calloc(r->count, sizeof(*texts));
    if (!tasks || !predicted || !texts) st = err_memory("a proposal");
    for (uint32_t i = 0; i < r->count && !st; i++) {
        tasks[i] = c->history.count + i;
        predicted[i] = c->sign * r->items[i].predicted;
        texts[i] = architecture_text(c->run->space, r->items[i].candidate.genes);
        if (!texts[i]) st = SIBYL_E_MEM;
    }
    if (!st) {
        p.round = r->round;
        p.n_tasks = p.n_architectures = r->count;
        p.n_predicted = r->predicted ? r->count : 0;
        p.tasks = tasks;
        p.predicted = predicted;
        p.architectures = texts;
        p.origin = (char *)(uintptr_t)r->origin;
        st = journal_put_proposal(&c->journal, &p);
    }
    for (uint32_t i = 0; texts && i < r->count; i++) free(texts[i]);
    free(texts);
    free(predicted);
    free(tasks);
    return st;
}

static enum status coordinator_propose(struct coordinator *c, bool *out_exhausted)
{
    const struct search_options *o = c->run->options;
    bool journaled = c->rounds < c->journal.rounds;
    const Sibyl__JournalProposal *p = journaled ? c->journal.proposals[c->rounds] : NULL;
    struct algorithm_round r = {.run = c->run,
                                .history = &c->history,
                                .round = c->rounds,
                                .batch = coordinator_batch(c),
                                .left = UINT64_MAX,
                                .score = coordinator_score,
                                .context = c,
                                .origin = ""};
    if (journaled)
        r.left = p->n_tasks; /* the budget may have been another then */
    else if (o->evaluations)
        r.left = o->evaluations - c->history.count;
    *out_exhausted = false;
    c->first = c->history.count;
    if (journaled && !c->algorithm->replays) return coordinator_take_journaled(c, p);
    enum status st = c->algorithm->propose(c->state, &r);
    if (!st && journaled) st = coordinator_check_same(c, p, &r);
    if (!st && !journaled && r.count) st = coordinator_write_proposal(c, &r);
    for (uint32_t i = 0; i < r.count && !st; i++)
        st = coordinator_add(c, &r.items[i].candidate, r.origin);
    *out_exhausted = r.count == 0;
    algorithm_round_release(&r);
    return st;
}

/* ---- the evaluations of a round ---- */

static enum status coordinator_next(void *context, uint64_t index, struct farm_bytes *task,
                                    bool *done)
{
    struct coordinator *c = context;
    if (steps_stop_asked(c->run)) c->stop = true;
    *done = c->stop || index >= c->missing_count;
    if (*done) return SIBYL_OK;
    size_t entry = c->missing[index];
    struct rng rng;
    rng_init(&rng, c->run->options->seed, RNG_SEARCH, SEED_OF_TASK | entry);
    const struct candidate *candidate = &c->history.entries[entry].candidate;
    char *text = architecture_text(c->run->space, candidate->genes);
    if (!text) return SIBYL_E_MEM;
    enum status st = steps_pack_task(entry, rng_u64(&rng), text, candidate->hash, task);
    free(text);
    return st;
}

static bool coordinator_stop_asked(void *context)
{
    const struct coordinator *c = context;
    return steps_stop_asked(c->run);
}

static enum status coordinator_work(void *context, struct farm_call *call,
                                    const unsigned char *task, size_t bytes,
                                    struct farm_bytes *result)
{
    struct coordinator *c = context;
    return steps_evaluate_one((void *)(uintptr_t)c->run, call, task, bytes, result);
}

static enum status coordinator_arrived(void *context, uint64_t index, const unsigned char *result,
                                       size_t bytes)
{
    struct coordinator *c = context;
    size_t entry = c->missing[index];
    Sibyl__Measurement *m = sibyl__measurement__unpack(NULL, bytes, result);
    if (!m || m->task != entry || (!m->failed && !isfinite(m->value))) {
        if (m) sibyl__measurement__free_unpacked(m, NULL);
        return err_set(SIBYL_E_FORMAT, "the result of evaluation %zu came damaged", entry);
    }
    if (m->stopped) {
        c->stop = true;
        sibyl__measurement__free_unpacked(m, NULL);
        return SIBYL_OK;
    }
    c->results[entry - c->first] = m;
    if (m->failed) log_warn(c->run->log, "evaluation %zu failed: %s", entry, m->error);
    return journal_put_measurement(&c->journal, result, bytes);
}

static enum status coordinator_result(void *context, uint64_t index, const unsigned char *result,
                                      size_t bytes)
{
    struct coordinator *c = context;
    (void)result;
    (void)bytes;
    if (c->results[c->missing[index] - c->first]) c->delivered++;
    return SIBYL_OK;
}

static enum status coordinator_farm(struct coordinator *c)
{
    struct farm_job job = {.context = c,
                           .coordinator_works =
                               c->run->options->coordinator_shared || team_size(c->team) == 1,
                           .outside = true,
                           .stop_asked = coordinator_stop_asked,
                           .next = coordinator_next,
                           .work = coordinator_work,
                           .arrived = coordinator_arrived,
                           .result = coordinator_result};
    bool stop = c->stop || steps_stop_asked(c->run);
    if (steps_lead(c->team, STEP_EVALUATE, stop) == STEP_STOP) {
        c->away = c->stop = true;
        return err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    c->delivered = 0;
    enum status st = farm_run(c->team, &job);
    c->away = st != SIBYL_OK;
    if (!st && c->delivered < c->missing_count) {
        (void)steps_lead(c->team, STEP_STOP, true);
        c->away = true;
        st = err_set(SIBYL_E_STOPPED, "the search was stopped");
    }
    return st;
}

/* In task order: from here on nothing depends on who measured what, and when. */
static enum status coordinator_apply(struct coordinator *c)
{
    for (size_t i = c->first; i < c->history.count; i++) {
        const Sibyl__Measurement *m = c->results[i - c->first];
        double value = c->sign * m->value;
        if (!m->failed && !isfinite(value))
            return err_set(SIBYL_E_FORMAT, "run.journal: the value of task %zu is not finite", i);
        history_measure(&c->history, i, m->failed, value);
        if (c->run->options->target != TARGET_NONE && !c->reached && !m->failed &&
            value >= c->best_value) {
            c->reached = true;
            c->reached_at = i;
        }
    }
    return c->algorithm->told ? c->algorithm->told(c->state, &c->history, c->first) : SIBYL_OK;
}

static enum status coordinator_evaluate(struct coordinator *c)
{
    size_t count = c->history.count - c->first;
    enum status st = SIBYL_OK;
    c->results = calloc(count, sizeof(Sibyl__Measurement *));
    c->missing = calloc(count, sizeof(*c->missing));
    c->missing_count = 0;
    if (!c->results || !c->missing) {
        st = err_memory("the results of a round");
        goto done;
    }
    for (size_t i = c->first; i < c->history.count; i++) {
        if (i < c->journal.tasks && c->journal.measurements[i]) {
            /* Handed over, so that all of a round's results are freed alike. */
            c->results[i - c->first] = c->journal.measurements[i];
            c->journal.measurements[i] = NULL;
        } else {
            c->missing[c->missing_count++] = i;
        }
    }
    c->replayed += count - c->missing_count;
    if (c->missing_count) st = coordinator_farm(c);
    if (!st) st = coordinator_apply(c);
done:
    for (size_t i = 0; c->results && i < count; i++) {
        if (c->results[i]) sibyl__measurement__free_unpacked(c->results[i], NULL);
    }
    free(c->results);
    free(c->missing);
    c->results = NULL;
    c->missing = NULL;
    return st;
}

/* ---- progress and end ---- */

static void coordinator_say(struct coordinator *c, bool last)
{
    const struct history *h = &c->history;
    const struct search_options *o = c->run->options;
    double now = clock_s();
    uint64_t total = o->evaluations ? o->evaluations : c->run->space->strings;
    size_t step = coordinator_batch(c) > 1 ? 1 : (size_t)(total / 20) + 1;
    if (h->measured <= c->replayed || h->measured == c->said_count) return;
    if (!last && h->measured - c->said_count < step && now - c->said < PROGRESS_S) return;
    double rate = (double)(h->measured - c->replayed) / fmax(now - c->begin, 1e-9);
    char best[48] = "none";
    if (h->found) snprintf(best, sizeof(best), "%.6g", c->sign * h->entries[h->best].value);
    c->said = now;
    c->said_count = h->measured;
    log_root(c->run->log, "%s: %zu/%" PRIu64 " evaluations, best %s, %.3g/s, at most %.0f s left",
             algorithm_name(c->algorithm->kind), h->measured, total, best, rate,
             h->measured < total ? (double)(total - h->measured) / rate : 0.0);
}

static enum status coordinator_loop(struct coordinator *c, const char **out_reason)
{
    const struct search_options *o = c->run->options;
    if (c->journal.resumed)
        log_root(c->run->log, "taking up %zu rounds from the journal", c->journal.rounds);
    for (;;) {
        bool exhausted = false;
        bool journaled = c->rounds < c->journal.rounds;
        *out_reason = c->reached ? "target" : JOURNAL_BUDGET;
        if (!journaled && c->reached) return SIBYL_OK;
        if (!journaled && o->evaluations && c->history.count >= o->evaluations) return SIBYL_OK;
        *out_reason = "exhausted";
        if (!journaled && c->journal.ended && !c->journal.for_budget) return SIBYL_OK;
        enum status st = coordinator_propose(c, &exhausted);
        if (st || exhausted) return st;
        st = coordinator_evaluate(c);
        if (st) return st;
        c->rounds++;
        coordinator_say(c, false);
    }
}

static enum status coordinator_summarise(const struct coordinator *c, struct search_result *out)
{
    const struct history *h = &c->history;
    *out = (struct search_result){.evaluations = h->measured,
                                  .failed_evaluations = h->failed,
                                  .rounds = c->rounds,
                                  .evaluations_now = h->measured - c->replayed,
                                  .resumed = c->journal.resumed,
                                  .found = h->found,
                                  .best_value = (double)NAN,
                                  .target_reached = c->reached};
    if (h->found) {
        const struct history_entry *e = &h->entries[h->best];
        out->best_value = c->sign * e->value;
        out->best = architecture_text(c->run->space, e->candidate.genes);
        if (!out->best) return SIBYL_E_MEM;
        out->best_hash = e->candidate.hash;
        out->evaluations_to_best = h->best + 1;
    }
    if (c->reached) out->evaluations_to_target = c->reached_at + 1;
    return SIBYL_OK;
}

/* A run that found a journal at its end, and what it tells on the disk. */
static bool coordinator_is_written(const struct coordinator *c)
{
    return c->journal.ended && c->history.measured == c->replayed &&
           outcome_is_written(c->run->folder);
}

enum status coordinator_run(struct team *t, const struct search_run *run, struct search_result *out)
{
    struct coordinator c = {.team = t, .run = run, .sign = steps_sign(run), .begin = clock_s()};
    const char *reason = "";
    enum status st = coordinator_open(&c);
    if (!st) st = coordinator_loop(&c, &reason);
    if (!st) coordinator_say(&c, true);
    if (!st && !coordinator_is_written(&c)) st = outcome_write(run, &c.history, c.sign);
    if (!st && !c.journal.ended) st = journal_put_end(&c.journal, reason);
    if (!st) st = coordinator_summarise(&c, out);
    if (st == SIBYL_E_STOPPED) {
        /* What is there is worth a look; the reason to stop stays the message. */
        if (outcome_write(run, &c.history, c.sign))
            log_warn(run->log, "cannot write the history: %s", err_message());
        st = err_set(SIBYL_E_STOPPED, "the search was stopped; run it again to go on");
    }
    if (st && !c.away) {
        (void)steps_lead(t, STEP_FAIL, false);
        st = team_agree(t, st);
    } else if (!st) {
        (void)steps_lead(t, STEP_END, false);
    }
    if (c.algorithm && c.algorithm->release) c.algorithm->release(c.state);
    journal_close(&c.journal);
    history_release(&c.history);
    return st;
}
