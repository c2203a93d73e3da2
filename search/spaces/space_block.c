/* Blocks of keys, some of which count only where others have some values. */
#include "search/spaces/space_parts.h"

#define COMPLETION_STEPS_MAX 1000000

/* Whether a key counts, where all those that its conditions look at are settled. */
static bool key_counts(const struct block_key *k, const struct block_state *state)
{
    for (uint32_t i = 0; i < k->condition_count; i++) {
        int32_t value = state->value[k->conditions[i].key];
        if (value == BLOCK_ABSENT || !k->conditions[i].allowed[value]) return false;
    }
    return true;
}

void block_resolve(const struct block *b, const uint16_t *genes, struct block_state *out)
{
    for (uint32_t i = 0; i < b->key_count; i++) {
        uint32_t at = b->order[i];
        const struct block_key *k = &b->keys[at];
        out->value[at] = BLOCK_ABSENT;
        if (key_counts(k, out)) out->value[at] = k->choice ? genes[k->gene] : 0;
    }
}

void block_sample(const struct block *b, struct rng *r, uint16_t *genes)
{
    struct block_state none;
    for (uint32_t i = 0; i < b->key_count; i++) none.value[i] = BLOCK_ABSENT;
    block_complete(b, r, &none, genes);
    (void)block_normalise(b, genes);
}

bool block_normalise(const struct block *b, uint16_t *genes)
{
    struct block_state state;
    for (uint32_t i = 0; i < b->key_count; i++) {
        uint32_t at = b->order[i];
        const struct block_key *k = &b->keys[at];
        state.value[at] = BLOCK_ABSENT;
        if (!key_counts(k, &state)) {
            if (k->choice) genes[k->gene] = 0;
            continue;
        }
        state.value[at] = k->choice ? genes[k->gene] : 0;
        if (state.value[at] >= (int32_t)k->values) return false;
    }
    return true;
}

void block_complete(const struct block *b, struct rng *r, const struct block_state *before,
                    uint16_t *genes)
{
    struct block_state state;
    for (uint32_t i = 0; i < b->key_count; i++) {
        uint32_t at = b->order[i];
        const struct block_key *k = &b->keys[at];
        state.value[at] = BLOCK_ABSENT;
        if (!key_counts(k, &state)) continue;
        if (k->choice && before->value[at] == BLOCK_ABSENT)
            genes[k->gene] = (uint16_t)rng_below(r, k->values);
        state.value[at] = k->choice ? genes[k->gene] : 0;
    }
}

struct completion {
    const struct block *block;
    struct block_state state;
    uint64_t steps; /* left */
};

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* Points of the keys from `at` on, in order, where those before are settled. */
static uint64_t completions(struct completion *c, uint32_t at)
{
    const struct block *b = c->block;
    if (c->steps == 0) return UINT64_MAX;
    c->steps--;
    uint64_t factor = 1;
    for (; at < b->key_count; at++) {
        const struct block_key *k = &b->keys[b->order[at]];
        int32_t *value = &c->state.value[b->order[at]];
        *value = BLOCK_ABSENT;
        if (!key_counts(k, &c->state)) continue;
        *value = 0;
        if (!k->choice) continue;
        if (!k->referred) {
            factor = times(factor, k->values);
            continue;
        }
        uint64_t sum = 0;
        for (uint32_t v = 0; v < k->values; v++) {
            *value = (int32_t)v;
            uint64_t more = completions(c, at + 1);
            if (__builtin_add_overflow(sum, more, &sum)) return UINT64_MAX;
        }
        return times(factor, sum);
    }
    return factor;
}

uint64_t block_points(const struct block *b)
{
    struct completion c = {.block = b, .steps = COMPLETION_STEPS_MAX};
    uint64_t count = completions(&c, 0);
    return c.steps ? count : UINT64_MAX;
}

void block_at(const struct block *b, uint64_t index, uint16_t *genes)
{
    struct completion c = {.block = b};
    for (uint32_t i = 0; i < b->genes; i++) genes[i] = 0;
    for (uint32_t i = 0; i < b->key_count; i++) {
        uint32_t at = b->order[i];
        const struct block_key *k = &b->keys[at];
        c.state.value[at] = BLOCK_ABSENT;
        if (!key_counts(k, &c.state)) continue;
        c.state.value[at] = 0;
        if (!k->choice) continue;
        for (uint32_t v = 0; v < k->values; v++) {
            c.state.value[at] = (int32_t)v;
            c.steps = COMPLETION_STEPS_MAX;
            uint64_t more = completions(&c, i + 1);
            c.state.value[at] = (int32_t)v;
            if (!k->referred) { /* each value has as many */
                v = (uint32_t)(index / more);
                index %= more;
            } else if (index >= more) {
                index -= more;
                continue;
            }
            c.state.value[at] = (int32_t)v;
            genes[k->gene] = (uint16_t)v;
            break;
        }
    }
}

uint32_t block_name_index(const struct block *b, const struct block_state *state)
{
    uint32_t index = 0;
    for (uint32_t i = 0; i < b->key_count; i++) {
        const struct block_key *k = &b->keys[i];
        if (!k->numbers) index = index * (k->values + 1) + (uint32_t)(state->value[i] + 1);
    }
    return index;
}

void block_attributes(const struct block *b, const struct block_state *state, float *row)
{
    for (uint32_t i = 0; i < b->key_count; i++) {
        const struct block_key *k = &b->keys[i];
        if (k->numbers && state->value[i] != BLOCK_ABSENT)
            row[k->attribute] = k->numbers[state->value[i]];
    }
}
