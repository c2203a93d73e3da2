/* Labels that are penalties: numbers such as 1e20, -1e8 or -1 that stand for a network that failed,
 * among honest ones. Trained on as they are, they leave nothing of the differences between the
 * others. Local. */
#ifndef JOBS_TRAINING_PENALTIES_H
#define JOBS_TRAINING_PENALTIES_H

#include "proto/files/dataset.h"

struct penalties {
    double low, high; /* honest labels are between them; -INFINITY and INFINITY: all are honest */
    size_t count;     /* penalties */
    size_t known;     /* labels, with them */
    double lowest, highest; /* of the penalties, where there are any */
};

/* Looks for them among values[i * stride], those that are not finite left out. Penalties are less
 * than half of the labels, at either end of them, beyond a gap: they are more than 20
 * interquartile ranges from the median of the others, and ten times as far as any of these. For one
 * and the same number that is there at least twice it is enough to be twice as far, if it is 0 or
 * less and all others are more; and to be so far from fractions within 0..1 as these spread, if it
 * is none. (Accuracies at chance, 0.1 of ten classes, are honest: a positive number below others
 * must be less than a thousandth of their median.) More than a tenth of the labels, of more than
 * four different values, are honest too. A heavy tail has no such gap. Fewer than 8 others are
 * never told apart. */
enum status penalties_find(struct penalties *out, const double *values, size_t stride,
                           size_t count);
/* The same of a label of a dataset. */
enum status penalties_of_label(struct penalties *out, const struct dataset *d, uint32_t label);

/* The label, or NaN where it is a penalty. A zeroed struct has none. */
double penalties_honest(const struct penalties *p, double label);

#endif
