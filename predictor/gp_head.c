#include "predictor/gp_head.h"

#include "predictor/gaussian_process.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 4096 /* graphs whose embeddings are held at a time */

struct gp_head {
    const struct predictor *predictor;
    struct gp_predictor *process;
    double *outputs, *pooled; /* (BLOCK, members), (BLOCK, members * width) */
    double *mean, *variance;  /* (BLOCK) each */
};

/* Mean output of the members that have not seen training row i; of all where each has. */
static double honest_output(const struct predictor *p, const double *outputs, size_t i,
                            uint32_t folds)
{
    double sum = 0;
    uint32_t count = 0;
    for (uint32_t m = 0; m < p->options.members; m++) {
        if (folds && m % folds != i % folds) continue;
        sum += outputs[i * p->options.members + m];
        count++;
    }
    return sum / count;
}

enum status gp_head_fit(struct team *t, struct predictor *p, const struct training_set *set,
                        uint32_t folds, int threads)
{
    if (p->options.head == HEAD_LINEAR) return SIBYL_OK;
    size_t members = p->options.members, columns = members * p->options.width;
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    struct gp_options process;
    double *outputs = malloc((set->count * members + 1) * sizeof(*outputs));
    double *pooled = malloc((set->count * columns + 1) * sizeof(*pooled));
    double *y = malloc((set->count + 1) * sizeof(*y));
    enum status st = outputs && pooled && y ? SIBYL_OK : err_memory("embeddings");
    if (!st) st = scorer_new(&scorer, p, &options);
    st = team_agree(t, st);
    if (!st) st = scorer_embed_all(t, scorer, set->graphs, set->count, outputs, pooled);
    if (st) goto done;
    for (size_t i = 0; i < set->count; i++) {
        y[i] = predictor_target_of_label(p, set->labels[i * p->options.outputs]);
        if (p->options.head == HEAD_LINEAR_GP) y[i] -= honest_output(p, outputs, i, folds);
    }
    gp_options_default(&process);
    process.kernel = p->options.kernel;
    gp_model_release(&p->gp);
    st = gp_fit(t, pooled, y, set->count, (uint32_t)columns, &process, &p->gp);
done:
    scorer_free(scorer);
    free(outputs);
    free(pooled);
    free(y);
    return st;
}

enum status gp_head_new(struct gp_head **out, struct team *t, const struct predictor *p)
{
    *out = NULL;
    if (p->gp.rows == 0) return SIBYL_OK;
    size_t members = p->options.members;
    struct gp_head *h = calloc(1, sizeof(*h));
    enum status st = h ? SIBYL_OK : err_memory("a Gaussian process");
    if (h) {
        h->predictor = p;
        h->outputs = malloc(BLOCK * members * sizeof(double));
        h->pooled = malloc(BLOCK * members * p->options.width * sizeof(double));
        h->mean = malloc(2 * BLOCK * sizeof(double));
        if (!h->outputs || !h->pooled || !h->mean) st = err_memory("a Gaussian process");
        h->variance = h->mean ? h->mean + BLOCK : NULL;
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
    free(h->outputs);
    free(h->pooled);
    free(h->mean);
    free(h);
}

/* At most BLOCK graphs. */
static enum status score_block(struct team *t, struct gp_head *h, struct scorer *s,
                               const struct graph *graphs, size_t count, double *values,
                               double *deviations)
{
    const struct predictor *p = h->predictor;
    uint32_t members = p->options.members;
    enum status st = scorer_embed_all(t, s, graphs, count, h->outputs, h->pooled);
    if (!st)
        st = gp_predict(h->process, h->pooled, count, h->mean, deviations ? h->variance : NULL);
    for (size_t i = 0; i < count && !st; i++) {
        double x = h->mean[i], sum = 0;
        for (uint32_t m = 0; m < members; m++) sum += h->outputs[i * members + m];
        if (p->options.head == HEAD_LINEAR_GP) x += sum / members;
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
