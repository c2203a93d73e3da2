/* Scoring networks by the hundred thousand with a trained predictor. */
#ifndef PREDICTOR_SCORING_SCORER_H
#define PREDICTOR_SCORING_SCORER_H

#include "base/digest.h"
#include "comm/team.h"
#include "predictor/scoring/inference.h"
#include "predictor/scoring/predictor.h"

#include <stdbool.h>

struct scorer; /* the packed weights, and scratch memory; borrows the predictor */

struct scorer_options {
    enum precision precision;
    int threads; /* of this rank; below 1: one */
};

/* Packs the weights. options NULL: float32, one thread. SIBYL_E_USAGE: bfloat16 on a CPU without.
 */
enum status scorer_new(struct scorer **out, const struct predictor *p,
                       const struct scorer_options *options);
void scorer_free(struct scorer *s);

/* Local. Not for two callers at a time. `graphs` in the predictor's form. values[i]: mean over
 * members, in label units. deviations[i] (may be NULL): standard deviation over members, label
 * units, 0 for one member. A graph's bits do not depend on the graphs it is scored with, nor on
 * threads. */
enum status scorer_score(struct scorer *s, const struct graph *graphs, size_t count, double *values,
                         double *deviations);

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
