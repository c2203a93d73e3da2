/* Fixed point in 64 bits: sums that do not depend on the order of their addends.
 *
 * Floating-point addition is not associative; integer addition is. A number is rounded once to a
 * multiple of 2^-40, ties to even, and integers are summed exactly. Magnitudes
 * below FIXED_MAGNITUDE_MAX and at most FIXED_ADDENDS_MAX addends keep a sum in range. */
#ifndef BASE_FIXED_POINT_H
#define BASE_FIXED_POINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIXED_ONE 0x1p40
#define FIXED_MAGNITUDE_MAX 0x1p12
#define FIXED_ADDENDS_MAX 1024

/* Adding and taking away 1.5 * 2^52 rounds to an integer. A float's 24 significant bits times 2^40
 * are either below 2^51, where this works, or an integer that both steps leave alone. */
#define FIXED_ROUNDER 0x1.8p52

/* *sum += x, a float or a double below 2^11. False, and nothing added, where x is out of range or
 * NaN. */
static inline bool fixed_add(int64_t *sum, double x)
{
    if (!(x > -FIXED_MAGNITUDE_MAX && x < FIXED_MAGNITUDE_MAX)) return false;
    *sum += (int64_t)((x * FIXED_ONE + FIXED_ROUNDER) - FIXED_ROUNDER);
    return true;
}

static inline double fixed_value(int64_t sum)
{
    return (double)sum * (1 / FIXED_ONE);
}

/* out[i] = sums[i] as a float. Local. */
void fixed_values(const int64_t *restrict sums, size_t count, float *restrict out);

#endif
