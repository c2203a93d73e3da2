#include "search/algorithms/algorithm.h"

static enum status random_start(void **out_state, const struct search_run *run)
{
    (void)run;
    *out_state = NULL;
    return SIBYL_OK;
}

static enum status random_propose(void *state, struct algorithm_round *r)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, r->round);
    r->origin = "random";
    return algorithm_propose_random(r, &rng, r->batch < r->left ? r->batch : r->left);
}

static void random_release(void *state)
{
    (void)state;
}

const struct algorithm algorithm_random = {.kind = ALGORITHM_RANDOM,
                                           .start = random_start,
                                           .propose = random_propose,
                                           .release = random_release};
