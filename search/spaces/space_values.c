#include "search/spaces/space_values.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 65535
#define VALUE_BYTES_MAX 120

enum status space_keys_check(const struct tree *t, const struct tree_node *n, const char *path,
                             const char *const *keys)
{
    if (n->kind != TREE_MAPPING) return tree_fault(t, n, path, "want a mapping of keys to values");
    for (size_t i = 0; i < n->count; i++) {
        const struct tree_node *key = n->items[2 * i];
        char known[256] = "";
        size_t at = 0;
        bool found = false;
        for (size_t k = 0; keys[k] && !found; k++) {
            found = !strcmp(key->text, keys[k]);
            if (at < sizeof(known))
                at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", k ? ", " : "",
                                       keys[k]);
        }
        if (!found)
            return tree_fault(t, key, path, "unknown key \"%.80s\"; choose from %s", key->text,
                              known);
    }
    return SIBYL_OK;
}

static bool printable(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < 32 || *c == 127) return false;
    return true;
}

enum status space_text_read(const struct tree *t, const struct tree_node *n, const char *path,
                            size_t most, const char **out, struct arena *arena)
{
    if (n->kind != TREE_TEXT || (tree_is_null(n) && !n->quote))
        return tree_fault(t, n, path, "want a text");
    size_t bytes = strlen(n->text);
    if (bytes == 0 || bytes > most)
        return tree_fault(t, n, path, "a text of %zu bytes, want 1..%zu", bytes, most);
    if (!printable(n->text)) return tree_fault(t, n, path, "a control character in a text");
    *out = arena_strdup(arena, n->text);
    return *out ? SIBYL_OK : SIBYL_E_MEM;
}

enum status space_integer_read(const struct tree *t, const struct tree_node *n, const char *path,
                               const uint32_t bounds[2], uint32_t *out)
{
    const char *digits = n->kind == TREE_TEXT && !n->quote ? n->text : "";
    size_t bytes = strlen(digits);
    bool good = bytes > 0 && bytes < 10 && strspn(digits, "0123456789") == bytes;
    unsigned long value = good ? strtoul(digits, NULL, 10) : 0;
    if (!good || value < bounds[0] || value > bounds[1])
        return tree_fault(t, n, path, "want a whole number from %u to %u", bounds[0], bounds[1]);
    *out = (uint32_t)value;
    return SIBYL_OK;
}

/* 1: a number, 0: none, -1: too large or too small for one. */
static int number_of(const struct tree_node *n, float *out)
{
    char *end;
    if (n->quote || !*n->text || strspn(n->text, "0123456789+-.eE") != strlen(n->text)) return 0;
    if (!strpbrk(n->text, "0123456789")) return 0;
    double value = strtod(n->text, &end);
    if (*end) return 0;
    if (!isfinite(value) || fabs(value) > (double)FLT_MAX) return -1;
    *out = (float)value + 0.0f; /* no -0 */
    if (fabs(value) > 0 && !(fabsf(*out) > 0)) return -1;
    return 1;
}

struct listed {
    const char *word;
    float number;
    const struct tree_node *node;
};

static int compare_words(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    int by_word = strcmp(x->word, y->word);
    return by_word ? by_word : (x->node->line > y->node->line) - (x->node->line < y->node->line);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    if (x->number < y->number || x->number > y->number) return x->number < y->number ? -1 : 1;
    return (x->node->line > y->node->line) - (x->node->line < y->node->line);
}

static enum status refuse_twice(const struct tree *t, const struct tree_node *n, const char *path,
                                struct space_values *v)
{
    struct listed *list = calloc(v->count, sizeof(*list));
    enum status st = list ? SIBYL_OK : err_memory("a space file");
    for (uint32_t i = 0; list && i < v->count; i++)
        list[i] =
            (struct listed){v->words[i], v->numbers ? v->numbers[i] : 0, v->list ? n->items[i] : n};
    if (list) qsort(list, v->count, sizeof(*list), v->numbers ? compare_numbers : compare_words);
    for (uint32_t i = 1; !st && i < v->count; i++) {
        bool same =
            v->numbers ? !compare_numbers(&(struct listed){.number = list[i - 1].number, .node = n},
                                          &(struct listed){.number = list[i].number, .node = n})
                       : !strcmp(list[i - 1].word, list[i].word);
        if (same) st = tree_fault(t, list[i].node, path, "\"%.80s\" is listed twice", list[i].word);
    }
    free(list);
    return st;
}

static enum status take_value(const struct tree *t, const struct tree_node *n, const char *path,
                              const char **word, float *number, uint32_t *numbers)
{
    if (n->kind != TREE_TEXT)
        return tree_fault(t, n, path, "want words or numbers, not a list or a mapping in a list");
    if (tree_is_null(n) && !n->quote) return tree_fault(t, n, path, "a value is missing");
    if (!*n->text || strlen(n->text) > VALUE_BYTES_MAX || !printable(n->text))
        return tree_fault(t, n, path, "a value of 1..%d printable characters is wanted",
                          VALUE_BYTES_MAX);
    int is = number_of(n, number);
    if (is < 0) return tree_fault(t, n, path, "%.80s is too large or too small a number", n->text);
    *numbers += is > 0;
    *word = n->text;
    return SIBYL_OK;
}

enum status space_values_read(const struct tree *t, const struct tree_node *n, const char *path,
                              bool repeats, struct space_values *out, struct arena *arena)
{
    struct space_values v = {.list = n->kind == TREE_LIST, .count = 1};
    if (n->kind == TREE_MAPPING) return tree_fault(t, n, path, "want a list of values");
    if (v.list) v.count = n->count > VALUES_MAX ? VALUES_MAX + 1 : (uint32_t)n->count;
    if (v.count == 0) return tree_fault(t, n, path, "a list without values");
    if (v.count > VALUES_MAX) return tree_fault(t, n, path, "more than %d values", VALUES_MAX);
    float *numbers = arena_calloc(arena, v.count, sizeof(*numbers));
    v.words = arena_calloc(arena, v.count, sizeof(*v.words));
    if (!numbers || !v.words) return SIBYL_E_MEM;
    uint32_t found = 0;
    for (uint32_t i = 0; i < v.count; i++) {
        const struct tree_node *item = v.list ? n->items[i] : n;
        enum status st = take_value(t, item, path, &v.words[i], &numbers[i], &found);
        if (st) return st;
        v.words[i] = arena_strdup(arena, v.words[i]);
        if (!v.words[i]) return SIBYL_E_MEM;
    }
    if (found == v.count) v.numbers = numbers;
    v.mixed = found > 0 && found < v.count;
    enum status st = repeats ? SIBYL_OK : refuse_twice(t, n, path, &v);
    if (!st) *out = v;
    return st;
}
