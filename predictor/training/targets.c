#include "predictor/training/targets.h"

#include "predictor/inputs/column.h"
#include "predictor/inputs/lookup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Part of the labels' deviation that a table may leave by rounding alone. */
#define NEGLIGIBLE 1e-8

/* Column 0 by its own mean and deviation, which become the predictor's. */
static void scale_plain(struct predictor *p, struct column c)
{
    struct moments m = column_standardise(c);
    p->target_mean = m.mean;
    p->target_deviation = m.deviation;
}

/* Sets the predictor's transform from the known labels of column 0. */
static enum status choose_transform(struct predictor *p, const struct training_set *set,
                                    enum target_transform asked)
{
    uint32_t outputs = p->options.outputs;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < set->count; i++) {
        low = fmin(low, set->labels[i * outputs]); /* of a NaN and a number, the number */
        high = fmax(high, set->labels[i * outputs]);
    }
    p->transform = asked;
    if (asked == TARGET_AUTO)
        p->transform = low >= 0 && high <= 1 ? TARGET_LOG_ERROR : TARGET_PLAIN;
    if (p->transform == TARGET_LOG_ERROR && high > 1)
        return err_set(SIBYL_E_USAGE,
                       "training.target: log_error wants labels of at most 1, the largest is %g",
                       high);
    return p->transform == TARGET_NORMAL_SCORES
               ? normal_scores_fit(&p->scores, set->labels, outputs, set->count)
               : SIBYL_OK;
}

/* Column 0 by what the look-up table leaves of it; the table is taken to the same units. */
static enum status scale_by_lookup(struct predictor *p, const struct training_set *set,
                                   bool relative, struct column c, double *offsets)
{
    uint32_t operations = p->vocabulary.count;
    double *table = malloc((operations + 1) * sizeof(*table));
    if (!table) return err_memory("a look-up table");
    enum status st =
        lookup_fit(set->graphs, c.first, c.stride, c.count, operations, relative, table);
    double whole = column_moments(c).deviation;
    if (st) goto done;
    for (size_t i = 0; i < c.count; i++)
        c.first[i * c.stride] -= table[0] + lookup_sum(table + 1, &set->graphs[i]);
    double left = column_moments(c).deviation;
    scale_plain(p, c);
    if (left < NEGLIGIBLE * whole) { /* the network is to add next to nothing */
        for (size_t i = 0; i < c.count; i++)
            if (!isnan(c.first[i * c.stride])) c.first[i * c.stride] = 0;
        p->target_deviation = NEGLIGIBLE * whole;
    }
    p->target_mean += table[0];
    for (uint32_t o = 0; o < operations; o++) p->lookup[o] = table[o + 1] / p->target_deviation;
    for (size_t i = 0; i < c.count; i++) {
        offsets[i] = lookup_sum(p->lookup, &set->graphs[i]);
        c.first[i * c.stride] += offsets[i];
    }
done:
    free(table);
    return st;
}

static enum status check(const struct training_set *set, uint32_t outputs)
{
    for (size_t i = 0; i < set->count * outputs; i++)
        if (isinf(set->labels[i]) || (outputs == 1 && isnan(set->labels[i])))
            return err_set(SIBYL_E_RANGE, "a label of training row %zu is not a number",
                           i / outputs + 1);
    return SIBYL_OK;
}

enum status targets_make(struct predictor *p, const struct training_set *set,
                         const struct training_options *o, double *targets, double *offsets)
{
    uint32_t outputs = p->options.outputs;
    struct column main = {targets, outputs, set->count};
    enum status st = check(set, outputs);
    if (!st) st = choose_transform(p, set, o->transform);
    if (st) return st;
    p->target_mean = 0;
    p->target_deviation = 1;
    memcpy(targets, set->labels, set->count * outputs * sizeof(*targets));
    memset(offsets, 0, set->count * sizeof(*offsets));
    for (size_t i = 0; i < set->count; i++)
        targets[i * outputs] = predictor_target_of_label(p, set->labels[i * outputs]);
    size_t known = column_known(main);
    bool relative = o->loss.mape > 0 && p->transform == TARGET_PLAIN;
    if (!p->lookup)
        scale_plain(p, main);
    else if (known)
        st = scale_by_lookup(p, set, relative, main, offsets);
    for (uint32_t k = 1; k < outputs && !st; k++) {
        struct column c = {targets + k, outputs, set->count};
        known += column_known(c);
        column_standardise(c);
    }
    if (!st && !known) st = err_set(SIBYL_E_RANGE, "no row that is trained on has a label");
    return st;
}
