/* The keys of a block, or of `choices`, and their conditions. */
#include "search/spaces/space_parts.h"
#include "search/spaces/space_values.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 100000 /* of all settings of a block's words */

static uint32_t find_key(const struct block *b, const char *name)
{
    for (uint32_t i = 0; i < b->key_count; i++)
        if (!strcmp(b->keys[i].name, name)) return i;
    return UINT32_MAX;
}

static enum status read_key(struct block *b, struct file_space *f, struct arena *arena,
                            const struct tree *t, const struct tree_node *const pair[2])
{
    static const char *const keys[] = {"values", "when", NULL};
    struct block_key *k = &b->keys[b->key_count];
    const struct tree_node *values = pair[1];
    struct space_values v;
    enum status st = space_text_read(t, pair[0], "a key's name", 64, &k->name, arena);
    if (st) return st;
    if (values->kind == TREE_MAPPING) {
        st = space_keys_check(t, values, k->name, keys);
        if (st) return st;
        values = tree_find(values, "values", strlen("values"));
        if (!values) return tree_fault(t, pair[0], k->name, "want the key values: a list");
    }
    st = space_values_read(t, values, k->name, false, &v, arena);
    if (st) return st;
    k->line = pair[0]->line;
    k->operation = !strcmp(k->name, "operation") && strcmp(b->base, "input") != 0;
    if (v.mixed && !k->operation)
        return tree_fault(t, values, k->name,
                          "numbers and words in one list; put numbers that are words in quotes");
    k->values = v.count;
    k->words = v.words;
    k->numbers = k->operation ? NULL : v.numbers;
    k->choice = v.list;
    if (k->choice) k->gene = b->genes++;
    if (k->numbers) {
        k->attribute = space_file_attribute(f, k->name);
        if (k->attribute == UINT32_MAX) return tree_fault(t, pair[0], k->name, "%s", err_message());
    }
    b->key_count++;
    return SIBYL_OK;
}

static enum status read_condition(struct block *b, struct block_key *k, struct arena *arena,
                                  const struct tree *t, const struct tree_node *const pair[2])
{
    struct space_values v;
    struct key_condition *c = &k->conditions[k->condition_count];
    c->key = find_key(b, pair[0]->text);
    if (c->key == UINT32_MAX)
        return tree_fault(t, pair[0], k->name, "when: there is no key \"%.60s\" beside it",
                          pair[0]->text);
    struct block_key *other = &b->keys[c->key];
    enum status st = space_values_read(t, pair[1], k->name, false, &v, arena);
    if (st) return st;
    c->allowed = arena_calloc(arena, other->values, sizeof(*c->allowed));
    if (!c->allowed) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < v.count; i++) {
        uint32_t at = 0;
        while (at < other->values &&
               !(v.numbers && other->numbers
                     ? v.numbers[i] <= other->numbers[at] && v.numbers[i] >= other->numbers[at]
                     : !strcmp(v.words[i], other->words[at])))
            at++;
        if (at == other->values)
            return tree_fault(t, pair[1], k->name, "when: \"%.60s\" is no value of the key %.60s",
                              v.words[i], other->name);
        c->allowed[at] = true;
    }
    other->referred = true;
    k->condition_count++;
    return SIBYL_OK;
}

static enum status read_conditions(struct block *b, struct block_key *k, struct arena *arena,
                                   const struct tree *t, const struct tree_node *value)
{
    const struct tree_node *when = tree_find(value, "when", strlen("when"));
    enum status st = SIBYL_OK;
    if (!when) return SIBYL_OK;
    if (when->kind != TREE_MAPPING || when->count == 0)
        return tree_fault(t, when, k->name, "when: want a mapping such as {operation: attention}");
    k->conditions = arena_calloc(arena, when->count, sizeof(*k->conditions));
    if (!k->conditions) return SIBYL_E_MEM;
    for (size_t i = 0; i < when->count && !st; i++)
        st = read_condition(
            b, k, arena, t,
            (const struct tree_node *const[2]){when->items[2 * i], when->items[2 * i + 1]});
    return st;
}

/* A component is called by the first of its keys. */
static void join_keys(struct block *b)
{
    for (uint32_t i = 0; i < b->key_count; i++) b->keys[i].component = i;
    for (uint32_t i = 0; i < b->key_count; i++)
        for (uint32_t c = 0; c < b->keys[i].condition_count; c++) {
            uint32_t one = b->keys[i].component,
                     two = b->keys[b->keys[i].conditions[c].key].component;
            uint32_t first = one < two ? one : two;
            for (uint32_t k = 0; k < b->key_count; k++)
                if (b->keys[k].component == one || b->keys[k].component == two)
                    b->keys[k].component = first;
        }
}

/* Keys in an order in which each stands behind those that its conditions look at. */
static enum status order_keys(struct block *b, struct arena *arena, const struct tree *t)
{
    bool placed[BLOCK_KEYS_MAX] = {false};
    uint32_t count = 0;
    b->order = arena_calloc(arena, b->key_count, sizeof(*b->order));
    if (!b->order) return SIBYL_E_MEM;
    for (uint32_t before = UINT32_MAX; before != count;) {
        before = count;
        for (uint32_t i = 0; i < b->key_count; i++) {
            const struct block_key *k = &b->keys[i];
            bool ready = !placed[i];
            for (uint32_t c = 0; ready && c < k->condition_count; c++)
                ready = placed[k->conditions[c].key];
            if (!ready) continue;
            placed[i] = true;
            b->order[count++] = i;
        }
    }
    for (uint32_t i = 0; i < b->key_count; i++) {
        const struct tree_node at = {.line = b->keys[i].line};
        if (!placed[i])
            return tree_fault(t, &at, b->keys[i].name, "its conditions (when) go in a circle");
    }
    return SIBYL_OK;
}

enum status block_read(struct block *out, struct file_space *f, struct arena *arena,
                       const struct tree *t, const void *mapping)
{
    const struct tree_node *n = mapping;
    if (n->kind != TREE_MAPPING || n->count == 0)
        return tree_fault(t, n, "", "want keys with their values, such as {kernel: [3, 5]}");
    if (n->count > BLOCK_KEYS_MAX)
        return tree_fault(t, n, "", "more than %d keys in a block", BLOCK_KEYS_MAX);
    out->keys = arena_calloc(arena, n->count, sizeof(*out->keys));
    if (!out->keys) return SIBYL_E_MEM;
    enum status st = SIBYL_OK;
    for (size_t i = 0; i < n->count && !st; i++)
        st = read_key(out, f, arena, t,
                      (const struct tree_node *const[2]){n->items[2 * i], n->items[2 * i + 1]});
    for (size_t i = 0; i < n->count && !st; i++)
        st = read_conditions(out, &out->keys[i], arena, t, n->items[2 * i + 1]);
    if (!st) st = order_keys(out, arena, t);
    if (st) return st;
    join_keys(out);
    uint64_t names = 1;
    for (uint32_t i = 0; i < out->key_count; i++)
        if (!out->keys[i].numbers) names *= (uint64_t)out->keys[i].values + 1;
    for (uint32_t i = 0; i < out->key_count; i++)
        if (names > NAMES_MAX)
            return tree_fault(t, n, "", "the words of a block make more than %d operations",
                              NAMES_MAX);
    out->op_count = (uint32_t)names;
    if (!block_points(out, &out->points))
        return tree_fault(t, n, "", "too many conditions hang on each other to count the points");
    if (!big_count_small(&out->points, &out->count)) out->count = 0;
    return SIBYL_OK;
}
