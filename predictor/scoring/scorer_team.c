#include "predictor/scoring/scorer_team.h"

#include <stdlib.h>

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

enum status scorer_score_all(struct team *t, struct scorer *s, const struct graph *graphs,
                             const struct hash128 *keys, size_t count, double *values,
                             double *deviations, size_t *out_distinct)
{
    struct distinct d = {0};
    size_t *counts = NULL, first = 0;
    double *mine = NULL, *all = NULL;
    enum status st =
        count > UINT32_MAX ? err_set(SIBYL_E_RANGE, "more than 2^32 graphs in one call") : SIBYL_OK;
    if (!st) st = find_distinct(&d, keys, count);
    if (!st) st = slice(t, d.count, &counts, &first);
    if (!st) {
        size_t own = counts[team_rank(t)];
        mine = malloc((2 * own + 1) * sizeof(double));
        all = malloc((2 * d.count + 1) * sizeof(double));
        struct scorer_work w = {
            .graphs = graphs, .index = d.index + first, .count = own, .values = mine};
        if (mine) w.deviations = mine + own;
        st = mine && all ? scorer_run(s, &w) : err_memory("scoring");
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
    free(d.index);
    free(d.place);
    free(counts);
    free(mine);
    free(all);
    return st;
}

/* mine (own graphs, columns) of every rank to all (count, columns). counts: graphs by rank. */
static enum status gather_rows(struct team *t, const size_t *counts, size_t columns,
                               const double *mine, double *all)
{
    int ranks = team_size(t);
    size_t *numbers = malloc((size_t)ranks * sizeof(*numbers));
    enum status st = team_agree(t, numbers ? SIBYL_OK : err_memory("embeddings"));
    if (st) return st;
    for (int r = 0; r < ranks; r++) numbers[r] = counts[r] * columns;
    team_allgather_doubles(t, mine, all, numbers);
    free(numbers);
    return SIBYL_OK;
}

enum status scorer_embed_all(struct team *t, struct scorer *s, const struct graph *graphs,
                             size_t count, double *outputs, double *pooled)
{
    const struct predictor_options *o = &scorer_predictor(s)->options;
    size_t members = o->members, columns = members * o->width;
    size_t *counts = NULL, first = 0;
    double *mine = NULL;
    enum status st = slice(t, count, &counts, &first);
    if (!st) {
        size_t own = counts[team_rank(t)];
        mine = malloc((own * (members + columns) + 1) * sizeof(*mine));
        struct scorer_work w = {.graphs = graphs + first, .count = own};
        if (outputs) w.outputs = mine;
        if (pooled && mine) w.pooled = mine + own * members;
        st = mine ? scorer_run(s, &w) : err_memory("embeddings");
    }
    st = team_agree(t, st);
    if (!st && outputs) st = gather_rows(t, counts, members, mine, outputs);
    if (!st && pooled)
        st = gather_rows(t, counts, columns, mine + counts[team_rank(t)] * members, pooled);
    free(counts);
    free(mine);
    return st;
}

enum status scorer_embed_once(struct team *t, const struct predictor *p, const struct graph *graphs,
                              size_t count, int threads, double *outputs, double *pooled)
{
    struct scorer *scorer = NULL;
    struct scorer_options options = {PRECISION_FLOAT32, threads};
    enum status st = team_agree(t, scorer_new(&scorer, p, &options));
    if (!st) st = scorer_embed_all(t, scorer, graphs, count, outputs, pooled);
    scorer_free(scorer);
    return st;
}
