#include "predictor/gp_head.h"

#include "predictor/gaussian_process.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 4096 /* graphs whose embeddings are held at a time */

struct gp_head {
    const struct predictor *predictor;
    struct predictor embedder; /* a view of the predictor's last network */
    struct scorer *scorer;     /* of the embedder */
    struct gp_predictor *process;
    double *outputs;         /* (BLOCK, members) */
    double *inputs;          /* (BLOCK, width), of the process */
    double *mean, *variance; /* (BLOCK) each */
};

/* The embedding network as a predictor of one member, whose weights are p's. */
static struct predictor embedder_of(const struct predictor *p)
{
    struct predictor view = *p;
    view.options.members = 1;
    view.options.head = HEAD_LINEAR;
    view.weights = p->weights + p->options.members * p->parameters;
    return view;
}

static double mean_of(const double *x, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += x[i];
    return sum / (double)count;
}

/* ---- fit ---- */

/* outputs (count, members of q) of a training set. Collective. */
static enum status outputs_of(struct team *t, const struct predictor *q,
                              const struct training_set *set, int threads, double *outputs)
{
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    enum status st = team_agree(t, scorer_new(&scorer, q, &options));
    if (!st) st = scorer_embed_all(t, scorer, set->graphs, set->count, outputs, NULL);
    scorer_free(scorer);
    return st;
}

/* Trains the networks that leave a fold out, and takes from y[i] what the one that has not seen row
 * i says of it. outputs: room for (count, folds). Collective. */
static enum status subtract_honest(struct team *t, const struct predictor *p,
                                   const struct training_set *set, const struct trainer_run *run,
                                   double *outputs, double *y)
{
    uint32_t folds = run->options->folds;
    struct predictor_options options = p->options;
    struct trainer_run without = *run;
    struct trainer_result unused;
    struct predictor q = {0};
    options.members = folds;
    options.head = HEAD_LINEAR;
    without.folds = folds;
    without.checkpoint_path = NULL;
    without.epoch_done = NULL;
    enum status st = team_agree(t, predictor_init(&q, &options, &p->vocabulary, p->label));
    if (st) return st;
    st = trainer_run(t, &q, set, &without, &unused);
    if (!st) st = outputs_of(t, &q, set, run->threads, outputs);
    for (size_t i = 0; i < set->count && !st; i++) y[i] -= outputs[i * folds + i % folds];
    predictor_release(&q);
    return st;
}

/* Takes the members' mean output from y. outputs: room for (count, members). Collective. */
static enum status subtract_members(struct team *t, const struct predictor *p,
                                    const struct training_set *set, int threads, double *outputs,
                                    double *y)
{
    size_t members = p->options.members;
    enum status st = outputs_of(t, p, set, threads, outputs);
    for (size_t i = 0; i < set->count && !st; i++) y[i] -= mean_of(outputs + i * members, members);
    return st;
}

/* inputs (count, width): embeddings of a training set. Collective. */
static enum status embeddings_of(struct team *t, const struct predictor *p,
                                 const struct training_set *set, int threads, double *inputs)
{
    struct predictor embedder = embedder_of(p);
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    enum status st = team_agree(t, scorer_new(&scorer, &embedder, &options));
    if (!st) st = scorer_embed_all(t, scorer, set->graphs, set->count, NULL, inputs);
    scorer_free(scorer);
    return st;
}

enum status gp_head_fit(struct team *t, struct predictor *p, const struct training_set *set,
                        const struct trainer_run *run)
{
    if (p->options.head == HEAD_LINEAR) return SIBYL_OK;
    uint32_t members = p->options.members, folds = run->options->folds, width = p->options.width;
    struct gp_options process;
    size_t columns = folds > members ? folds : members;
    double *outputs = malloc((set->count * columns + 1) * sizeof(*outputs));
    double *inputs = malloc((set->count * width + 1) * sizeof(*inputs));
    double *y = malloc((set->count + 1) * sizeof(*y));
    enum status st = outputs && inputs && y ? SIBYL_OK : err_memory("embeddings");
    st = team_agree(t, st);
    if (st) goto done;
    for (size_t i = 0; i < set->count; i++)
        y[i] = predictor_target_of_label(p, set->labels[i * p->options.outputs]);
    trainer_first_weights(p, run, 0, p->weights + members * p->parameters);
    st = embeddings_of(t, p, set, run->threads, inputs);
    if (!st && p->options.head == HEAD_LINEAR_GP)
        st = folds ? subtract_honest(t, p, set, run, outputs, y)
                   : subtract_members(t, p, set, run->threads, outputs, y);
    if (st) goto done;
    gp_options_default(&process);
    process.kernel = p->options.kernel;
    gp_model_release(&p->gp);
    st = gp_fit(t, inputs, y, set->count, width, &process, &p->gp);
done:
    free(outputs);
    free(inputs);
    free(y);
    return st;
}

/* ---- predict ---- */

static enum status init(struct gp_head *h, int threads)
{
    const struct predictor *p = h->predictor;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    h->embedder = embedder_of(p);
    h->outputs = malloc(BLOCK * p->options.members * sizeof(double));
    h->inputs = malloc(BLOCK * (size_t)p->options.width * sizeof(double));
    h->mean = malloc(2 * BLOCK * sizeof(double));
    if (!h->outputs || !h->inputs || !h->mean) return err_memory("a Gaussian process");
    h->variance = h->mean + BLOCK;
    return scorer_new(&h->scorer, &h->embedder, &options);
}

enum status gp_head_new(struct gp_head **out, struct team *t, const struct predictor *p,
                        int threads)
{
    *out = NULL;
    if (p->gp.rows == 0) return SIBYL_OK;
    struct gp_head *h = calloc(1, sizeof(*h));
    enum status st = h ? SIBYL_OK : err_memory("a Gaussian process");
    if (h) {
        h->predictor = p;
        st = init(h, threads);
    }
    st = team_agree(t, st);
    if (!st) st = gp_predictor_new(t, &p->gp, NULL, &h->process);
    if (st)
        gp_head_free(h);
    else
        *out = h;
    return st;
}

void gp_head_free(struct gp_head *h)
{
    if (!h) return;
    gp_predictor_free(h->process);
    scorer_free(h->scorer);
    free(h->outputs);
    free(h->inputs);
    free(h->mean);
    free(h);
}

/* At most BLOCK graphs. */
static enum status score_block(struct team *t, struct gp_head *h, struct scorer *s,
                               const struct graph *graphs, size_t count, double *values,
                               double *deviations)
{
    const struct predictor *p = h->predictor;
    bool linear = p->options.head == HEAD_LINEAR_GP;
    size_t members = p->options.members;
    enum status st = scorer_embed_all(t, h->scorer, graphs, count, NULL, h->inputs);
    if (!st && linear) st = scorer_embed_all(t, s, graphs, count, h->outputs, NULL);
    if (!st)
        st = gp_predict(h->process, h->inputs, count, h->mean, deviations ? h->variance : NULL);
    for (size_t i = 0; i < count && !st; i++) {
        double x = h->mean[i] + (linear ? mean_of(h->outputs + i * members, members) : 0);
        values[i] = predictor_label_of_output(p, x);
        if (deviations) deviations[i] = sqrt(h->variance[i]) / predictor_target_slope(p, values[i]);
    }
    return st;
}

enum status gp_head_score(struct team *t, struct gp_head *head, struct scorer *s,
                          const struct graph *graphs, const struct hash128 *keys, size_t count,
                          double *values, double *deviations, size_t *out_distinct)
{
    if (!head) return scorer_score_all(t, s, graphs, keys, count, values, deviations, out_distinct);
    enum status st = SIBYL_OK;
    for (size_t first = 0; first < count && !st; first += BLOCK) {
        size_t n = count - first < BLOCK ? count - first : BLOCK;
        st = score_block(t, head, s, graphs + first, n, values + first,
                         deviations ? deviations + first : NULL);
    }
    if (out_distinct) *out_distinct = count;
    return st;
}
