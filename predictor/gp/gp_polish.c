/* The last step of the search: Nelder and Mead's simplex, by GSL. */
#include "predictor/gp/gp_search.h"

#include "base/clock.h"

#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdbool.h>

#define POLISH_LAST 0.013   /* of logarithms: corners nearer to their middle are near enough */
#define LENGTH_SPAN 3.0     /* of its logarithm, either way from where the climb begins */
#define NO_LIKELIHOOD 1e300 /* for GSL, which takes no infinity */

/* What the simplex climbs, and the best point that it has seen. */
struct climb {
    struct gp_system *system;
    double low[2], high[2]; /* of log length and log ratio */
    struct gp_hyperparameters best;
    double best_value; /* -infinity: none had a likelihood */
    double mean, *alpha;
    uint32_t left, used; /* evaluations */
    enum status status;  /* not SIBYL_OK: an evaluation has failed, and the climb is over */
};

/* Minus the likelihood at a point, or at the next one within the bounds. */
static double depth_at(const gsl_vector *at, void *context)
{
    struct climb *c = context;
    double within[2], value = -INFINITY;
    if (c->status || !c->left) return NO_LIKELIHOOD;
    for (size_t i = 0; i < 2; i++)
        within[i] = fmin(fmax(gsl_vector_get(at, i), c->low[i]), c->high[i]);
    struct gp_hyperparameters h = {.length = exp(within[0]), .mean = c->mean};
    c->left--;
    c->used++;
    c->status = gp_system_profile(c->system, &h, exp(within[1]), c->alpha, &value);
    if (c->status || !isfinite(value)) return NO_LIKELIHOOD;
    if (value > c->best_value) {
        c->best = h;
        c->best_value = value;
    }
    return -value;
}

/* From a corner and two more that lie these steps away. */
static enum status climb_from(struct climb *c, double corner[2], double steps[2])
{
    gsl_multimin_function f = {.f = depth_at, .n = 2, .params = c};
    gsl_vector_view at = gsl_vector_view_array(corner, 2);
    gsl_vector_view step = gsl_vector_view_array(steps, 2);
    gsl_multimin_fminimizer *m =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
    if (!m) return err_memory("a Gaussian process");
    int fault = gsl_multimin_fminimizer_set(m, &f, &at.vector, &step.vector);
    while (!fault && !c->status && c->left && gsl_multimin_fminimizer_size(m) >= POLISH_LAST)
        fault = gsl_multimin_fminimizer_iterate(m);
    gsl_multimin_fminimizer_free(m);
    return c->status;
}

enum status gp_search_polish(struct gp_system *system, const struct gp_options *o,
                             struct gp_hyperparameters *h, double ratio, double *alpha)
{
    double begin_s = clock_s(), corner[2] = {log(h->length), log(ratio)};
    bool had_all = system->rows <= o->search_rows; /* then only the last digits are missing */
    double steps[2] = {had_all ? 0.05 : -0.25, had_all ? 0.1 : 0.4};
    struct climb c = {.system = system,
                      .best_value = -INFINITY,
                      .mean = h->mean,
                      .alpha = alpha,
                      .left = o->polish_evaluations,
                      .low = {corner[0] - LENGTH_SPAN, log(GP_RATIO_MIN)},
                      .high = {corner[0] + LENGTH_SPAN, log(GP_RATIO_MAX)}};
    enum status st = climb_from(&c, corner, steps);
    if (st) return st;
    if (c.best_value == -INFINITY)
        return err_set(
            SIBYL_E_RANGE,
            "no length and noise gives %zu rows a likelihood: are the numbers too large?",
            system->rows);
    *h = c.best;
    if (o->report) {
        o->report->polish_s = clock_s() - begin_s;
        o->report->polish_evaluations = c.used;
    }
    return SIBYL_OK;
}
