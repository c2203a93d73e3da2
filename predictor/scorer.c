#include "predictor/scorer.h"

#include "predictor/inference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GROUP 256 /* the most graphs in one product */

struct scorer {
    const struct predictor *predictor;
    struct nnformer_shape shape;
    struct arena arena; /* reset for every group */
    uint32_t rows;      /* of a group, about */
    struct inference *member[PREDICTOR_MEMBERS_MAX];
};

enum status scorer_new(struct scorer **out, const struct predictor *p)
{
    struct scorer *s = calloc(1, sizeof(*s));
    if (!s) return err_memory("a scorer");
    s->predictor = p;
    nnformer_shape_init(&s->shape, &p->options, p->vocabulary.count);
    s->rows = inference_rows(&s->shape);
    arena_init(&s->arena);
    enum status st = SIBYL_OK;
    for (uint32_t m = 0; m < p->options.members && !st; m++)
        st = inference_new(&s->member[m], &s->shape, p->weights + m * p->parameters);
    if (st)
        scorer_free(s);
    else
        *out = s;
    return st;
}

void scorer_free(struct scorer *s)
{
    if (!s) return;
    for (uint32_t m = 0; m < PREDICTOR_MEMBERS_MAX; m++) inference_free(s->member[m]);
    arena_release(&s->arena);
    free(s);
}

/* Up to GROUP graphs through every member. */
static enum status score_group(struct scorer *s, const struct graph *graphs, const uint32_t *index,
                               uint32_t count, double *values, double *deviations)
{
    const struct predictor *p = s->predictor;
    double mean[GROUP] = {0}, squares[GROUP] = {0};
    real out[GROUP];
    struct batch b;
    arena_reset(&s->arena);
    enum status st = batch_pack(&b, &s->arena, graphs, index, count, &s->shape.options);
    for (uint32_t m = 0; m < p->options.members && !st; m++) {
        st = inference_run(s->member[m], &b, &s->arena, out);
        for (uint32_t i = 0; i < count && !st; i++) { /* Welford's mean and sum of squares */
            double x = predictor_label_of_output(p, out[i]), before = x - mean[i];
            mean[i] += before / (m + 1);
            squares[i] += before * (x - mean[i]);
        }
    }
    for (uint32_t i = 0; i < count && !st; i++) {
        values[i] = mean[i];
        if (deviations) deviations[i] = sqrt(squares[i] / p->options.members);
    }
    return st;
}

/* How many of the next graphs fill a group. */
static uint32_t group_size(const struct scorer *s, const struct graph *graphs,
                           const uint32_t *index, size_t left)
{
    uint32_t n = 0;
    size_t rows = 0;
    while (n < left && n < GROUP && (n == 0 || rows < s->rows)) {
        rows += graphs[index ? index[n] : n].nodes + 2 * (size_t)s->shape.options.tokens;
        n++;
    }
    return n;
}

/* graphs[index[i]], or graphs[i] where index is NULL, in groups from the first on. */
static enum status score_groups(struct scorer *s, const struct graph *graphs, const uint32_t *index,
                                size_t count, double *values, double *deviations)
{
    for (size_t first = 0, n; first < count; first += n) {
        const struct graph *from = index ? graphs : graphs + first;
        const uint32_t *chosen = index ? index + first : NULL;
        n = group_size(s, from, chosen, count - first);
        enum status st = score_group(s, from, chosen, (uint32_t)n, values + first,
                                     deviations ? deviations + first : NULL);
        if (st) return st;
    }
    return SIBYL_OK;
}

enum status scorer_score(struct scorer *s, const struct graph *graphs, size_t count, double *values,
                         double *deviations)
{
    return score_groups(s, graphs, NULL, count, values, deviations);
}

/* ---- all ranks ---- */

struct keyed {
    struct hash128 key;
    uint32_t index;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = hash128_compare(x->key, y->key);
    return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

struct distinct {
    uint32_t *index; /* (count of distinct ones) the first graph of each */
    uint32_t *place; /* (all) where in `index` graph i's network stands */
    size_t count;
};

/* Graphs of equal key share a place; places are in order of first appearance. */
static enum status find_distinct(struct distinct *d, const struct hash128 *keys, size_t count)
{
    struct keyed *sorted = keys ? malloc((count + 1) * sizeof(*sorted)) : NULL;
    d->index = malloc((count + 1) * sizeof(uint32_t));
    d->place = malloc((count + 1) * sizeof(uint32_t));
    if ((keys && !sorted) || !d->index || !d->place) {
        free(sorted);
        return err_memory("scoring");
    }
    for (size_t i = 0; i < count; i++) d->place[i] = (uint32_t)i; /* first graph of the same key */
    if (keys) {
        for (size_t i = 0; i < count; i++) sorted[i] = (struct keyed){keys[i], (uint32_t)i};
        qsort(sorted, count, sizeof(*sorted), by_key);
        for (size_t i = 1; i < count; i++)
            if (hash128_compare(sorted[i].key, sorted[i - 1].key) == 0)
                d->place[sorted[i].index] = d->place[sorted[i - 1].index];
    }
    d->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (d->place[i] == i) {
            d->index[d->count] = (uint32_t)i;
            d->place[i] = (uint32_t)d->count++;
        } else {
            d->place[i] =
                d->place[d->place[i]]; /* the first one stands before i: its place is known */
        }
    }
    free(sorted);
    return SIBYL_OK;
}

/* This rank's part of the distinct graphs, and how many graphs each rank has. */
static enum status slice(struct team *t, size_t distinct, size_t **out_counts, size_t *out_first)
{
    int ranks = team_size(t);
    size_t *counts = malloc((size_t)ranks * sizeof(*counts));
    if (!counts) return err_memory("scoring");
    for (int r = 0; r < ranks; r++) {
        uint64_t begin, end;
        team_slice(distinct, r, ranks, &begin, &end);
        counts[r] = (size_t)(end - begin);
        if (r == team_rank(t)) *out_first = (size_t)begin;
    }
    *out_counts = counts;
    return SIBYL_OK;
}

enum status scorer_score_all(struct team *t, const struct predictor *p, const struct graph *graphs,
                             const struct hash128 *keys, size_t count, double *values,
                             double *deviations, size_t *out_distinct)
{
    struct scorer *s = NULL;
    struct distinct d = {0};
    size_t *counts = NULL, first = 0;
    double *mine = NULL, *all = NULL;
    enum status st =
        count > UINT32_MAX ? err_set(SIBYL_E_RANGE, "more than 2^32 graphs in one call") : SIBYL_OK;
    if (!st) st = scorer_new(&s, p);
    if (!st) st = find_distinct(&d, keys, count);
    if (!st) st = slice(t, d.count, &counts, &first);
    if (!st) {
        size_t own = counts[team_rank(t)];
        mine = malloc((2 * own + 1) * sizeof(double));
        all = malloc((2 * d.count + 1) * sizeof(double));
        st = mine && all ? score_groups(s, graphs, d.index + first, own, mine, mine + own)
                         : err_memory("scoring");
    }
    st = team_agree(t, st);
    if (st) goto done;
    team_allgather_doubles(t, mine, all, counts);
    if (deviations) team_allgather_doubles(t, mine + counts[team_rank(t)], all + d.count, counts);
    for (size_t i = 0; i < count; i++) {
        values[i] = all[d.place[i]];
        if (deviations) deviations[i] = all[d.count + d.place[i]];
    }
    if (out_distinct) *out_distinct = d.count;
done:
    scorer_free(s);
    free(d.index);
    free(d.place);
    free(counts);
    free(mine);
    free(all);
    return st;
}
