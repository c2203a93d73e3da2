/* How well predictions agree with labels. Local. NaN where undefined (fewer than two values, no
 * spread). */
#ifndef PREDICTOR_METRICS_H
#define PREDICTOR_METRICS_H

#include "base/status.h"

#include <stddef.h>

/* Kendall's tau-b in O(n log n) (Knight 1966). */
enum status metrics_kendall_tau(const double *a, const double *b, size_t count, double *out);
/* Pearson correlation of mid-ranks. */
enum status metrics_spearman(const double *a, const double *b, size_t count, double *out);
/* Mean of |prediction - label| / |label|, as a fraction; labels of 0 are left out. */
double metrics_mape(const double *prediction, const double *label, size_t count);

#endif
