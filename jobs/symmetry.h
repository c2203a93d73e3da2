/* Networks that are too symmetric to be told apart for sure. Local. */
#ifndef JOBS_SYMMETRY_H
#define JOBS_SYMMETRY_H

#include "proto/files/dataset.h"

/* What is said of them, behind their number. */
#define SYMMETRY_TEXT                                                                              \
    "networks are too symmetric for an exact canonical form: another network that looks alike "    \
    "may "                                                                                         \
    "pass for the same"

/* How many of a dataset's networks have no exact canonical form (proto/graph/canon.h). Only large
 * ones can be such, and only these cost time. Those that have no form at all are left out: a
 * dataset can be looked at all the same. */
size_t symmetry_inexact(const struct dataset *d);

#endif
