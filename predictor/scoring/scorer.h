/* Scoring networks by the hundred thousand with a trained predictor, in one process. Local
 * throughout, and without MPI: scorer_team.h spreads the work over ranks. */
#ifndef PREDICTOR_SCORING_SCORER_H
#define PREDICTOR_SCORING_SCORER_H

#include "predictor/scoring/inference.h"
#include "predictor/scoring/predictor.h"

#include <stddef.h>
#include <stdint.h>

struct scorer; /* the packed weights, and scratch memory; borrows the predictor */

struct scorer_options {
    enum precision precision;
    int threads; /* of this process; below 1: one */
};

/* Packs the weights. options NULL: float32, one thread. SIBYL_E_USAGE: bfloat16 on a CPU without;
 * a base, which predicts nothing. */
enum status scorer_new(struct scorer **out, const struct predictor *p,
                       const struct scorer_options *options);
void scorer_free(struct scorer *s); /* fine with NULL */

/* The predictor that the scorer borrows. */
const struct predictor *scorer_predictor(const struct scorer *s);

/* What is to be scored, and what is wanted of it. All arrays are borrowed; each of the results may
 * be NULL, where it is not wanted. */
struct scorer_work {
    const struct graph *graphs; /* in the predictor's form */
    const uint32_t *index;      /* (count) scored is graphs[index[i]]; NULL: graphs[i] */
    size_t count;
    double *values;     /* (count) mean over members, in label units */
    double *deviations; /* (count) standard deviation over members, label units; 0 for one */
    double *outputs;    /* (count, members) of each member, in standardised units */
    double *pooled;     /* (count, members * width) the embeddings that outputs are made of */
};

/* Not for two callers at a time: a scorer has one set of scratch memory. A graph's bits do not
 * depend on the graphs it is scored with, nor on threads. SIBYL_E_MEM. */
enum status scorer_run(struct scorer *s, const struct scorer_work *w);

/* The same for values and deviations alone. */
enum status scorer_score(struct scorer *s, const struct graph *graphs, size_t count, double *values,
                         double *deviations);

#endif
