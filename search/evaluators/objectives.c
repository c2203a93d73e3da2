#include "search/evaluators/objectives.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct word goals[] = {
    {"max", OBJECTIVE_MAX, "the highest value is the best"},
    {"min", OBJECTIVE_MIN, "the lowest value is the best"},
};
const struct words objective_goal_words = WORDS_OF(goals);

bool objectives_are_many(const struct objectives *o)
{
    return o->count > 1 || o->limit_count > 0;
}

uint32_t objectives_find(const struct objectives *o, const char *name)
{
    for (uint32_t i = 0; i < o->values; i++)
        if (!strcmp(o->names[i], name)) return i;
    return UINT32_MAX;
}

enum status objectives_name(struct objectives *o, const char *name, uint32_t *out)
{
    *out = objectives_find(o, name);
    if (*out != UINT32_MAX) return SIBYL_OK;
    if (strlen(name) >= OBJECTIVE_NAME_BYTES)
        return err_set(SIBYL_E_RANGE, "the name %.80s has more than %d bytes", name,
                       OBJECTIVE_NAME_BYTES - 1);
    if (o->values == OBJECTIVE_VALUES_MAX)
        return err_set(SIBYL_E_RANGE, "more than %d values are named", OBJECTIVE_VALUES_MAX);
    *out = o->values++;
    snprintf(o->names[*out], OBJECTIVE_NAME_BYTES, "%s", name);
    return SIBYL_OK;
}

double objectives_upward(const struct objectives *o, uint32_t objective, double value)
{
    return o->list[objective].minimise ? -value : value;
}

/* In parts of the bound, so that limits of different units can be added. */
static double limit_violation(const struct objective_limit *l, double value)
{
    double bound = value > l->at_most ? l->at_most : l->at_least;
    double over = value > l->at_most ? value - bound : value < l->at_least ? bound - value : 0;
    double unit = fabs(bound) > 0 ? fabs(bound) : 1;
    return over > 0 ? over / unit : 0;
}

double objectives_violation(const struct objectives *o, const double *values)
{
    double sum = 0;
    for (uint32_t i = 0; i < o->limit_count; i++)
        sum += limit_violation(&o->limits[i], values[o->limits[i].value]);
    return sum;
}

bool objectives_ruled_out(const struct objectives *o, const double *values)
{
    for (uint32_t i = 0; i < o->limit_count; i++) {
        uint32_t v = o->limits[i].value;
        if (o->predicted[v] && limit_violation(&o->limits[i], values[v]) > 0) return true;
    }
    return false;
}
