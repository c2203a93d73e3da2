#include "jobs/config/config_fidelity.h"

#include <string.h>

#define FAULT(t, path, ...) tree_fault(t, tree_nearest(t, path), path, __VA_ARGS__)

/* Whether anything is said that has to do with budgets. */
static bool is_spoken_of(const struct config_search *s)
{
    return s->min_budget > 0 || s->max_budget > 0 || s->eta > 0 || s->column_count ||
           s->options.fidelity.stop != FIDELITY_STOP_NONE || s->options.fidelity.epochs > 0;
}

static enum status check_column(const struct tree *t, const struct config_values *v, uint32_t i)
{
    static const char path[] = "search.fidelity.columns";
    const struct config_search *s = &v->search;
    const struct objectives *o = &s->options.objectives;
    const struct config_column *c = &s->columns[i];
    uint32_t number = c->of ? objectives_find(o, c->of) : 0;
    if (!(c->budget < s->max_budget))
        return FAULT(t, path, "%.80s: want a budget below search.fidelity.max, which is %.10g",
                     c->value, s->max_budget);
    if (c->of && strcmp(c->of, v->evaluator.value) != 0 && number == UINT32_MAX)
        return FAULT(t, path, "%.80s is nothing that is searched for", c->of);
    if (c->of && number != UINT32_MAX && o->predicted[number])
        return FAULT(t, path, "%.80s is predicted, and not looked up", c->of);
    if (strlen(c->value) >= OBJECTIVE_NAME_BYTES)
        return FAULT(t, path, "want names of less than %d bytes", OBJECTIVE_NAME_BYTES);
    const char *of = c->of ? c->of : v->evaluator.value;
    for (uint32_t k = 0; k < i; k++) {
        const struct config_column *other = &s->columns[k];
        bool same = !strcmp(of, other->of ? other->of : v->evaluator.value);
        if (same && !(other->budget < c->budget) && !(other->budget > c->budget))
            return FAULT(t, path, "there are two of the budget %.10g", c->budget);
    }
    return SIBYL_OK;
}

/* Adds a budget in its place, once. */
static bool add_budget(struct fidelity *f, double budget)
{
    uint32_t at = 0;
    while (at < f->levels && f->budgets[at] < budget) at++;
    if (at < f->levels && !(f->budgets[at] > budget)) return true;
    if (f->levels == FIDELITY_LEVELS_MAX) return false;
    memmove(f->budgets + at + 1, f->budgets + at, (f->levels - at) * sizeof(*f->budgets));
    f->budgets[at] = budget;
    f->levels++;
    return true;
}

/* Of a table. */
static enum status fill_columns(const struct tree *t, struct config_values *v)
{
    struct config_search *s = &v->search;
    struct fidelity *f = &s->options.fidelity;
    if (s->min_budget > 0)
        return FAULT(t, "search.fidelity.min",
                     "search.fidelity.columns says what the budgets of a "
                     "table are");
    (void)add_budget(f, s->max_budget);
    for (uint32_t i = 0; i < s->column_count; i++) {
        enum status st = check_column(t, v, i);
        if (st) return st;
        if (!add_budget(f, s->columns[i].budget))
            return FAULT(t, "search.fidelity.columns", "want at most %d budgets",
                         FIDELITY_LEVELS_MAX);
    }
    for (uint32_t k = 0; k + 1 < f->levels; k++)
        f->eta[k] = s->eta > 0 ? s->eta : f->budgets[k + 1] / f->budgets[k];
    return SIBYL_OK;
}

/* Of a program, or of somebody who is asked. */
static enum status fill_ladder(const struct tree *t, struct config_values *v)
{
    struct config_search *s = &v->search;
    struct fidelity *f = &s->options.fidelity;
    const double eta = s->eta > 0 ? s->eta : FIDELITY_ETA;
    const double min = s->min_budget > 0 ? s->min_budget : s->max_budget;
    double ladder[FIDELITY_LEVELS_MAX];
    uint32_t count = 0;
    if (min > s->max_budget)
        return FAULT(t, "search.fidelity.min", "want no more than search.fidelity.max");
    if (fidelity_ladder(min, s->max_budget, eta, ladder, &count))
        return FAULT(t, "search.fidelity.eta", "%s", err_message());
    if (f->stop == FIDELITY_STOP_NONE) {
        f->levels = count;
        memcpy(f->budgets, ladder, sizeof(ladder));
        for (uint32_t k = 0; k + 1 < count; k++) f->eta[k] = eta;
        return SIBYL_OK;
    }
    f->levels = 1;
    f->budgets[0] = s->max_budget;
    f->rung_eta = eta;
    f->rung_count = count - 1;
    memcpy(f->rungs, ladder, sizeof(ladder));
    if (f->stop == FIDELITY_STOP_MEDIAN && !(s->min_budget > 0)) f->rungs[0] = 0;
    if (f->stop == FIDELITY_STOP_HALVING && count < 2)
        return FAULT(t, "search.fidelity.stop",
                     "halving looks at the steps from search.fidelity.min on, which has to be "
                     "given, below search.fidelity.max");
    return SIBYL_OK;
}

static enum status check_kind(const struct tree *t, const struct config_values *v)
{
    const struct config_search *s = &v->search;
    const bool table = v->evaluator.kind == EVALUATOR_TABLE;
    if (s->options.fidelity.stop != FIDELITY_STOP_NONE && v->evaluator.kind != EVALUATOR_COMMAND)
        return FAULT(t, "search.fidelity.stop",
                     "there is no program that could be stopped "
                     "(evaluator.kind: command)");
    if (s->column_count && !table)
        return FAULT(t, "search.fidelity.columns",
                     "is for tables; a program is told its budget, from search.fidelity.min on");
    if (table && s->min_budget > 0 && !s->column_count)
        return FAULT(t, "search.fidelity.min",
                     "a table has its smaller budgets in columns of their own: want "
                     "search.fidelity.columns");
    return SIBYL_OK;
}

enum status config_fidelity(const struct tree *t, struct config_values *v)
{
    static const char evaluations[] = "search.evaluations";
    struct config_search *s = &v->search;
    struct fidelity *f = &s->options.fidelity;
    if (!is_spoken_of(s)) return SIBYL_OK;
    if (!(s->max_budget > 0))
        return FAULT(t, f->epochs > 0 ? "search.epochs" : "search.fidelity",
                     "want search.fidelity.max, the epochs of a whole evaluation");
    enum status st = check_kind(t, v);
    if (!st) st = v->evaluator.kind == EVALUATOR_TABLE ? fill_columns(t, v) : fill_ladder(t, v);
    if (st) return st;
    f->continues = s->goes_on && v->evaluator.kind != EVALUATOR_TABLE;
    if (fidelity_is_many(f) && s->known_count)
        return FAULT(t, "search.known", "is for searches with one budget");
    if (f->epochs > 0 && f->epochs < f->budgets[0])
        return FAULT(t, "search.epochs", "want at least the epochs of one evaluation, %.10g",
                     f->budgets[0]);
    if (f->epochs > 0 && !tree_find(t->root, evaluations, sizeof(evaluations) - 1))
        s->options.evaluations = 0;
    return SIBYL_OK;
}

void config_fidelity_columns(const struct config_values *v, struct table_column *out)
{
    const struct fidelity *f = &v->search.options.fidelity;
    for (uint32_t i = 0; i < v->search.column_count; i++) {
        const struct config_column *c = &v->search.columns[i];
        uint32_t level = 0;
        while (level < f->levels && f->budgets[level] < c->budget) level++;
        out[i] = (struct table_column){level, c->value, c->of};
    }
}
