#include "jobs/config/experiment_grid.h"

#include "jobs/config/config_number.h"
#include "jobs/config/config_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value as a name says it: 3, [a, b], {c: d}. */
static void print_value(FILE *f, const struct tree_node *n)
{
    if (n->kind == TREE_TEXT) {
        fputs(n->text, f);
        return;
    }
    bool mapping = n->kind == TREE_MAPPING;
    fputc(mapping ? '{' : '[', f);
    for (size_t i = 0; i < n->count; i++) {
        if (i) fputs(", ", f);
        print_value(f, n->items[mapping ? 2 * i : i]);
        if (!mapping) continue;
        fputs(": ", f);
        print_value(f, n->items[2 * i + 1]);
    }
    fputc(mapping ? '}' : ']', f);
}

static char *value_text(const struct tree_node *n)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    print_value(f, n);
    if (!fclose(f)) return text;
    free(text);
    return NULL;
}

/* ---- checks ---- */

static enum status check_repeat(struct experiment_grid *g, const struct tree *t,
                                const struct tree_node *n)
{
    uint64_t repeats = 0;
    bool good = n->kind == TREE_TEXT && !n->quote && config_whole(n->text, &repeats);
    if (!good || repeats < 1 || repeats > EXPERIMENT_RUNS_MAX)
        return tree_fault(t, n, "repeat", "want a whole number 1..%d%s", EXPERIMENT_RUNS_MAX,
                          n->kind == TREE_TEXT ? config_number_hint(n->text, !n->quote) : "");
    g->repeats = repeats;
    return SIBYL_OK;
}

struct entry {
    char *text;
    const struct tree_node *node;
    size_t place;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int by_text = strcmp(x->text, y->text);
    return by_text ? by_text : (x->place > y->place) - (x->place < y->place);
}

/* No two entries of a list may be the same setting. */
static enum status check_distinct(const struct tree *t, const char *path,
                                  const struct tree_node *list)
{
    enum status st = SIBYL_OK;
    struct entry *entries = calloc(list->count, sizeof(*entries));
    if (!entries) return err_memory("vary");
    for (size_t i = 0; !st && i < list->count; i++) {
        entries[i] = (struct entry){value_text(list->items[i]), list->items[i], i};
        if (!entries[i].text) st = err_memory("vary");
    }
    if (!st) qsort(entries, list->count, sizeof(*entries), compare_entries);
    for (size_t i = 1; !st && i < list->count; i++)
        if (!strcmp(entries[i - 1].text, entries[i].text))
            st = tree_fault(t, entries[i].node, path, "the value %.80s stands there twice",
                            entries[i].text);
    for (size_t i = 0; i < list->count; i++) free(entries[i].text);
    free(entries);
    return st;
}

/* A mapping of names; `keys`: its names are keys of a job file. */
static enum status check_mapping(const struct experiment_grid *g, const struct tree *t,
                                 const struct tree_node *n, const char *path, bool keys)
{
    enum status st = SIBYL_OK;
    if (n->kind != TREE_MAPPING)
        return tree_fault(t, n, path, "want a mapping, such as {key: value}");
    for (size_t i = 0; !st && i < n->count; i++) {
        const struct tree_node *name = n->items[2 * i];
        if (!*name->text) return tree_fault(t, name, path, "want a name before the colon");
        if (keys) st = config_values_known(t, g->verb, name, name->text);
    }
    return st;
}

static enum status count_more(struct experiment_grid *g, const struct tree *t, size_t factor,
                              const struct tree_node *at)
{
    if (factor > EXPERIMENT_RUNS_MAX / g->repeats / g->settings)
        return tree_fault(t, at, "", "more than %d runs", EXPERIMENT_RUNS_MAX);
    g->settings *= factor;
    return SIBYL_OK;
}

static enum status check_vary(struct experiment_grid *g, const struct tree *t)
{
    enum status st = check_mapping(g, t, g->vary, "vary", true);
    if (!st && g->vary->count < 1) st = tree_fault(t, g->vary, "vary", "want a key or more");
    for (size_t i = 0; !st && i < g->vary->count; i++) {
        const char *path = g->vary->items[2 * i]->text;
        const struct tree_node *list = g->vary->items[2 * i + 1];
        if (list->kind != TREE_LIST || list->count < 1)
            return tree_fault(t, list, path, "want a list of the values to try, such as [1, 2]");
        st = check_distinct(t, path, list);
        if (!st) st = count_more(g, t, list->count, list);
    }
    g->cells = g->settings;
    return st;
}

static enum status check_named(struct experiment_grid *g, const struct tree *t)
{
    enum status st = check_mapping(g, t, g->named, "settings", false);
    if (!st && g->named->count < 1)
        st = tree_fault(t, g->named, "settings", "want a setting or more");
    for (size_t i = 0; !st && i < g->named->count; i++) {
        const struct tree_node *overrides = g->named->items[2 * i + 1];
        if (!tree_is_null(overrides))
            st = check_mapping(g, t, overrides, g->named->items[2 * i]->text, true);
    }
    return st ? st : count_more(g, t, g->named->count, g->named);
}

/* Moves a key of the root to g->keys. */
static enum status take(struct experiment_grid *g, struct tree *t, const char *name,
                        const struct tree_node **out)
{
    struct tree_node *key, *value = tree_take(t, name, &key);
    *out = value;
    return !value || tree_add(g->keys, key, value) ? SIBYL_OK : err_memory("a job file");
}

enum status experiment_grid_open(struct experiment_grid *g, struct tree *t, enum config_verb verb)
{
    const struct tree_node *repeat = NULL;
    *g = (struct experiment_grid){.verb = verb, .repeats = 1, .settings = 1, .cells = 1};
    if (verb == CONFIG_SCORE) return SIBYL_OK;
    g->keys = tree_mapping(t, NULL);
    enum status st = g->keys ? SIBYL_OK : err_memory("a job file");
    if (!st) st = take(g, t, "repeat", &repeat);
    if (!st) st = take(g, t, "vary", &g->vary);
    if (!st) st = take(g, t, "settings", &g->named);
    if (!st && repeat) st = check_repeat(g, t, repeat);
    if (!st && g->vary) st = check_vary(g, t);
    if (!st && g->named) st = check_named(g, t);
    g->experiment = g->repeats > 1 || g->vary || g->named;
    return st;
}

/* ---- one setting ---- */

static enum status apply_named(const struct experiment_grid *g, struct tree *t, size_t row,
                               FILE *name)
{
    const struct tree_node *overrides = g->named->items[2 * row + 1];
    enum status st = SIBYL_OK;
    fputs(g->named->items[2 * row]->text, name);
    if (overrides->kind != TREE_MAPPING) return SIBYL_OK; /* nothing differs */
    for (size_t i = 0; !st && i < overrides->count; i++) {
        const struct tree_node *key = overrides->items[2 * i];
        st = config_values_put(t, key->text, strlen(key->text), overrides->items[2 * i + 1], key);
    }
    return st;
}

static enum status apply_vary(const struct experiment_grid *g, struct tree *t, size_t cell,
                              FILE *name)
{
    size_t cells = g->cells;
    enum status st = SIBYL_OK;
    for (size_t i = 0; !st && i < g->vary->count; i++) {
        const struct tree_node *key = g->vary->items[2 * i], *list = g->vary->items[2 * i + 1];
        cells /= list->count;
        struct tree_node *value = list->items[cell / cells];
        cell %= cells;
        fprintf(name, "%s%s=", i || g->named ? ", " : "", key->text);
        print_value(name, value);
        st = config_values_put(t, key->text, strlen(key->text), value, key);
    }
    return st;
}

enum status experiment_grid_apply(const struct experiment_grid *g, struct tree *t, size_t setting,
                                  char **out_name)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *name = open_memstream(&text, &bytes);
    if (!name) return err_memory("the name of a setting");
    enum status st = SIBYL_OK;
    if (!g->named && !g->vary) fputs("job", name);
    if (g->named) st = apply_named(g, t, setting / g->cells, name);
    if (!st && g->vary) st = apply_vary(g, t, setting % g->cells, name);
    if (fclose(name) && !st) st = err_memory("the name of a setting");
    if (!st)
        *out_name = text;
    else
        free(text);
    return st;
}
