/* Scoring by all ranks of a team: what scorer.h does in one process, split evenly over ranks. */
#ifndef PREDICTOR_SCORING_SCORER_TEAM_H
#define PREDICTOR_SCORING_SCORER_TEAM_H

#include "base/digest.h"
#include "comm/team.h"
#include "predictor/scoring/scorer.h"

/* Collective. Scores all `count` graphs (equal on all ranks), split evenly over them; all ranks get
 * all values. `keys` (NULL: every graph is computed) are hashes: graphs of equal key are computed
 * once. *out_distinct (may be NULL): how many were computed. Bits do not depend on the rank count
 * or the threads; all ranks have the same predictor and precision. */
enum status scorer_score_all(struct team *t, struct scorer *s, const struct graph *graphs,
                             const struct hash128 *keys, size_t count, double *values,
                             double *deviations, size_t *out_distinct);

/* Collective. What each member makes of all `count` graphs (equal on all ranks), for all ranks:
 * outputs (count, members) in standardised units, and pooled (count, members * width), the
 * embeddings that they are linear functions of (and of the look-up table's sum). Either may be
 * NULL. */
enum status scorer_embed_all(struct team *t, struct scorer *s, const struct graph *graphs,
                             size_t count, double *outputs, double *pooled);
/* Collective. The same by a scorer for this call alone, in float32. */
enum status scorer_embed_once(struct team *t, const struct predictor *p, const struct graph *graphs,
                              size_t count, int threads, double *outputs, double *pooled);

#endif
