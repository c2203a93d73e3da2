#include "base/rng.h"

#include "base/status.h"

#include <Random123/philox.h>
#include <math.h>
#include <string.h>

void rng_init(struct rng *r, uint64_t seed, enum rng_purpose purpose, uint64_t index)
{
    memset(r, 0, sizeof(*r));
    r->key[0] = (uint32_t)seed;
    r->key[1] = (uint32_t)(seed >> 32) ^ ((uint32_t)purpose << 20);
    r->counter[2] = (uint32_t)index;
    r->counter[3] = (uint32_t)(index >> 32);
}

static void refill(struct rng *r)
{
    philox4x32_ctr_t counter = {{r->counter[0], r->counter[1], r->counter[2], r->counter[3]}};
    philox4x32_key_t key = {{r->key[0], r->key[1]}};
    philox4x32_ctr_t out = philox4x32(counter, key);
    memcpy(r->out, out.v, sizeof(r->out));
    r->left = 4;
    if (++r->counter[0] == 0) r->counter[1]++;
}

uint32_t rng_u32(struct rng *r)
{
    if (r->left == 0) refill(r);
    return r->out[4 - r->left--];
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t low = rng_u32(r);
    return low | (uint64_t)rng_u32(r) << 32;
}

uint64_t rng_below(struct rng *r, uint64_t bound)
{
    SIBYL_BUG_IF(bound == 0);
    uint64_t rejected = (0 - bound) % bound; /* 2^64 mod bound */
    uint64_t x;
    do x = rng_u64(r);
    while (x < rejected);
    return x % bound;
}

double rng_uniform(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

double rng_normal(struct rng *r)
{
    double u = 1.0 - rng_uniform(r); /* (0, 1] */
    double v = rng_uniform(r);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void rng_shuffle(struct rng *r, uint32_t *items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)rng_below(r, i);
        uint32_t t = items[i - 1];
        items[i - 1] = items[j];
        items[j] = t;
    }
}
