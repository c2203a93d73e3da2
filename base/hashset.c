#include "base/hashset.h"

#include <stdlib.h>

static size_t hashset_place(const struct hashset *s, struct hash128 key)
{
    size_t i = (size_t)key.low & (s->capacity - 1);
    while (s->values[i] != HASHSET_NONE && hash128_compare(s->keys[i], key) != 0)
        i = (i + 1) & (s->capacity - 1);
    return i;
}

static enum status hashset_grow(struct hashset *s)
{
    struct hashset larger = {.capacity = s->capacity ? s->capacity * 2 : 64, .count = s->count};
    larger.keys = calloc(larger.capacity, sizeof(*larger.keys));
    larger.values = malloc(larger.capacity * sizeof(*larger.values));
    if (!larger.keys || !larger.values) {
        hashset_release(&larger);
        return err_memory("the set of known networks");
    }
    for (size_t i = 0; i < larger.capacity; i++) larger.values[i] = HASHSET_NONE;
    for (size_t i = 0; i < s->capacity; i++) {
        if (s->values[i] == HASHSET_NONE) continue;
        size_t place = hashset_place(&larger, s->keys[i]);
        larger.keys[place] = s->keys[i];
        larger.values[place] = s->values[i];
    }
    hashset_release(s);
    *s = larger;
    return SIBYL_OK;
}

enum status hashset_add(struct hashset *s, struct hash128 key, uint32_t value, bool *out_added)
{
    if (s->count * 2 >= s->capacity) {
        enum status st = hashset_grow(s);
        if (st) return st;
    }
    size_t place = hashset_place(s, key);
    bool added = s->values[place] == HASHSET_NONE;
    if (added) {
        s->keys[place] = key;
        s->values[place] = value;
        s->count++;
    }
    if (out_added) *out_added = added;
    return SIBYL_OK;
}

uint32_t hashset_find(const struct hashset *s, struct hash128 key)
{
    return s->capacity ? s->values[hashset_place(s, key)] : HASHSET_NONE;
}

void hashset_release(struct hashset *s)
{
    free(s->keys);
    free(s->values);
    *s = (struct hashset){0};
}
