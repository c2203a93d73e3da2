/* Fidelities: networks are evaluated with a small budget first, and the better of them with larger
 * ones (successive halving). A budget is a number of epochs, or of whatever the evaluating program
 * counts. Local. */
#ifndef SEARCH_ALGORITHMS_FIDELITY_H
#define SEARCH_ALGORITHMS_FIDELITY_H

#include "base/status.h"
#include "base/words.h"

#include <stdbool.h>
#include <stdint.h>

#define FIDELITY_LEVELS_MAX 16
#define FIDELITY_BUDGET_MAX 1e9
#define FIDELITY_ETA_MIN 1.1
#define FIDELITY_ETA_MAX 1e6
#define FIDELITY_ETA 3.0 /* where nothing is said, and the budgets follow from it */

enum fidelity_stop { FIDELITY_STOP_NONE, FIDELITY_STOP_MEDIAN, FIDELITY_STOP_HALVING };
extern const struct words fidelity_stop_words; /* enum fidelity_stop */

struct fidelity {    /* all zero: budgets are not spoken of, each evaluation is whole */
    uint32_t levels; /* budgets; the last one is the whole */
    double budgets[FIDELITY_LEVELS_MAX]; /* (levels) rising */
    double eta[FIDELITY_LEVELS_MAX];     /* (levels - 1) one network in eta[k] goes from budget k
                                            to k + 1 */
    bool continues; /* a larger budget goes on from the checkpoint of the smaller one, and only the
                       difference is paid */
    enum fidelity_stop stop;           /* which rule ends evaluations while they run */
    double rungs[FIDELITY_LEVELS_MAX]; /* (rung_count) of FIDELITY_STOP_HALVING: steps below the
                                          whole budget at which it looks */
    uint32_t rung_count;
    double rung_eta;
    double epochs; /* all that may be spent; 0: no bound */
};

/* Does it have more than one budget? */
bool fidelity_is_many(const struct fidelity *f);

/* The budgets min, min * eta, min * eta^2, ... below max, and max: into `out`, and their number
 * into *out_count. SIBYL_E_RANGE: there would be more than FIDELITY_LEVELS_MAX. */
enum status fidelity_ladder(double min, double max, double eta, double *out, uint32_t *out_count);

/* What an evaluation with budget `level` costs, where one with the budget below was done before
 * (`after`), or not. */
double fidelity_cost(const struct fidelity *f, uint32_t level, bool after);

#endif
