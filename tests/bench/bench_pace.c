/* Free pace against rounds on a simulated machine: a table gives the values, and the time of an
 * evaluation is its network's FLOPs (the mean over the space is one unit of time) times a
 * log-normal factor that belongs to the network and the seed. Nothing sleeps: a driver over the
 * ledger with a clock of its own. Proposing takes no time.
 *
 * usage: bench_pace TABLE.sibyl VALUE FLOPS [EVALUATIONS [SLOTS [FIRST_SEED [LAST_SEED [SIGMA
 *        [PACES [small]]]]]]]   (300 32 1 5 0.5 free,rounds)
 * With `small` the predictor is 1 layer of 32, 2 members, 40 epochs: a fifth of the time.
 * A run ends when it has the best network of the table; one that does not find it counts with its
 * end. tests/bench/pace_simulated.sh makes the table. */
#include "base/file.h"
#include "comm/team.h"
#include "proto/graph/codec.h"
#include "search/engine/ledger.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct running {
    double end;
    size_t task;
};

struct machine {
    struct space *space;
    struct evaluator values, flops;
    struct team *self;
    struct search_options options;
    double sigma, mean_flops;
    uint32_t slots;
    /* of the run at hand */
    struct search_run run;
    struct ledger ledger;
    struct running *running; /* (slots) in no order */
    uint32_t busy;
    double now, used; /* used: by evaluations, in all slots */
    double best_at;   /* the evaluation of the best network ended; 0: not yet */
};

struct outcome {
    bool found;
    double time, evaluations, share; /* share: of the slots' time that was used */
    double end;                      /* of the evaluation itself: not of its round */
};

static enum status look_up(struct machine *m, struct evaluator *e, const struct candidate *c,
                           double *out)
{
    struct evaluation got = {0};
    const struct evaluation_task task = {0};
    enum status st = e->evaluate(e, m->space, c, &task, &got);
    if (!st && got.failed) st = err_set(SIBYL_E_FORMAT, "the table has a hole: %s", got.error);
    *out = got.value;
    return st;
}

static double normal(struct rng *r)
{
    double u = (double)(rng_u64(r) >> 11) / 9007199254740992.0;
    double v = (double)(rng_u64(r) >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * v);
}

/* How long this network takes, in this run. */
static enum status length_of(struct machine *m, const struct candidate *c, double *out)
{
    struct rng rng;
    double flops;
    enum status st = look_up(m, &m->flops, c, &flops);
    rng_init(&rng, m->options.seed ^ c->hash.high, RNG_SEARCH, c->hash.low >> 2);
    *out = flops / m->mean_flops * exp(m->sigma * normal(&rng) - m->sigma * m->sigma / 2);
    return st;
}

static enum status mean_flops(struct machine *m)
{
    const struct space *s = m->space;
    struct arena arena;
    double sum = 0, one;
    enum status st = SIBYL_OK;
    arena_init(&arena);
    for (uint64_t i = 0; i < s->strings && !st; i++) {
        struct candidate c;
        arena_reset(&arena);
        uint16_t *genes = space_genes(s, &arena);
        if (!genes) return SIBYL_E_MEM;
        s->at(s, i, genes);
        st = candidate_make(&c, &arena, s, genes);
        if (!st) st = look_up(m, &m->flops, &c, &one);
        if (!st) sum += one;
    }
    m->mean_flops = sum / (double)s->strings;
    arena_release(&arena);
    return st;
}

static enum status score(void *context, struct surrogate_request *request)
{
    struct machine *m = context;
    return surrogate_score(m->self, &m->run, request);
}

static enum status start(struct machine *m, size_t task)
{
    double length;
    enum status st = length_of(m, &m->ledger.history.entries[task].candidate, &length);
    m->running[m->busy++] = (struct running){m->now + length, task};
    m->used += length;
    return st;
}

/* The evaluation that ends first. */
static enum status finish(struct machine *m)
{
    uint32_t first = 0;
    for (uint32_t i = 1; i < m->busy; i++)
        if (m->running[i].end < m->running[first].end) first = i;
    const struct running done = m->running[first];
    Sibyl__Measurement message = SIBYL__MEASUREMENT__INIT;
    unsigned char *packed;
    size_t bytes;
    bool stopped;
    m->running[first] = m->running[--m->busy];
    m->now = done.end;
    message.task = done.task;
    const struct candidate *c = &m->ledger.history.entries[done.task].candidate;
    enum status st = look_up(m, &m->values, c, &message.value);
    if (!st && m->best_at <= 0 && message.value >= m->ledger.target_value) m->best_at = m->now;
    if (!st) st = codec_pack(&message.base, "a measurement", &packed, &bytes);
    if (st) return st;
    st = ledger_take(&m->ledger, packed, bytes, &stopped);
    free(packed);
    return st;
}

/* Proposes for all slots that have nothing to do. */
static enum status fill(struct machine *m, bool is_free)
{
    size_t count = 1;
    enum status st = SIBYL_OK;
    while (!st && count > 0 && m->busy < m->slots && ledger_left(&m->ledger) > 0) {
        size_t first = m->ledger.history.count;
        struct ledger_wish wish = {m->slots - m->busy, is_free, {score, NULL, m}};
        st = ledger_propose(&m->ledger, &wish, &count);
        for (size_t i = 0; i < count && !st; i++) st = start(m, first + i);
        if (!is_free) break;
    }
    return st;
}

static enum status drive(struct machine *m, bool is_free, struct outcome *out)
{
    enum status st = SIBYL_OK;
    m->now = m->used = m->best_at = 0;
    m->busy = 0;
    while (!st) {
        if (is_free || m->busy == 0) st = fill(m, is_free);
        if (st || m->busy == 0) break;
        st = finish(m);
        if (m->ledger.reached) break;
    }
    for (uint32_t i = 0; i < m->busy; i++) m->used -= m->running[i].end - m->now;
    out->found = m->ledger.reached;
    out->time = m->now;
    out->end = m->best_at > 0 ? m->best_at : m->now;
    out->evaluations = (double)m->ledger.history.measured;
    if (m->ledger.reached) out->evaluations = (double)m->ledger.evaluations_to_target;
    out->share = m->used / (m->now * m->slots);
    return st;
}

static enum status run_once(struct machine *m, bool is_free, uint64_t seed, struct outcome *out)
{
    char folder[] = "/tmp/sibyl_bench_pace_XXXXXX", path[64];
    struct log log = {.level = LOG_QUIET};
    if (!mkdtemp(folder)) return err_set(SIBYL_E_IO, "cannot make a folder");
    m->options.seed = seed;
    m->run = (struct search_run){.options = &m->options,
                                 .space = m->space,
                                 .evaluator = &m->values,
                                 .folder = folder,
                                 .job_digest = "bench",
                                 .log = &log,
                                 .threads = 1};
    enum status st = ledger_open(&m->ledger, &m->run, NULL);
    if (!st) st = drive(m, is_free, out);
    ledger_close(&m->ledger);
    snprintf(path, sizeof(path), "%s/run.journal", folder);
    unlink(path);
    rmdir(folder);
    return st;
}

static enum status run_all(struct machine *m, const char *paces, uint64_t first, uint64_t last)
{
    enum status st = SIBYL_OK;
    for (int is_free = 1; is_free >= 0 && !st; is_free--) {
        struct outcome sum = {0};
        const char *name = is_free ? "free" : "rounds";
        double runs = (double)(last - first + 1);
        int found = 0;
        if (!strstr(paces, name)) continue;
        for (uint64_t seed = first; seed <= last && !st; seed++) {
            struct outcome o = {0};
            st = run_once(m, is_free, seed, &o);
            if (st) break;
            printf("%s seed %llu: %s after %.0f evaluations, time %.2f, slots used %.1f%%\n", name,
                   (unsigned long long)seed, o.found ? "found" : "not found", o.evaluations, o.time,
                   100 * o.share);
            fflush(stdout);
            sum.time += o.time / runs;
            sum.end += o.end / runs;
            sum.evaluations += o.evaluations / runs;
            sum.share += o.share / runs;
            found += o.found;
        }
        printf(
            "%s: mean time until the best counts %.2f (its evaluation ends at %.2f), evaluations "
            "%.1f, slots used %.1f%%, found %d of %.0f\n",
            name, sum.time, sum.end, sum.evaluations, 100 * sum.share, found, runs);
    }
    return st;
}

static const char *word(int argc, char **argv, int i, const char *otherwise)
{
    return i < argc ? argv[i] : otherwise;
}

int main(int argc, char **argv)
{
    struct machine m = {0};
    if (argc < 4) return 2;
    search_options_default(&m.options);
    m.options.evaluations = strtoull(word(argc, argv, 4, "300"), NULL, 10);
    m.options.target = TARGET_BEST;
    m.slots = (uint32_t)strtoul(word(argc, argv, 5, "32"), NULL, 10);
    m.options.batch = m.slots;
    if (argc > 10) {
        m.options.predictor.layers = 1;
        m.options.predictor.width = 32;
        m.options.predictor.members = 2;
        m.options.training.epochs = 40;
    }
    m.sigma = strtod(word(argc, argv, 8, "0.5"), NULL);
    m.running = calloc(m.slots, sizeof(*m.running));
    struct evaluator_table_options values = {argv[1], argv[2], false},
                                   flops = {argv[1], argv[3], false};
    enum status st = m.running ? team_self(&m.self) : err_memory("the slots");
    if (!st) st = space_new("nasbench201", &m.space);
    if (!st) st = evaluator_table(&m.values, m.space, &values);
    if (!st) st = evaluator_table(&m.flops, m.space, &flops);
    if (!st) st = mean_flops(&m);
    if (!st)
        st = run_all(&m, word(argc, argv, 9, "free,rounds"),
                     strtoull(word(argc, argv, 6, "1"), NULL, 10),
                     strtoull(word(argc, argv, 7, "5"), NULL, 10));
    if (st) fprintf(stderr, "bench_pace: %s\n", err_message());
    if (m.values.release) evaluator_release(&m.values);
    if (m.flops.release) evaluator_release(&m.flops);
    space_free(m.space);
    team_release(m.self);
    free(m.running);
    return st ? 1 : 0;
}
