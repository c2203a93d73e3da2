#include "predictor/scoring/calibration.h"

#include <math.h>

#define HALF_LOG_2PI 0.918938533204672742

void calibration_make(struct calibration *out, const struct predictor *p, const double *values,
                      const double *deviations, const double *labels, size_t count)
{
    struct calibration c = {0};
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(labels[i])) continue;
        double deviation = deviations[i] * predictor_target_slope(p, values[i]);
        double error =
            predictor_target_of_label(p, labels[i]) - predictor_target_of_label(p, values[i]);
        double z = fabs(error) / deviation;
        double probability = erf(z / sqrt(2)); /* of being closer than this label is */
        for (int k = 0; k < CALIBRATION_LEVELS; k++) c.coverage[k] += probability <= 0.05 * (k + 1);
        c.nll +=
            0.5 * z * z + log(deviation) + HALF_LOG_2PI - log(predictor_target_slope(p, labels[i]));
        c.count++;
    }
    for (int k = 0; k < CALIBRATION_LEVELS && c.count; k++) c.coverage[k] /= (double)c.count;
    if (c.count) c.nll /= (double)c.count;
    *out = c;
}
