#include "jobs/config/config_objectives.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct filling {
    const struct tree *tree;
    struct config_values *values;
    struct objectives *out;
};

#define FAULT(f, path, ...) tree_fault((f)->tree, tree_nearest((f)->tree, path), path, __VA_ARGS__)

/* Whether a value or a label may have this name. */
static enum status check_name(const struct filling *f, const char *path, const char *text)
{
    static const char *const taken[] = {"dir", "hash", "architecture", "evaluation"};
    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++)
        if (!strcasecmp(text, taken[i]))
            return FAULT(f, path, "%s is a column of pareto.csv and of other tables already", text);
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return FAULT(f, path, "want a name without control characters");
    return SIBYL_OK;
}

/* The number of a value, under the key that names it. */
static enum status name(const struct filling *f, const char *path, const char *text, uint32_t *out)
{
    enum status st = check_name(f, path, text);
    if (st) return st;
    if (objectives_name(f->out, text, out) == SIBYL_OK) return SIBYL_OK;
    return FAULT(f, path, "%.200s", err_message());
}

static enum status fill_objectives(const struct filling *f)
{
    const struct config_values *v = f->values;
    for (uint32_t i = 0; i < v->objective_count; i++) {
        const struct config_objective *o = &v->objectives[i];
        uint32_t number;
        if (objectives_find(f->out, o->value) != UINT32_MAX)
            return FAULT(f, "objectives", "%.80s is there twice", o->value);
        enum status st = name(f, "objectives", o->value, &number);
        if (st) return st;
        f->out->list[number] = (struct objective){o->goal == OBJECTIVE_MIN, o->reference};
    }
    f->out->count = v->objective_count;
    return SIBYL_OK;
}

/* One objective: what evaluator.value says. */
static enum status fill_value(const struct filling *f)
{
    const struct config_values *v = f->values;
    uint32_t number;
    enum status st = name(f, "evaluator.value", v->evaluator.value, &number);
    f->out->list[0] = (struct objective){v->evaluator.minimise, (double)NAN};
    f->out->count = 1;
    return st;
}

static enum status fill_limits(const struct filling *f)
{
    const struct config_values *v = f->values;
    for (uint32_t i = 0; i < v->limit_count; i++) {
        const struct config_limit *l = &v->limits[i];
        struct objective_limit *out = &f->out->limits[i];
        enum status st = name(f, "limits", l->value, &out->value);
        if (st) return st;
        if (isnan(l->at_least) && isnan(l->at_most))
            return FAULT(f, "limits", "%.80s: want at_most or at_least", l->value);
        if (l->at_least > l->at_most)
            return FAULT(f, "limits", "%.80s: nothing is at least %g and at most %g", l->value,
                         l->at_least, l->at_most);
        out->at_least = isnan(l->at_least) ? -(double)INFINITY : l->at_least;
        out->at_most = isnan(l->at_most) ? (double)INFINITY : l->at_most;
    }
    f->out->limit_count = v->limit_count;
    return SIBYL_OK;
}

static enum status fill_predicted(const struct filling *f)
{
    const struct config_values *v = f->values;
    if (!v->predicted_count) return SIBYL_OK;
    for (uint32_t i = 0; i < v->predicted_count; i++) {
        const char *value = v->predicted[i].value;
        uint32_t number = objectives_find(f->out, value);
        if (number == UINT32_MAX)
            return FAULT(f, "predicted", "%.80s is no objective, and there is no limit on it",
                         value);
        if (f->out->predicted[number]) return FAULT(f, "predicted", "%.80s is there twice", value);
        f->out->predicted[number] = true;
    }
    while (f->out->main < f->out->count && f->out->predicted[f->out->main]) f->out->main++;
    if (f->out->main < f->out->count) return SIBYL_OK;
    return FAULT(f, "predicted",
                 "all objectives are predicted, and nothing is left to evaluate; sibyl score ranks "
                 "networks by what a predictor says");
}

static enum status fill_reports(const struct filling *f)
{
    const struct config_judge *judge = &f->values->evaluator;
    for (uint32_t i = 0; i < judge->report_count; i++) {
        const char *label = judge->report[i];
        enum status st = check_name(f, "evaluator.report", label);
        if (st) return st;
        if (!strcmp(label, judge->value) || objectives_find(f->out, label) != UINT32_MAX)
            return FAULT(f, "evaluator.report",
                         "%.80s is searched for; want labels that the search does not look at",
                         label);
        for (uint32_t k = 0; k < i; k++)
            if (!strcmp(label, f->out->reports[k]))
                return FAULT(f, "evaluator.report", "%.80s is there twice", label);
        if (!*label || strlen(label) >= OBJECTIVE_NAME_BYTES)
            return FAULT(f, "evaluator.report", "want names of 1..%d bytes",
                         OBJECTIVE_NAME_BYTES - 1);
        memcpy(f->out->reports[i], label, strlen(label) + 1);
    }
    f->out->report_count = judge->report_count;
    return SIBYL_OK;
}

/* The value of evaluations is the main objective, under whichever key it is named. */
static enum status take_main(const struct filling *f)
{
    struct config_judge *judge = &f->values->evaluator;
    const struct objectives *o = f->out;
    const bool named = strcmp(judge->value, "value") != 0;
    if (named && objectives_find(o, judge->value) >= o->count)
        return FAULT(f, "evaluator.value",
                     "%.80s is none of the objectives; leave evaluator.value out, for objectives "
                     "say what is searched for",
                     judge->value);
    if (judge->minimise && !o->list[o->main].minimise)
        return FAULT(f, "evaluator.minimise", "objectives say that %s is to be the highest",
                     o->names[o->main]);
    char *value = strdup(o->names[o->main]);
    if (!value) return err_memory("a job file");
    free(judge->value);
    judge->value = value;
    judge->minimise = o->list[o->main].minimise;
    return SIBYL_OK;
}

/* What is for one objective without limits alone. */
static enum status check_others(const struct filling *f)
{
    const struct config_search *s = &f->values->search;
    const struct objectives *o = f->out;
    bool predicted = false;
    for (uint32_t i = 0; i < o->limit_count; i++)
        predicted = predicted || o->predicted[o->limits[i].value];
    if (!search_algorithm_weighs(s->options.algorithm))
        return FAULT(f, "search.algorithm",
                     "%s is for one objective without limits; take predictor, nsga2, random or "
                     "exhaustive",
                     algorithm_name(s->options.algorithm));
    if (s->options.target != TARGET_NONE && o->count > 1)
        return FAULT(f, "search.target", "is for one objective; want search.evaluations alone");
    if (s->options.target == TARGET_BEST && predicted)
        return FAULT(f, "search.target",
                     "'best' is not known where a predictor says which networks meet the limits; "
                     "want a number");
    if (s->known_count) return FAULT(f, "search.known", "is for one objective without limits");
    return SIBYL_OK;
}

enum status config_objectives(const struct tree *t, struct config_values *v)
{
    struct objectives *o = &v->search.options.objectives;
    const struct filling f = {t, v, o};
    *o = (struct objectives){0};
    bool many = v->objective_count > 1 || v->limit_count > 0;
    enum status st = v->objective_count ? fill_objectives(&f) : many ? fill_value(&f) : SIBYL_OK;
    if (!st) st = fill_limits(&f);
    if (!st) st = fill_predicted(&f);
    if (!st && v->objective_count) st = take_main(&f);
    if (!st && many) st = check_others(&f);
    if (!st && !many) *o = (struct objectives){0};
    return st ? st : fill_reports(&f);
}
