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

/* ---- points ----
 *
 * Keys that no conditions join are chosen apart from each other: each component of joined keys is
 * counted by itself, and the counts are multiplied. */

struct counting {
    const struct block *block;
    uint32_t component;
    struct block_state state;
    uint32_t steps; /* left */
};

/* Points of the component's keys from `at` on, in order, where those before are settled. */
static void count_from(struct counting *c, uint32_t at, struct big_count *out)
{
    const struct block *b = c->block;
    *out = big_count_of(1);
    if (c->steps == 0) return;
    c->steps--;
    for (; at < b->key_count; at++) {
        const struct block_key *k = &b->keys[b->order[at]];
        int32_t *value = &c->state.value[b->order[at]];
        if (k->component != c->component) continue;
        *value = BLOCK_ABSENT;
        if (!key_counts(k, &c->state)) continue;
        *value = 0;
        if (!k->choice) continue;
        if (!k->referred) {
            big_count_multiply(out, k->values);
            continue;
        }
        struct big_count sum = {0}, more;
        for (uint32_t v = 0; v < k->values; v++) {
            *value = (int32_t)v;
            count_from(c, at + 1, &more);
            big_count_add(&sum, &more);
        }
        big_count_times(out, &sum);
        return;
    }
}

bool block_points(const struct block *b, struct big_count *out)
{
    *out = big_count_of(1);
    for (uint32_t i = 0; i < b->key_count; i++) {
        struct counting c = {.block = b, .component = i, .steps = COMPLETION_STEPS_MAX};
        struct big_count own;
        if (b->keys[i].component != i) continue;
        count_from(&c, 0, &own);
        if (c.steps == 0) return false;
        big_count_times(out, &own);
    }
    return true;
}

/* The same as count_from() of a block of less than 2^63 points. */
static uint64_t completions(const struct block *b, struct block_state *state, uint32_t at,
                            uint32_t component)
{
    uint64_t factor = 1;
    for (; at < b->key_count; at++) {
        const struct block_key *k = &b->keys[b->order[at]];
        int32_t *value = &state->value[b->order[at]];
        if (k->component != component) continue;
        *value = BLOCK_ABSENT;
        if (!key_counts(k, state)) continue;
        *value = 0;
        if (!k->choice) continue;
        if (!k->referred) {
            factor *= k->values;
            continue;
        }
        uint64_t sum = 0;
        for (uint32_t v = 0; v < k->values; v++) {
            *value = (int32_t)v;
            sum += completions(b, state, at + 1, component);
        }
        return factor * sum;
    }
    return factor;
}

/* Points of all keys from `at` on. */
static uint64_t all_completions(const struct block *b, struct block_state *state, uint32_t at)
{
    uint64_t product = 1;
    for (uint32_t i = 0; i < b->key_count; i++)
        if (b->keys[i].component == i) product *= completions(b, state, at, i);
    return product;
}

void block_at(const struct block *b, uint64_t index, uint16_t *genes)
{
    struct block_state state;
    for (uint32_t i = 0; i < b->genes; i++) genes[i] = 0;
    for (uint32_t i = 0; i < b->key_count; i++) {
        uint32_t at = b->order[i], v = 0;
        const struct block_key *k = &b->keys[at];
        state.value[at] = BLOCK_ABSENT;
        if (!key_counts(k, &state)) continue;
        state.value[at] = 0;
        if (!k->choice) continue;
        uint64_t more = all_completions(b, &state, i + 1);
        if (!k->referred) { /* each value has as many */
            v = (uint32_t)(index / more);
            index %= more;
        }
        while (k->referred && index >= more) {
            index -= more;
            state.value[at] = (int32_t)++v;
            more = all_completions(b, &state, i + 1);
        }
        state.value[at] = (int32_t)v;
        genes[k->gene] = (uint16_t)v;
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
