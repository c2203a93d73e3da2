#include "predictor/gp/gaussian_process.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/limits.h"
#include "predictor/gp/gp_internal.h"
#include "predictor/gp/gp_search.h"

#include <cblas.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGNITUDE_MAX 1e100 /* of inputs and labels */
#define JITTER_FIRST 1e-10  /* of the signal */
#define JITTER_LAST 1e-4
#define LOG_2PI 1.8378770664093454836
#define SEARCH_ROWS 1536
#define BLOCK_MAX 4096
#define MIB 1048576.0

void gp_options_default(struct gp_options *o)
{
    *o = (struct gp_options){.kernel = GP_MATERN52,
                             .block = 64,
                             .seed = 1,
                             .search_rows = SEARCH_ROWS,
                             .polish_evaluations = 6};
}

uint64_t gp_bytes_per_rank(uint64_t rows, uint32_t columns, struct process_grid_shape shape,
                           uint32_t block)
{
    uint64_t local_rows = process_grid_matrix_bytes(shape, rows, 1, block) / sizeof(double);
    uint64_t local_columns =
        process_grid_matrix_bytes((struct process_grid_shape){1, shape.columns}, 1, rows, block) /
        sizeof(double);
    uint64_t searched = rows < SEARCH_ROWS ? rows : SEARCH_ROWS;
    uint64_t covariance = local_rows * local_columns + searched * searched;
    uint64_t inputs = (2 * rows + 2 * searched) * columns;
    uint64_t sides = (local_rows + local_columns) * (columns + 1 + 3 * (uint64_t)block);
    uint64_t queries =
        rows * GP_MEAN_ROWS + (local_rows + columns + (uint64_t)shape.rows) * GP_VARIANCE_ROWS;
    return (covariance + inputs + sides + queries + 8 * rows) * sizeof(double);
}

int gp_threads_begin(struct team *t, int wanted)
{
    int ranks, cpus, before = openblas_get_num_threads();
    team_node(t, &ranks, &cpus);
    int share = wanted > 0 ? wanted : cpus > ranks ? cpus / ranks : 1;
    if (before > share) openblas_set_num_threads(share);
    return before;
}

enum status gp_options_check(struct team *t, const struct gp_options *o)
{
    enum status st = SIBYL_OK;
    if (o->kernel != GP_RBF && o->kernel != GP_MATERN52)
        st = err_set(SIBYL_E_USAGE, "a Gaussian process has no kernel %d", (int)o->kernel);
    else if (o->block < 1 || o->block > BLOCK_MAX)
        st = err_set(SIBYL_E_USAGE, "blocks of %" PRIu32 " rows: want 1..%d", o->block, BLOCK_MAX);
    else if (o->search_rows < 1 || o->polish_evaluations < 1)
        st = err_set(SIBYL_E_USAGE, "a search of no rows or no evaluations: want at least 1");
    else if (o->fixed &&
             !(o->fixed->length > 0.0 && o->fixed->signal > 0.0 && o->fixed->noise >= 0.0 &&
               isfinite(o->fixed->mean) && o->fixed->length < MAGNITUDE_MAX &&
               o->fixed->signal < MAGNITUDE_MAX && o->fixed->noise < MAGNITUDE_MAX))
        st = err_set(SIBYL_E_USAGE,
                     "hyperparameters: length %g, signal %g, noise %g, mean %g: want positive and "
                     "finite ones",
                     o->fixed->length, o->fixed->signal, o->fixed->noise, o->fixed->mean);
    return team_agree(t, st);
}

enum status gp_memory_check(struct team *t, uint64_t rows, uint32_t columns,
                            const struct gp_options *o)
{
    int ranks, cpus;
    struct limits limits;
    struct process_grid_shape shape = o->shape;
    if (!shape.rows || !shape.columns) shape = process_grid_shape_of(team_size(t));
    team_node(t, &ranks, &cpus);
    limits_read(&limits, "");
    uint64_t limit = limits.available_bytes / (uint64_t)ranks;
    if (limit > limits.process_left_bytes) limit = limits.process_left_bytes;
    if (o->memory_limit) limit = o->memory_limit;
    uint64_t bytes =
        rows > INT_MAX ? UINT64_MAX : gp_bytes_per_rank(rows, columns, shape, o->block);
    enum status st = SIBYL_OK;
    if (bytes > limit)
        st = err_set(SIBYL_E_MEM,
                     "a Gaussian process of %" PRIu64 " rows on %d ranks takes %.1f MiB on each, "
                     "and there are %.1f MiB: use more nodes, or fewer rows",
                     rows, team_size(t), (double)bytes / MIB, (double)limit / MIB);
    return team_agree(t, st);
}

enum status gp_check_numbers(const double *x, size_t rows, uint32_t columns, const char *what)
{
    for (size_t i = 0; i < rows; i++)
        for (uint32_t c = 0; c < columns; c++)
            if (!(fabs(x[i * columns + c]) < MAGNITUDE_MAX))
                return err_set(SIBYL_E_RANGE,
                               "%s of a Gaussian process: row %zu, column %" PRIu32 " is %g", what,
                               i, c, x[i * columns + c]);
    return SIBYL_OK;
}

/* X and y are sound, and those of rank 0. Collective. */
static enum status check_data(struct team *t, const double *x, const double *y, size_t rows,
                              uint32_t columns)
{
    uint64_t mine[4] = {rows, columns}, first[4];
    enum status st = SIBYL_OK;
    if (!rows || !columns)
        st = err_set(SIBYL_E_USAGE,
                     "a Gaussian process of %zu rows of %" PRIu32 " numbers: want at least 1 of 1",
                     rows, columns);
    if (!st) st = gp_check_numbers(x, rows, columns, "inputs");
    if (!st) st = gp_check_numbers(y, rows, 1, "labels");
    st = team_agree(t, st);
    if (st) return st;
    mine[2] = digest_xxh64(x, rows * columns * sizeof(*x));
    mine[3] = digest_xxh64(y, rows * sizeof(*y));
    memcpy(first, mine, sizeof(first));
    team_broadcast(t, 0, first, sizeof(first));
    if (memcmp(mine, first, sizeof(first)))
        st = err_set(SIBYL_E_USAGE, "the rows given to a Gaussian process are not those of rank 0");
    return team_agree(t, st);
}

/* What a fit works with, beside the system. */
struct fit {
    struct team *team;
    struct process_grid *grid;
    const struct gp_options *options;
    struct gp_data data;
    struct gp_system system;
    double *centre, *residual;
};

static void fit_release(struct fit *f)
{
    gp_system_release(&f->system);
    process_grid_free(f->grid);
    free(f->centre);
    free(f->residual);
}

/* Arrays of the fit and of the model; local. */
static enum status fit_init(struct fit *f, const double *y, struct gp_model *m)
{
    size_t rows = f->data.rows;
    uint32_t columns = f->data.columns;
    f->centre = malloc(columns * sizeof(*f->centre));
    f->residual = malloc(rows * sizeof(*f->residual));
    m->inputs = malloc(rows * columns * sizeof(*m->inputs));
    m->alpha = malloc(rows * sizeof(*m->alpha));
    if (!f->centre || !f->residual || !m->inputs || !m->alpha)
        return err_memory("a Gaussian process");
    memcpy(m->inputs, f->data.x, rows * columns * sizeof(*m->inputs));
    gp_centre(f->data.x, rows, columns, f->centre);
    if (f->options->fixed)
        m->hyper = *f->options->fixed;
    else
        gp_centre(y, rows, 1, &m->hyper.mean);
    for (size_t i = 0; i < rows; i++) f->residual[i] = y[i] - m->hyper.mean;
    f->data.centre = f->centre;
    f->data.residual = f->residual;
    return SIBYL_OK;
}

/* Algorithm 2.1, with jitter where it is needed. */
static enum status fit_final(struct fit *f, struct gp_model *m)
{
    const struct gp_hyperparameters *h = &m->hyper;
    double n = (double)m->rows, begin_s = clock_s();
    enum status st = gp_system_factor(&f->system, h, h->noise);
    for (double part = JITTER_FIRST; st == SIBYL_E_RANGE && part < 2.0 * JITTER_LAST;
         part *= 100.0) {
        m->jitter = part * h->signal;
        st = gp_system_factor(&f->system, h, h->noise + m->jitter);
    }
    if (st)
        return err_prefix(st, "a Gaussian process with length %g, signal %g, noise %g, jitter %g",
                          h->length, h->signal, h->noise, m->jitter);
    gp_system_solve(&f->system, m->alpha);
    struct gp_likelihood l = gp_system_likelihood(&f->system, m->alpha);
    m->log_determinant = l.log_determinant;
    m->log_likelihood = -0.5 * (l.fit + l.log_determinant + n * LOG_2PI);
    if (f->options->report) {
        f->options->report->final_s = clock_s() - begin_s;
        f->options->report->factor_s = f->system.factor_s;
    }
    return SIBYL_OK;
}

static enum status fit_run(struct fit *f, const double *y, struct gp_model *m)
{
    const struct gp_options *o = f->options;
    double ratio = 0.0;
    enum status st = gp_options_check(f->team, o);
    if (!st) st = check_data(f->team, f->data.x, y, f->data.rows, f->data.columns);
    if (!st) st = process_grid_new(f->team, o->shape, &f->grid);
    if (!st) st = gp_memory_check(f->team, f->data.rows, f->data.columns, o);
    if (!st) st = team_agree(f->team, fit_init(f, y, m));
    if (!st && !o->fixed) st = gp_search_coarse(f->team, &f->data, o, &m->hyper, &ratio);
    if (!st) st = gp_system_init(&f->system, f->team, f->grid, &f->data, o);
    if (!st && !o->fixed) st = gp_search_polish(&f->system, o, &m->hyper, ratio, m->alpha);
    if (!st) st = fit_final(f, m);
    return st;
}

enum status gp_fit(struct team *t, const double *x, const double *y, size_t rows, uint32_t columns,
                   const struct gp_options *options, struct gp_model *out)
{
    struct fit f = {
        .team = t, .options = options, .data = {.rows = rows, .columns = columns, .x = x}};
    struct gp_model m = {.kernel = options->kernel, .rows = rows, .columns = columns};
    if (options->report) *options->report = (struct gp_fit_report){0};
    int threads = gp_threads_begin(t, options->threads);
    enum status st = fit_run(&f, y, &m);
    openblas_set_num_threads(threads);
    fit_release(&f);
    if (st) {
        gp_model_release(&m);
        return st;
    }
    *out = m;
    return SIBYL_OK;
}
