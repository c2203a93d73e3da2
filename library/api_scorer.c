#include "library/api.h"

#include "base/hashset.h"
#include "predictor/kernels/parallel.h"
#include "predictor/scoring/predictor_input.h"
#include "predictor/scoring/scorer.h"

#include <stdio.h>
#include <stdlib.h>

#define THREADS_MAX 4096
#define BLOCK 16384 /* networks whose inputs are in memory at a time */

struct sibyl_scorer {
    const struct predictor *predictor;
    struct scorer *scorer;
    int threads;
    struct arena *arenas; /* (threads) of the inputs, reset for every block */
    struct hashset seen;  /* of a block */
};

enum sibyl_code sibyl_scorer_new(struct sibyl_scorer **out, const struct sibyl_predictor *predictor,
                                 const struct sibyl_scorer_options *options,
                                 struct sibyl_status *status)
{
    const struct sibyl_scorer_options plain = {0}, *o = options ? options : &plain;
    if (!out || !predictor) return api_null(status, out ? "predictor" : "out");
    if (o->threads > THREADS_MAX)
        return api_refuse(status, SIBYL_CODE_ARGUMENT, "%d threads: want at most %d", o->threads,
                          THREADS_MAX);
    if (o->precision != SIBYL_PRECISION_FLOAT32 && o->precision != SIBYL_PRECISION_BF16)
        return api_refuse(status, SIBYL_CODE_ARGUMENT, "there is no precision %d",
                          (int)o->precision);
    if (predictor->predictor.options.head != HEAD_LINEAR)
        return api_refuse(status, SIBYL_CODE_UNSUPPORTED,
                          "this predictor has a Gaussian process (predictor.head: %s), which only "
                          "the program can use: sibyl score",
                          head_name(predictor->predictor.options.head));
    if (o->precision == SIBYL_PRECISION_BF16 && !inference_has_bf16())
        return api_refuse(status, SIBYL_CODE_UNSUPPORTED,
                          "this CPU has no instructions for bfloat16 (AVX512-BF16)");
    struct scorer_options inner = {
        o->precision == SIBYL_PRECISION_BF16 ? PRECISION_BF16 : PRECISION_FLOAT32, o->threads};
    struct sibyl_scorer *made = calloc(1, sizeof(*made));
    if (!made) return api_end(status, err_memory("a scorer"));
    made->predictor = &predictor->predictor;
    made->threads = o->threads < 1 ? 1 : o->threads;
    made->arenas = calloc((size_t)made->threads, sizeof(*made->arenas));
    enum status st = made->arenas ? SIBYL_OK : err_memory("a scorer");
    for (int i = 0; i < made->threads && !st; i++) arena_init(&made->arenas[i]);
    if (!st) st = scorer_new(&made->scorer, made->predictor, &inner);
    if (st)
        sibyl_scorer_free(made);
    else
        *out = made;
    return api_end(status, st);
}

void sibyl_scorer_free(struct sibyl_scorer *scorer)
{
    if (!scorer) return;
    scorer_free(scorer->scorer);
    for (int i = 0; scorer->arenas && i < scorer->threads; i++) arena_release(&scorer->arenas[i]);
    hashset_release(&scorer->seen);
    free(scorer->arenas);
    free(scorer);
}

/* Networks first .. first + count - 1 of a list on their way through the predictor. */
struct block {
    struct sibyl_scorer *scorer;
    const struct graph *graphs; /* (count) as they are in the list */
    const double *features;     /* (count, features), or NULL */
    size_t count;
    struct predictor_input *inputs; /* (count) */
    struct graph *distinct;         /* (count) inputs that are not equal */
    uint32_t *place;                /* (count) which of them a network's is */
    double *values, *deviations;    /* (count) each, of those */
};

/* What the predictor sees of each network. */
static enum status make_inputs(const struct block *b)
{
    struct sibyl_scorer *s = b->scorer;
    size_t features = s->predictor->features.count;
    char message[STATUS_MESSAGE_BYTES] = "";
    enum status result = SIBYL_OK;
    for (int i = 0; i < s->threads; i++) arena_reset(&s->arenas[i]);
#pragma omp parallel for schedule(dynamic, 64) num_threads(s->threads)
    for (size_t i = 0; i < b->count; i++) {
        enum status st =
            predictor_input_make(&b->inputs[i], &s->arenas[parallel_thread()], s->predictor,
                                 &b->graphs[i], features ? b->features + i * features : NULL);
        if (!st) continue;
#pragma omp critical(sibyl_inputs_failure)
        {
            result = st;
            snprintf(message, sizeof(message), "%s", err_message());
        }
    }
    return result ? err_set(result, "%s", message) : SIBYL_OK;
}

/* Those that are not equal, in the order in which they come. */
static enum status find_distinct(struct block *b, size_t *out_count)
{
    struct hashset *seen = &b->scorer->seen;
    size_t count = 0;
    enum status st = SIBYL_OK;
    hashset_release(seen);
    for (size_t i = 0; i < b->count && !st; i++) {
        bool added = false;
        st = hashset_add(seen, b->inputs[i].key, (uint32_t)count, &added);
        if (st) break;
        b->place[i] = added ? (uint32_t)count : hashset_find(seen, b->inputs[i].key);
        if (added) b->distinct[count++] = b->inputs[i].graph;
    }
    *out_count = count;
    return st;
}

static enum status score_block(struct block *b, double *values, double *deviations)
{
    size_t count = 0;
    enum status st = make_inputs(b);
    if (!st) st = find_distinct(b, &count);
    if (!st) st = scorer_score(b->scorer->scorer, b->distinct, count, b->values, b->deviations);
    for (size_t i = 0; i < b->count && !st; i++) {
        if (values) values[i] = b->values[b->place[i]];
        if (deviations) deviations[i] = b->deviations[b->place[i]];
    }
    return st;
}

static enum status score_all(struct sibyl_scorer *scorer, const struct sibyl_graphs *graphs,
                             const struct sibyl_scores *scores)
{
    size_t room = graphs->count < BLOCK ? graphs->count : BLOCK;
    size_t features = scorer->predictor->features.count;
    struct arena arena;
    arena_init(&arena);
    struct block b = {.scorer = scorer,
                      .inputs = arena_alloc(&arena, room * sizeof(*b.inputs)),
                      .distinct = arena_alloc(&arena, room * sizeof(*b.distinct)),
                      .place = arena_alloc(&arena, room * sizeof(*b.place)),
                      .values = arena_alloc(&arena, room * sizeof(*b.values)),
                      .deviations = arena_alloc(&arena, room * sizeof(*b.deviations))};
    bool made = b.inputs && b.distinct && b.place && b.values && b.deviations;
    enum status st = made ? SIBYL_OK : SIBYL_E_MEM;
    for (size_t first = 0; first < graphs->count && !st; first += b.count) {
        b.count = graphs->count - first < room ? graphs->count - first : room;
        b.graphs = graphs->list + first;
        b.features = features ? scores->features + first * features : NULL;
        st = score_block(&b, scores->values ? scores->values + first : NULL,
                         scores->deviations ? scores->deviations + first : NULL);
    }
    arena_release(&arena);
    return st;
}

enum sibyl_code sibyl_scorer_score(struct sibyl_scorer *scorer, const struct sibyl_graphs *graphs,
                                   const struct sibyl_scores *scores, struct sibyl_status *status)
{
    if (!scorer || !graphs) return api_null(status, scorer ? "graphs" : "scorer");
    if (!scores) return api_null(status, "scores");
    const struct predictor *p = scorer->predictor;
    if (graphs->attributes != predictor_own_attributes(p))
        return api_refuse(status, SIBYL_CODE_ARGUMENT,
                          "the predictor was trained on nodes with %u attributes, but those of the "
                          "list have %u",
                          predictor_own_attributes(p), graphs->attributes);
    if (!vocabulary_equal(&graphs->vocabulary, &p->vocabulary))
        return api_refuse(status, SIBYL_CODE_ARGUMENT,
                          "the predictor was trained on other operations than those of the list; "
                          "sibyl_predictor_graphs() makes one that fits");
    if (p->features.count && !scores->features)
        return api_refuse(status, SIBYL_CODE_ARGUMENT,
                          "the predictor was trained with the feature %s: scores->features must "
                          "not be NULL",
                          p->features.list[0].name);
    return api_end(status, score_all(scorer, graphs, scores));
}
