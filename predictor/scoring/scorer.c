#include "predictor/scoring/scorer.h"

#include "predictor/kernels/parallel.h"
#include "predictor/inputs/twins.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUP 256       /* the most graphs in one product */
#define LARGE 8         /* times the rows that a group aims at */
#define TWINS_FROM 1024 /* nodes */

struct scorer {
    const struct predictor *predictor;
    struct scorer_options options;
    struct nnformer_shape shape;
    struct arena *arena; /* (threads) reset for every group */
    struct inference *member[PREDICTOR_MEMBERS_MAX];
};

enum status scorer_new(struct scorer **out, const struct predictor *p,
                       const struct scorer_options *options)
{
    struct scorer *s = calloc(1, sizeof(*s));
    if (!s) return err_memory("a scorer");
    s->predictor = p;
    s->options = options ? *options : (struct scorer_options){0};
    if (s->options.threads < 1) s->options.threads = 1;
    nnformer_shape_init(&s->shape, &p->options, p->vocabulary.count);
    s->arena = calloc((size_t)s->options.threads, sizeof(*s->arena));
    enum status st = s->arena ? SIBYL_OK : err_memory("a scorer");
    for (int i = 0; i < s->options.threads && !st; i++) arena_init(&s->arena[i]);
    for (uint32_t m = 0; m < p->options.members && !st; m++)
        st = inference_new(&s->member[m], &s->shape, p->weights + m * p->parameters,
                           s->options.precision);
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
    for (int i = 0; s->arena && i < s->options.threads; i++) arena_release(&s->arena[i]);
    free(s->arena);
    free(s);
}

/* What is to be scored: graphs[index[i]], or graphs[i] where index is NULL. */
struct work {
    const struct graph *graphs;
    const uint32_t *index;
    size_t count;
    double *values, *deviations; /* (count); deviations may be NULL */
    double *outputs;             /* (count, members), NULL: not wanted */
    double *pooled;              /* (count, members * width), NULL: not wanted */
};

static const struct graph *graph_of(const struct work *w, size_t i)
{
    return &w->graphs[w->index ? w->index[i] : i];
}

/* A large graph, alone in its group, has its twins merged. */
static bool merges_twins(const struct scorer *s, const struct graph *g)
{
    return g->nodes > TWINS_FROM && !s->shape.options.tokens;
}

static enum status pack_group(const struct scorer *s, struct arena *arena, const struct work *w,
                              size_t first, uint32_t count, struct batch *b)
{
    const struct graph *g = graph_of(w, first);
    if (!merges_twins(s, g))
        return batch_pack(b, arena, w->index ? w->graphs : w->graphs + first,
                          w->index ? w->index + first : NULL, count, &s->shape.options);
    struct graph merged;
    uint32_t *copies;
    enum status st = twins_merge(&merged, &copies, arena, g);
    if (!st) st = batch_pack(b, arena, &merged, NULL, 1, &s->shape.options);
    return st || !copies ? st : twins_count(b, arena, copies);
}

/* What member m makes of graphs first .. first+count-1, where it is wanted. */
static void keep_member(const struct scorer *s, const struct work *w, size_t first, uint32_t count,
                        uint32_t m, const double *out, const real *pooled)
{
    size_t members = s->predictor->options.members, width = s->predictor->options.width;
    for (size_t i = 0; w->outputs && i < count; i++) w->outputs[(first + i) * members + m] = out[i];
    for (size_t i = 0; w->pooled && i < count; i++)
        for (size_t c = 0; c < width; c++)
            w->pooled[((first + i) * members + m) * width + c] = pooled[i * width + c];
}

/* Graphs first .. first+count-1 (at most GROUP) through every member. */
static enum status score_group(const struct scorer *s, struct arena *arena, int threads,
                               const struct work *w, size_t first, uint32_t count)
{
    const struct predictor *p = s->predictor;
    double mean[GROUP] = {0}, squares[GROUP] = {0}, out[GROUP], lookup[GROUP];
    real raw[GROUP], *pooled = NULL;
    struct batch b;
    arena_reset(arena);
    enum status st = pack_group(s, arena, w, first, count, &b);
    for (uint32_t i = 0; i < count; i++) lookup[i] = predictor_lookup(p, graph_of(w, first + i));
    if (!st && w->pooled) {
        pooled = arena_alloc(arena, count * (size_t)p->options.width * sizeof(*pooled));
        if (!pooled) st = SIBYL_E_MEM;
    }
    for (uint32_t m = 0; m < p->options.members && !st; m++) {
        st = inference_run(s->member[m], &b, arena, threads, raw, pooled);
        for (uint32_t i = 0; i < count && !st; i++) out[i] = raw[i] + lookup[i];
        if (!st) keep_member(s, w, first, count, m, out, pooled);
        for (uint32_t i = 0; i < count && !st; i++) { /* Welford's mean and sum of squares */
            double x = predictor_label_of_output(p, out[i]), before = x - mean[i];
            mean[i] += before / (m + 1);
            squares[i] += before * (x - mean[i]);
        }
    }
    for (uint32_t i = 0; i < count && !st; i++) {
        if (w->values) w->values[first + i] = mean[i];
        if (w->deviations) w->deviations[first + i] = sqrt(squares[i] / p->options.members);
    }
    return st;
}

/* Cuts the graphs into groups of about `rows` rows; start[i] is the first graph of group i. */
static size_t cut_groups(const struct scorer *s, const struct work *w, size_t rows, size_t *start)
{
    size_t groups = 0, filled = 0;
    for (size_t i = 0; i < w->count; i++) {
        bool alone = merges_twins(s, graph_of(w, i));
        if (i == 0 || filled >= rows || i - start[groups - 1] == GROUP || alone) {
            start[groups++] = i;
            filled = alone ? rows : 0;
        }
        filled += graph_of(w, i)->nodes + 2 * (size_t)s->shape.options.tokens;
    }
    start[groups] = w->count;
    return groups;
}

/* Rows of a group: as the caches like it, but at least a group for each thread. */
static size_t group_rows(const struct scorer *s, const struct work *w)
{
    size_t total = 0, most = inference_rows(&s->shape), threads = (size_t)s->options.threads;
    for (size_t i = 0; i < w->count && total < most * threads; i++) total += graph_of(w, i)->nodes;
    return total / threads + 1 < most ? total / threads + 1 : most;
}

/* Whether the rows of a group are enough for all threads: it is not one of many then. */
static bool is_large(const struct scorer *s, const struct work *w, size_t first, size_t end)
{
    size_t rows = 0;
    for (size_t i = first; i < end; i++) rows += graph_of(w, i)->nodes;
    return rows > LARGE * (size_t)inference_rows(&s->shape);
}

/* Small groups side by side, then large ones one by one, each with all threads. */
static enum status score_groups(struct scorer *s, const struct work *w)
{
    enum status result = SIBYL_OK;
    char message[STATUS_MESSAGE_BYTES] = "";
    size_t *start = malloc((w->count + 1) * sizeof(*start));
    if (!start) return err_memory("scoring");
    size_t groups = cut_groups(s, w, group_rows(s, w), start);
#pragma omp parallel for schedule(dynamic) num_threads(s->options.threads)
    for (size_t i = 0; i < groups; i++) {
        if (is_large(s, w, start[i], start[i + 1])) continue;
        enum status st = score_group(s, &s->arena[parallel_thread()], 1, w, start[i],
                                     (uint32_t)(start[i + 1] - start[i]));
        if (!st) continue;
#pragma omp critical(scorer_failure)
        {
            result = st;
            snprintf(message, sizeof(message), "%s", err_message());
        }
    }
    if (result) err_set(result, "%s", message);
    for (size_t i = 0; i < groups && !result; i++)
        if (is_large(s, w, start[i], start[i + 1]))
            result = score_group(s, &s->arena[0], s->options.threads, w, start[i],
                                 (uint32_t)(start[i + 1] - start[i]));
    free(start);
    return result;
}

enum status scorer_score(struct scorer *s, const struct graph *graphs, size_t count, double *values,
                         double *deviations)
{
    return score_groups(s, &(struct work){graphs, NULL, count, values, deviations, NULL, NULL});
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
        struct work w = {graphs, d.index + first, own, mine, mine + own, NULL, NULL};
        st = mine && all ? score_groups(s, &w) : err_memory("scoring");
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
    size_t members = s->predictor->options.members, width = s->predictor->options.width;
    size_t *counts = NULL, first = 0, columns = members * width;
    double *mine = NULL;
    enum status st = slice(t, count, &counts, &first);
    if (!st) {
        size_t own = counts[team_rank(t)];
        mine = malloc((own * (members + columns) + 1) * sizeof(*mine));
        struct work w = {.graphs = graphs + first, .count = own};
        if (outputs) w.outputs = mine;
        if (pooled && mine) w.pooled = mine + own * members;
        st = mine ? score_groups(s, &w) : err_memory("embeddings");
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
