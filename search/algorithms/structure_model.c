#include "search/algorithms/structure_model.h"

#include "predictor/gp/covariance_process.h"
#include "predictor/scoring/normal_scores.h"
#include "search/algorithms/structure_covariance.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRID_ROWS 200 /* that the length and the noise are chosen by */
#define TOP_SHARE 10  /* of the knots, whose slope goes on beyond the best */
#define LIKELY (-0.7) /* log chance of one that is believed to be an answer */

static const double lengths[] = {0.5, 0.7, 1, 1.4, 2, 2.8, 4};
static const double noises[] = {1e-4, 1e-3, 0.01, 0.05, 0.2}; /* of the signal's variance */
#define NOISES_PLAIN 2 /* the first of them are for plain labels alone */

struct structure_model {
    const struct structure_task *task;
    struct normal_scores scores;
    /* (row_count + column_count) known ones that the model sees, candidates, pending ones */
    const struct graph_patterns **networks;
    double *targets; /* (row_count) */
    size_t row_count;
    double mean;      /* taken off the normal scores */
    double deviation; /* of plain labels: what they are divided by */
    double noise;
    struct structure_covariance covariance;
    double *among; /* (row_count, row_count) covariances of the rows: the lower triangle */
    struct covariance_process process;
    size_t column_count;
    double best; /* the largest target, believed ones included */
    bool *taken; /* (candidates) */
};

/* ---- what the model sees ---- */

struct ranked {
    double label;
    size_t index;
};

static int better_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->label != y->label) return x->label > y->label ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

/* The `better` best, and evenly spaced ones of the others, in the order in which they came. */
static void choose_rows(struct ranked *list, size_t count, size_t better, size_t *out_count)
{
    size_t spaced = STRUCTURE_ROWS - better;
    if (count > STRUCTURE_ROWS) {
        qsort(list, count, sizeof(*list), better_first);
        size_t others = count - better;
        qsort(list + better, others, sizeof(*list), by_index);
        for (size_t i = 0; i < spaced; i++) list[better + i] = list[better + i * others / spaced];
        count = STRUCTURE_ROWS;
        qsort(list, count, sizeof(*list), by_index);
    }
    *out_count = count;
}

/* Labels as targets, not yet less their mean. */
static enum status fit_labels(struct structure_model *m)
{
    const struct structure_task *t = m->task;
    double sum = 0, square = 0;
    if (!t->plain) return normal_scores_fit(&m->scores, t->labels, 1, t->known_count);
    for (size_t i = 0; i < t->known_count; i++) sum += t->labels[i] / (double)t->known_count;
    for (size_t i = 0; i < t->known_count; i++)
        square += (t->labels[i] - sum) * (t->labels[i] - sum) / (double)t->known_count;
    m->deviation = square > 0 ? sqrt(square) : 1;
    return SIBYL_OK;
}

static double target_of(const struct structure_model *m, double label)
{
    return m->task->plain ? label / m->deviation : normal_scores_of_label(&m->scores, label);
}

static enum status see(struct structure_model *m)
{
    const struct structure_task *t = m->task;
    struct ranked *list = malloc(t->known_count * sizeof(*list));
    if (!list) return err_memory("the model of a search");
    for (size_t i = 0; i < t->known_count; i++) list[i] = (struct ranked){t->labels[i], i};
    enum status st = fit_labels(m);
    choose_rows(list, t->known_count, t->plain ? 0 : STRUCTURE_ROWS / 2, &m->row_count);
    m->networks = calloc(m->row_count + m->column_count, sizeof(*m->networks));
    m->targets = calloc(m->row_count, sizeof(*m->targets));
    if (!st && (!m->networks || !m->targets)) st = err_memory("the model of a search");
    for (size_t i = 0; i < m->row_count && !st; i++) {
        m->networks[i] = &t->known[list[i].index];
        m->targets[i] = target_of(m, list[i].label);
        m->mean += m->targets[i] / (double)m->row_count;
    }
    for (size_t i = 0; i < m->row_count && !st; i++) m->targets[i] -= m->mean;
    free(list);
    return st;
}

/* The best of the answers; where there is none, the worst of all. */
static void find_best(struct structure_model *m)
{
    const struct structure_task *t = m->task;
    double worst = INFINITY;
    m->best = -(double)INFINITY;
    for (size_t i = 0; i < t->known_count; i++) {
        double target = target_of(m, t->labels[i]) - m->mean;
        worst = fmin(worst, target);
        if (!t->meets || t->meets[i]) m->best = fmax(m->best, target);
    }
    if (!isfinite(m->best)) m->best = worst;
}

static enum status list_columns(struct structure_model *m)
{
    const struct structure_task *t = m->task;
    const struct graph_patterns **columns = m->networks + m->row_count;
    m->taken = calloc(t->candidate_count + 1, sizeof(*m->taken));
    m->among = calloc(m->row_count * m->row_count, sizeof(*m->among));
    if (!m->taken || !m->among) return err_memory("the model of a search");
    for (size_t i = 0; i < t->candidate_count; i++) columns[i] = &t->candidates[i];
    for (size_t i = 0; i < t->pending_count; i++) columns[t->candidate_count + i] = &t->pending[i];
    return SIBYL_OK;
}

static void model_look(const struct structure_model *m)
{
    if (m->task->look) m->task->look(m->task->context);
}

/* ---- the length and the noise ---- */

static double covariance_of_rows(const void *context, size_t i, size_t k)
{
    const struct structure_model *m = context;
    return i < k ? m->among[k * m->row_count + i] : m->among[i * m->row_count + k];
}

/* Some of the rows, for the grid, with their covariances at one length. */
struct few_rows {
    size_t *rows;                  /* (count) */
    double *targets, *covariances; /* (count), (count, count): the lower triangle */
    size_t count;
};

struct likeliest {
    double likelihood, length, noise;
};

static double covariance_of_few(const void *context, size_t i, size_t k)
{
    const struct few_rows *f = context;
    return i < k ? f->covariances[k * f->count + i] : f->covariances[i * f->count + k];
}

static enum status try_length(struct structure_model *m, struct few_rows *f, double length,
                              struct likeliest *best)
{
    enum status st = SIBYL_OK;
    const size_t first = m->task->plain ? 0 : NOISES_PLAIN;
    structure_covariance_at(&m->covariance, length);
    for (size_t i = 0; i < f->count && !st; i++) {
        const struct structure_others before = {f->rows, 0, i + 1};
        st = structure_covariances(&m->covariance, f->rows[i], &before,
                                   f->covariances + i * f->count);
    }
    for (size_t n = first; n < sizeof(noises) / sizeof(*noises) && !st; n++) {
        const struct covariance_rows r = {covariance_of_few, f, f->targets, f->count, noises[n]};
        double likelihood, signal;
        st = covariance_likelihood(&r, &likelihood, &signal);
        model_look(m);
        if (st || !(likelihood > best->likelihood)) continue;
        *best = (struct likeliest){likelihood, length, noises[n]};
    }
    return st;
}

static enum status try_grid(struct structure_model *m)
{
    size_t all = m->row_count, count = all < GRID_ROWS ? all : GRID_ROWS;
    struct likeliest best = {-(double)INFINITY, 0, 0};
    struct few_rows few = {.rows = calloc(count, sizeof(*few.rows)),
                           .targets = calloc(count, sizeof(*few.targets)),
                           .covariances = calloc(count * count, sizeof(*few.covariances)),
                           .count = count};
    enum status st =
        few.rows && few.targets && few.covariances ? SIBYL_OK : err_memory("the model of a search");
    for (size_t i = 0; i < count && !st; i++) {
        few.rows[i] = i * all / count;
        few.targets[i] = m->targets[i * all / count];
    }
    for (size_t l = 0; l < sizeof(lengths) / sizeof(*lengths) && !st; l++)
        st = try_length(m, &few, lengths[l], &best);
    structure_covariance_at(&m->covariance, best.length);
    m->noise = best.noise;
    free(few.rows);
    free(few.targets);
    free(few.covariances);
    return st;
}

/* ---- candidates ---- */

static enum status add_columns(struct structure_model *m)
{
    const struct structure_others columns = {NULL, m->row_count, m->column_count};
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < m->row_count && !st; i++) {
        st = structure_covariances(&m->covariance, i, &columns,
                                   covariance_process_row(&m->process, i));
        model_look(m);
    }
    return st;
}

static enum status covary_rows(struct structure_model *m)
{
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < m->row_count && !st; i++) {
        const struct structure_others before = {NULL, 0, i + 1};
        st = structure_covariances(&m->covariance, i, &before, m->among + i * m->row_count);
    }
    return st;
}

/* As if it had been measured at its mean. */
static enum status believe(struct structure_model *m, size_t column)
{
    double *prior = covariance_process_prior(&m->process);
    const struct structure_others columns = {NULL, m->row_count, m->column_count};
    enum status st = structure_covariances(&m->covariance, m->row_count + column, &columns, prior);
    if (st) return st;
    covariance_process_believe(&m->process, column, prior);
    const double *chance = m->task->chance;
    if (!chance || chance[column] > LIKELY) m->best = fmax(m->best, m->process.mean[column]);
    model_look(m);
    return SIBYL_OK;
}

enum status structure_model_new(struct structure_model **out, const struct structure_task *task)
{
    struct structure_model *m = calloc(1, sizeof(*m));
    if (!m) return err_memory("the model of a search");
    m->task = task;
    m->column_count = task->candidate_count + task->pending_count;
    enum status st = see(m);
    if (!st) find_best(m);
    if (!st) st = list_columns(m);
    if (!st)
        st = structure_covariance_init(&m->covariance, task->distances, m->networks,
                                       m->row_count + m->column_count);
    if (!st) st = try_grid(m);
    if (!st) st = covary_rows(m);
    if (!st) {
        const struct covariance_rows r = {covariance_of_rows, m, m->targets, m->row_count,
                                          m->noise};
        st = covariance_process_init(&m->process, &r, m->column_count,
                                     task->wanted + task->pending_count);
    }
    if (!st) st = add_columns(m);
    if (!st) covariance_process_solve(&m->process);
    for (size_t i = 0; i < task->pending_count && !st; i++)
        st = believe(m, task->candidate_count + i);
    if (st) {
        structure_model_free(m);
        m = NULL;
    }
    *out = m;
    return st;
}

void structure_model_free(struct structure_model *m)
{
    if (!m) return;
    covariance_process_release(&m->process);
    free(m->targets);
    free(m->networks);
    free(m->taken);
    free(m->among);
    structure_covariance_release(&m->covariance);
    free(m);
}

void structure_model_predict(const struct structure_model *m, size_t candidate, double *out_mean,
                             double *out_variance)
{
    *out_mean = m->process.mean[candidate];
    *out_variance = m->process.variance[candidate] * m->process.signal;
}

double structure_model_noise(const struct structure_model *m)
{
    return m->noise * m->process.signal;
}

double structure_model_label(const struct structure_model *m, double expected)
{
    const struct normal_scores *s = &m->scores;
    double score = expected + m->mean;
    if (m->task->plain) return score * m->deviation;
    uint32_t last = s->knots - 1, from = last - last / TOP_SHARE;
    if (s->knots < 2 || score <= s->score[last] || from == last)
        return normal_scores_to_label(s, score);
    return s->label[last] + (score - s->score[last]) * (s->label[last] - s->label[from]) /
                                (s->score[last] - s->score[from]);
}

/* The logarithm of phi(z) + z Phi(z), which is the expected improvement in deviations. Below -6 by
 * the first terms of its expansion, phi(z) / z^2 (1 - 3 / z^2), where the sum would cancel. */
static double log_improvement(double z)
{
    const double log_root = 0.91893853320467274178; /* log sqrt(2 pi) */
    const double half_root = 0.70710678118654752440;
    if (z > -6) return log(exp(-0.5 * z * z - log_root) + z * 0.5 * erfc(-z * half_root));
    return -0.5 * z * z - log_root - 2 * log(-z) + log1p(-3 / (z * z));
}

enum status structure_model_take(struct structure_model *m, size_t *out_index, double *out_value)
{
    const struct structure_task *t = m->task;
    double best = 0;
    size_t at = t->candidate_count;
    for (size_t c = 0; c < t->candidate_count; c++) {
        if (m->taken[c]) continue;
        double mean, variance;
        structure_model_predict(m, c, &mean, &variance);
        double deviation = sqrt(fmax(variance, DBL_EPSILON));
        double gain = log(deviation) + log_improvement((mean - m->best) / deviation);
        if (t->chance) gain += t->chance[c];
        bool better = at == t->candidate_count || gain > best ||
                      (!(gain < best) && hash128_compare(t->hashes[c], t->hashes[at]) < 0);
        if (!better) continue;
        at = c;
        best = gain;
    }
    *out_index = at;
    if (at == t->candidate_count) return SIBYL_OK;
    m->taken[at] = true;
    *out_value = structure_model_label(m, m->process.mean[at]);
    return m->process.believed < m->process.believed_max ? believe(m, at) : SIBYL_OK;
}
