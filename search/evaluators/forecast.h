/* Values that trained predictors give, without an evaluation (the key `predicted`). Each rank has
 * its own; what it says of a network has the same bits on all of them. Local. */
#ifndef SEARCH_EVALUATORS_FORECAST_H
#define SEARCH_EVALUATORS_FORECAST_H

#include "base/identity.h"
#include "search/evaluators/evaluator.h"
#include "search/evaluators/objectives.h"
#include "search/spaces/candidate.h"

struct forecast;

struct forecast_options {
    const struct objectives *objectives; /* borrowed */
    const struct space *space;           /* borrowed */
    const char *const *values;           /* (count) names */
    const char *const *files;            /* (count) predictor files */
    uint32_t count;
};

/* SIBYL_E_USAGE: a file is no predictor, or one of networks with other operations or attributes
 * than those of the space, or one that was trained with features, which a search does not know. */
enum status forecast_open(struct forecast **out, const struct forecast_options *o);
void forecast_close(struct forecast *f); /* fine with NULL */

/* A digest of all the predictors, as text. */
const char *forecast_content(const struct forecast *f);

/* Sets those of values[o->values] that are predicted; the candidate may be without its graph. What
 * was said of a network is kept and said again. SIBYL_E_RANGE: a prediction is not finite. Not for
 * two threads at a time. */
enum status forecast_values(struct forecast *f, const struct candidate *c, double *values);

/* Whether a predicted value breaks a limit: such a network is not to be evaluated. `f` may be NULL:
 * nothing is predicted. */
enum status forecast_rules_out(struct forecast *f, const struct candidate *c, bool *out);

/* Puts the predicted values among the side values of an evaluation. One that it has given itself
 * under that name gets _evaluated behind its name. */
enum status forecast_add(struct forecast *f, const struct candidate *c, struct evaluation *out);

#endif
