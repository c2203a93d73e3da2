/* A Gaussian process over networks: what is known says of every candidate how good it is likely to
 * be, and how sure that is. On rank 0. Local; in one thread, so that bits depend on nothing else.
 *
 * Labels become normal scores s (predictor/scoring/normal_scores.h), less their mean. The
 * covariance is that of structure_covariance.h; its length and the noise are those of a grid that
 * make the labels likeliest (eq. 2.30, the signal's
 * variance in closed form). Candidates are taken by expected improvement (Jones et al., Journal of
 * Global Optimization 1998); one that was taken, or that is pending, counts from then on as
 * measured at its expected value (the "kriging believer" of Ginsbourger et al., 2010), so that a
 * batch keeps apart.
 *
 * Of more than STRUCTURE_ROWS known networks the model sees the better half of that number, and as
 * many that are evenly spaced among the others, so that a round costs the same however many are
 * known. */
#ifndef SEARCH_ALGORITHMS_STRUCTURE_MODEL_H
#define SEARCH_ALGORITHMS_STRUCTURE_MODEL_H

#include "search/algorithms/pattern_distances.h"

#include <stdbool.h>

#define STRUCTURE_ROWS 400

struct structure_task {
    const struct graph_patterns *known; /* (known_count) at least 1 */
    const double *labels;               /* (known_count) finite, larger is better */
    size_t known_count;
    /* The model is of the labels themselves, standardised, not of their normal scores; rows are
     * evenly spaced among the known ones. For values that are to be known rather than to be large.
     */
    bool plain;
    const bool *meets; /* (known_count) those that are answers; NULL: all */
    /* (candidate_count, then pending_count) logarithms of the chance to be one; NULL: all are. */
    const double *chance;
    const struct graph_patterns *candidates; /* (candidate_count), no two of one hash */
    const struct hash128 *hashes;            /* (candidate_count) of two equally good the smaller */
    size_t candidate_count;
    const struct graph_patterns *pending; /* (pending_count) */
    size_t pending_count;
    size_t wanted; /* candidates to take, at most as many as will be taken */
    /* Of other models of this round, and of rounds before; no bit depends on it. NULL: none. */
    struct pattern_distances *distances;
    /* Called every few milliseconds; NULL: never. */
    void (*look)(void *context);
    void *context;
};

struct structure_model;

/* Borrows the task and what it points to. SIBYL_E_MEM. */
enum status structure_model_new(struct structure_model **out, const struct structure_task *task);
void structure_model_free(struct structure_model *m); /* NULL is fine */

/* Takes the candidate of the largest expected improvement: its index, and in label units the median
 * of what it is likely to be. The index is candidate_count where all are taken. SIBYL_E_MEM. */
enum status structure_model_take(struct structure_model *m, size_t *out_index, double *out_value);

/* What is expected of a candidate (the pending ones stand behind), in normal scores less their
 * mean, and the variance. */
void structure_model_predict(const struct structure_model *m, size_t candidate, double *out_mean,
                             double *out_variance);

/* The variance of a label around what is expected of it, however sure that is. */
double structure_model_noise(const struct structure_model *m);

/* The label that such a number stands for: beyond the best known label by the mean slope of the
 * best tenth. */
double structure_model_label(const struct structure_model *m, double expected);

#endif
