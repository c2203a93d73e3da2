/* The hyperparameter search of gp_fit. Collective over the team. */
#ifndef PREDICTOR_GP_GP_SEARCH_H
#define PREDICTOR_GP_GP_SEARCH_H

#include "predictor/gp/gp_system.h"

#define GP_RATIO_MIN 1e-6 /* of noise to signal */
#define GP_RATIO_MAX 1e2

/* Best length and noise ratio for at most o->search_rows random rows of d, into h->length and
 * *ratio; h->mean is given. Every rank works on points of its own, on one thread each: the same
 * bits on any number of ranks. Fills the report's search fields. */
enum status gp_search_coarse(struct team *t, const struct gp_data *d, const struct gp_options *o,
                             struct gp_hyperparameters *h, double *ratio);

/* From h->length and ratio, climb the likelihood of all the system's rows with a simplex, by at
 * most o->polish_evaluations likelihoods; sets all of h but the mean. `alpha`: (rows) scratch.
 * SIBYL_E_RANGE: no point had a likelihood. */
enum status gp_search_polish(struct gp_system *s, const struct gp_options *o,
                             struct gp_hyperparameters *h, double ratio, double *alpha);

#endif
