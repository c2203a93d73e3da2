/* A search like BANANAS (White, Neiswanger and Savani 2021, "BANANAS: Bayesian Optimization with
 * Neural Architectures for Neural Architecture Search"): an ensemble of five small networks learns
 * from path encodings, mutants of the best networks are the candidates, and those with the highest
 * independent draws from what the ensemble takes for their values (independent Thompson sampling)
 * are evaluated.
 *
 * Unlike theirs: networks of 3 x 32 units instead of 10 x 20; they learn normal scores of the ranks
 * of the values instead of the values relative to a bound; isomorphic networks are one; the paths
 * are those that were met, in place of all short ones; `search.initial` random networks come first
 * (theirs: 10); candidates that mutation cannot find are drawn at random. A network that has failed
 * counts as the worst. */
#include "base/statistics.h"
#include "search/algorithms/algorithm.h"
#include "search/algorithms/mlp.h"
#include "search/algorithms/paths.h"
#include "search/spaces/variation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BANANA_MEMBERS 5
#define BANANA_EPOCHS 150
#define BANANA_CANDIDATES 100
#define BANANA_PARENTS 10
#define BANANA_TRIES 2000                  /* mutations in search of candidates */
#define SEED_OF_MEMBER (UINT64_C(5) << 59) /* streams of rounds are numbered below it */

/* Networks as the ensemble sees them. */
struct encoded {
    struct mlp_input *inputs; /* (count) */
    uint16_t *numbers;        /* (count, PATHS_OF_NETWORK_MAX) */
    size_t count;
};

static enum status encoded_init(struct encoded *e, size_t room)
{
    e->inputs = calloc(room + 1, sizeof(*e->inputs));
    e->numbers = calloc((room + 1) * PATHS_OF_NETWORK_MAX, sizeof(*e->numbers));
    return e->inputs && e->numbers ? SIBYL_OK : err_memory("the networks of a search");
}

static void encoded_release(struct encoded *e)
{
    free(e->inputs);
    free(e->numbers);
}

static enum status encoded_add(struct encoded *e, struct paths *p, const struct graph *g,
                               bool learn)
{
    uint16_t *numbers = e->numbers + e->count * PATHS_OF_NETWORK_MAX;
    struct mlp_input *x = &e->inputs[e->count++];
    x->features = numbers;
    return paths_of(p, g, learn, numbers, &x->count);
}

/* ---- what is learnt from ---- */

struct lesson {
    const struct graph *graph;
    double value; /* -INFINITY: failed */
    size_t number;
};

static int by_value(const void *a, const void *b)
{
    const struct lesson *x = a, *y = b;
    if (x->value < y->value || x->value > y->value) return x->value < y->value ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* All that is known, the worst first; list[measured + beforehand]. */
static size_t gather(const struct history *h, struct lesson *list)
{
    size_t count = 0;
    for (size_t i = 0; i < history_beforehand(h); i++, count++)
        list[count] =
            (struct lesson){&h->known->list[i].candidate.graph, h->known->list[i].value, count};
    for (size_t i = 0; i < h->measured; i++) {
        const struct history_entry *e = &h->entries[h->order[i]];
        if (e->temporary) continue;
        list[count] =
            (struct lesson){&e->candidate.graph, e->failed ? -(double)INFINITY : e->value, count};
        count++;
    }
    qsort(list, count, sizeof(*list), by_value);
    return count;
}

/* Normal scores of the ranks; equal values have equal ones. */
static void score_ranks(const struct lesson *list, size_t count, float *out)
{
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && !(list[end].value > list[i].value); end++) continue;
        double rank = 0.5 * (double)(i + end) / (double)count;
        for (size_t k = i; k < end; k++) out[k] = (float)statistics_normal_quantile(rank);
    }
}

/* Trains a member and adds what it predicts to the sums (candidates) of values and squares. */
static enum status ask_member(const struct mlp_set *known, const struct encoded *asked,
                              size_t features, struct rng *rng, double *sums)
{
    struct mlp m = {0};
    enum status st = mlp_init(&m, features, rng);
    if (!st) st = mlp_train(&m, known, BANANA_EPOCHS, rng);
    for (size_t i = 0; !st && i < asked->count; i++) {
        double y = (double)mlp_predict(&m, &asked->inputs[i]);
        sums[2 * i] += y;
        sums[2 * i + 1] += y * y;
    }
    mlp_release(&m);
    return st;
}

/* ---- candidates ---- */

/* Into a round of its own, whose items they are. */
static enum status breed(struct algorithm_round *r, struct algorithm_round *out, struct rng *rng)
{
    const struct history *h = r->history;
    const struct space *s = r->run->space;
    size_t ranked = h->measured - h->failed + history_beforehand(h);
    size_t parents = ranked < BANANA_PARENTS ? ranked : BANANA_PARENTS;
    size_t *order = calloc(ranked + 1, sizeof(*order));
    enum status st = order ? history_rank(h, order) : err_memory("the order of the networks");
    for (uint32_t i = 0; !st && parents && i < BANANA_TRIES && out->count < BANANA_CANDIDATES;
         i++) {
        struct arena_mark mark = arena_mark(&out->arena);
        struct candidate child;
        bool added = false;
        const struct candidate *parent = history_candidate(h, order[i % parents]);
        st = variation_mutate(s, rng, parent, &child, &out->arena);
        if (!st) st = algorithm_propose(out, &child, &added);
        if (!st && !added) arena_rewind(&out->arena, mark);
    }
    free(order);
    /* Whatever is left of the budget: a journal does not tell it. */
    return st || out->count >= r->batch ? st : algorithm_propose_random(out, rng, r->batch);
}

struct draw {
    const struct candidate *candidate;
    double value;
};

/* The highest first; of equal ones the smallest hash. */
static int by_draw(const void *a, const void *b)
{
    const struct draw *x = a, *y = b;
    if (x->value < y->value || x->value > y->value) return x->value > y->value ? -1 : 1;
    return hash128_compare(x->candidate->hash, y->candidate->hash);
}

/* Takes those with the highest draws. */
static enum status choose(struct algorithm_round *r, const struct algorithm_round *bred,
                          const double *sums, struct rng *rng)
{
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    struct draw *list = calloc(bred->count + 1, sizeof(*list));
    if (!list) return err_memory("the order of the candidates");
    for (uint32_t i = 0; i < bred->count; i++) {
        double mean = sums[(size_t)2 * i] / BANANA_MEMBERS;
        double square = sums[(size_t)2 * i + 1] / BANANA_MEMBERS - mean * mean;
        double deviation = square > 0 ? sqrt(square) : 0;
        list[i] = (struct draw){&bred->items[i].candidate, mean + deviation * rng_normal(rng)};
    }
    qsort(list, bred->count, sizeof(*list), by_draw);
    enum status st = SIBYL_OK;
    for (uint32_t i = 0; i < bred->count && r->count < wanted && !st; i++) {
        struct candidate c;
        st = candidate_copy(&c, &r->arena, list[i].candidate, r->run->space->genes, true);
        if (!st) st = algorithm_propose(r, &c, NULL);
    }
    free(list);
    return st;
}

/* ---- the algorithm ---- */

static enum status learn_and_choose(struct algorithm_round *r, struct algorithm_round *bred,
                                    struct rng *rng)
{
    const struct history *h = r->history;
    struct encoded known = {0}, asked = {0};
    struct paths paths = {0};
    size_t most = h->measured + history_beforehand(h) + 1, count = 0;
    struct lesson *lessons = calloc(most, sizeof(*lessons));
    float *labels = calloc(most, sizeof(*labels));
    double *sums = calloc(2 * ((size_t)bred->count + 1), sizeof(*sums));
    enum status st =
        lessons && labels && sums ? SIBYL_OK : err_memory("the training set of a search");
    if (!st) st = encoded_init(&known, most);
    if (!st) st = encoded_init(&asked, bred->count);
    if (!st) count = gather(h, lessons);
    if (!st) score_ranks(lessons, count, labels);
    for (size_t i = 0; !st && i < count; i++)
        st = encoded_add(&known, &paths, lessons[i].graph, true);
    for (uint32_t i = 0; !st && i < bred->count; i++)
        st = encoded_add(&asked, &paths, &bred->items[i].candidate.graph, false);
    const struct mlp_set set = {known.inputs, labels, known.count};
    for (uint64_t k = 0; !st && k < BANANA_MEMBERS; k++) {
        struct rng own;
        rng_init(&own, r->run->options->seed, RNG_WEIGHTS,
                 SEED_OF_MEMBER | (r->round * BANANA_MEMBERS + k));
        st = ask_member(&set, &asked, paths.set.count, &own, sums);
    }
    if (!st) st = choose(r, bred, sums, rng);
    encoded_release(&known);
    encoded_release(&asked);
    paths_release(&paths);
    free(lessons);
    free(labels);
    free(sums);
    return st;
}

static enum status banana_start(void **out_state, const struct search_run *run)
{
    (void)run;
    *out_state = NULL;
    return SIBYL_OK;
}

static void banana_release(void *state)
{
    (void)state;
}

static enum status banana_propose(void *state, struct algorithm_round *r)
{
    struct rng rng;
    const struct history *h = r->history;
    size_t known = history_beforehand(h), proposed = known + h->count;
    uint32_t initial = search_options_initial(r->run->options);
    (void)state;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, r->round);
    /* As in the search with a predictor, half of the initial networks are enough to learn from. */
    if (proposed < initial || known + h->measured < (initial + 1) / 2) {
        uint64_t wanted = proposed < initial ? initial - proposed : r->batch;
        r->origin = "initial";
        return algorithm_propose_random(r, &rng, wanted < r->left ? wanted : r->left);
    }
    r->origin = "banana";
    struct algorithm_round bred = {.run = r->run, .history = h};
    arena_init(&bred.arena);
    enum status st = breed(r, &bred, &rng);
    if (!st && bred.count) st = learn_and_choose(r, &bred, &rng);
    algorithm_round_release(&bred);
    return st;
}

const struct algorithm algorithm_banana = {.kind = ALGORITHM_BANANA,
                                           .graphs = true,
                                           .trains = true,
                                           .start = banana_start,
                                           .propose = banana_propose,
                                           .release = banana_release};
