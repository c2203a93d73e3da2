/* Labels as normal scores: the quantile of the standard normal that their rank among the training
 * labels stands for (Blom, Statistical Estimates and Transformed Beta-Variables, 1958; ranks less
 * one half here). A few disasters far below all others then weigh no more than their ranks. Between
 * the knots, and beyond the outermost ones, the map is linear; it rises everywhere. Local. */
#ifndef PREDICTOR_SCORING_NORMAL_SCORES_H
#define PREDICTOR_SCORING_NORMAL_SCORES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NORMAL_SCORES_KNOTS 128

struct normal_scores {
    uint32_t knots; /* 0: not fitted, the identity; 1: a shift */
    double label[NORMAL_SCORES_KNOTS], score[NORMAL_SCORES_KNOTS]; /* both ascending */
};

/* Fits to labels[i * stride], those that are NaN left out: equal labels share their mean rank;
 * knots are all labels, or NORMAL_SCORES_KNOTS of the distinct ones, evenly spaced. */
enum status normal_scores_fit(struct normal_scores *out, const double *labels, size_t stride,
                              size_t count);
bool normal_scores_valid(const struct normal_scores *s); /* of a file: ascending, finite slopes */

double normal_scores_of_label(const struct normal_scores *s, double label);
double normal_scores_to_label(const struct normal_scores *s, double score); /* the inverse */
double normal_scores_slope(const struct normal_scores *s, double label);    /* score by label */

#endif
