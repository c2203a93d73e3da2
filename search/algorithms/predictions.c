#include "search/algorithms/predictions.h"

#include "proto/graph/canon.h"

#include <math.h>
#include <stdlib.h>

#define SURE_SHARE 1e-9  /* of a bound, the least deviation of a value with a limit */
#define SEED_OF_VALUES 1 /* streams of values behind that of the main one */

static double upward(const struct objectives *o, uint32_t v, double value)
{
    return v < o->count ? objectives_upward(o, v, value) : value;
}

double predictions_label(const struct predictions *p, uint32_t value, double number)
{
    bool mapped = value == p->o->main && p->main_model;
    return mapped ? structure_model_label(p->main_model, number) : number;
}

/* ---- labels ---- */

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
static bool make_labels(const struct predictions *p, uint32_t v, double *labels)
{
    const struct history *h = p->h;
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
        double value = !e->failed ? e->values[v] : low_is_good(p->o, v) ? most : least;
        labels[count++] = upward(p->o, v, value);
    }
    SIBYL_BUG_IF(count != p->of.request->trained);
    return most > least;
}

/* ---- models ---- */

struct structure_task predictions_task(const struct predictions *p, const double *labels)
{
    return (struct structure_task){.known = p->of.known,
                                   .labels = labels,
                                   .known_count = p->of.request->trained,
                                   .candidates = p->patterns,
                                   .hashes = p->hashes,
                                   .candidate_count = p->scored,
                                   .pending = p->patterns + p->scored,
                                   .pending_count = p->count - p->scored,
                                   .distances = p->of.distances,
                                   .look = p->of.round->look,
                                   .context = p->of.round->context};
}

static enum status ask_network(struct predictions *p, uint32_t v, const double *labels)
{
    struct rng rng;
    struct surrogate_request q = *p->of.request;
    q.candidates = p->graphs;
    q.scored = p->count;
    q.labels = labels;
    q.values = p->means + v * p->count;
    q.deviations = p->deviations + v * p->count;
    rng_init(&rng, p->of.request->seed, RNG_SEARCH, SEED_OF_VALUES + v);
    if (v != p->o->main) q.seed = rng_u64(&rng);
    return p->of.round->score(p->of.round->context, &q);
}

/* The main value, which is to be large, by its ranks. */
static enum status ask_main(struct predictions *p)
{
    p->main_task = predictions_task(p, p->labels);
    enum status st = structure_model_new(&p->main_model, &p->main_task);
    for (size_t i = 0; i < p->count && !st; i++) {
        size_t at = p->o->main * p->count + i;
        structure_model_predict(p->main_model, i, &p->means[at], &p->deviations[at]);
        p->deviations[at] = sqrt(p->deviations[at]);
    }
    return st;
}

/* Another value, as it is. Whether a limit is met depends on its noise, too. */
static enum status ask_other(struct predictions *p, uint32_t v, const double *labels)
{
    struct structure_model *m = NULL;
    struct structure_task task = predictions_task(p, labels);
    task.plain = true;
    enum status st = structure_model_new(&m, &task);
    if (st) return st;
    double unit = structure_model_label(m, 1) - structure_model_label(m, 0);
    double noise = v < p->o->count ? 0 : structure_model_noise(m);
    for (size_t i = 0; i < p->count; i++) {
        double mean, variance;
        structure_model_predict(m, i, &mean, &variance);
        p->means[v * p->count + i] = structure_model_label(m, mean);
        p->deviations[v * p->count + i] = unit * sqrt(variance + noise);
    }
    structure_model_free(m);
    return SIBYL_OK;
}

static enum status predict_one(struct predictions *p, uint32_t v, double *labels)
{
    bool differ = make_labels(p, v, labels);
    if (v == p->o->main && p->of.limits_alone) return SIBYL_OK;
    if (differ) {
        if (!p->of.known) return ask_network(p, v, labels);
        return v == p->o->main ? ask_main(p) : ask_other(p, v, labels);
    }
    for (size_t i = 0; i < p->count; i++) p->means[v * p->count + i] = labels[0];
    return SIBYL_OK;
}

/* Predicted values have no deviation. */
static enum status forecast(struct predictions *p)
{
    double values[OBJECTIVE_VALUES_MAX];
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < p->count && !st && p->of.round->run->forecast; i++) {
        st = forecast_values(p->of.round->run->forecast, p->all[i], values);
        for (uint32_t v = 0; v < p->o->values && !st; v++)
            if (p->o->predicted[v]) p->means[v * p->count + i] = upward(p->o, v, values[v]);
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

static void find_chances(struct predictions *p)
{
    for (size_t i = 0; i < p->count; i++) p->chances[i] = 1;
    for (uint32_t k = 0; k < p->o->limit_count; k++) {
        const struct objective_limit *l = &p->o->limits[k];
        const double *mean = p->means + l->value * p->count;
        const double *deviation = p->deviations + l->value * p->count;
        if (l->value < p->o->count || p->o->predicted[l->value]) continue;
        for (size_t i = 0; i < p->count; i++)
            p->chances[i] *= limit_chance(l, mean[i], deviation[i]);
    }
}

enum status predictions_make(struct predictions *p)
{
    double *other = calloc(p->of.request->trained + 1, sizeof(*other));
    enum status st = other ? SIBYL_OK : err_memory("the training set of a search");
    for (uint32_t v = 0; v < p->o->values && !st; v++)
        if (!p->o->predicted[v]) st = predict_one(p, v, v == p->o->main ? p->labels : other);
    if (!st) st = forecast(p);
    if (!st) find_chances(p);
    free(other);
    return st;
}

/* ---- the whole ---- */

/* The networks that are pending are predicted too. */
static enum status add_pending(struct predictions *p)
{
    const struct algorithm_round *r = p->of.round;
    const struct search_run *run = r->run;
    const struct space *s = run->space;
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < p->h->count && !st; i++) {
        const struct history_entry *e = &p->h->entries[i];
        struct arena *arena = &p->of.round->arena;
        struct graph raw;
        if (e->measured) continue;
        p->all[p->count] = &e->candidate;
        p->hashes[p->count] = e->candidate.hash;
        if (p->of.known)
            st = graph_patterns_of(&p->patterns[p->count], arena, &e->candidate.graph);
        else
            st = s->graph(s, e->candidate.genes, &raw, arena);
        if (!st && !p->of.known)
            st = graph_in_form(&p->graphs[p->count], arena, &raw, &s->vocabulary,
                               run->options->predictor.graph_form);
        p->count++;
    }
    return st;
}

enum status predictions_begin(struct predictions *p, const struct predictions_of *of)
{
    const struct history *h = of->round->history;
    const struct objectives *o = &of->round->run->options->objectives;
    const size_t scored = of->request->scored, most = scored + h->count - h->measured + 1;
    *p = (struct predictions){.of = *of, .h = h, .o = o, .scored = scored, .count = scored};
    p->all = calloc(most, sizeof(*p->all));
    p->graphs = calloc(most, sizeof(*p->graphs));
    p->patterns = calloc(most, sizeof(*p->patterns));
    p->hashes = calloc(most, sizeof(*p->hashes));
    p->means = calloc(most * o->values, sizeof(*p->means));
    p->deviations = calloc(most * o->values, sizeof(*p->deviations));
    p->chances = calloc(most, sizeof(*p->chances));
    p->labels = calloc(of->request->trained + 1, sizeof(*p->labels));
    if (!p->all || !p->graphs || !p->patterns || !p->hashes || !p->means || !p->deviations ||
        !p->chances || !p->labels)
        return err_memory("the candidates of a search");
    for (size_t i = 0; i < scored; i++) {
        p->all[i] = of->candidates[i];
        p->hashes[i] = of->candidates[i]->hash;
        p->graphs[i] = of->request->candidates[i];
        if (of->known) p->patterns[i] = of->patterns[i];
    }
    return add_pending(p);
}

void predictions_release(struct predictions *p)
{
    structure_model_free(p->main_model);
    free(p->all);
    free(p->graphs);
    free(p->patterns);
    free(p->hashes);
    free(p->means);
    free(p->deviations);
    free(p->chances);
    free(p->labels);
    *p = (struct predictions){0};
}
