#include "search/algorithms/fidelity_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PULL 0.3       /* networks that the slope of 1 counts as */
#define SLOPE_MIN 0.05 /* of two networks with one budget the better stays the better */
#define NO_TASK SIZE_MAX

void fidelity_view_release(struct fidelity_view *v)
{
    history_release(&v->seen);
    free(v->of);
    free(v->latest);
    *v = (struct fidelity_view){0};
}

static enum status view_grow(size_t **list, size_t *capacity, size_t count)
{
    if (count < *capacity) return SIBYL_OK;
    size_t larger = *capacity ? 2 * *capacity : 64;
    size_t *grown = realloc(*list, larger * sizeof(*grown));
    if (!grown) return err_memory("the history of the search");
    *list = grown;
    *capacity = larger;
    return SIBYL_OK;
}

enum status fidelity_view_add(struct fidelity_view *v, const struct history *h,
                              const struct candidate *c)
{
    const size_t task = h->count - 1;
    const struct history_entry *e = &h->entries[task];
    enum status st = view_grow(&v->of, &v->task_capacity, task);
    if (!st && !e->level) st = view_grow(&v->latest, &v->capacity, v->seen.count);
    if (st) return st;
    SIBYL_BUG_IF(task != v->tasks);
    v->tasks++;
    if (e->level) {
        v->of[task] = v->of[e->after];
        return SIBYL_OK;
    }
    struct history_entry first = {
        .round = e->round, .candidate = *c, .predicted = e->predicted, .value = (double)NAN};
    snprintf(first.origin, sizeof(first.origin), "%s", e->origin);
    v->of[task] = v->seen.count;
    v->latest[v->seen.count] = NO_TASK;
    return history_add(&v->seen, &first);
}

/* A copy of its own of the values of several objectives. */
static enum status view_values(struct fidelity_view *v, struct history_entry *seen,
                               const struct history_entry *e)
{
    const struct objectives *o = v->seen.objectives;
    if (!e->values) return SIBYL_OK;
    double *values = arena_calloc(&v->seen.memory, o->values, sizeof(*values));
    if (!values) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < o->values; i++) values[i] = e->values[i];
    seen->values = values;
    seen->violation = e->violation;
    return SIBYL_OK;
}

enum status fidelity_view_measure(struct fidelity_view *v, const struct history *h, size_t task,
                                  bool again)
{
    const struct history_entry *e = &h->entries[task];
    const size_t at = v->of[task];
    struct history_entry *seen = &v->seen.entries[at];
    if (!e->failed) v->latest[at] = task;
    if (e->level) { /* who fails with more is no good, whatever it was with less */
        bool fails = e->failed && !e->temporary && !seen->failed;
        seen->failed = seen->failed || fails;
        v->seen.failed += fails;
        return SIBYL_OK;
    }
    enum status st = view_values(v, seen, e);
    if (st) return st;
    if (again)
        history_measure_again(&v->seen, at, e->failed, e->value);
    else
        history_measure(&v->seen, at, e->failed, e->value);
    seen->temporary = e->failed && e->temporary;
    return SIBYL_OK;
}

/* ---- expected values ---- */

struct fidelity_line fidelity_line_fit(const double *x, const double *y, size_t count,
                                       double variance)
{
    struct fidelity_line line = {0, 0, 1};
    double xx = PULL * variance, xy = PULL * variance;
    if (!count) return line;
    for (size_t i = 0; i < count; i++) {
        line.x += x[i] / (double)count;
        line.y += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        xx += (x[i] - line.x) * (x[i] - line.x);
        xy += (x[i] - line.x) * (y[i] - line.y);
    }
    if (xx > 0) line.slope = fmax(xy / xx, SLOPE_MIN);
    return line;
}

/* Value `which` of an entry: of several those of objectives and limits, as the user has them. */
static double view_value(const struct history_entry *e, uint32_t which)
{
    return e->values ? e->values[which] : e->value;
}

static double view_variance(const struct history *h, uint32_t level, uint32_t which)
{
    double sum = 0, squares = 0, mean = 0, count = 0;
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->failed || e->level != level) continue;
        sum += view_value(e, which);
        count++;
    }
    if (count > 0) mean = sum / count;
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->failed || e->level != level) continue;
        squares += (view_value(e, which) - mean) * (view_value(e, which) - mean);
    }
    return count > 0 ? squares / count : 0;
}

/* The lines of one value; `room` is for pairs: (2 * h->measured). */
static void view_lines(const struct history *h, const struct fidelity *f, uint32_t which,
                       double *room, struct fidelity_line *lines)
{
    double *x = room, *y = room + h->measured;
    for (uint32_t level = 0; level + 1 < f->levels; level++) {
        size_t pairs = 0;
        for (size_t i = 0; i < h->measured; i++) {
            const struct history_entry *e = &h->entries[h->order[i]];
            if (e->failed || e->level != level + 1 || h->entries[e->after].failed) continue;
            x[pairs] = view_value(&h->entries[e->after], which);
            y[pairs++] = view_value(e, which);
        }
        lines[level] = fidelity_line_fit(x, y, pairs, view_variance(h, level, which));
    }
}

static double view_expect(const struct fidelity *f, const struct fidelity_line *lines,
                          const struct history_entry *e, uint32_t which)
{
    double value = view_value(e, which);
    for (uint32_t level = e->level; level + 1 < f->levels; level++)
        value = lines[level].y + lines[level].slope * (value - lines[level].x);
    return value;
}

/* What one value of all networks is expected to be. */
static void view_refresh_value(struct fidelity_view *v, const struct history *h,
                               const struct fidelity *f, uint32_t which, double *room)
{
    const struct objectives *o = v->seen.objectives;
    struct fidelity_line lines[FIDELITY_LEVELS_MAX];
    view_lines(h, f, which, room, lines);
    for (size_t i = 0; i < v->seen.count; i++) {
        struct history_entry *seen = &v->seen.entries[i];
        if (!seen->measured || v->latest[i] == NO_TASK) continue;
        double value = view_expect(f, lines, &h->entries[v->latest[i]], which);
        if (seen->values) ((double *)(uintptr_t)seen->values)[which] = value; /* its own copy */
        if (!seen->values)
            seen->value = value;
        else if (which == o->main)
            seen->value = objectives_upward(o, which, value);
    }
}

enum status fidelity_view_refresh(struct fidelity_view *v, const struct history *h,
                                  const struct fidelity *f)
{
    struct history *s = &v->seen;
    const struct objectives *o = s->objectives;
    double *room = calloc(2 * h->measured + 1, sizeof(*room));
    if (!room) return err_memory("the history of the search");
    const uint32_t values = o && objectives_are_many(o) ? o->values : 1;
    for (uint32_t which = 0; which < values; which++) view_refresh_value(v, h, f, which, room);
    free(room);
    s->found = false;
    for (size_t i = 0; i < s->measured; i++) {
        struct history_entry *e = &s->entries[s->order[i]];
        if (e->failed) continue;
        if (e->values) e->violation = objectives_violation(o, e->values);
        if (e->violation > 0 || (s->found && e->value <= s->entries[s->best].value)) continue;
        s->found = true;
        s->best = s->order[i];
    }
    return SIBYL_OK;
}
