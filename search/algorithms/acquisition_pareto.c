#include "search/algorithms/acquisition_pareto.h"

#include "search/algorithms/front.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 64
#define HOPE 2.0         /* deviations of what a candidate could be at its best */
#define HOPE_SHARE 1e-3  /* what such hope is worth, beside what is expected */
#define NEAR_SHARE 1e-6  /* and what it is to be near to the front */
#define NO_CHANCE 1e-300 /* whose logarithm stands for none */

struct chooser {
    struct predictions p;
    struct algorithm_round *r;
    const struct history *h;
    const struct objectives *o;
    size_t scored, count;
    double *worth; /* (scored) when `seen` proposals had been made */
    uint32_t *seen;
    bool *taken; /* (scored) */
    double z[SAMPLES][OBJECTIVES_MAX];
    struct pareto_front fronts[SAMPLES], now;
    double reference[OBJECTIVES_MAX], range[OBJECTIVES_MAX];
    double unit; /* the product of the ranges */
    struct hypervolume scratch;
};

/* ---- samples ---- */

/* What candidate i has in a sample. */
static void sample_point(const struct chooser *c, size_t i, const double *z, double *out)
{
    for (uint32_t k = 0; k < c->o->count; k++)
        out[k] = predictions_label(
            &c->p, k, c->p.means[k * c->count + i] + z[k] * c->p.deviations[k * c->count + i]);
}

/* Does this point meet the limits on objectives? */
static bool is_within(const struct chooser *c, const double *point)
{
    for (uint32_t k = 0; k < c->o->limit_count; k++) {
        const struct objective_limit *l = &c->o->limits[k];
        if (l->value >= c->o->count || c->o->predicted[l->value]) continue;
        double value = objectives_upward(c->o, l->value, point[l->value]);
        if (value > l->at_most || value < l->at_least) return false;
    }
    return true;
}

/* Each objective's draws are spread evenly: one in each of SAMPLES parts of equal chance, which the
 * middle of a normal draw's rank stands for. */
static int double_compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void draw(struct chooser *c)
{
    enum { OVER = 16 };
    struct rng rng;
    double many[SAMPLES * OVER];
    rng_init(&rng, c->p.of.request->seed, RNG_SEARCH, 0);
    for (uint32_t k = 0; k < c->o->count; k++) {
        uint32_t order[SAMPLES];
        for (size_t i = 0; i < SAMPLES * OVER; i++) many[i] = rng_normal(&rng);
        qsort(many, SAMPLES * OVER, sizeof(*many), double_compare);
        for (uint32_t s = 0; s < SAMPLES; s++) order[s] = s;
        rng_shuffle(&rng, order, SAMPLES);
        for (uint32_t s = 0; s < SAMPLES; s++) c->z[s][k] = many[order[s] * OVER + OVER / 2];
    }
}

/* From here on candidate i is in the fronts, with what it has in each sample. */
static enum status add_to_fronts(struct chooser *c, size_t i)
{
    static const double middle[OBJECTIVES_MAX] = {0};
    double point[OBJECTIVES_MAX];
    enum status st = SIBYL_OK;
    sample_point(c, i, middle, point);
    for (uint32_t k = 0; k < c->o->count; k++)
        if (!isfinite(point[k])) return SIBYL_OK;
    if (is_within(c, point) && c->p.chances[i] > 0.5)
        st = pareto_front_add(&c->now, point, i, NULL);
    for (uint32_t s = 0; s < SAMPLES && !st; s++) {
        sample_point(c, i, c->z[s], point);
        if (is_within(c, point) && c->p.chances[i] > 0.5)
            st = pareto_front_add(&c->fronts[s], point, i, NULL);
    }
    return st;
}

static enum status begin_fronts(struct chooser *c)
{
    double least[OBJECTIVES_MAX], most[OBJECTIVES_MAX], point[OBJECTIVES_MAX];
    enum status st = front_points(c->h, &c->now);
    front_reference(c->h, c->reference);
    for (uint32_t s = 0; s < SAMPLES && !st; s++) st = pareto_front_copy(&c->fronts[s], &c->now);
    bool first = true;
    for (size_t i = 0; i < c->h->measured; i++) {
        const struct history_entry *e = &c->h->entries[c->h->order[i]];
        if (e->failed) continue;
        front_point(c->h, e, point);
        for (uint32_t k = 0; k < c->o->count; k++) {
            least[k] = first ? point[k] : fmin(least[k], point[k]);
            most[k] = first ? point[k] : fmax(most[k], point[k]);
        }
        first = false;
    }
    c->unit = 1;
    for (uint32_t k = 0; k < c->o->count; k++) {
        c->range[k] = !first && most[k] > least[k] ? most[k] - least[k] : 1;
        c->unit *= c->range[k];
    }
    for (size_t i = c->scored; i < c->count && !st; i++) st = add_to_fronts(c, i);
    return st;
}

/* ---- what a candidate is worth ---- */

/* How far a point is behind the front, in parts of the ranges: 0 for one that nothing covers. */
static double behind(const struct chooser *c, const double *point)
{
    double far = 0;
    for (size_t i = 0; i < c->now.count; i++) {
        double least = INFINITY;
        for (uint32_t k = 0; k < c->o->count; k++)
            least = fmin(least, (c->now.points[i * c->o->count + k] - point[k]) / c->range[k]);
        far = fmax(far, least);
    }
    return far;
}

/* As the user has it. */
static double user_value(const struct chooser *c, uint32_t v, double value)
{
    return v < c->o->count ? objectives_upward(c->o, v, value) : value;
}

/* By how much the means break limits. */
static double breaks(const struct chooser *c, size_t i)
{
    double values[OBJECTIVE_VALUES_MAX];
    for (uint32_t v = 0; v < c->o->values; v++)
        values[v] = user_value(c, v, predictions_label(&c->p, v, c->p.means[v * c->count + i]));
    return objectives_violation(c->o, values);
}

static enum status find_worth(struct chooser *c, size_t i)
{
    double point[OBJECTIVES_MAX], hope[OBJECTIVES_MAX], sum = 0, gain = 0;
    enum status st = SIBYL_OK;
    for (uint32_t s = 0; s < SAMPLES && !st; s++) {
        sample_point(c, i, c->z[s], point);
        if (!is_within(c, point)) continue;
        st = hypervolume_gain(&c->scratch, &c->fronts[s], c->reference, point, &gain);
        sum += gain;
    }
    for (uint32_t k = 0; k < c->o->count; k++) hope[k] = HOPE;
    sample_point(c, i, hope, point);
    if (!st) st = hypervolume_gain(&c->scratch, &c->now, c->reference, point, &gain);
    memset(hope, 0, sizeof(hope));
    sample_point(c, i, hope, point);
    c->worth[i] = c->p.chances[i] * (sum / SAMPLES + HOPE_SHARE * gain) / c->unit -
                  NEAR_SHARE * (behind(c, point) + breaks(c, i));
    if (isnan(c->worth[i])) c->worth[i] = -(double)INFINITY;
    c->seen[i] = c->r->count;
    return st;
}

/* The best that is not proposed yet, or `scored`. What is proposed only takes from the worth of
 * others, so that one whose worth is known as it is now, and is the largest, is the best. */
static enum status find_best(struct chooser *c, size_t *out)
{
    for (;;) {
        *out = c->scored;
        for (size_t i = 0; i < c->scored; i++) {
            if (c->taken[i]) continue;
            if (*out < c->scored && c->worth[i] <= c->worth[*out] &&
                (c->worth[i] < c->worth[*out] ||
                 hash128_compare(c->p.all[i]->hash, c->p.all[*out]->hash) > 0))
                continue;
            *out = i;
        }
        if (*out == c->scored || c->seen[*out] == c->r->count) return SIBYL_OK;
        enum status st = find_worth(c, *out);
        if (st) return st;
    }
}

static enum status choose(struct chooser *c)
{
    struct algorithm_round *r = c->r;
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    enum status st = begin_fronts(c);
    for (size_t i = 0; i < c->scored && !st; i++) st = find_worth(c, i);
    while (!st && r->count < wanted) {
        size_t best;
        bool added = false;
        st = find_best(c, &best);
        if (st || best == c->scored) break;
        st = algorithm_propose(r, c->p.all[best], &added);
        SIBYL_BUG_IF(!st && !added); /* candidates are neither known nor ruled out */
        if (st) break;
        c->taken[best] = true;
        r->items[r->count - 1].predicted =
            predictions_label(&c->p, c->o->main, c->p.means[c->o->main * c->count + best]);
        st = add_to_fronts(c, best);
    }
    r->predicted = !st;
    return st;
}

/* ---- one objective, and limits on other values ---- */

/* The largest expected improvement on the best answer, times the chance of being one. */
static enum status choose_answer(struct chooser *c)
{
    struct algorithm_round *r = c->r;
    struct structure_model *m = NULL;
    size_t count = 0, at = 0;
    double value = 0;
    bool *meets = calloc(c->p.of.request->trained + 1, sizeof(*meets));
    enum status st = meets ? SIBYL_OK : err_memory("the candidates of a search");
    for (size_t i = 0; i < c->h->measured && !st; i++) {
        const struct history_entry *e = &c->h->entries[c->h->order[i]];
        if (!e->temporary) meets[count++] = !e->failed && !(e->violation > 0);
    }
    for (size_t i = 0; i < c->count; i++) c->p.chances[i] = log(fmax(c->p.chances[i], NO_CHANCE));
    struct structure_task task = predictions_task(&c->p, c->p.labels);
    task.meets = meets;
    task.chance = c->p.chances;
    task.wanted = r->batch < r->left ? r->batch : r->left;
    if (!st) st = structure_model_new(&m, &task);
    while (!st && r->count < task.wanted) {
        bool added = false;
        st = structure_model_take(m, &at, &value);
        if (st || at == task.candidate_count) break;
        st = algorithm_propose(r, c->p.all[at], &added);
        if (added) r->items[r->count - 1].predicted = value;
    }
    structure_model_free(m);
    free(meets);
    r->predicted = !st;
    return st;
}

static bool has_answers(const struct predictions_of *of)
{
    const struct objectives *o = &of->round->run->options->objectives;
    if (o->count > 1 || !of->known) return false;
    for (uint32_t k = 0; k < o->limit_count; k++)
        if (o->limits[k].value < o->count) return false;
    return true;
}

/* ---- the whole ---- */

static void chooser_release(struct chooser *c)
{
    for (uint32_t s = 0; s < SAMPLES; s++) pareto_front_release(&c->fronts[s]);
    pareto_front_release(&c->now);
    hypervolume_release(&c->scratch);
    predictions_release(&c->p);
    free(c->worth);
    free(c->seen);
    free(c->taken);
    free(c);
}

enum status acquisition_pareto(const struct predictions_of *of)
{
    struct chooser *c = calloc(1, sizeof(*c));
    if (!c) return err_memory("the candidates of a search");
    c->r = of->round;
    c->h = of->round->history;
    c->o = &of->round->run->options->objectives;
    c->scored = of->request->scored;
    struct predictions_of asked = *of;
    asked.limits_alone = has_answers(of);
    enum status st = predictions_begin(&c->p, &asked);
    c->count = c->p.count;
    c->worth = calloc(c->count + 1, sizeof(*c->worth));
    c->seen = calloc(c->count + 1, sizeof(*c->seen));
    c->taken = calloc(c->count + 1, sizeof(*c->taken));
    if (!st && (!c->worth || !c->seen || !c->taken)) st = err_memory("the candidates of a search");
    if (!st) st = predictions_make(&c->p);
    if (!st && asked.limits_alone) {
        st = choose_answer(c);
    } else if (!st) {
        draw(c);
        st = choose(c);
    }
    chooser_release(c);
    return st;
}
