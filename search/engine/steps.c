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

enum status steps_pack_task(const struct steps_task *t, struct farm_bytes *out)
{
    Sibyl__EvaluationTask message = SIBYL__EVALUATION_TASK__INIT;
    Sibyl__ArchitectureMessage network = SIBYL__ARCHITECTURE_MESSAGE__INIT;
    const struct stopping_rule *r = t->rule;
    network.text = (char *)(uintptr_t)t->architecture;
    message.task = t->task;
    message.seed = t->seed;
    message.architecture = &network;
    message.hash_high = t->hash.high;
    message.hash_low = t->hash.low;
    message.level = t->level;
    message.after = t->after;
    message.n_rule_steps = message.n_rule_counts = r->count;
    message.rule_steps = (double *)(uintptr_t)r->steps; /* these are only read */
    message.rule_counts = (uint32_t *)(uintptr_t)r->points;
    message.rule_values = (double *)(uintptr_t)r->values;
    for (size_t i = 0; i < r->count; i++) message.n_rule_values += r->points[i] * r->k;
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

/* One evaluation, on the rank that does it. */
struct one {
    const struct search_run *run;
    struct farm_call *call;
    const Sibyl__EvaluationTask *task;
    struct stopping_rule rule;
    struct stopping stopping;
    struct evaluation evaluation;
};

static enum status steps_hears(void *context, double step, const double *values, bool *out_end)
{
    return stopping_hears(&((struct one *)context)->stopping, step, values, out_end);
}

/* The epochs that it has cost. One that failed or was ended early has cost those until the last
 * step that it told of; of one that told of none all of them count. */
static double steps_epochs(const struct one *one)
{
    const struct fidelity *f = &one->run->options->fidelity;
    const struct evaluation *e = &one->evaluation;
    if (!f->levels || (e->failed && e->temporary)) return 0;
    bool continued = one->task->after > 0 && !e->afresh;
    double whole = fidelity_cost(f, one->task->level, continued);
    double before = fidelity_cost(f, one->task->level, false) - whole;
    if (!(e->early || e->failed) || !(e->reached > 0)) return whole;
    return fmin(fmax(e->reached - before, 0), whole);
}

static enum status steps_pack_result(struct one *one, struct farm_bytes *out)
{
    struct evaluation *e = &one->evaluation;
    const struct search_run *run = one->run;
    Sibyl__Measurement m = SIBYL__MEASUREMENT__INIT;
    char *names[EVALUATION_EXTRAS_MAX];
    char *texts[EVALUATION_EXTRAS_MAX];
    bool any_text = false;
    for (uint32_t i = 0; i < e->extras; i++) {
        names[i] = e->extra_names[i];
        texts[i] = e->extra_texts[i];
        any_text = any_text || texts[i][0];
    }
    m.task = one->task->task;
    m.failed = e->failed;
    m.stopped = steps_was_stopped(run, one->call, e);
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
    m.early = e->early;
    m.epochs = steps_epochs(one);
    m.n_curve_steps = one->stopping.count;
    m.curve_steps = one->stopping.steps;
    m.n_curve_values = one->stopping.count * one->stopping.k;
    m.curve_values = one->stopping.values;
    return codec_pack(&m.base, "a measurement", &out->data, &out->bytes);
}

static bool given_up(void *call)
{
    return farm_given_up(call);
}

/* What the task says of the rule; *it lives as long as the task. */
static enum status steps_take_rule(struct one *one)
{
    const Sibyl__EvaluationTask *m = one->task;
    const struct search_options *o = one->run->options;
    const uint32_t k = o->objectives.count > 1 ? o->objectives.count : 1;
    size_t wanted = 0;
    for (size_t i = 0; i < m->n_rule_counts; i++) wanted += (size_t)m->rule_counts[i] * k;
    if (m->n_rule_steps != m->n_rule_counts || m->n_rule_values != wanted ||
        (m->level && m->level >= o->fidelity.levels))
        return err_set(SIBYL_E_FORMAT, "a task came damaged from rank 0");
    one->rule =
        (struct stopping_rule){k, m->n_rule_steps, m->rule_steps, m->rule_counts, m->rule_values};
    stopping_begin(&one->stopping, &o->fidelity, &one->rule, k);
    return SIBYL_OK;
}

static enum status steps_run_one(struct one *one, const struct candidate *c)
{
    const struct search_run *run = one->run;
    const struct fidelity *f = &run->options->fidelity;
    struct evaluation *e = &one->evaluation;
    const struct evaluation_task task = {.number = one->task->task,
                                         .seed = one->task->seed,
                                         .level = one->task->level,
                                         .levels = f->levels,
                                         .budget = f->levels ? f->budgets[one->task->level] : 0,
                                         .after = one->task->after,
                                         .continues = f->continues,
                                         .hears = f->stop ? steps_hears : NULL,
                                         .hears_context = one,
                                         .given_up = given_up,
                                         .context = one->call};
    enum status st = run->evaluator->evaluate(run->evaluator, run->space, c, &task, e);
    if (st) return err_prefix(st, "evaluation %llu", (unsigned long long)one->task->task);
    if (!e->failed && !isfinite(e->value)) {
        e->failed = true;
        snprintf(e->error, sizeof(e->error), "its value is not finite");
    }
    evaluation_check(e, &run->options->objectives);
    if (e->failed) e->early = false;
    return run->forecast ? forecast_add(run->forecast, c, e) : SIBYL_OK;
}

enum status steps_evaluate_one(void *context, struct farm_call *call, const unsigned char *task,
                               size_t bytes, struct farm_bytes *result)
{
    const struct search_run *run = context;
    struct arena arena;
    Sibyl__EvaluationTask *m = sibyl__evaluation_task__unpack(NULL, bytes, task);
    if (!m || !m->architecture) return err_set(SIBYL_E_FORMAT, "a task came damaged from rank 0");
    struct one *one = calloc(1, sizeof(*one));
    arena_init(&arena);
    uint16_t *genes = space_genes(run->space, &arena);
    struct candidate c = {.genes = genes, .hash = {m->hash_high, m->hash_low}};
    enum status st = one ? SIBYL_E_MEM : err_memory("a measurement");
    if (!one || !genes) goto done;
    one->run = run;
    one->call = call;
    one->task = m;
    st = run->space->parse(run->space, m->architecture->text, genes);
    if (!st) st = steps_take_rule(one);
    if (!st) st = steps_run_one(one, &c);
    if (!st) st = steps_pack_result(one, result);
done:
    free(one);
    arena_release(&arena);
    sibyl__evaluation_task__free_unpacked(m, NULL);
    return st;
}
