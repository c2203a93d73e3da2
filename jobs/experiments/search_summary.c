#include "jobs/experiments/search_summary.h"

#include "base/statistics.h"
#include "jobs/config/config.h"
#include "jobs/experiments/search_curve.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAIL 0.95

static const json_t *row_of(const struct search_rows *e, size_t setting, size_t repeat)
{
    return e->rows[repeat * e->settings + setting];
}

static double number_of(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

bool search_summary_small_is_good(const struct search_rows *e, size_t setting,
                                  enum search_figure figure)
{
    if (figure == FIGURE_BEST) return e->configs[setting].values->evaluator.minimise;
    return figure != FIGURE_VOLUME;
}

/* ---- which figures there are ---- */

static bool has_target(const json_t *row)
{
    const char *target = json_string_value(json_object_get(row, "target"));
    return target && *target;
}

/* Has any search this figure? */
static bool is_there(const struct search_rows *e, const struct search_measure *m)
{
    for (size_t i = 0; i < e->settings * e->repeats; i++) {
        if (m->figure == FIGURE_TO_TARGET && has_target(e->rows[i])) return true;
        if (m->figure != FIGURE_TO_TARGET && !isnan(number_of(e->rows[i], m->key))) return true;
    }
    return false;
}

static void add_measure(struct search_summary *s, const struct search_rows *e,
                        enum search_figure figure, uint64_t at)
{
    static const char *const names[] = {[FIGURE_TO_TARGET] = "evaluations_to_target",
                                        [FIGURE_BEST] = "best",
                                        [FIGURE_REGRET] = "regret",
                                        [FIGURE_VOLUME] = "hypervolume",
                                        [FIGURE_WALL] = "wall_s"};
    struct search_measure m = {.figure = figure, .at = at};
    const char *name = figure == FIGURE_BEST && !at ? "best_value" : names[figure];
    if (at)
        snprintf(m.key, sizeof(m.key), "%s_at_%" PRIu64, name, at);
    else
        snprintf(m.key, sizeof(m.key), "%s", name);
    if (is_there(e, &m)) s->measures[s->count++] = m;
}

static enum status list_measures(struct search_summary *s, const struct search_rows *e)
{
    size_t budgets;
    const uint64_t *at = search_curve_budgets(&budgets);
    s->measures = calloc(3 * budgets + 5, sizeof(*s->measures));
    if (!s->measures) return err_memory("a summary");
    add_measure(s, e, FIGURE_TO_TARGET, 0);
    for (int f = FIGURE_BEST; f <= FIGURE_VOLUME; f++) {
        add_measure(s, e, (enum search_figure)f, 0);
        for (size_t i = 0; i < budgets; i++) add_measure(s, e, (enum search_figure)f, at[i]);
    }
    add_measure(s, e, FIGURE_WALL, 0);
    return SIBYL_OK;
}

size_t search_summary_find(const struct search_summary *s, enum search_figure figure, uint64_t at)
{
    size_t i = 0;
    while (i < s->count && (s->measures[i].figure != figure || s->measures[i].at != at)) i++;
    return i;
}

/* ---- the figures of a setting ---- */

/* Of one search; NaN: it has none. *missed: it has not reached its target, and counts with all its
 * evaluations. */
static double figure_of(const json_t *row, const struct search_measure *m, bool *missed)
{
    double x = number_of(row, m->key);
    *missed = m->figure == FIGURE_TO_TARGET && isnan(x) && has_target(row);
    return *missed ? number_of(row, "evaluations") : x;
}

/* `x` has room for all repeats. */
static void fill_cell(struct search_cell *c, const struct search_rows *e, size_t setting,
                      const struct search_measure *m, double *x)
{
    bool small = search_summary_small_is_good(e, setting, m->figure);
    *c = (struct search_cell){.least_missed = INFINITY, .difference = NAN, .p = NAN, .p_holm = NAN};
    for (size_t i = 0; i < e->repeats; i++) {
        bool missed;
        double figure = figure_of(row_of(e, setting, i), m, &missed);
        if (isnan(figure)) continue;
        x[c->count++] = figure;
        c->missed += missed;
        if (missed) c->least_missed = fmin(c->least_missed, figure);
    }
    const struct statistics own = statistics_of(x, c->count);
    const double half = statistics_interval(&own);
    c->mean = own.mean;
    c->low = own.mean - half;
    c->high = own.mean + half;
    c->median = statistics_quantile(x, c->count, 0.5);
    c->tail = statistics_quantile(x, c->count, small ? TAIL : 1 - TAIL);
    c->worst = statistics_quantile(x, c->count, small ? 1 : 0);
}

/* Over the seeds that both have; `x` has room for all repeats twice. */
static void compare(struct search_cell *c, const struct search_rows *e, size_t setting,
                    const struct search_measure *m, double *x)
{
    double *own = x, *first = x + e->repeats;
    size_t pairs = 0;
    for (size_t i = 0; i < e->repeats; i++) {
        const json_t *row = row_of(e, setting, i), *other = NULL;
        json_int_t seed = json_integer_value(json_object_get(row, "seed"));
        for (size_t k = 0; k < e->repeats && !other; k++) {
            const json_t *candidate = row_of(e, 0, (i + k) % e->repeats); /* as a rule at once */
            if (json_integer_value(json_object_get(candidate, "seed")) == seed) other = candidate;
        }
        if (!other) continue;
        bool missed;
        own[pairs] = figure_of(row, m, &missed);
        first[pairs] = figure_of(other, m, &missed);
        if (!isnan(own[pairs]) && !isnan(first[pairs])) pairs++;
    }
    c->pairs = pairs;
    c->difference = statistics_paired_test(own, first, pairs).difference;
    c->p = pairs > 1 ? statistics_signed_rank_test(own, first, pairs).p : (double)NAN;
}

static enum status correct(struct search_summary *s, const struct search_rows *e, size_t measure)
{
    double *p = malloc(e->settings * sizeof(*p));
    if (!p) return err_memory("a summary");
    for (size_t i = 0; i < e->settings; i++) p[i] = s->cells[i * s->count + measure].p;
    statistics_holm(p, e->settings);
    for (size_t i = 0; i < e->settings; i++) s->cells[i * s->count + measure].p_holm = p[i];
    free(p);
    return SIBYL_OK;
}

enum status search_summary_make(struct search_summary *out, const struct search_rows *e)
{
    struct search_summary s = {0};
    double *x = calloc(2 * e->repeats, sizeof(*x));
    enum status st = x ? list_measures(&s, e) : err_memory("a summary");
    if (!st && !(s.cells = calloc(e->settings * s.count + 1, sizeof(*s.cells))))
        st = err_memory("a summary");
    for (size_t k = 0; !st && k < s.count; k++) {
        for (size_t i = 0; i < e->settings; i++) {
            struct search_cell *c = &s.cells[i * s.count + k];
            fill_cell(c, e, i, &s.measures[k], x);
            if (i && s.measures[k].figure != FIGURE_WALL) compare(c, e, i, &s.measures[k], x);
        }
        st = correct(&s, e, k);
    }
    free(x);
    if (st)
        search_summary_release(&s);
    else
        *out = s;
    return st;
}

void search_summary_release(struct search_summary *s)
{
    free(s->measures);
    free(s->cells);
    *s = (struct search_summary){0};
}
