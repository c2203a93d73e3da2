#include "predictor/gp_head.h"

#include "predictor/gaussian_process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4096 /* graphs whose embeddings are held at a time */

#define FARTHER 10 /* how much farther than typical rows of other folds are */

struct gp_head {
    const struct predictor *predictor;
    struct gp_predictor *process;
    double *outputs, *pooled; /* (BLOCK, members), (BLOCK, members * width) */
    double *inputs;           /* (BLOCK, columns) of the process, for one fold at a time */
    double *mean, *variance;  /* (BLOCK) each, of one fold */
    double *sum, *spread;     /* (BLOCK) each, of all folds */
};

/* How many members the process knows a row by: all, or those of one fold. */
static uint32_t folds_of(const struct predictor *p)
{
    return p->folds ? p->folds : 1;
}

/* Mean output of the members of a fold. outputs (members): of one graph. */
static double fold_output(const struct predictor *p, const double *outputs, uint32_t fold)
{
    double sum = 0;
    for (uint32_t m = fold; m < p->options.members; m += folds_of(p)) sum += outputs[m];
    return sum / (p->options.members / folds_of(p));
}

/* One row of inputs: the embeddings of a fold's members, and which fold it is. pooled (members *
 * width): of one graph. */
static void fold_input(const struct predictor *p, const double *pooled, uint32_t fold, double mark,
                       double *input)
{
    size_t width = p->options.width;
    for (uint32_t m = fold; m < p->options.members; m += folds_of(p), input += width)
        memcpy(input, pooled + m * width, width * sizeof(*input));
    for (uint32_t f = 0; f < p->folds; f++) input[f] = f == fold ? mark : 0;
}

/* What tells the folds apart: times the deviation of all embeddings from their mean, rows (count)
 * of `columns` numbers. */
static double mark_of(const double *inputs, size_t count, size_t columns, size_t embedding)
{
    double squares = 0;
    for (size_t c = 0; c < embedding; c++) {
        double sum = 0, square = 0, n = (double)count;
        for (size_t i = 0; i < count; i++) {
            double x = inputs[i * columns + c];
            sum += x;
            square += x * x;
        }
        squares += square / n - sum / n * (sum / n);
    }
    return squares > 0 ? FARTHER * sqrt(squares) : 1;
}

/* The mark of a fitted process: the only number but 0 among the last columns of its first row. */
static double mark_in(const struct predictor *p)
{
    size_t columns = predictor_gp_columns(p);
    double mark = 0;
    for (uint32_t f = 0; f < p->folds; f++)
        mark = fmax(mark, p->gp.inputs[columns - p->folds + f]); /* of row 0 */
    return mark;
}

static void make_rows(const struct predictor *p, const struct training_set *set,
                      const double *outputs, const double *pooled, double *inputs, double *y)
{
    uint32_t members = p->options.members, folds = folds_of(p);
    size_t columns = predictor_gp_columns(p), all = members * (size_t)p->options.width;
    for (size_t i = 0; i < set->count; i++)
        fold_input(p, pooled + i * all, (uint32_t)(i % folds), 0, inputs + i * columns);
    double mark = mark_of(inputs, set->count, columns, columns - p->folds);
    for (size_t i = 0; i < set->count; i++) {
        uint32_t fold = (uint32_t)(i % folds);
        if (p->folds) inputs[i * columns + columns - p->folds + fold] = mark;
        y[i] = predictor_target_of_label(p, set->labels[i * p->options.outputs]);
        if (p->options.head == HEAD_LINEAR_GP) y[i] -= fold_output(p, outputs + i * members, fold);
    }
}

enum status gp_head_fit(struct team *t, struct predictor *p, const struct training_set *set,
                        int threads)
{
    if (p->options.head == HEAD_LINEAR) return SIBYL_OK;
    size_t members = p->options.members, columns = predictor_gp_columns(p);
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    struct gp_options process;
    double *outputs = malloc((set->count * members + 1) * sizeof(*outputs));
    double *pooled = malloc((set->count * members * p->options.width + 1) * sizeof(*pooled));
    double *inputs = malloc((set->count * columns + 1) * sizeof(*inputs));
    double *y = malloc((set->count + 1) * sizeof(*y));
    enum status st = outputs && pooled && inputs && y ? SIBYL_OK : err_memory("embeddings");
    if (!st) st = scorer_new(&scorer, p, &options);
    st = team_agree(t, st);
    if (!st) st = scorer_embed_all(t, scorer, set->graphs, set->count, outputs, pooled);
    if (st) goto done;
    make_rows(p, set, outputs, pooled, inputs, y);
    gp_options_default(&process);
    process.kernel = p->options.kernel;
    gp_model_release(&p->gp);
    st = gp_fit(t, inputs, y, set->count, (uint32_t)columns, &process, &p->gp);
done:
    scorer_free(scorer);
    free(outputs);
    free(pooled);
    free(inputs);
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
        h->inputs = malloc(BLOCK * predictor_gp_columns(p) * sizeof(double));
        h->mean = malloc(4 * BLOCK * sizeof(double));
        if (!h->outputs || !h->pooled || !h->inputs || !h->mean)
            st = err_memory("a Gaussian process");
    }
    st = team_agree(t, st);
    if (!st && h) {
        h->variance = h->mean + BLOCK;
        h->sum = h->variance + BLOCK;
        h->spread = h->sum + BLOCK;
        st = gp_predictor_new(t, &p->gp, NULL, &h->process);
    }
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
    free(h->inputs);
    free(h->mean);
    free(h);
}

/* Adds what one fold says of `count` graphs to the sums, a part of 1/folds each. */
static enum status add_fold(struct gp_head *h, size_t count, uint32_t fold, bool spread)
{
    const struct predictor *p = h->predictor;
    size_t members = p->options.members, columns = predictor_gp_columns(p);
    double mark = mark_in(p), part = 1.0 / folds_of(p);
    for (size_t i = 0; i < count; i++)
        fold_input(p, h->pooled + i * members * p->options.width, fold, mark,
                   h->inputs + i * columns);
    enum status st = gp_predict(h->process, h->inputs, count, h->mean, spread ? h->variance : NULL);
    for (size_t i = 0; i < count && !st; i++) {
        double x = h->mean[i];
        if (p->options.head == HEAD_LINEAR_GP) x += fold_output(p, h->outputs + i * members, fold);
        h->sum[i] += part * x;
        if (spread) h->spread[i] += part * h->variance[i];
    }
    return st;
}

/* At most BLOCK graphs. */
static enum status score_block(struct team *t, struct gp_head *h, struct scorer *s,
                               const struct graph *graphs, size_t count, double *values,
                               double *deviations)
{
    const struct predictor *p = h->predictor;
    memset(h->sum, 0, count * sizeof(*h->sum));
    memset(h->spread, 0, count * sizeof(*h->spread));
    enum status st = scorer_embed_all(t, s, graphs, count, h->outputs, h->pooled);
    for (uint32_t f = 0; f < folds_of(p) && !st; f++)
        st = add_fold(h, count, f, deviations != NULL);
    for (size_t i = 0; i < count && !st; i++) {
        values[i] = predictor_label_of_output(p, h->sum[i]);
        if (deviations) deviations[i] = sqrt(h->spread[i]) / predictor_target_slope(p, values[i]);
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
