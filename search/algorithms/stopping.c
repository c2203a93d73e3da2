#include "search/algorithms/stopping.h"

#include "search/algorithms/halving.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- on rank 0: the rule ---- */

struct rule_making {
    struct arena *arena;
    const struct history *h;
    const struct fidelity *f;
    uint32_t k;
    double *room; /* (measured, k) */
};

/* What an evaluation had at a step: its first result from there on. */
static const double *curve_at(const struct history_curve *c, double step, uint32_t k)
{
    for (size_t i = 0; c && i < c->count; i++)
        if (c->steps[i] >= step) return c->values + i * k;
    return NULL;
}

/* The mean of its results until a step; false where it ended before. */
static bool curve_mean(const struct history_curve *c, double step, uint32_t k, double *out)
{
    double count = 0;
    if (!c || c->steps[c->count - 1] < step) return false;
    memset(out, 0, k * sizeof(*out));
    for (size_t i = 0; i < c->count && c->steps[i] <= step; i++, count++)
        for (uint32_t j = 0; j < k; j++) out[j] += c->values[i * k + j];
    for (uint32_t j = 0; j < k && count > 0; j++) out[j] /= count;
    return count > 0;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of (count, k) numbers the median of each column. */
static void medians(const double *all, size_t count, uint32_t k, double *sorted, double *out)
{
    for (uint32_t j = 0; j < k; j++) {
        for (size_t i = 0; i < count; i++) sorted[i] = all[i * k + j];
        qsort(sorted, count, sizeof(*sorted), compare_numbers);
        out[j] = count % 2 ? sorted[count / 2] : 0.5 * (sorted[count / 2 - 1] + sorted[count / 2]);
    }
}

static enum status make_halving(const struct rule_making *m, struct stopping_rule *out)
{
    const struct history *h = m->h;
    double *values =
        arena_calloc(m->arena, (h->measured + 1) * m->f->rung_count * m->k, sizeof(*values));
    uint32_t *points = arena_calloc(m->arena, m->f->rung_count, sizeof(*points));
    size_t filled = 0;
    if (!values || !points) return SIBYL_E_MEM;
    for (uint32_t r = 0; r < m->f->rung_count; r++)
        for (size_t i = 0; i < h->measured; i++) {
            const struct history_curve *c = h->entries[h->order[i]].curve;
            const double *at = curve_at(c, m->f->rungs[r], m->k);
            if (!at) continue;
            memcpy(values + filled++ * m->k, at, m->k * sizeof(*at));
            points[r]++;
        }
    *out = (struct stopping_rule){m->k, m->f->rung_count, m->f->rungs, points, values};
    return SIBYL_OK;
}

/* Steps at which medians are taken: those of the evaluation with the most results. */
static const struct history_curve *longest_curve(const struct history *h)
{
    const struct history_curve *longest = NULL;
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_curve *c = h->entries[h->order[i]].curve;
        if (c && (!longest || c->count > longest->count)) longest = c;
    }
    return longest;
}

static enum status make_median(const struct rule_making *m, struct stopping_rule *out)
{
    const struct history *h = m->h;
    const struct history_curve *longest = longest_curve(h);
    if (!longest) return SIBYL_OK;
    double *steps = arena_calloc(m->arena, longest->count, sizeof(*steps));
    double *values = arena_calloc(m->arena, longest->count * m->k, sizeof(*values));
    uint32_t *points = arena_calloc(m->arena, longest->count, sizeof(*points));
    double *sorted = arena_calloc(m->arena, h->measured + 1, sizeof(*sorted));
    if (!steps || !values || !points || !sorted) return SIBYL_E_MEM;
    *out = (struct stopping_rule){m->k, 0, steps, points, values};
    for (size_t s = 0; s < longest->count; s++) {
        size_t count = 0;
        if (longest->steps[s] < m->f->rungs[0]) continue;
        for (size_t i = 0; i < h->measured; i++)
            count += curve_mean(h->entries[h->order[i]].curve, longest->steps[s], m->k,
                                m->room + count * m->k);
        if (count < STOPPING_MEDIAN_LEAST) continue;
        medians(m->room, count, m->k, sorted, values + out->count * m->k);
        steps[out->count] = longest->steps[s];
        points[out->count++] = 1;
    }
    return SIBYL_OK;
}

enum status stopping_rule_make(struct stopping_rule *out, struct arena *arena,
                               const struct history *h, const struct fidelity *f)
{
    const uint32_t k = h->objectives && h->objectives->count > 1 ? h->objectives->count : 1;
    struct rule_making m = {arena, h, f, k, NULL};
    *out = (struct stopping_rule){.k = k};
    if (f->stop == FIDELITY_STOP_NONE) return SIBYL_OK;
    m.room = arena_calloc(arena, (h->measured + 1) * k, sizeof(*m.room));
    if (!m.room) return SIBYL_E_MEM;
    return f->stop == FIDELITY_STOP_HALVING ? make_halving(&m, out) : make_median(&m, out);
}

/* ---- where it runs ---- */

void stopping_begin(struct stopping *s, const struct fidelity *f, const struct stopping_rule *rule,
                    uint32_t k)
{
    *s = (struct stopping){.fidelity = f, .rule = rule, .k = k, .stride = 1};
}

static void stopping_keep(struct stopping *s, double step, const double *values)
{
    if (s->count == STOPPING_POINTS_MAX) { /* every second of them */
        for (size_t i = 1; 2 * i < s->count; i++) {
            s->steps[i] = s->steps[2 * i];
            memmove(s->values + i * s->k, s->values + 2 * i * s->k, s->k * sizeof(*values));
        }
        s->count = (s->count + 1) / 2;
        s->stride *= 2;
    }
    s->steps[s->count] = step;
    memcpy(s->values + s->count++ * s->k, values, s->k * sizeof(*values));
}

/* The values of the rule's step `at`. */
static const double *rule_values(const struct stopping_rule *r, size_t at)
{
    size_t before = 0;
    for (size_t i = 0; i < at; i++) before += r->points[i];
    return r->values + before * r->k;
}

static enum status hears_halving(struct stopping *s, double step, const double *values, bool *out)
{
    const struct fidelity *f = s->fidelity;
    enum status st = SIBYL_OK;
    for (; !st && !*out && s->next < f->rung_count && step >= f->rungs[s->next]; s->next++) {
        bool keeps = true;
        stopping_keep(s, f->rungs[s->next], values);
        if (s->next < s->rule->count) {
            const struct pareto_points earlier = {rule_values(s->rule, s->next), NULL,
                                                  s->rule->points[s->next], s->k};
            st = halving_keeps(&earlier, values, f->rung_eta, &keeps);
        }
        *out = !keeps;
    }
    return st;
}

/* Worse than the median in all objectives. */
static void hears_median(struct stopping *s, double step, const double *values, bool *out)
{
    const struct stopping_rule *r = s->rule;
    if (s->heard % s->stride == 0) stopping_keep(s, step, values);
    while (s->next < r->count && r->steps[s->next] <= step) s->next++;
    const struct fidelity *f = s->fidelity;
    if (!s->next || step >= f->budgets[f->levels - 1]) return; /* it is at its end anyway */
    const double *median = rule_values(r, s->next - 1);
    *out = true;
    for (uint32_t j = 0; j < s->k; j++) *out = *out && s->best[j] < median[j];
}

enum status stopping_hears(struct stopping *s, double step, const double *values, bool *out)
{
    enum status st = SIBYL_OK;
    *out = false;
    if (s->fidelity->stop == FIDELITY_STOP_NONE) return SIBYL_OK;
    if (s->count && step <= s->steps[s->count - 1] && s->fidelity->stop == FIDELITY_STOP_MEDIAN)
        return SIBYL_OK;
    for (uint32_t j = 0; j < s->k; j++)
        if (!s->begun || values[j] > s->best[j]) s->best[j] = values[j];
    s->begun = true;
    if (s->fidelity->stop == FIDELITY_STOP_HALVING)
        st = hears_halving(s, step, values, out);
    else
        hears_median(s, step, values, out);
    s->heard++;
    return st;
}
