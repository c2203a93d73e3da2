#include "jobs/config/experiment_grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static yaml_node_t *node_of(struct merge *m, int number)
{
    return yaml_document_get_node(&m->user, number);
}

static const char *text_of(struct merge *m, int number)
{
    const yaml_node_t *n = node_of(m, number);
    return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

static size_t pairs_of(const yaml_node_t *n)
{
    return n ? (size_t)(n->data.mapping.pairs.top - n->data.mapping.pairs.start) : 0;
}

static size_t items_of(const yaml_node_t *n)
{
    return (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
}

/* A value as a name says it: 3, [a, b], {c: d}. */
static void print_value(struct merge *m, FILE *f, int number, int depth)
{
    const yaml_node_t *n = node_of(m, number);
    if (!n || depth > 16) return;
    if (n->type == YAML_SCALAR_NODE) {
        fputs((const char *)n->data.scalar.value, f);
    } else if (n->type == YAML_SEQUENCE_NODE) {
        fputc('[', f);
        for (size_t i = 0; i < items_of(n); i++) {
            if (i) fputs(", ", f);
            print_value(m, f, n->data.sequence.items.start[i], depth + 1);
        }
        fputc(']', f);
    } else {
        fputc('{', f);
        for (size_t i = 0; i < pairs_of(n); i++) {
            const yaml_node_pair_t *p = &n->data.mapping.pairs.start[i];
            if (i) fputs(", ", f);
            print_value(m, f, p->key, depth + 1);
            fputs(": ", f);
            print_value(m, f, p->value, depth + 1);
        }
        fputc('}', f);
    }
}

static char *value_text(struct merge *m, int number)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    print_value(m, f, number, 0);
    if (!fclose(f)) return text;
    free(text);
    return NULL;
}

/* ---- checks ---- */

static enum status check_repeat(struct experiment_grid *g, struct merge *m, int number)
{
    if (!number) return SIBYL_OK;
    const char *text = text_of(m, number);
    char *end = NULL, what[160];
    unsigned long long n = text ? strtoull(text, &end, 10) : 0;
    snprintf(what, sizeof(what), "want a whole number 1..%d", EXPERIMENT_TRAININGS_MAX);
    if (!text || *text < '0' || *text > '9' || *end || n < 1 || n > EXPERIMENT_TRAININGS_MAX)
        return merge_fault(m, node_of(m, number), "repeat", what);
    g->repeats = n;
    return SIBYL_OK;
}

/* No two entries of a list may be the same setting. */
static enum status check_distinct(struct merge *m, const char *path, const yaml_node_t *list)
{
    enum status st = SIBYL_OK;
    size_t count = items_of(list);
    char what[160], **texts = calloc(count, sizeof(*texts));
    if (!texts) return err_memory("vary");
    for (size_t i = 0; !st && i < count; i++) {
        texts[i] = value_text(m, list->data.sequence.items.start[i]);
        if (!texts[i]) st = err_memory("vary");
        for (size_t j = 0; !st && j < i; j++) {
            if (strcmp(texts[i], texts[j])) continue;
            snprintf(what, sizeof(what), "the value %.80s stands there twice", texts[i]);
            st = merge_fault(m, node_of(m, list->data.sequence.items.start[i]), path, what);
        }
    }
    for (size_t i = 0; i < count; i++) free(texts[i]);
    free(texts);
    return st;
}

/* A mapping whose keys are texts, each there once. */
static enum status check_mapping(struct merge *m, const yaml_node_t *n, const char *path)
{
    if (!n || n->type != YAML_MAPPING_NODE)
        return merge_fault(m, n, path, "want a mapping, such as {key: value}");
    const yaml_node_pair_t *pairs = n->data.mapping.pairs.start;
    for (size_t i = 0; i < pairs_of(n); i++) {
        const char *name = text_of(m, pairs[i].key);
        if (!name || !*name)
            return merge_fault(m, node_of(m, pairs[i].key), path, "want a name before the colon");
        for (size_t j = 0; j < i; j++)
            if (!strcmp(name, text_of(m, pairs[j].key)))
                return merge_fault(m, node_of(m, pairs[i].key), name, "stands there twice");
    }
    return SIBYL_OK;
}

/* Overflow is no matter: the product is compared after each factor. */
static enum status count_more(struct experiment_grid *g, struct merge *m, size_t factor,
                              const yaml_node_t *at)
{
    char what[160];
    g->settings *= factor;
    if (g->settings * g->repeats <= EXPERIMENT_TRAININGS_MAX) return SIBYL_OK;
    snprintf(what, sizeof(what), "more than %d trainings", EXPERIMENT_TRAININGS_MAX);
    return merge_fault(m, at, "", what);
}

static enum status check_vary(struct experiment_grid *g, struct merge *m)
{
    const yaml_node_t *n = node_of(m, g->vary);
    enum status st = check_mapping(m, n, "vary");
    for (size_t i = 0; !st && i < pairs_of(n); i++) {
        const yaml_node_pair_t *p = &n->data.mapping.pairs.start[i];
        const char *path = text_of(m, p->key);
        const yaml_node_t *list = node_of(m, p->value);
        if (list->type != YAML_SEQUENCE_NODE || items_of(list) < 1)
            return merge_fault(m, list, path, "want a list of the values to try, such as [1, 2]");
        st = check_distinct(m, path, list);
        if (!st) st = count_more(g, m, items_of(list), list);
    }
    g->cells = g->settings;
    return st;
}

static enum status check_named(struct experiment_grid *g, struct merge *m)
{
    const yaml_node_t *n = node_of(m, g->named);
    enum status st = check_mapping(m, n, "settings");
    if (!st && pairs_of(n) < 1) st = merge_fault(m, n, "settings", "want a setting or more");
    for (size_t i = 0; !st && i < pairs_of(n); i++) {
        const yaml_node_pair_t *p = &n->data.mapping.pairs.start[i];
        const char *text = text_of(m, p->value);
        if (!text || *text) st = check_mapping(m, node_of(m, p->value), text_of(m, p->key));
    }
    return st ? st : count_more(g, m, pairs_of(n), n);
}

enum status experiment_grid_open(struct experiment_grid *g, struct merge *m)
{
    int repeat = 0;
    *g = (struct experiment_grid){.repeats = 1, .settings = 1, .cells = 1};
    if (m->verb != CONFIG_TRAIN) return SIBYL_OK;
    enum status st = merge_take(m, "repeat", &repeat);
    if (!st) st = merge_take(m, "vary", &g->vary);
    if (!st) st = merge_take(m, "settings", &g->named);
    if (!st) st = check_repeat(g, m, repeat);
    if (!st && g->vary) st = check_vary(g, m);
    if (!st && g->named) st = check_named(g, m);
    g->experiment = g->repeats > 1 || g->vary || g->named;
    return st;
}

/* ---- one setting ---- */

static enum status apply_named(const struct experiment_grid *g, struct merge *m, size_t row,
                               FILE *name)
{
    yaml_node_pair_t pair = node_of(m, g->named)->data.mapping.pairs.start[row];
    enum status st = SIBYL_OK;
    fputs(text_of(m, pair.key), name);
    if (node_of(m, pair.value)->type != YAML_MAPPING_NODE) return SIBYL_OK; /* nothing differs */
    for (size_t i = 0; !st && i < pairs_of(node_of(m, pair.value)); i++) {
        yaml_node_pair_t p = node_of(m, pair.value)->data.mapping.pairs.start[i];
        st = merge_put(m, p.key, p.value);
    }
    return st;
}

/* Nodes are looked up anew each time: putting one in may move the others. */
static enum status apply_vary(const struct experiment_grid *g, struct merge *m, size_t cell,
                              FILE *name)
{
    size_t cells = g->cells;
    enum status st = SIBYL_OK;
    for (size_t i = 0; !st && i < pairs_of(node_of(m, g->vary)); i++) {
        yaml_node_pair_t p = node_of(m, g->vary)->data.mapping.pairs.start[i];
        cells /= items_of(node_of(m, p.value));
        int value = node_of(m, p.value)->data.sequence.items.start[cell / cells];
        cell %= cells;
        fprintf(name, "%s%s=", i || g->named ? ", " : "", text_of(m, p.key));
        print_value(m, name, value, 0);
        st = merge_put(m, p.key, value);
    }
    return st;
}

enum status experiment_grid_apply(const struct experiment_grid *g, struct merge *m, size_t setting,
                                  char **out_name)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *name = open_memstream(&text, &bytes);
    if (!name) return err_memory("the name of a setting");
    enum status st = SIBYL_OK;
    if (!g->named && !g->vary) fputs("job", name);
    if (g->named) st = apply_named(g, m, setting / g->cells, name);
    if (!st && g->vary) st = apply_vary(g, m, setting % g->cells, name);
    if (fclose(name) && !st) st = err_memory("the name of a setting");
    if (!st)
        *out_name = text;
    else
        free(text);
    return st;
}
