/* The Gaussian process behind a predictor (predictor.head: gp, linear+gp): its rows are the pooled
 * embeddings of all members, its values standardised targets.
 *
 * With head linear+gp it models what the networks leave: y = target - f, where f is the mean output
 * of those members that were not trained on the row (training.folds), or of all where there are
 * none, in which case y is smaller than it will be for new networks, and intervals are too narrow.
 * A prediction is the mean output of all members plus the process's mean. */
#ifndef PREDICTOR_GP_HEAD_H
#define PREDICTOR_GP_HEAD_H

#include "predictor/scorer.h"
#include "predictor/trainer.h"

/* Collective. Fits p->gp to a training set, for a predictor that was trained on it with so many
 * folds. Does nothing for a linear head. Errors as of gp_fit(). */
enum status gp_head_fit(struct team *t, struct predictor *p, const struct training_set *set,
                        uint32_t folds, int threads);

struct gp_head; /* borrows the team and the predictor */

/* Collective. *out is NULL for a predictor without a Gaussian process. */
enum status gp_head_new(struct gp_head **out, struct team *t, const struct predictor *p);
void gp_head_free(struct gp_head *h); /* collective; NULL is fine */

/* Collective. Predicts all `count` graphs, which all ranks have. With a head: values[i] is the
 * median in label units, deviations[i] (may be NULL) the standard deviation of a new label,
 * standardised units divided by the slope of the target there; keys are not used. `head` NULL:
 * scorer_score_all(). */
enum status gp_head_score(struct team *t, struct gp_head *head, struct scorer *s,
                          const struct graph *graphs, const struct hash128 *keys, size_t count,
                          double *values, double *deviations, size_t *out_distinct);

#endif
