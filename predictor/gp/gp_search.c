#include "predictor/gp/gp_search.h"

#include "base/clock.h"
#include "base/rng.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTHS 9       /* of the coarse grid */
#define RATIOS 7        /* of the coarse grid */
#define LENGTH_SPAN 50. /* either way from the median distance */
#define PAIR_ROWS 256   /* whose pairs the median distance is of */
#define ROUNDS 16       /* of the finer grids, at most */
#define STEP_LAST 0.04  /* of log length: no finer grid is tried */

/* A point of the search: log length, log ratio. */
struct point {
    double at[2];
};

struct bounds {
    double low[2], high[2];
};

struct candidate {
    struct point p;
    double value;
};

static struct point clamp(struct point p, const struct bounds *b)
{
    for (int i = 0; i < 2; i++) p.at[i] = fmin(fmax(p.at[i], b->low[i]), b->high[i]);
    return p;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median distance of pairs of different rows among the first rows; 1 where there are none. */
static enum status median_distance(const struct gp_data *d, double *out)
{
    size_t n = d->rows < PAIR_ROWS ? d->rows : PAIR_ROWS, found = 0;
    double *distance = malloc((n * n / 2 + 1) * sizeof(*distance));
    if (!distance) return err_memory("a Gaussian process");
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double *a = d->x + i * d->columns, *b = d->x + j * d->columns;
            double sum = 0.0;
            for (uint32_t c = 0; c < d->columns; c++) sum += (a[c] - b[c]) * (a[c] - b[c]);
            if (sum > 0.0) distance[found++] = sqrt(sum);
        }
    }
    qsort(distance, found, sizeof(*distance), ascending);
    *out = found ? distance[found / 2] : 1.0;
    free(distance);
    return SIBYL_OK;
}

/* A random subset of the rows, copied; all of them, borrowed, where they are few. */
struct subset {
    struct gp_data data;
    double *x, *residual; /* owned, or NULL */
};

static enum status subset_init(struct subset *s, const struct gp_data *d,
                               const struct gp_options *o)
{
    *s = (struct subset){.data = *d};
    if (d->rows <= o->search_rows) return SIBYL_OK;
    size_t rows = o->search_rows, columns = d->columns;
    uint32_t *order = malloc(d->rows * sizeof(*order));
    s->x = malloc(rows * columns * sizeof(*s->x));
    s->residual = malloc(rows * sizeof(*s->residual));
    if (!order || !s->x || !s->residual) {
        free(order);
        return err_memory("a Gaussian process");
    }
    struct rng r;
    rng_init(&r, o->seed, RNG_SAMPLE, 0);
    for (size_t i = 0; i < d->rows; i++) order[i] = (uint32_t)i;
    rng_shuffle(&r, order, d->rows);
    for (size_t i = 0; i < rows; i++) {
        memcpy(s->x + i * columns, d->x + order[i] * columns, columns * sizeof(*s->x));
        s->residual[i] = d->residual[order[i]];
    }
    free(order);
    s->data.x = s->x;
    s->data.residual = s->residual;
    s->data.rows = rows;
    return SIBYL_OK;
}

static void subset_release(struct subset *s)
{
    free(s->x);
    free(s->residual);
}

/* What the search of the subset works with. */
struct coarse {
    struct team *team;
    struct team *self;         /* this process alone, */
    struct process_grid *grid; /* the grid of it, */
    struct subset subset;
    struct gp_system system; /* and the subset's covariance on that */
    struct bounds bounds;
    double mean;
    double *alpha;
    size_t *counts; /* (ranks) */
    uint32_t evaluations;
};

static void coarse_release(struct coarse *c)
{
    gp_system_release(&c->system);
    subset_release(&c->subset);
    process_grid_free(c->grid);
    team_release(c->self);
    free(c->alpha);
    free(c->counts);
}

static enum status coarse_init(struct coarse *c, const struct gp_data *d,
                               const struct gp_options *o)
{
    double median = 1.0;
    enum status st = team_self(&c->self);
    if (!st) st = process_grid_new(c->self, (struct process_grid_shape){1, 1}, &c->grid);
    if (!st) st = subset_init(&c->subset, d, o);
    if (!st) st = gp_system_init(&c->system, c->self, c->grid, &c->subset.data, o);
    if (!st) st = median_distance(&c->subset.data, &median);
    c->alpha = malloc(c->subset.data.rows * sizeof(*c->alpha));
    if (!st && !c->alpha) st = err_memory("a Gaussian process");
    c->bounds = (struct bounds){{log(median / LENGTH_SPAN), log(GP_RATIO_MIN)},
                                {log(median * LENGTH_SPAN), log(GP_RATIO_MAX)}};
    return st;
}

/* values[i] for points[i], i < count; ranks share the points. Collective. */
static enum status evaluate(struct coarse *c, const struct point *points, size_t count,
                            double *values)
{
    double mine[LENGTHS * RATIOS];
    enum status st = SIBYL_OK;
    int size = team_size(c->team), rank = team_rank(c->team);
    uint64_t begin, end;
    for (int r = 0; r < size; r++) {
        team_slice(count, r, size, &begin, &end);
        c->counts[r] = (size_t)(end - begin);
    }
    team_slice(count, rank, size, &begin, &end);
    for (uint64_t i = begin; i < end && !st; i++) {
        struct gp_hyperparameters h = {.length = exp(points[i].at[0]), .mean = c->mean};
        st = gp_system_profile(&c->system, &h, exp(points[i].at[1]), c->alpha, &mine[i - begin]);
    }
    st = team_agree(c->team, st);
    if (st) return st;
    team_allgather_doubles(c->team, mine, values, c->counts);
    c->evaluations += (uint32_t)count;
    return SIBYL_OK;
}

static size_t best_of(const double *values, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

static enum status coarse_grid(struct coarse *c, struct point step, struct candidate *best)
{
    struct point points[LENGTHS * RATIOS];
    double values[LENGTHS * RATIOS];
    for (int i = 0; i < LENGTHS; i++)
        for (int j = 0; j < RATIOS; j++)
            points[i * RATIOS + j] = (struct point){
                {c->bounds.low[0] + i * step.at[0], c->bounds.low[1] + j * step.at[1]}};
    enum status st = evaluate(c, points, LENGTHS * RATIOS, values);
    if (st) return st;
    size_t at = best_of(values, LENGTHS * RATIOS);
    best->p = points[at];
    best->value = values[at];
    return SIBYL_OK;
}

/* The eight neighbours of the best point; half the step where none is better. */
static enum status finer_grids(struct coarse *c, struct point step, struct candidate *best)
{
    for (int round = 0; round < ROUNDS && step.at[0] >= STEP_LAST; round++) {
        struct point points[8];
        double values[8];
        for (int i = 0, k = 0; i < 9; i++) {
            if (i == 4) continue;
            struct point p = {{best->p.at[0] + (i / 3 - 1) * step.at[0],
                               best->p.at[1] + (i % 3 - 1) * step.at[1]}};
            points[k++] = clamp(p, &c->bounds);
        }
        enum status st = evaluate(c, points, 8, values);
        if (st) return st;
        size_t at = best_of(values, 8);
        if (values[at] > best->value) {
            best->p = points[at];
            best->value = values[at];
        } else {
            for (int i = 0; i < 2; i++) step.at[i] /= 2.0;
        }
    }
    return SIBYL_OK;
}

enum status gp_search_coarse(struct team *t, const struct gp_data *d, const struct gp_options *o,
                             struct gp_hyperparameters *h, double *ratio)
{
    struct coarse c = {.team = t, .mean = h->mean};
    struct candidate best = {.value = -INFINITY};
    double begin_s = clock_s();
    int threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    c.counts = malloc((size_t)team_size(t) * sizeof(*c.counts));
    enum status st = c.counts ? coarse_init(&c, d, o) : err_memory("a Gaussian process");
    st = team_agree(t, st);
    if (st) goto done;
    struct point step = {{(c.bounds.high[0] - c.bounds.low[0]) / (LENGTHS - 1),
                          (c.bounds.high[1] - c.bounds.low[1]) / (RATIOS - 1)}};
    st = coarse_grid(&c, step, &best);
    for (int i = 0; i < 2; i++) step.at[i] /= 2.0;
    if (!st) st = finer_grids(&c, step, &best);
    if (st) goto done;
    h->length = exp(best.p.at[0]);
    *ratio = exp(best.p.at[1]);
    if (o->report) {
        o->report->search_s = clock_s() - begin_s;
        o->report->search_evaluations = c.evaluations;
        o->report->search_length = h->length;
        o->report->search_ratio = *ratio;
    }
done:
    coarse_release(&c);
    openblas_set_num_threads(threads);
    return st;
}
