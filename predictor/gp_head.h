/* The Gaussian process behind a predictor (predictor.head: gp, linear+gp): its inputs are pooled
 * embeddings, its labels standardised targets.
 *
 * With folds (training.folds), F of them, row i of the training set is known to it by those members
 * that were not trained on the row, m % F == i % F: the input is their embeddings, and with head
 * linear+gp the label is target - f, f their mean output. Both are then what they will be for a new
 * network; embeddings of members that have seen the row would give its label away. F more columns
 * tell the folds apart, one being ten typical distances where it is the row's own. A prediction is
 * the mean, over the folds, of what their members and the process say of the graph; its variance is
 * the mean of the process's variances.
 *
 * Without folds the input is the embeddings of all members, and f their mean output: smaller
 * residuals than new networks will have, so intervals are too narrow. */
#ifndef PREDICTOR_GP_HEAD_H
#define PREDICTOR_GP_HEAD_H

#include "predictor/scorer.h"
#include "predictor/trainer.h"

/* Collective. Fits p->gp to a training set, for a predictor that was trained on it. Does nothing
 * for a linear head. Errors as of gp_fit(). */
enum status gp_head_fit(struct team *t, struct predictor *p, const struct training_set *set,
                        int threads);

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
