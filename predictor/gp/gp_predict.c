#include "base/memory.h"
#include "predictor/gp/gp_internal.h"
#include "predictor/gp/gp_system.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

struct gp_predictor {
    struct team *team;            /* borrowed */
    const struct gp_model *model; /* borrowed */
    uint32_t block;
    int threads; /* OpenBLAS's, in what all ranks do together */
    struct process_grid *grid;
    struct gp_system system; /* K's factor, and the inputs of its local rows */
    struct gp_rows inputs;   /* all of the model's */
    struct gp_rows queries;  /* (GP_MEAN_ROWS) */
    double *centre;          /* (columns) */
    double *cross;           /* (GP_MEAN_ROWS, rows) */
    size_t *counts;          /* (ranks) */
};

static enum status init_local(struct gp_predictor *p)
{
    const struct gp_model *m = p->model;
    enum status st = gp_rows_init(&p->inputs, m->rows, m->columns);
    if (!st) st = gp_rows_init(&p->queries, GP_MEAN_ROWS, m->columns);
    p->centre = malloc(m->columns * sizeof(*p->centre));
    p->cross = memory_large(GP_MEAN_ROWS * m->rows * sizeof(*p->cross));
    p->counts = malloc((size_t)team_size(p->team) * sizeof(*p->counts));
    if (!st && (!p->centre || !p->cross || !p->counts)) st = err_memory("a Gaussian process");
    if (st) return st;
    gp_centre(m->inputs, m->rows, m->columns, p->centre);
    for (size_t i = 0; i < m->rows; i++)
        gp_rows_set(&p->inputs, i, m->inputs + i * m->columns, p->centre);
    return SIBYL_OK;
}

static enum status init(struct gp_predictor *p, const struct gp_options *o)
{
    const struct gp_model *m = p->model;
    enum status st = gp_options_check(p->team, o);
    if (!st) st = process_grid_new(p->team, o->shape, &p->grid);
    if (!st) st = gp_memory_check(p->team, m->rows, m->columns, o);
    if (!st) st = team_agree(p->team, init_local(p));
    struct gp_data d = {
        .rows = m->rows, .columns = m->columns, .x = m->inputs, .centre = p->centre};
    if (!st) st = gp_system_init(&p->system, p->team, p->grid, &d, o);
    if (!st) st = gp_system_factor(&p->system, &m->hyper, m->hyper.noise + m->jitter);
    return st;
}

enum status gp_predictor_new(struct team *t, const struct gp_model *m,
                             const struct gp_options *options, struct gp_predictor **out)
{
    struct gp_options o;
    gp_options_default(&o);
    if (options) o = *options;
    o.kernel = m->kernel;
    o.fixed = NULL;
    struct gp_predictor *p = calloc(1, sizeof(*p));
    enum status st = team_agree(t, p ? SIBYL_OK : err_memory("a Gaussian process"));
    if (st) {
        free(p);
        return st;
    }
    p->team = t;
    p->model = m;
    p->block = o.block;
    int threads = gp_threads_begin(t, o.threads);
    p->threads = openblas_get_num_threads();
    st = init(p, &o);
    openblas_set_num_threads(threads);
    if (st)
        gp_predictor_free(p);
    else
        *out = p;
    return st;
}

void gp_predictor_free(struct gp_predictor *p)
{
    if (!p) return;
    gp_system_release(&p->system);
    gp_rows_release(&p->inputs);
    gp_rows_release(&p->queries);
    process_grid_free(p->grid);
    free(p->centre);
    free(p->cross);
    free(p->counts);
    free(p);
}

/* Means of at most GP_MEAN_ROWS rows. Local. */
static void mean_block(struct gp_predictor *p, const double *x, size_t count, double *mean)
{
    const struct gp_model *m = p->model;
    for (size_t j = 0; j < count; j++) gp_rows_set(&p->queries, j, x + j * m->columns, p->centre);
    gp_covariance_block(m->kernel, &m->hyper, (struct gp_part){&p->inputs, 0, m->rows},
                        (struct gp_part){&p->queries, 0, count}, p->cross, m->rows);
    for (size_t j = 0; j < count; j++) {
        const double *k = p->cross + j * m->rows;
        double sum = 0.0;
        for (size_t i = 0; i < m->rows; i++) sum += k[i] * m->alpha[i];
        mean[j] = m->hyper.mean + sum;
    }
}

/* Rank r's part of the rows: whole blocks, so that products have the same shapes whatever the
 * number of ranks. */
static void slice(size_t count, int rank, int size, size_t *begin, size_t *end)
{
    uint64_t first, last, blocks = (count + GP_MEAN_ROWS - 1) / GP_MEAN_ROWS;
    team_slice(blocks, rank, size, &first, &last);
    *begin = (size_t)first * GP_MEAN_ROWS < count ? (size_t)first * GP_MEAN_ROWS : count;
    *end = (size_t)last * GP_MEAN_ROWS < count ? (size_t)last * GP_MEAN_ROWS : count;
}

/* On one thread: products split over threads may have other last bits. Collective. */
static enum status predict_means(struct gp_predictor *p, const double *x, size_t count,
                                 double *mean)
{
    int size = team_size(p->team);
    size_t begin, end;
    for (int r = 0; r < size; r++) {
        slice(count, r, size, &begin, &end);
        p->counts[r] = end - begin;
    }
    slice(count, team_rank(p->team), size, &begin, &end);
    double *mine = malloc((end - begin ? end - begin : 1) * sizeof(*mine));
    enum status st = team_agree(p->team, mine ? SIBYL_OK : err_memory("predictions"));
    if (st) goto done;
    openblas_set_num_threads(1);
    for (size_t i = begin; i < end; i += GP_MEAN_ROWS)
        mean_block(p, x + i * p->model->columns, end - i < GP_MEAN_ROWS ? end - i : GP_MEAN_ROWS,
                   mine + i - begin);
    team_allgather_doubles(p->team, mine, mean, p->counts);
done:
    free(mine);
    return st;
}

/* k* of the local rows for the local queries. Local. */
static enum status fill_cross(struct gp_predictor *p, const double *x,
                              struct process_grid_matrix *v)
{
    const struct gp_model *m = p->model;
    struct gp_rows queries;
    enum status st = gp_rows_init(&queries, v->local_columns, m->columns);
    if (st) return st;
    for (size_t j = 0; j < v->local_columns; j++)
        gp_rows_set(&queries, j, x + process_grid_global_column(v, j) * m->columns, p->centre);
    gp_covariance_block(m->kernel, &m->hyper, (struct gp_part){&p->system.by_row, 0, v->local_rows},
                        (struct gp_part){&queries, 0, v->local_columns}, v->data, v->stride);
    gp_rows_release(&queries);
    return SIBYL_OK;
}

/* Variances of at most GP_VARIANCE_ROWS rows, by all ranks. Collective. */
static enum status variance_block(struct gp_predictor *p, const double *x, size_t count,
                                  double *variance)
{
    const struct gp_hyperparameters *h = &p->model->hyper;
    struct process_grid_matrix v = {0};
    size_t parts = (size_t)process_grid_shape(p->grid).rows;
    double *scratch = malloc(parts * count * sizeof(*scratch));
    enum status st = team_agree(p->team, scratch ? SIBYL_OK : err_memory("predictions"));
    if (!st) st = process_grid_matrix_init(&v, p->grid, p->model->rows, count, p->block);
    if (!st) st = team_agree(p->team, fill_cross(p, x, &v));
    if (st) goto done;
    process_grid_solve_lower(&p->system.k, &v);
    process_grid_column_squares(&v, scratch, variance);
    for (size_t j = 0; j < count; j++)
        variance[j] = fmax(h->noise + fmax(h->signal - variance[j], 0.0), 1e-16 * h->signal);
done:
    process_grid_matrix_release(&v);
    free(scratch);
    return st;
}

enum status gp_predict(struct gp_predictor *p, const double *x, size_t count, double *mean,
                       double *variance)
{
    uint32_t columns = p->model->columns;
    enum status st = team_agree(p->team, gp_check_numbers(x, count, columns, "queries"));
    if (st) return st;
    int threads = openblas_get_num_threads();
    st = predict_means(p, x, count, mean);
    openblas_set_num_threads(threads < p->threads ? threads : p->threads);
    for (size_t i = 0; variance && i < count && !st; i += GP_VARIANCE_ROWS)
        st = variance_block(p, x + i * columns,
                            count - i < GP_VARIANCE_ROWS ? count - i : GP_VARIANCE_ROWS,
                            variance + i);
    openblas_set_num_threads(threads);
    return st;
}

/* With D on the diagonal beside the signal, y - mean = K alpha is what the process says of its own
 * row plus D alpha, and the variance of f there is D - D^2 [K^-1]_ii. */
enum status gp_leave_one_out(struct gp_predictor *p, size_t count, double *mean)
{
    const struct gp_model *m = p->model;
    double diagonal = m->hyper.noise + m->jitter;
    double *variance = malloc((count + 1) * sizeof(*variance));
    enum status st = variance ? SIBYL_OK : err_memory("a Gaussian process");
    st = team_agree(p->team, st);
    if (!st) st = gp_predict(p, m->inputs, count, mean, variance);
    for (size_t i = 0; i < count && !st; i++) {
        double own = variance[i] - m->hyper.noise;
        double inverse = (diagonal - own) / (diagonal * diagonal); /* of K, at (i, i) */
        double y = mean[i] - m->hyper.mean + diagonal * m->alpha[i];
        mean[i] = inverse > 0 ? y - m->alpha[i] / inverse : 0;
    }
    free(variance);
    return st;
}
