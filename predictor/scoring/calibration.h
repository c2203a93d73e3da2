/* Whether predicted uncertainties are true. Local. */
#ifndef PREDICTOR_SCORING_CALIBRATION_H
#define PREDICTOR_SCORING_CALIBRATION_H

#include "predictor/scoring/predictor.h"

#include <stddef.h>

#define CALIBRATION_LEVELS 19 /* 5%, 10%, .. 95% */

struct calibration {
    size_t count;
    /* Share of labels within the central interval of probability 0.05 * (i + 1), that is, closer to
     * the prediction than its deviation times the quantile. Intervals are normal in the target's
     * units, and so keep their probability under the transform. */
    double coverage[CALIBRATION_LEVELS];
    /* Mean negative log likelihood of the labels, natural logarithm, per label unit. */
    double nll;
};

/* values, deviations: as gp_head_score() gives them. Labels that are not finite are left out; all
 * zero without any. */
void calibration_make(struct calibration *out, const struct predictor *p, const double *values,
                      const double *deviations, const double *labels, size_t count);

#endif
