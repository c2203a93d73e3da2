/* Search with a predictor: breed candidates, or take the whole of a small space; let a model of
 * what is known choose; evaluate the most promising. The model is the predictor, trained on all
 * that is known, or a Gaussian process over the structure of networks, which is quicker and better
 * where little is known. */
#include "search/algorithms/acquisition.h"
#include "search/algorithms/acquisition_pareto.h"
#include "search/algorithms/candidate_pool.h"
#include "search/algorithms/front.h"
#include "search/algorithms/structure_choice.h"
#include "search/spaces/variation.h"

#include <math.h>
#include <stdlib.h>

#define PREDICTOR_PARENTS 50 /* of the best networks that breed */
#define PREDICTOR_EDITS_MAX 3
/* By default the network has its say in one round of NETWORK_EVERY, when so many are known that it
 * learns more than the process: another opinion, where that one is stuck. */
#define NETWORK_FROM 100
#define NETWORK_EVERY 8
#define LOOK_POINTS 64                       /* of a space, between two looks */
#define SEED_OF_TRAINING (UINT64_C(1) << 62) /* streams of rounds are numbered below it */

struct guide {
    struct arena arena;                  /* of the two pools */
    struct candidate_pool space;         /* all networks of a small space */
    struct candidate_pool training;      /* the known networks, in the order they were evaluated */
    struct pattern_distances *distances; /* between the networks of both, and bred ones */
    size_t again;                        /* history.again of `training` */
    bool enumerated;
};

static void guide_release(void *state)
{
    struct guide *g = state;
    if (!g) return;
    candidate_pool_release(&g->space);
    candidate_pool_release(&g->training);
    pattern_distances_free(g->distances);
    arena_release(&g->arena);
    free(g);
}

static enum status guide_start(void **out_state, const struct search_run *run)
{
    (void)run;
    struct guide *g = calloc(1, sizeof(*g));
    if (!g) return err_memory("the search algorithm");
    arena_init(&g->arena);
    g->space.arena = g->training.arena = &g->arena;
    enum status st = pattern_distances_new(&g->distances);
    if (st) {
        guide_release(g);
        g = NULL;
    }
    *out_state = g;
    return st;
}

static enum status guide_enumerate(struct guide *guide, const struct algorithm_round *r)
{
    const struct search_run *run = r->run;
    const struct space *s = run->space;
    if (guide->enumerated) return SIBYL_OK;
    for (uint64_t i = 0; i < s->strings; i++) {
        struct arena_mark mark = arena_mark(&guide->arena);
        uint16_t *g = space_genes(s, &guide->arena);
        struct candidate c;
        bool added = false;
        if (!g) return SIBYL_E_MEM;
        s->at(s, i, g);
        if (!s->valid(s, g)) {
            arena_rewind(&guide->arena, mark);
            continue;
        }
        enum status st = candidate_make(&c, &guide->arena, s, g);
        if (!st) st = candidate_pool_add(&guide->space, run, &c, NULL, &added);
        if (st) return st;
        if (!added) arena_rewind(&guide->arena, mark);
        if (r->look && i % LOOK_POINTS == 0) r->look(r->context);
    }
    guide->enumerated = true;
    return SIBYL_OK;
}

/* One candidate: six in ten are mutants of a good network, two are children of two, two are random.
 */
static enum status guide_breed_one(struct algorithm_round *r, struct rng *rng,
                                   const size_t *parents, size_t parent_count,
                                   struct candidate *out)
{
    const struct space *s = r->run->space;
    uint64_t way = rng_below(rng, 10);
    const struct history *h = r->history;
    const struct candidate *a = history_candidate(h, parents[rng_below(rng, parent_count)]);
    const struct candidate *b = history_candidate(h, parents[rng_below(rng, parent_count)]);
    if (way >= 8) {
        uint16_t *g = space_genes(s, &r->arena);
        if (!g) return SIBYL_E_MEM;
        s->sample(s, rng, g);
        return candidate_make(out, &r->arena, s, g);
    }
    if (way >= 6)
        return variation_cross(s, rng, (const struct candidate *const[2]){a, b}, out, &r->arena);
    struct candidate parent = *a;
    for (uint64_t edits = 1 + rng_below(rng, PREDICTOR_EDITS_MAX); edits > 0; edits--) {
        enum status st = variation_mutate(s, rng, &parent, out, &r->arena);
        if (st) return st;
        parent = *out;
    }
    return SIBYL_OK;
}

static enum status guide_breed(struct algorithm_round *r, struct rng *rng, const size_t *order,
                               size_t ranked, struct candidate_pool *out)
{
    uint32_t wanted = r->run->options->candidates, known = 0;
    size_t parents = ranked < PREDICTOR_PARENTS ? ranked : PREDICTOR_PARENTS;
    while (out->count < wanted && known < ALGORITHM_KNOWN_MAX) {
        struct arena_mark mark = arena_mark(&r->arena);
        struct candidate c;
        bool added = false;
        enum status st = guide_breed_one(r, rng, order, parents, &c);
        if (!st) st = candidate_pool_add(out, r->run, &c, r->history, &added);
        if (st) return st;
        if (!added) arena_rewind(&r->arena, mark);
        known = added ? 0 : known + 1;
    }
    return SIBYL_OK;
}

/* What a failed network counts as: the least value, of which there is one; where all values are
 * equal, less than that. */
static double guide_worst(const struct history *h)
{
    double worst = INFINITY, best = -(double)INFINITY;
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->failed) continue;
        worst = fmin(worst, e->value);
        best = fmax(best, e->value);
    }
    for (size_t i = 0; i < history_beforehand(h); i++) {
        worst = fmin(worst, h->known->list[i].value);
        best = fmax(best, h->known->list[i].value);
    }
    if (best > worst) return worst;
    return fabs(worst) > 0 ? worst - 0.1 * fabs(worst) : -1;
}

/* Brings the known networks up to date, and lists their values, in the order in which they became
 * known. A network that has failed counts as the worst that is known, so that its likes are not
 * proposed again and again; one that failed for the machine's sake does not count. */
static enum status guide_training(struct guide *guide, const struct algorithm_round *r,
                                  double *labels)
{
    const struct history *h = r->history;
    size_t count = 0;
    double worst = guide_worst(h);
    bool added = false;
    if (guide->again != h->again) { /* an earlier one has got a value */
        candidate_pool_release(&guide->training);
        guide->training.arena = &guide->arena;
        guide->again = h->again;
    }
    for (size_t i = 0; i < history_beforehand(h); i++) {
        labels[count++] = h->known->list[i].value;
        if (count <= guide->training.count) continue;
        enum status st = candidate_pool_add(&guide->training, r->run, &h->known->list[i].candidate,
                                            NULL, &added);
        if (st) return st;
    }
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->temporary) continue;
        labels[count++] = e->failed ? worst : e->value;
        if (count <= guide->training.count) continue;
        enum status st = candidate_pool_add(&guide->training, r->run, &e->candidate, NULL, &added);
        if (st) return st;
    }
    SIBYL_BUG_IF(count != guide->training.count);
    return SIBYL_OK;
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
        list[i] = (struct acquired){.candidate = candidates[i],
                                    .value = q->values[i],
                                    .deviation = q->deviations[i],
                                    .score = isnan(score) ? -(double)INFINITY : score};
    }
    acquisition_sort(list, q->scored);
    enum status st = r->apart ? acquisition_apart(r, list, q->scored, wanted) : SIBYL_OK;
    for (size_t i = 0; i < q->scored && r->count < wanted && !st; i++)
        st = acquisition_take(r, &list[i]);
    free(list);
    r->predicted = !st;
    return st;
}

/* What is asked of a round's model. */
struct question {
    struct surrogate_request q;
    struct graph *graphs;                /* of q */
    const struct candidate **candidates; /* (q.scored) */
    struct graph_patterns *patterns;     /* (q.trained), then (q.scored) */
};

static void question_release(struct question *a)
{
    free(a->graphs);
    free(a->candidates);
    free(a->patterns);
    free(a->q.values);
    free(a->q.deviations);
}

/* Of the candidates of `pool` that are not known yet. Patterns are listed where the pools have
 * them. */
static enum status question_init(struct question *a, const struct algorithm_round *r,
                                 const struct candidate_pool *pool,
                                 const struct candidate_pool *training)
{
    struct rng rng;
    size_t known = training->count, most = known + pool->count + 1;
    *a = (struct question){.q.trained = known};
    a->graphs = calloc(most, sizeof(*a->graphs));
    a->patterns = calloc(most, sizeof(*a->patterns));
    a->candidates = calloc(pool->count + 1, sizeof(struct candidate *));
    a->q.values = calloc(pool->count + 1, sizeof(double));
    a->q.deviations = calloc(pool->count + 1, sizeof(double));
    if (!a->graphs || !a->patterns || !a->candidates || !a->q.values || !a->q.deviations)
        return err_memory("the candidates of a search");
    for (size_t i = 0; i < known; i++) {
        a->graphs[i] = training->items[i].view;
        a->patterns[i] = training->items[i].patterns;
    }
    for (size_t i = 0; i < pool->count; i++) {
        const struct pooled *item = &pool->items[i];
        bool out = history_knows(r->history, item->candidate.hash);
        enum status st =
            out ? SIBYL_OK : forecast_rules_out(r->run->forecast, &item->candidate, &out);
        if (st) return st;
        if (out) continue;
        a->graphs[known + a->q.scored] = item->view;
        a->patterns[known + a->q.scored] = item->patterns;
        a->candidates[a->q.scored++] = &item->candidate;
    }
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, SEED_OF_TRAINING | r->round);
    a->q.seed = rng_u64(&rng);
    a->q.training = a->graphs;
    a->q.candidates = a->graphs + known;
    return SIBYL_OK;
}

/* By the network: scores the candidates of `pool`, and proposes the best. */
static enum status guide_choose(struct algorithm_round *r, const struct candidate_pool *pool,
                                const struct candidate_pool *training, const double *labels)
{
    struct question a;
    enum status st = question_init(&a, r, pool, training);
    a.q.labels = labels;
    r->exhausted = !st && a.q.scored == 0;
    if (!st && !r->exhausted) st = r->score(r->context, &a.q);
    if (!st && !r->exhausted) st = guide_acquire(r, &a.q, a.candidates);
    question_release(&a);
    return st;
}

/* The same of several objectives, or of limits, by the network or by structure. */
static enum status guide_weigh(struct guide *guide, struct algorithm_round *r,
                               struct candidate_pool *pool, bool network)
{
    struct candidate_pool *training = &guide->training;
    struct question a = {.graphs = NULL};
    enum status st = network ? SIBYL_OK : candidate_pool_patterns(pool);
    if (!st && !network) st = candidate_pool_patterns(training);
    if (!st) st = question_init(&a, r, pool, training);
    r->exhausted = !st && a.q.scored == 0;
    const struct predictions_of of = {.round = r,
                                      .request = &a.q,
                                      .candidates = a.candidates,
                                      .distances = guide->distances,
                                      .known = network ? NULL : a.patterns,
                                      .patterns = network ? NULL : a.patterns + a.q.trained};
    if (!st && !r->exhausted) st = acquisition_pareto(&of);
    question_release(&a);
    return st;
}

static bool guide_asks_network(const struct guide *guide, const struct algorithm_round *r)
{
    const struct search_options *o = r->run->options;
    if (!search_options_structure(o)) return true;
    if (o->model == MODEL_STRUCTURE || objectives_are_many(&o->objectives)) return false;
    if (o->model == MODEL_ALTERNATE) return r->round % 2 == 1;
    return guide->training.count >= NETWORK_FROM && r->round % NETWORK_EVERY == NETWORK_EVERY - 1;
}

static enum status guide_propose_scored(struct guide *guide, struct algorithm_round *r,
                                        struct rng *rng)
{
    const struct space *s = r->run->space;
    struct candidate_pool *training = &guide->training;
    struct candidate_pool bred = {.arena = &r->arena};
    const size_t most = r->history->count + history_beforehand(r->history) + 1;
    size_t *order = calloc(most, sizeof(*order));
    double *labels = calloc(most, sizeof(*labels));
    enum status st = order && labels ? SIBYL_OK : err_memory("the training set of a search");
    const struct history *h = r->history;
    size_t ranked = h->measured - h->failed + history_beforehand(h);
    bool small = s->strings <= SEARCH_ENUMERATE_MAX;
    if (!st) st = guide_training(guide, r, labels);
    bool many = objectives_are_many(&r->run->options->objectives);
    if (!st && small) st = guide_enumerate(guide, r);
    if (!st && !small) st = many ? front_rank(h, order) : history_rank(h, order);
    if (!st && !small) st = guide_breed(r, rng, order, ranked, &bred);
    r->origin = "predictor";
    struct candidate_pool *pool = small ? &guide->space : &bred;
    bool network = guide_asks_network(guide, r);
    pattern_distances_trim(guide->distances, PATTERN_DISTANCES_KEPT);
    if (!st && many)
        st = guide_weigh(guide, r, pool, network);
    else if (!st)
        st = network ? guide_choose(r, pool, training, labels)
                     : structure_choose(r, pool, training, labels, guide->distances);
    free(order);
    free(labels);
    candidate_pool_release(&bred);
    return st;
}

/* A predictor needs two different values at the least; a failure is one. */
static bool guide_can_train(const struct history *h)
{
    const size_t known = history_beforehand(h);
    double first = (double)NAN;
    bool fails = false;
    for (size_t i = 0; i < known + h->measured; i++) {
        const struct history_entry *e = i < known ? NULL : &h->entries[h->order[i - known]];
        fails = fails || (e && e->failed && !e->temporary);
        if (e && e->failed) continue;
        const double value = e ? e->value : h->known->list[i].value;
        if (value < first || value > first) return true;
        first = value;
    }
    return fails && !isnan(first);
}

static enum status guide_propose(void *state, struct algorithm_round *r)
{
    struct rng rng;
    uint32_t initial = search_options_initial(r->run->options);
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, r->round);
    /* Half of the initial networks are enough to learn from, where the rest are pending. */
    size_t known = history_beforehand(r->history), proposed = known + r->history->count;
    bool enough = proposed >= initial && known + r->history->measured >= (initial + 1) / 2;
    if (enough && guide_can_train(r->history)) return guide_propose_scored(state, r, &rng);
    uint64_t wanted = proposed < initial ? initial - proposed : r->batch;
    r->origin = "initial";
    return algorithm_propose_random(r, &rng, wanted < r->left ? wanted : r->left);
}

const struct algorithm algorithm_predictor = {.kind = ALGORITHM_PREDICTOR,
                                              .graphs = true,
                                              .trains = true,
                                              .start = guide_start,
                                              .propose = guide_propose,
                                              .release = guide_release};
