#include "search/algorithms/fidelity.h"

static const struct word stops[] = {
    {"none", FIDELITY_STOP_NONE, "each evaluation uses up its budget"},
    {"median", FIDELITY_STOP_MEDIAN,
     "an evaluation whose best result so far is worse than the median of what earlier ones had on "
     "average until the same step is ended"},
    {"halving", FIDELITY_STOP_HALVING,
     "an evaluation that is not among the best of one in eta at a step min * eta^k is ended"},
};
const struct words fidelity_stop_words = WORDS_OF(stops);

bool fidelity_is_many(const struct fidelity *f)
{
    return f->levels > 1;
}

enum status fidelity_ladder(double min, double max, double eta, double *out, uint32_t *out_count)
{
    uint32_t count = 0;
    /* A step that is all but the whole budget is not worth one of its own. */
    for (double budget = min; budget < max * (1 - 1e-9); budget *= eta) {
        if (count + 1 == FIDELITY_LEVELS_MAX)
            return err_set(SIBYL_E_RANGE, "want at most %d budgets from min to max: raise eta",
                           FIDELITY_LEVELS_MAX);
        out[count++] = budget;
    }
    out[count++] = max;
    *out_count = count;
    return SIBYL_OK;
}

double fidelity_cost(const struct fidelity *f, uint32_t level, bool after)
{
    if (!f->levels) return 0;
    double whole = f->budgets[level];
    return after && f->continues && level > 0 ? whole - f->budgets[level - 1] : whole;
}
