#include "predictor/scoring/scorer.h"

#include "predictor/inputs/twins.h"
#include "predictor/kernels/parallel.h"

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
    if (*p->base)
        return err_set(SIBYL_E_USAGE, "it is a base, which has learnt no label yet; training.from "
                                      "trains a predictor that starts from it");
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

const struct predictor *scorer_predictor(const struct scorer *s)
{
    return s->predictor;
}

static const struct graph *graph_of(const struct scorer_work *w, size_t i)
{
    return &w->graphs[w->index ? w->index[i] : i];
}

/* A large graph, alone in its group, has its twins merged. */
static bool merges_twins(const struct scorer *s, const struct graph *g)
{
    return g->nodes > TWINS_FROM && !s->shape.options.tokens;
}

static enum status pack_group(const struct scorer *s, struct arena *arena,
                              const struct scorer_work *w, size_t first, uint32_t count,
                              struct batch *b)
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
static void keep_member(const struct scorer *s, const struct scorer_work *w, size_t first,
                        uint32_t count, uint32_t m, const double *out, const real *pooled)
{
    size_t members = s->predictor->options.members, width = s->predictor->options.width;
    for (size_t i = 0; w->outputs && i < count; i++) w->outputs[(first + i) * members + m] = out[i];
    for (size_t i = 0; w->pooled && i < count; i++)
        for (size_t c = 0; c < width; c++)
            w->pooled[((first + i) * members + m) * width + c] = pooled[i * width + c];
}

/* Graphs first .. first+count-1 (at most GROUP) through every member. */
static enum status score_group(const struct scorer *s, struct arena *arena, int threads,
                               const struct scorer_work *w, size_t first, uint32_t count)
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
static size_t cut_groups(const struct scorer *s, const struct scorer_work *w, size_t rows,
                         size_t *start)
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
static size_t group_rows(const struct scorer *s, const struct scorer_work *w)
{
    size_t total = 0, most = inference_rows(&s->shape), threads = (size_t)s->options.threads;
    for (size_t i = 0; i < w->count && total < most * threads; i++) total += graph_of(w, i)->nodes;
    return total / threads + 1 < most ? total / threads + 1 : most;
}

/* Whether the rows of a group are enough for all threads: it is not one of many then. */
static bool is_large(const struct scorer *s, const struct scorer_work *w, size_t first, size_t end)
{
    size_t rows = 0;
    for (size_t i = first; i < end; i++) rows += graph_of(w, i)->nodes;
    return rows > LARGE * (size_t)inference_rows(&s->shape);
}

/* Small groups side by side, then large ones one by one, each with all threads. */
enum status scorer_run(struct scorer *s, const struct scorer_work *w)
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
    struct scorer_work w = {
        .graphs = graphs, .count = count, .values = values, .deviations = deviations};
    return scorer_run(s, &w);
}
