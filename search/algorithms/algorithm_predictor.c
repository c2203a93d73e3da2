/* Search with a predictor: train it on all that is known, score candidates, evaluate the most
 * promising. */
#include "search/algorithms/algorithm.h"
#include "proto/graph/canon.h"

#include <math.h>
#include <stdlib.h>

#define PREDICTOR_PARENTS 50 /* of the best networks that breed */
#define PREDICTOR_EDITS_MAX 3
#define SEED_OF_TRAINING (UINT64_C(1) << 62) /* streams of rounds are numbered below it */

struct candidate {
    struct genome genome;
    struct hash128 hash;
    struct graph graph; /* in the predictor's form */
};

struct pool {
    struct arena arena; /* owns the graphs */
    struct candidate *items;
    size_t count, capacity;
    struct hashset set;
};

struct guide {
    struct pool space; /* all networks of a small space; kept */
    bool enumerated;
};

static void pool_release(struct pool *p)
{
    free(p->items);
    hashset_release(&p->set);
    arena_release(&p->arena);
    *p = (struct pool){0};
}

static enum status pool_add(struct pool *p, const struct search_run *run, const struct genome *g,
                            const struct history *known)
{
    const struct space *s = run->space;
    struct hash128 hash;
    struct graph raw;
    bool added = false;
    enum status st = space_hash(s, g, &hash);
    if (st || (known && history_find(known, hash) != HASHSET_NONE)) return st;
    st = hashset_add(&p->set, hash, (uint32_t)p->count, &added);
    if (st || !added) return st;
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? p->capacity * 2 : 256;
        struct candidate *items = realloc(p->items, capacity * sizeof(*items));
        if (!items) return err_memory("the candidates of a search");
        p->items = items;
        p->capacity = capacity;
    }
    struct candidate *c = &p->items[p->count];
    c->genome = *g;
    c->hash = hash;
    st = s->graph(s, g, &raw, &p->arena);
    if (!st)
        st = graph_in_form(&c->graph, &p->arena, &raw, &s->vocabulary,
                           run->options->predictor.graph_form);
    if (!st) p->count++;
    return st;
}

static enum status guide_start(void **out_state, const struct search_run *run)
{
    (void)run;
    struct guide *g = calloc(1, sizeof(*g));
    if (!g) return err_memory("the search algorithm");
    arena_init(&g->space.arena);
    *out_state = g;
    return SIBYL_OK;
}

static void guide_release(void *state)
{
    struct guide *g = state;
    if (!g) return;
    pool_release(&g->space);
    free(g);
}

static enum status guide_enumerate(struct guide *guide, const struct search_run *run)
{
    const struct space *s = run->space;
    if (guide->enumerated) return SIBYL_OK;
    for (uint64_t i = 0; i < s->strings; i++) {
        struct genome g;
        s->at(s, i, &g);
        if (!s->valid(s, &g)) continue;
        enum status st = pool_add(&guide->space, run, &g, NULL);
        if (st) return st;
    }
    guide->enumerated = true;
    return SIBYL_OK;
}

/* One candidate: six in ten are mutants of a good network, two are children of two, two are random.
 */
static enum status guide_breed_one(struct algorithm_round *r, struct rng *rng,
                                   const size_t *parents, size_t parent_count, struct genome *out)
{
    const struct space *s = r->run->space;
    uint64_t way = rng_below(rng, 10);
    const struct genome *a = &r->history->entries[parents[rng_below(rng, parent_count)]].genome;
    const struct genome *b = &r->history->entries[parents[rng_below(rng, parent_count)]].genome;
    if (way >= 8) {
        s->sample(s, rng, out);
        return SIBYL_OK;
    }
    if (way >= 6) return variation_cross(s, rng, a, b, out);
    *out = *a;
    for (uint64_t edits = 1 + rng_below(rng, PREDICTOR_EDITS_MAX); edits > 0; edits--) {
        struct genome parent = *out;
        enum status st = variation_mutate(s, rng, &parent, out);
        if (st) return st;
    }
    return SIBYL_OK;
}

static enum status guide_breed(struct algorithm_round *r, struct rng *rng, const size_t *order,
                               size_t ranked, struct pool *out)
{
    uint32_t wanted = r->run->options->candidates, known = 0;
    size_t parents = ranked < PREDICTOR_PARENTS ? ranked : PREDICTOR_PARENTS;
    while (out->count < wanted && known < ALGORITHM_KNOWN_MAX) {
        struct genome g;
        size_t before = out->count;
        enum status st = guide_breed_one(r, rng, order, parents, &g);
        if (!st) st = pool_add(out, r->run, &g, r->history);
        if (st) return st;
        known = out->count > before ? 0 : known + 1;
    }
    return SIBYL_OK;
}

/* The known networks as a training set, in the order they were evaluated. */
static enum status guide_training(const struct algorithm_round *r, struct pool *training,
                                  double *labels)
{
    for (size_t i = 0; i < r->history->count; i++) {
        const struct history_entry *e = &r->history->entries[i];
        if (!e->measured || e->failed) continue;
        labels[training->count] = e->value;
        enum status st = pool_add(training, r->run, &e->genome, NULL);
        if (st) return st;
    }
    return SIBYL_OK;
}

struct acquired {
    const struct candidate *candidate;
    double value, score;
};

static int acquired_compare(const void *a, const void *b)
{
    const struct acquired *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return hash128_compare(x->candidate->hash, y->candidate->hash);
}

static enum status guide_acquire(struct algorithm_round *r, const struct surrogate_request *q,
                                 const struct candidate *const *candidates)
{
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    double exploration = r->run->options->exploration;
    struct acquired *list = calloc(q->scored, sizeof(*list));
    if (!list) return err_memory("the order of the candidates");
    for (size_t i = 0; i < q->scored; i++) {
        double score = q->values[i] + exploration * q->deviations[i];
        list[i] = (struct acquired){candidates[i], q->values[i],
                                    isnan(score) ? -(double)INFINITY : score};
    }
    qsort(list, q->scored, sizeof(*list), acquired_compare);
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < q->scored && r->count < wanted && !st; i++) {
        bool added = false;
        st = algorithm_propose(r, &list[i].candidate->genome, list[i].candidate->hash, &added);
        if (added) r->items[r->count - 1].predicted = list[i].value;
    }
    free(list);
    r->predicted = !st;
    return st;
}

/* Scores the candidates of `pool` that are not known yet, and proposes the best. */
static enum status guide_choose(struct algorithm_round *r, const struct pool *pool,
                                const struct pool *training, const double *labels)
{
    struct rng rng;
    struct surrogate_request q = {.labels = labels, .trained = training->count};
    enum status st = SIBYL_E_MEM;
    struct graph *graphs = calloc(training->count + pool->count + 1, sizeof(*graphs));
    const struct candidate **candidates = calloc(pool->count + 1, sizeof(struct candidate *));
    q.values = calloc(pool->count + 1, sizeof(double));
    q.deviations = calloc(pool->count + 1, sizeof(double));
    if (!graphs || !candidates || !q.values || !q.deviations) {
        st = err_memory("the candidates of a search");
        goto done;
    }
    for (size_t i = 0; i < training->count; i++) graphs[i] = training->items[i].graph;
    for (size_t i = 0; i < pool->count; i++) {
        if (history_find(r->history, pool->items[i].hash) != HASHSET_NONE) continue;
        graphs[training->count + q.scored] = pool->items[i].graph;
        candidates[q.scored++] = &pool->items[i];
    }
    st = SIBYL_OK;
    r->exhausted = q.scored == 0;
    if (r->exhausted) goto done;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, SEED_OF_TRAINING | r->round);
    q.seed = rng_u64(&rng);
    q.training = graphs;
    q.candidates = graphs + training->count;
    st = r->score(r->context, &q);
    if (!st) st = guide_acquire(r, &q, candidates);
done:
    free(graphs);
    free(candidates);
    free(q.values);
    free(q.deviations);
    return st;
}

static enum status guide_propose_scored(struct guide *guide, struct algorithm_round *r,
                                        struct rng *rng)
{
    const struct space *s = r->run->space;
    struct pool training = {0}, bred = {0};
    arena_init(&training.arena);
    arena_init(&bred.arena);
    size_t *order = calloc(r->history->count + 1, sizeof(*order));
    double *labels = calloc(r->history->count + 1, sizeof(*labels));
    enum status st = order && labels ? SIBYL_OK : err_memory("the training set of a search");
    bool small = s->strings <= SEARCH_ENUMERATE_MAX;
    if (!st) st = guide_training(r, &training, labels);
    if (!st && small) st = guide_enumerate(guide, r->run);
    if (!st && !small) st = history_rank(r->history, order);
    if (!st && !small) st = guide_breed(r, rng, order, training.count, &bred);
    r->origin = "predictor";
    if (!st) st = guide_choose(r, small ? &guide->space : &bred, &training, labels);
    free(order);
    free(labels);
    pool_release(&training);
    pool_release(&bred);
    return st;
}

/* A predictor needs two different values at the least. */
static bool guide_can_train(const struct history *h)
{
    const struct history_entry *first = NULL;
    for (size_t i = 0; i < h->count; i++) {
        const struct history_entry *e = &h->entries[i];
        if (!e->measured || e->failed) continue;
        if (!first) first = e;
        if (e->value < first->value || e->value > first->value) return true;
    }
    return false;
}

static enum status guide_propose(void *state, struct algorithm_round *r)
{
    struct rng rng;
    uint32_t initial = r->run->options->initial;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, r->round);
    if (r->history->count >= initial && guide_can_train(r->history))
        return guide_propose_scored(state, r, &rng);
    uint64_t wanted = r->history->count < initial ? initial - r->history->count : r->batch;
    r->origin = "initial";
    return algorithm_propose_random(r, &rng, wanted < r->left ? wanted : r->left);
}

const struct algorithm algorithm_predictor = {.kind = ALGORITHM_PREDICTOR,
                                              .start = guide_start,
                                              .propose = guide_propose,
                                              .release = guide_release};
