#include "search/engine/steps.h"

#include "proto/graph/codec.h"
#include "search/algorithms/surrogate.h"
#include "search/engine/coordinator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SIGNAL_WAIT_MS 1000

double steps_sign(const struct search_run *run)
{
    return run->options->minimise ? -1.0 : 1.0;
}

enum status steps_roles(struct team *t, const struct search_run *run, struct search_roles *out)
{
    bool program = run->evaluator->best_known == NULL;
    return search_roles_of(run->options, program, (uint32_t)team_size(t), out);
}

bool steps_stop_asked(const struct search_run *run)
{
    return run->stop_asked && run->stop_asked(run->context);
}

static bool run_stop_asked(void *run)
{
    return steps_stop_asked(run);
}

static enum step steps_exchange(struct team *t, enum step next, bool stop)
{
    bool asked = team_max(t, stop ? 1.0 : 0.0) > 0;
    uint32_t word = (uint32_t)next;
    if (asked && (next == STEP_SCORE || next == STEP_EVALUATE || next == STEP_FREE))
        word = STEP_STOP;
    team_broadcast(t, 0, &word, sizeof(word));
    return (enum step)word;
}

enum step steps_lead(struct team *t, enum step next, bool stop)
{
    return steps_exchange(t, next, stop);
}

enum status steps_follow(struct team *t, const struct search_run *run)
{
    for (;;) {
        enum status st = SIBYL_OK;
        struct farm_job job = {.context = (void *)(uintptr_t)run,
                               .coordinator_works = run->options->coordinator_shared,
                               .outside = true,
                               .stop_asked = run_stop_asked,
                               .work = steps_evaluate_one};
        switch (steps_exchange(t, STEP_END, steps_stop_asked(run))) {
        case STEP_SCORE:
            st = surrogate_score(t, run, NULL);
            break;
        case STEP_EVALUATE:
            st = farm_run(t, &job);
            break;
        case STEP_FREE:
            st = coordinator_free_follow(t, run);
            break;
        case STEP_END:
            return SIBYL_OK;
        case STEP_STOP:
            return err_set(SIBYL_E_STOPPED, "the search was stopped");
        case STEP_FAIL:
            return team_agree(t, SIBYL_OK);
        default:
            return err_set(SIBYL_E_FORMAT, "rank 0 asked for an unknown step");
        }
        if (st) return st;
    }
}

enum status steps_pack_task(uint64_t task, uint64_t seed, const char *architecture,
                            struct hash128 hash, struct farm_bytes *out)
{
    Sibyl__EvaluationTask message = SIBYL__EVALUATION_TASK__INIT;
    Sibyl__ArchitectureMessage network = SIBYL__ARCHITECTURE_MESSAGE__INIT;
    network.text = (char *)(uintptr_t)architecture;
    message.task = task;
    message.seed = seed;
    message.architecture = &network;
    message.hash_high = hash.high;
    message.hash_low = hash.low;
    return codec_pack(&message.base, "a task", &out->data, &out->bytes);
}

/* What asks a rank to stop may have reached the evaluating program too, and ended it: then this is
 * no result. The program's end may be seen before the rank's own signal comes. */
static bool steps_was_stopped(const struct search_run *run, struct farm_call *call,
                              const struct evaluation *e)
{
    const struct timespec pause = {0, 10000000};
    bool over = steps_stop_asked(run);
    for (int ms = 0; e->killed && ms < SIGNAL_WAIT_MS && !over; ms += 10) {
        nanosleep(&pause, NULL);
        over = steps_stop_asked(run) || farm_given_up(call);
    }
    return e->failed && over;
}

static enum status steps_pack_result(uint64_t task, const struct search_run *run,
                                     struct farm_call *call, struct evaluation *e,
                                     struct farm_bytes *out)
{
    Sibyl__Measurement m = SIBYL__MEASUREMENT__INIT;
    char *names[EVALUATION_EXTRAS_MAX];
    char *texts[EVALUATION_EXTRAS_MAX];
    bool any_text = false;
    for (uint32_t i = 0; i < e->extras; i++) {
        names[i] = e->extra_names[i];
        texts[i] = e->extra_texts[i];
        any_text = any_text || texts[i][0];
    }
    m.task = task;
    m.failed = e->failed;
    m.stopped = steps_was_stopped(run, call, e);
    m.value = e->failed ? (double)NAN : steps_sign(run) * e->value;
    m.seconds = e->seconds;
    m.error = e->error;
    m.n_extra_names = m.n_extra_values = e->extras;
    m.extra_names = names;
    m.extra_values = e->extra_values;
    m.n_extra_texts = any_text ? e->extras : 0;
    m.extra_texts = texts;
    m.temporary = e->failed && e->temporary;
    m.attempts = e->attempts;
    return codec_pack(&m.base, "a measurement", &out->data, &out->bytes);
}

static bool given_up(void *call)
{
    return farm_given_up(call);
}

enum status steps_evaluate_one(void *context, struct farm_call *call, const unsigned char *task,
                               size_t bytes, struct farm_bytes *result)
{
    const struct search_run *run = context;
    struct evaluation *e = NULL;
    struct arena arena;
    Sibyl__EvaluationTask *m = sibyl__evaluation_task__unpack(NULL, bytes, task);
    if (!m || !m->architecture) return err_set(SIBYL_E_FORMAT, "a task came damaged from rank 0");
    arena_init(&arena);
    uint16_t *genes = space_genes(run->space, &arena);
    struct candidate c = {.genes = genes};
    enum status st = SIBYL_E_MEM;
    if (genes) st = run->space->parse(run->space, m->architecture->text, genes);
    c.hash = (struct hash128){m->hash_high, m->hash_low};
    if (st) goto done;
    e = calloc(1, sizeof(*e));
    if (!e) {
        st = err_memory("a measurement");
        goto done;
    }
    const struct evaluation_task one = {m->task, m->seed, given_up, call};
    st = run->evaluator->evaluate(run->evaluator, run->space, &c, &one, e);
    if (st) {
        (void)err_prefix(st, "evaluation %llu", (unsigned long long)m->task);
        goto done;
    }
    if (!e->failed && !isfinite(e->value)) {
        e->failed = true;
        snprintf(e->error, sizeof(e->error), "its value is not finite");
    }
    evaluation_check(e, &run->options->objectives);
    if (run->forecast) st = forecast_add(run->forecast, &c, e);
    if (st) goto done;
    st = steps_pack_result(m->task, run, call, e, result);
done:
    free(e);
    arena_release(&arena);
    sibyl__evaluation_task__free_unpacked(m, NULL);
    return st;
}
