/* Columns of a table of numbers, NaN where one is unknown. Local. */
#ifndef PREDICTOR_INPUTS_COLUMN_H
#define PREDICTOR_INPUTS_COLUMN_H

#include <stddef.h>

/* One number in each row of `stride`. */
struct column {
    double *first;
    size_t stride, count;
};

struct moments {
    double mean, deviation; /* of the whole, not of a sample; 0 where no number is known */
};

size_t column_known(struct column c);
struct moments column_moments(struct column c);
/* In place, to mean 0 and deviation 1; a column that does not vary is only shifted. Returns what it
 * had, with deviation 1 where that was 0. */
struct moments column_standardise(struct column c);

#endif
