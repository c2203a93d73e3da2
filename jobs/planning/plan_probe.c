#include "jobs/planning/plan_probe.h"

#include "base/clock.h"
#include "predictor/model/nnformer_shape.h"
#include "predictor/scoring/scorer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define PROBE_S 0.35
#define LONG_S 1.0
#define PROBE_ROWS 1024   /* of a step at most */
#define PROBE_NODES 16384 /* of these, and of graphs that are scored at a time */
#define EPOCHS 1000000
#define STEPS_MIN 2 /* behind the first, which also makes memory ready */

double plan_probe_peak_bytes(void)
{
    struct rusage u;
    if (getrusage(RUSAGE_SELF, &u)) return 0;
    return (double)u.ru_maxrss * 1024;
}

size_t plan_probe_count(const struct graph *graphs, size_t count)
{
    uint64_t nodes = 0;
    size_t taken = 0;
    while (taken < count && (taken == 0 || nodes + graphs[taken].nodes <= PROBE_NODES))
        nodes += graphs[taken++].nodes;
    return taken;
}

/* ---- training ---- */

struct stopwatch {
    uint64_t steps; /* that have ended, and one more */
    double first_s, last_s;
};

/* The trainer asks in each step whether to stop. */
static bool enough(void *context)
{
    struct stopwatch *w = context;
    w->last_s = clock_s();
    if (++w->steps == 2) w->first_s = w->last_s;
    double s = w->last_s - w->first_s;
    return w->steps > 2 && (s >= LONG_S || (s >= PROBE_S && w->steps >= 2 + STEPS_MIN));
}

/* Seconds of a step of `rows` rows in `shards` shards. */
static enum status time_steps(const struct plan_probe *p, uint32_t rows, uint32_t shards,
                              double *out_s)
{
    struct training_options options = *p->options;
    struct predictor_options shape = p->like->options;
    struct predictor predictor = {0};
    struct trainer_result unused;
    struct stopwatch watch = {0};
    struct log quiet = {.level = LOG_QUIET};
    size_t outputs = p->like->options.outputs;
    struct graph *graphs = malloc(rows * sizeof(*graphs));
    double *labels = malloc(rows * outputs * sizeof(*labels));
    enum status st = graphs && labels ? SIBYL_OK : err_memory("a training step");
    shape.head = HEAD_LINEAR; /* a process takes no part in steps, and its folds want more rows */
    options.folds = 0;
    if (!st) st = predictor_init(&predictor, &shape, &p->like->vocabulary, p->like->label);
    if (st) goto done;
    for (size_t i = 0; i < rows; i++) {
        graphs[i] = p->graphs[i % p->count];
        memcpy(labels + i * outputs, p->labels + i % p->count * outputs, outputs * sizeof(double));
    }
    options.batch = rows;
    options.shards = shards;
    options.epochs = EPOCHS; /* it is stopped long before */
    struct training_set set = {graphs, labels, rows};
    struct trainer_run run = {.options = &options,
                              .threads = p->threads,
                              .job_digest = "",
                              .log = &quiet,
                              .stop_asked = enough,
                              .context = &watch};
    st = trainer_run(p->self, &predictor, &set, &run, &unused);
    if (st == SIBYL_E_STOPPED) st = SIBYL_OK;
    if (!st) *out_s = (watch.last_s - watch.first_s) / (double)(watch.steps - 2);
done:
    if (predictor.parameters) predictor_release(&predictor);
    free(graphs);
    free(labels);
    return st;
}

/* Rows to try in a step, at least two: as many as make it short. */
static uint32_t probe_rows(const struct plan_probe *p)
{
    double nodes = 1;
    for (size_t i = 0; i < p->count; i++) nodes += p->graphs[i].nodes;
    double rows = PROBE_NODES / nodes * (double)p->count;
    return rows < 2 ? 2 : rows > PROBE_ROWS ? PROBE_ROWS : (uint32_t)rows;
}

enum status plan_probe_training(const struct plan_probe *p, uint32_t rows, struct plan *out)
{
    uint32_t shards = p->options->shards < rows ? p->options->shards : rows;
    uint32_t shard_rows = rows / shards, most = probe_rows(p);
    uint32_t tried = shard_rows < most / 2 ? shard_rows : most / 2, many = most / tried;
    double one_s = 0, many_s = 0, part = (double)shard_rows / tried;
    if (many > shards) many = shards;
    if (many < 2) many = 2;
    enum status st = time_steps(p, tried, 1, &one_s);
    double one_bytes = plan_probe_peak_bytes();
    if (!st) st = time_steps(p, many * tried, many, &many_s);
    if (st) return st;
    double tried_s = (many_s - one_s) / (many - 1);
    if (tried_s < 0) tried_s = many_s / many;
    out->training.shards = shards;
    out->training.shard_s = part * tried_s;
    out->training.step_s = one_s > tried_s ? one_s - tried_s : 0;
    out->training.parameters = (double)p->like->parameters;
    double bytes = plan_probe_peak_bytes(), tried_bytes = (bytes - one_bytes) / (many - 1);
    out->shard_bytes = part * tried_bytes;
    out->fixed_bytes = bytes - many * tried_bytes;
    return SIBYL_OK;
}

void plan_probe_raise(struct plan *p)
{
    double least = plan_probe_peak_bytes() - p->training.shards * p->shard_bytes;
    if (p->fixed_bytes < least) p->fixed_bytes = least;
}

/* ---- scoring ---- */

static enum status random_weights(struct predictor *out, const struct plan_probe *p)
{
    const struct trainer_run run = {.options = p->options};
    enum status st = predictor_init(out, &p->like->options, &p->like->vocabulary, p->like->label);
    for (uint32_t m = 0; !st && m < out->options.members; m++)
        trainer_first_weights(out, &run, m, out->weights + m * out->parameters);
    return st;
}

enum status plan_probe_scoring(const struct plan_probe *p, enum precision precision,
                               double *out_graph_s)
{
    struct scorer *scorer = NULL;
    struct predictor predictor = {0};
    struct scorer_options options = {precision, p->threads};
    size_t count = plan_probe_count(p->graphs, p->count);
    double *values = malloc((count + 1) * sizeof(*values));
    uint64_t rounds = 0;
    *out_graph_s = 0;
    enum status st = values ? SIBYL_OK : err_memory("scores");
    if (!st && p->options) st = random_weights(&predictor, p);
    if (!st) st = scorer_new(&scorer, p->options ? &predictor : p->like, &options);
    if (!st && count) st = scorer_score(scorer, p->graphs, count, values, NULL);
    double start = clock_s(), now = start;
    while (!st && count && (rounds == 0 || now - start < PROBE_S)) {
        st = scorer_score(scorer, p->graphs, count, values, NULL);
        now = clock_s();
        rounds++;
    }
    if (!st && rounds) *out_graph_s = (now - start) / ((double)rounds * (double)count);
    scorer_free(scorer);
    if (predictor.parameters) predictor_release(&predictor);
    free(values);
    return st;
}
