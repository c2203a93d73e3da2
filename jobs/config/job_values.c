#include "jobs/config/job_values.h"

#include "base/status.h"
#include "jobs/config/config_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* ---- a text, taken apart ---- */

static const char *scalar(const yaml_node_t *n)
{
    return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : "";
}

static void print_node(FILE *f, yaml_document_t *d, int number)
{
    const yaml_node_t *n = yaml_document_get_node(d, number);
    const char *comma = "";
    if (!n) return;
    if (n->type == YAML_SCALAR_NODE) fputs(scalar(n), f);
    if (n->type == YAML_SEQUENCE_NODE) {
        fputc('[', f);
        for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top;
             i++, comma = ", ") {
            fputs(comma, f);
            print_node(f, d, *i);
        }
        fputc(']', f);
    }
    if (n->type == YAML_MAPPING_NODE) {
        fputc('{', f);
        for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top;
             p++, comma = ", ") {
            fputs(comma, f);
            print_node(f, d, p->key);
            fputs(": ", f);
            print_node(f, d, p->value);
        }
        fputc('}', f);
    }
}

static char *text_of(yaml_document_t *d, int number)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return NULL;
    print_node(f, d, number);
    if (fclose(f) == 0) return text;
    free(text);
    return NULL;
}

static enum status add_key(struct job_values *k, const char *path, char *value)
{
    struct job_value *grown = realloc(k->list, (k->count + 1) * sizeof(*grown));
    char *copy = strdup(path);
    if (grown) k->list = grown;
    if (!grown || !copy || !value) {
        free(copy);
        free(value);
        return err_memory("the keys of a job");
    }
    k->list[k->count++] = (struct job_value){copy, value};
    return SIBYL_OK;
}

static enum status add_node(struct job_values *k, yaml_document_t *d, const char *path, int number);

/* One key or entry of a node. */
static enum status add_inner(struct job_values *k, yaml_document_t *d, const char *path,
                             const char *inner, int number)
{
    size_t bytes = strlen(path) + strlen(inner) + 2;
    char *whole = malloc(bytes);
    if (!whole) return err_memory("the keys of a job");
    snprintf(whole, bytes, "%s%s%s", path, *path && *inner != '[' ? "." : "", inner);
    enum status st = add_node(k, d, whole, number);
    free(whole);
    return st;
}

static enum status add_entries(struct job_values *k, yaml_document_t *d, const char *path,
                               const yaml_node_t *n)
{
    const yaml_node_item_t *first = n->data.sequence.items.start;
    enum status st = SIBYL_OK;
    for (const yaml_node_item_t *i = first; !st && i < n->data.sequence.items.top; i++) {
        char inner[32];
        snprintf(inner, sizeof(inner), "[%zu]", (size_t)(i - first));
        st = add_inner(k, d, path, inner, *i);
    }
    return st;
}

static bool is_list_of_mappings(yaml_document_t *d, const yaml_node_t *n)
{
    if (n->type != YAML_SEQUENCE_NODE || n->data.sequence.items.start == n->data.sequence.items.top)
        return false;
    const yaml_node_t *first = yaml_document_get_node(d, *n->data.sequence.items.start);
    return first && first->type == YAML_MAPPING_NODE;
}

/* A mapping, and a list of mappings, are taken apart, anything else is the value of `path`. */
static enum status add_node(struct job_values *k, yaml_document_t *d, const char *path, int number)
{
    const yaml_node_t *n = yaml_document_get_node(d, number);
    if (!n) return SIBYL_OK;
    if (*path && is_list_of_mappings(d, n)) return add_entries(k, d, path, n);
    if (n->type != YAML_MAPPING_NODE || n->data.mapping.pairs.start == n->data.mapping.pairs.top)
        return *path ? add_key(k, path, text_of(d, number)) : SIBYL_OK;
    enum status st = SIBYL_OK;
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; !st && p < n->data.mapping.pairs.top;
         p++)
        st = add_inner(k, d, path, scalar(yaml_document_get_node(d, p->key)), p->value);
    return st;
}

enum status job_values_read(struct job_values *out, const char *text)
{
    struct job_values k = {0};
    yaml_parser_t parser;
    yaml_document_t document;
    enum status st = SIBYL_OK;
    if (!yaml_parser_initialize(&parser)) return err_memory("the keys of a job");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    if (yaml_parser_load(&parser, &document)) {
        const yaml_node_t *root = yaml_document_get_root_node(&document);
        if (root) st = add_node(&k, &document, "", 1);
        yaml_document_delete(&document);
    } else {
        st = err_set(SIBYL_E_FORMAT, "the values of a job are no YAML");
    }
    yaml_parser_delete(&parser);
    if (st)
        job_values_release(&k);
    else
        *out = k;
    return st;
}

void job_values_release(struct job_values *k)
{
    for (size_t i = 0; i < k->count; i++) {
        free(k->list[i].path);
        free(k->list[i].value);
    }
    free(k->list);
    *k = (struct job_values){0};
}

/* ---- two of them ---- */

static const char *value_of(const struct job_values *k, const char *path)
{
    for (size_t i = 0; i < k->count; i++)
        if (!strcmp(k->list[i].path, path)) return k->list[i].value;
    return NULL;
}

/* The settings of an experiment, which are known by their place too. */
static bool is_ordered(const char *path)
{
    return !strncmp(path, "vary.", 5) || !strncmp(path, "settings.", 9);
}

static const struct job_value *next_ordered(const struct job_values *k, size_t *at)
{
    for (; *at < k->count; ++*at)
        if (is_ordered(k->list[*at].path)) return &k->list[(*at)++];
    return NULL;
}

static bool order_differs(const struct job_values *before, const struct job_values *now,
                          struct job_difference *out)
{
    size_t i = 0, k = 0;
    for (;;) {
        const struct job_value *a = next_ordered(before, &i), *b = next_ordered(now, &k);
        if (!a || !b) return false;
        if (!strcmp(a->path, b->path)) continue;
        *out = (struct job_difference){b->path, "in another place", b->value};
        return true;
    }
}

bool job_values_differ(const struct job_values *before, const struct job_values *now,
                       bool (*same)(void *context, const struct job_difference *d), void *context,
                       struct job_difference *out)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct job_value *k = &now->list[i];
        const struct job_difference d = {k->path, value_of(before, k->path), k->value};
        if (config_key_may_change(k->path) || (d.before && !strcmp(d.before, d.now))) continue;
        if (same && same(context, &d)) continue;
        *out = d;
        return true;
    }
    for (size_t i = 0; i < before->count; i++) {
        const struct job_value *k = &before->list[i];
        const struct job_difference d = {k->path, k->value, NULL};
        if (config_key_may_change(k->path) || value_of(now, k->path)) continue;
        if (same && same(context, &d)) continue;
        *out = d;
        return true;
    }
    return order_differs(before, now, out);
}

enum status job_values_digest(const char *text, enum config_verb verb, char out[HASH128_TEXT_BYTES])
{
    struct job_values k = {0};
    char *all = NULL;
    size_t bytes = 0;
    enum status st = job_values_read(&k, text);
    FILE *f = st ? NULL : open_memstream(&all, &bytes);
    if (!st && !f) st = err_memory("the digest of a job");
    for (size_t i = 0; f && i < k.count; i++) {
        const char *path = k.list[i].path;
        if (config_key_may_change(path) || config_key_is_path(verb, path, k.list[i].value))
            continue;
        fprintf(f, "%s%c%s%c", path, '\0', k.list[i].value, '\0');
    }
    if (f && fclose(f)) st = err_memory("the digest of a job");
    if (!st) hash128_text(digest_xxh128(all, bytes), out);
    free(all);
    job_values_release(&k);
    return st;
}
