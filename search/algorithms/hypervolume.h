/* The hypervolume of points: of all that is between a reference and at least one of them. Larger
 * values are better. Exact, for any number of objectives; time and memory grow with the count to
 * the power of the objectives less one. Local. */
#ifndef SEARCH_ALGORITHMS_HYPERVOLUME_H
#define SEARCH_ALGORITHMS_HYPERVOLUME_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Scratch memory, to be used again. All zero is an empty one. */
struct hypervolume {
    double *scratch;
    size_t capacity;
};

/* points (count, k); reference (k). What is not better than the reference in all objectives adds
 * nothing. The bits do not depend on the order of the points. */
enum status hypervolume_of(struct hypervolume *h, const double *points, size_t count, uint32_t k,
                           const double *reference, double *out);

struct pareto_front;
/* By how much a point (k) would add to the front's. */
enum status hypervolume_gain(struct hypervolume *h, const struct pareto_front *f,
                             const double *reference, const double *point, double *out);

void hypervolume_release(struct hypervolume *h);

#endif
