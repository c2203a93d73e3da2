/* What a predictor sees of a network. Local. */
#ifndef PREDICTOR_SCORING_PREDICTOR_INPUT_H
#define PREDICTOR_SCORING_PREDICTOR_INPUT_H

#include "predictor/scoring/predictor.h"

struct predictor_input {
    struct graph graph; /* in the predictor's form, with its features' numbers */
    struct hash128 key; /* equal for inputs that are equal */
};

/* Of a graph over the predictor's operations. values (features.count), NaN unknown; not read where
 * there are no features. Memory is the arena's; parts may be borrowed from `g`. Errors of
 * graph_in_form() and features_attach(). */
enum status predictor_input_make(struct predictor_input *out, struct arena *arena,
                                 const struct predictor *p, const struct graph *g,
                                 const double *values);

#endif
