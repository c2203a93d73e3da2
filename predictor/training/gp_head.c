#include "predictor/training/gp_head.h"

#include "predictor/gp/gaussian_process.h"
#include "predictor/scoring/metrics.h"

#include <math.h>
#include <stdlib.h>

#define WEIGHT_ROWS 2000 /* the most rows that the process's weight is chosen on */
#define WEIGHTS 4        /* steps from none of the process to all of it */
#define WEIGHT_GAIN 1e-4 /* in tau, that one must bring: not the last bits of a grid */

/* Whose process it is. */
struct owners {
    struct team *team, *self; /* self: owned, where each rank has the process alone; or NULL */
    struct gp_options options;
};

struct gp_head {
    const struct predictor *predictor;
    struct owners owners;
    struct predictor embedder; /* a view of the predictor's last network */
    struct scorer *scorer;     /* of the embedder */
    struct gp_predictor *process;
    double *outputs;         /* (GP_HEAD_BLOCK, members) */
    double *inputs;          /* (GP_HEAD_BLOCK, width), of the process */
    double *mean, *variance; /* (GP_HEAD_BLOCK) each */
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

static enum status owners_open(struct owners *o, struct team *t, bool alone)
{
    *o = (struct owners){.team = t};
    gp_options_default(&o->options);
    if (!alone) return SIBYL_OK;
    o->options.threads = 1;
    enum status st = team_agree(t, team_self(&o->self));
    o->team = o->self;
    return st;
}

static void owners_close(struct owners *o)
{
    if (o->self) team_release(o->self);
}

/* ---- fit ---- */

/* f (count) of a training set: of each row the output of a network, trained like the members, that
 * has not seen it. outputs: room for (count, folds). Collective. */
static enum status honest_outputs(struct team *t, const struct predictor *p,
                                  const struct training_set *set, const struct trainer_run *run,
                                  double *outputs, double *f)
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
    if (!st) st = trainer_run(t, &q, set, &without, &unused);
    if (!st) st = scorer_embed_once(t, &q, set->graphs, set->count, run->threads, outputs, NULL);
    for (size_t i = 0; i < set->count && !st; i++) f[i] = outputs[i * folds + i % folds];
    predictor_release(&q);
    return st;
}

/* f (count): the members' mean outputs. outputs: room for (count, members). Collective. */
static enum status own_outputs(struct team *t, const struct predictor *p,
                               const struct training_set *set, int threads, double *outputs,
                               double *f)
{
    size_t members = p->options.members;
    enum status st = scorer_embed_once(t, p, set->graphs, set->count, threads, outputs, NULL);
    for (size_t i = 0; i < set->count && !st; i++) f[i] = mean_of(outputs + i * members, members);
    return st;
}

/* The slope of the least-squares line of y by f; 0 where f does not vary. */
static double slope_of(const double *f, const double *y, size_t count)
{
    double f_mean = mean_of(f, count), y_mean = mean_of(y, count), both = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        both += (f[i] - f_mean) * (y[i] - y_mean);
        squares += (f[i] - f_mean) * (f[i] - f_mean);
    }
    return squares > 0 ? both / squares : 0;
}

/* The weight in 0, 1/WEIGHTS .. 1 that ranks the first rows best, each predicted from the others; 0
 * where the gain is within its standard error. Collective over the owners. */
static enum status choose_weight(const struct owners *o, struct predictor *p, const double *f,
                                 const double *y)
{
    size_t count = p->gp.rows < WEIGHT_ROWS ? p->gp.rows : WEIGHT_ROWS;
    struct gp_predictor *process = NULL;
    double *added = malloc(3 * count * sizeof(*added)), *base = added + count,
           *scores = base + count, best = WEIGHT_GAIN;
    enum status st = team_agree(o->team, added ? SIBYL_OK : err_memory("a Gaussian process"));
    if (!st) st = gp_predictor_new(o->team, &p->gp, &o->options, &process);
    if (!st) st = gp_leave_one_out(process, count, added);
    p->blend.weight = 0;
    for (size_t i = 0; i < count && !st; i++) base[i] = p->blend.slope * f[i];
    for (int k = 1; k <= WEIGHTS && !st; k++) {
        double gain, error, weight = (double)k / WEIGHTS;
        for (size_t i = 0; i < count; i++) scores[i] = base[i] + weight * added[i];
        metrics_tau_gain(scores, base, y, count, &gain, &error);
        if (gain <= best || gain <= error) continue;
        best = gain;
        p->blend.weight = weight;
    }
    gp_predictor_free(process);
    free(added);
    return team_agree(o->team, st);
}

/* Of y (targets) and f (outputs, NULL for head gp); left: room for (count). Collective over the
 * owners. */
static enum status fit_process(struct owners *o, struct predictor *p, const double *inputs,
                               const double *f, const double *y, size_t count, double *left)
{
    o->options.kernel = p->options.kernel;
    p->blend = (struct gp_blend){f ? slope_of(f, y, count) : 0, 1};
    for (size_t i = 0; i < count; i++) left[i] = y[i] - (f ? p->blend.slope * f[i] : 0);
    gp_model_release(&p->gp);
    enum status st = gp_fit(o->team, inputs, left, count, p->options.width, &o->options, &p->gp);
    return st || !f ? st : choose_weight(o, p, f, y);
}

enum status gp_head_fit(struct team *t, bool alone, struct predictor *p,
                        const struct training_set *set, const struct trainer_run *run)
{
    if (p->options.head == HEAD_LINEAR) return SIBYL_OK;
    size_t count = set->count;
    uint32_t members = p->options.members, folds = run->options->folds;
    bool linear = p->options.head == HEAD_LINEAR_GP;
    double *outputs = malloc((count * (folds > members ? folds : members) + 1) * sizeof(*outputs));
    double *inputs = malloc((count * p->options.width + 1) * sizeof(*inputs));
    double *y = malloc((3 * count + 1) * sizeof(*y)), *f = y + count, *left = f + count;
    struct owners owners;
    enum status st = owners_open(&owners, t, alone);
    if (!st) st = team_agree(t, outputs && inputs && y ? SIBYL_OK : err_memory("embeddings"));
    if (st) goto done;
    for (size_t i = 0; i < count; i++)
        y[i] = predictor_target_of_label(p, set->labels[i * p->options.outputs]);
    trainer_first_weights(p, run, 0, p->weights + members * p->parameters);
    struct predictor embedder = embedder_of(p);
    st = scorer_embed_once(t, &embedder, set->graphs, count, run->threads, NULL, inputs);
    if (!st && linear)
        st = folds ? honest_outputs(t, p, set, run, outputs, f)
                   : own_outputs(t, p, set, run->threads, outputs, f);
    if (!st) st = fit_process(&owners, p, inputs, linear ? f : NULL, y, count, left);
    if (alone) st = team_agree(t, st);
done:
    owners_close(&owners);
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
    h->outputs = malloc(GP_HEAD_BLOCK * p->options.members * sizeof(double));
    h->inputs = malloc(GP_HEAD_BLOCK * (size_t)p->options.width * sizeof(double));
    h->mean = malloc(2 * GP_HEAD_BLOCK * sizeof(double));
    if (!h->outputs || !h->inputs || !h->mean) return err_memory("a Gaussian process");
    h->variance = h->mean + GP_HEAD_BLOCK;
    return scorer_new(&h->scorer, &h->embedder, &options);
}

enum status gp_head_new(struct gp_head **out, struct team *t, bool alone, const struct predictor *p,
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
    if (!st) st = owners_open(&h->owners, t, alone);
    if (!st) st = gp_predictor_new(h->owners.team, &p->gp, &h->owners.options, &h->process);
    if (alone) st = team_agree(t, st);
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
    owners_close(&h->owners);
    scorer_free(h->scorer);
    free(h->outputs);
    free(h->inputs);
    free(h->mean);
    free(h);
}

/* At most GP_HEAD_BLOCK graphs. */
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
    if (h->owners.self) st = team_agree(t, st);
    for (size_t i = 0; i < count && !st; i++) {
        double mean = p->gp.hyper.mean, added = h->mean[i] - mean;
        double x = mean + p->blend.weight * added, kept_back = (1 - p->blend.weight) * added;
        if (linear) x += p->blend.slope * mean_of(h->outputs + i * members, members);
        values[i] = predictor_label_of_output(p, x);
        if (deviations)
            deviations[i] =
                sqrt(h->variance[i] + kept_back * kept_back) / predictor_target_slope(p, values[i]);
    }
    return st;
}

enum status gp_head_score(struct team *t, struct gp_head *head, struct scorer *s,
                          const struct graph *graphs, const struct hash128 *keys, size_t count,
                          double *values, double *deviations, size_t *out_distinct)
{
    if (!head) return scorer_score_all(t, s, graphs, keys, count, values, deviations, out_distinct);
    enum status st = SIBYL_OK;
    for (size_t first = 0; first < count && !st; first += GP_HEAD_BLOCK) {
        size_t n = count - first < GP_HEAD_BLOCK ? count - first : GP_HEAD_BLOCK;
        st = score_block(t, head, s, graphs + first, n, values + first,
                         deviations ? deviations + first : NULL);
    }
    if (out_distinct) *out_distinct = count;
    return st;
}
