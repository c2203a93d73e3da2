/* The Gaussian process behind a predictor (predictor.head: gp, linear+gp): its inputs are
 * embeddings of graphs, its labels standardised targets.
 *
 * The embeddings are those of one network that no label to predict was shown to: the pooled output
 * of the one that member 0 began with, pre-trained on properties of graphs where there was
 * pre-training, random otherwise; with training.from, that predictor's, and what it was trained on
 * is the user's to know: on these labels, intervals are too narrow. (Embeddings of the trained
 * members give the labels of their training rows away, and the process would be too sure of
 * itself.)
 *
 * Head gp: the process learns the targets themselves. Head linear+gp: it learns what is left of
 * them, target - slope * f, the slope by least squares, and a prediction is slope * (the members'
 * mean output) + mean + weight * (what the process adds). f must be as wrong on a training row as
 * the members will be on a new network: with training.folds F, it is the output of one of F further
 * networks, trained like member m but without the rows i % F == m % F, that has not seen the row;
 * they are dropped after the fit. A single network errs more than the mean of members, so intervals
 * are a little wide. (A look-up table is fitted to all rows all the same.) Without folds f is the
 * members' own mean output, and intervals are too narrow.
 *
 * The likelihood may find structure in a few large errors that helps no ranking. So the weight is
 * the one of 0, 1/4 .. 1 that ranks the first 2,000 rows best (Kendall's tau), each predicted by f
 * and by the process without it; 0 where the gain in tau is within its standard error. Of what the
 * process would add, the part that is kept back counts as a likely error: a prediction's variance
 * is the process's plus the square of that part.
 *
 * A process over a team has the bits of the team's process grid. `alone`: each rank computes all of
 * it, in one thread, with the same bits on any number of ranks; for processes of a few thousand
 * rows. (Networks are trained, and embeddings computed, by the whole team all the same.)
 */
#ifndef PREDICTOR_TRAINING_GP_HEAD_H
#define PREDICTOR_TRAINING_GP_HEAD_H

#include "predictor/scoring/scorer_team.h"
#include "predictor/training/trainer.h"

#include <stdbool.h>

/* Collective. With folds it trains networks, which is not in any checkpoint: when asked to stop it
 * fails with SIBYL_E_STOPPED and begins anew next time. Fits p->gp to a training set, for a
 * predictor that trainer_run() trained on it with `run`, and sets the weights of the embedding
 * network. Does nothing for a linear head. Errors as of gp_fit() and trainer_run(). */
enum status gp_head_fit(struct team *t, bool alone, struct predictor *p,
                        const struct training_set *set, const struct trainer_run *run);

struct gp_head; /* borrows the team and the predictor */

#define GP_HEAD_BLOCK 4096 /* graphs whose embeddings are held at a time */

/* Collective. *out is NULL for a predictor without a Gaussian process. Embeddings are float32;
 * `threads` of this rank compute them. */
enum status gp_head_new(struct gp_head **out, struct team *t, bool alone, const struct predictor *p,
                        int threads);
void gp_head_free(struct gp_head *h); /* collective; NULL is fine */

/* Collective. Predicts all `count` graphs, which all ranks have. With a head: values[i] is the
 * median in label units, deviations[i] (may be NULL) the standard deviation of a new label,
 * standardised units divided by the slope of the target there; keys are not used. Of each
 * GP_HEAD_BLOCK graphs a rank looks only at its part, as team_slice() cuts them. `head` NULL:
 * scorer_score_all(). */
enum status gp_head_score(struct team *t, struct gp_head *head, struct scorer *s,
                          const struct graph *graphs, const struct hash128 *keys, size_t count,
                          double *values, double *deviations, size_t *out_distinct);

#endif
