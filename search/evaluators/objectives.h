/* What a search is for, where that is more than one value: several objectives, limits, values that
 * a predictor gives, and labels that are shown of what was chosen. Local.
 *
 * The values of a network that any of these names are numbered: `names`, objectives first. Each is
 * what the evaluation gives under its name, or what a predictor predicts. A network has failed
 * where one of them is missing. A network that breaks a limit is no answer, but what it gave is
 * learnt. */
#ifndef SEARCH_EVALUATORS_OBJECTIVES_H
#define SEARCH_EVALUATORS_OBJECTIVES_H

#include "base/status.h"
#include "base/words.h"

#include <stdbool.h>
#include <stdint.h>

#define OBJECTIVES_MAX 8
#define OBJECTIVE_LIMITS_MAX 16
#define OBJECTIVE_VALUES_MAX (OBJECTIVES_MAX + OBJECTIVE_LIMITS_MAX)
#define OBJECTIVE_REPORTS_MAX 16
#define OBJECTIVE_NAME_BYTES 64

enum objective_goal { OBJECTIVE_MAX, OBJECTIVE_MIN };
extern const struct words objective_goal_words; /* enum objective_goal */

struct objective { /* of the value of the same number */
    bool minimise;
    double reference; /* of the hypervolume, as the user has it; NaN: the worst value known */
};

struct objective_limit {
    uint32_t value;           /* its number */
    double at_least, at_most; /* infinite where there is no such bound */
};

struct objectives { /* all zero: one value alone, without a name here */
    uint32_t count; /* of objectives */
    struct objective list[OBJECTIVES_MAX];
    uint32_t limit_count;
    struct objective_limit limits[OBJECTIVE_LIMITS_MAX];
    uint32_t values; /* that are named: those of objectives, then those of limits alone */
    char names[OBJECTIVE_VALUES_MAX][OBJECTIVE_NAME_BYTES];
    bool predicted[OBJECTIVE_VALUES_MAX]; /* by a predictor, and not by evaluations */
    uint32_t main; /* the objective that evaluations have as their value: the first of theirs */
    uint32_t report_count;
    char reports[OBJECTIVE_REPORTS_MAX][OBJECTIVE_NAME_BYTES];
};

/* Is there more than one value that is looked at: another objective, or a limit? */
bool objectives_are_many(const struct objectives *o);

/* The number of the value of this name; it is added where it is new. SIBYL_E_RANGE: there are too
 * many, or the name is too long. */
enum status objectives_name(struct objectives *o, const char *name, uint32_t *out);

/* The number of the value of this name, or UINT32_MAX. */
uint32_t objectives_find(const struct objectives *o, const char *name);

/* `value` so that larger is better. */
double objectives_upward(const struct objectives *o, uint32_t objective, double value);

/* By how much these values break the limits: the sum over limits, each in parts of its bound; 0
 * where all are met. `values`: (o->values), as the user has them. Limits on values that are NaN are
 * left out. */
double objectives_violation(const struct objectives *o, const double *values);

/* Whether the predicted ones among these values break a limit. */
bool objectives_ruled_out(const struct objectives *o, const double *values);

#endif
