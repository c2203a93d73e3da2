#include "search/algorithms/acquisition_pareto.h"

#include "proto/graph/canon.h"
#include "search/algorithms/front.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 64
#define HOPE 2.0         /* deviations of what a candidate could be at its best */
#define HOPE_SHARE 1e-3  /* what such hope is worth, beside what is expected */
#define NEAR_SHARE 1e-6  /* and what it is to be near to the front */
#define SURE_SHARE 1e-9  /* of a bound, the least deviation of a value with a limit */
#define SEED_OF_VALUES 1 /* streams of values behind that of the main one */

struct chooser {
    struct algorithm_round *r;
    const struct history *h;
    const struct objectives *o;
    const struct surrogate_request *q;
    const struct candidate **all; /* (count) those to choose from, and behind them pending ones */
    struct graph *graphs;         /* (count) of them, as the predictor sees them */
    size_t scored, count;
    double *means, *deviations; /* (values, count) of objectives so that larger is better */
    double *chances;            /* (count) that limits on other values are met */
    double *worth;              /* (scored) when `seen` proposals had been made */
    uint32_t *seen;
    double z[SAMPLES][OBJECTIVES_MAX];
    struct pareto_front fronts[SAMPLES], now;
    double reference[OBJECTIVES_MAX], range[OBJECTIVES_MAX];
    double unit; /* the product of the ranges */
    struct hypervolume scratch;
};

/* ---- what is predicted of candidates ---- */

static double upward(const struct objectives *o, uint32_t v, double value)
{
    return v < o->count ? objectives_upward(o, v, value) : value;
}

/* Whether a low value is good, as far as anybody knows. */
static bool low_is_good(const struct objectives *o, uint32_t v)
{
    if (v < o->count) return o->list[v].minimise;
    for (uint32_t i = 0; i < o->limit_count; i++)
        if (o->limits[i].value == v && isfinite(o->limits[i].at_most)) return true;
    return false;
}

/* One for each training row: as it was measured, or the worst of all for one that has failed.
 * False: they are all equal. */
static bool make_labels(const struct chooser *c, uint32_t v, double *labels)
{
    const struct history *h = c->h;
    double least = INFINITY, most = -(double)INFINITY;
    size_t count = 0;
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->failed) continue;
        least = fmin(least, e->values[v]);
        most = fmax(most, e->values[v]);
    }
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->temporary) continue;
        double value = !e->failed ? e->values[v] : low_is_good(c->o, v) ? most : least;
        labels[count++] = upward(c->o, v, value);
    }
    SIBYL_BUG_IF(count != c->q->trained);
    return most > least;
}

static enum status predict_one(struct chooser *c, uint32_t v, double *labels)
{
    struct rng rng;
    struct surrogate_request q = *c->q;
    q.candidates = c->graphs;
    q.scored = c->count;
    q.labels = labels;
    q.values = c->means + v * c->count;
    q.deviations = c->deviations + v * c->count;
    rng_init(&rng, c->q->seed, RNG_SEARCH, SEED_OF_VALUES + v);
    if (v != c->o->main) q.seed = rng_u64(&rng);
    if (make_labels(c, v, labels)) return c->r->score(c->r->context, &q);
    for (size_t i = 0; i < c->count; i++) q.values[i] = labels[0];
    return SIBYL_OK;
}

/* Predicted values have no deviation. */
static enum status forecast(struct chooser *c)
{
    double values[OBJECTIVE_VALUES_MAX];
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < c->count && !st && c->r->run->forecast; i++) {
        st = forecast_values(c->r->run->forecast, c->all[i], values);
        for (uint32_t v = 0; v < c->o->values && !st; v++)
            if (c->o->predicted[v]) c->means[v * c->count + i] = upward(c->o, v, values[v]);
    }
    return st;
}

static double normal_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2));
}

static double limit_chance(const struct objective_limit *l, double mean, double deviation)
{
    double bound = isfinite(l->at_most) ? l->at_most : l->at_least;
    double d = fmax(deviation, SURE_SHARE * (1 + fabs(bound)));
    return fmax(normal_below((l->at_most - mean) / d) - normal_below((l->at_least - mean) / d), 0);
}

static void find_chances(struct chooser *c)
{
    for (size_t i = 0; i < c->count; i++) c->chances[i] = 1;
    for (uint32_t k = 0; k < c->o->limit_count; k++) {
        const struct objective_limit *l = &c->o->limits[k];
        const double *mean = c->means + l->value * c->count;
        const double *deviation = c->deviations + l->value * c->count;
        if (l->value < c->o->count || c->o->predicted[l->value]) continue;
        for (size_t i = 0; i < c->count; i++)
            c->chances[i] *= limit_chance(l, mean[i], deviation[i]);
    }
}

static enum status predict(struct chooser *c)
{
    double *labels = calloc(c->q->trained + 1, sizeof(*labels));
    enum status st = labels ? SIBYL_OK : err_memory("the training set of a search");
    for (uint32_t v = 0; v < c->o->values && !st; v++)
        if (!c->o->predicted[v]) st = predict_one(c, v, labels);
    if (!st) st = forecast(c);
    if (!st) find_chances(c);
    free(labels);
    return st;
}

/* ---- samples ---- */

/* What candidate i has in a sample. */
static void sample_point(const struct chooser *c, size_t i, const double *z, double *out)
{
    for (uint32_t k = 0; k < c->o->count; k++)
        out[k] = c->means[k * c->count + i] + z[k] * c->deviations[k * c->count + i];
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
    rng_init(&rng, c->q->seed, RNG_SEARCH, 0);
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
    if (is_within(c, point) && c->chances[i] > 0.5) st = pareto_front_add(&c->now, point, i, NULL);
    for (uint32_t s = 0; s < SAMPLES && !st; s++) {
        sample_point(c, i, c->z[s], point);
        if (is_within(c, point) && c->chances[i] > 0.5)
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

/* By how much the means break limits. */
static double breaks(const struct chooser *c, size_t i)
{
    double values[OBJECTIVE_VALUES_MAX];
    for (uint32_t v = 0; v < c->o->values; v++)
        values[v] = upward(c->o, v, c->means[v * c->count + i]);
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
    c->worth[i] = c->chances[i] * (sum / SAMPLES + HOPE_SHARE * gain) / c->unit -
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
            if (hashset_find(&c->r->proposed, c->all[i]->hash) != HASHSET_NONE) continue;
            if (*out < c->scored && c->worth[i] <= c->worth[*out] &&
                (c->worth[i] < c->worth[*out] ||
                 hash128_compare(c->all[i]->hash, c->all[*out]->hash) > 0))
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
        st = algorithm_propose(r, c->all[best], &added);
        SIBYL_BUG_IF(!st && !added); /* candidates are neither known nor ruled out */
        if (st) break;
        r->items[r->count - 1].predicted = c->means[c->o->main * c->count + best];
        st = add_to_fronts(c, best);
    }
    r->predicted = !st;
    return st;
}

/* ---- the whole ---- */

/* The networks that are pending are predicted too. */
static enum status list_all(struct chooser *c, const struct candidate *const *candidates)
{
    const struct search_run *run = c->r->run;
    const struct space *s = run->space;
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < c->scored; i++) {
        c->all[i] = candidates[i];
        c->graphs[i] = c->q->candidates[i];
    }
    c->count = c->scored;
    for (size_t i = 0; i < c->h->count && !st; i++) {
        const struct history_entry *e = &c->h->entries[i];
        struct graph raw;
        if (e->measured) continue;
        c->all[c->count] = &e->candidate;
        st = s->graph(s, e->candidate.genes, &raw, &c->r->arena);
        if (!st)
            st = graph_in_form(&c->graphs[c->count], &c->r->arena, &raw, &s->vocabulary,
                               run->options->predictor.graph_form);
        c->count++;
    }
    return st;
}

static void chooser_release(struct chooser *c)
{
    for (uint32_t s = 0; s < SAMPLES; s++) pareto_front_release(&c->fronts[s]);
    pareto_front_release(&c->now);
    hypervolume_release(&c->scratch);
    free(c->all);
    free(c->graphs);
    free(c->means);
    free(c->deviations);
    free(c->chances);
    free(c->worth);
    free(c->seen);
    free(c);
}

enum status acquisition_pareto(struct algorithm_round *r, const struct surrogate_request *q,
                               const struct candidate *const *candidates)
{
    struct chooser *c = calloc(1, sizeof(*c));
    if (!c) return err_memory("the candidates of a search");
    c->r = r;
    c->h = r->history;
    c->o = &r->run->options->objectives;
    c->q = q;
    c->scored = q->scored;
    size_t most = q->scored + c->h->count - c->h->measured + 1;
    c->all = calloc(most, sizeof(*c->all));
    c->graphs = calloc(most, sizeof(*c->graphs));
    c->means = calloc(most * c->o->values, sizeof(*c->means));
    c->deviations = calloc(most * c->o->values, sizeof(*c->deviations));
    c->chances = calloc(most, sizeof(*c->chances));
    c->worth = calloc(most, sizeof(*c->worth));
    c->seen = calloc(most, sizeof(*c->seen));
    bool made =
        c->all && c->graphs && c->means && c->deviations && c->chances && c->worth && c->seen;
    enum status st = made ? list_all(c, candidates) : err_memory("the candidates of a search");
    if (!st) st = predict(c);
    if (!st) draw(c);
    if (!st) st = choose(c);
    chooser_release(c);
    return st;
}
