/* Counter-based random streams (Random123's Philox 4x32-10).
 *
 * A stream is named by (run seed, purpose, index): the same name gives the same numbers on any
 * rank, in any order, so results do not depend on who does a task. Streams of different names are
 * independent. Copying the struct copies the position. Local; no state but the struct. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* What a stream is for; part of its name. Never renumber: saved runs depend on it. */
enum rng_purpose {
    RNG_SPLIT = 1,   /* which rows train */
    RNG_WEIGHTS = 2, /* initial weights */
    RNG_SHUFFLE = 3, /* order of an epoch */
    RNG_DROPOUT = 4,
    RNG_PAIRS = 5,  /* random-pair rank loss */
    RNG_SEARCH = 6, /* proposals, mutation, tournaments */
    RNG_SAMPLE = 7, /* sampling a space */
    RNG_TEST = 99
};

struct rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t out[4];
    uint32_t left; /* numbers still unused in out */
};

void rng_init(struct rng *r, uint64_t seed, enum rng_purpose purpose, uint64_t index);
uint32_t rng_u32(struct rng *r);
uint64_t rng_u64(struct rng *r);

/* Uniform on 0 .. bound-1, without bias; `bound` must be at least 1. */
uint64_t rng_below(struct rng *r, uint64_t bound);

/* Uniform on [0, 1), 53 bits. */
double rng_uniform(struct rng *r);

/* Standard normal (Box-Muller; the second value of a pair is not kept, so that the position stays
 * simple). */
double rng_normal(struct rng *r);

/* Random order of `count` items (Fisher-Yates). */
void rng_shuffle(struct rng *r, uint32_t *items, size_t count);

#endif
