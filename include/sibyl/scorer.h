/* Scoring networks with a predictor, on one or more threads of this process.
 *
 * A scorer holds a predictor's weights in the order in which they are read, and scratch memory. It
 * is used by one thread at a time. Threads that score at the same time take a scorer each; these
 * may be of the same predictor.
 *
 * The threads of a scorer are OpenMP's. A process that has scored with more than one thread and
 * then calls fork() can score in the child only with one. */
#ifndef SIBYL_SCORER_H
#define SIBYL_SCORER_H

#include <sibyl/predictor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sibyl_scorer;

/* What matrix products are computed in; everything else is in float32 or double. */
enum sibyl_precision {
    SIBYL_PRECISION_FLOAT32 = 0,
    SIBYL_PRECISION_BF16 = 1 /* operands in bfloat16, on CPUs with AVX512-BF16 */
};

/* A struct that is zero means one thread and float32. */
struct sibyl_scorer_options {
    int threads; /* at most 4096; below 1: one */
    enum sibyl_precision precision;
};

/* Makes a scorer, which needs the predictor as long as it lives, and is to be freed by
 * sibyl_scorer_free(). `options` may be NULL, which is the same as a struct that is zero.
 *
 * Fails with SIBYL_CODE_UNSUPPORTED where the predictor has a Gaussian process (predictor.head: gp
 * or linear+gp), which only `sibyl score` can use, or where the CPU has no bfloat16; with
 * SIBYL_CODE_ARGUMENT where an option is out of its bounds; and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_scorer_new(struct sibyl_scorer **out,
                                           const struct sibyl_predictor *predictor,
                                           const struct sibyl_scorer_options *options,
                                           struct sibyl_status *status);

/* Frees a scorer, but not its predictor. Does nothing with NULL. */
SIBYL_API void sibyl_scorer_free(struct sibyl_scorer *scorer);

/* What goes in and comes out beside the networks. All arrays are the caller's. */
struct sibyl_scores {
    /* (networks, features) The features of each network, in the order and the units of the
     * predictor's training, NaN where one is not known. Not read, and may be NULL, where the
     * predictor has none. */
    const double *features;
    /* (networks) What each network's label is predicted to be, in the label's unit: the mean over
     * the predictor's members. NULL: not wanted. */
    double *values;
    /* (networks) The standard deviation over the members, in the label's unit; 0 where there is one
     * member. NULL: not wanted. */
    double *deviations;
};

/* Scores all networks of a list, which has the operations of the predictor in the same order, as
 * those of sibyl_predictor_graphs() and of the training's dataset and space have.
 *
 * A network's bits do not depend on the networks around it, on its place in the list, or on
 * threads; isomorphic networks have the same. They are the bits of `sibyl score` with
 * score.precision: float32 (or bf16) on a CPU of the same kind: printed with "%.9g" they are the
 * texts of scores.csv. Networks that are equal are computed once where they are near to each other.
 *
 * Fails with SIBYL_CODE_ARGUMENT where the list has other operations or attributes than the
 * predictor, or features are wanted and NULL; where a network has no canonical hash, as
 * sibyl_graphs_hash() says; and with SIBYL_CODE_MEMORY. Where it fails, the arrays may hold
 * some of the results. */
SIBYL_API enum sibyl_code sibyl_scorer_score(struct sibyl_scorer *scorer,
                                             const struct sibyl_graphs *graphs,
                                             const struct sibyl_scores *scores,
                                             struct sibyl_status *status);

#ifdef __cplusplus
}
#endif

#endif
