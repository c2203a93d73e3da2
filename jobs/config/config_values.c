#define _XOPEN_SOURCE 700 /* realpath */
#include "jobs/config/config_values.h"

#include "base/file.h"
#include "jobs/config/config_number.h"
#include "jobs/config/recipe.h"
#include "search/spaces/space.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a node of the job file stands and what it is the value of. */
struct place {
    const struct tree *tree;
    const struct tree_node *node;
    const struct config_key *key;
    void *into; /* the values, or an entry of a list of them */
};

static void *value_at(void *into, const struct config_key *key)
{
    return (char *)into + key->offset;
}

static uint32_t *count_at(void *into, const struct config_key *key)
{
    return (uint32_t *)((char *)into + key->count_offset);
}

/* ---- keys that there are not ---- */

/* "known here: a, b, c" of the keys right below a section's path. */
static void print_known(FILE *f, enum config_verb verb, const char *section, size_t length)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    const char *joint = "known here: ";
    for (size_t i = 0; i < count; i++) {
        if (!(keys[i].verbs & config_key_verb(verb))) continue;
        if (length && (strncmp(keys[i].path, section, length) || keys[i].path[length] != '.'))
            continue;
        const char *name = keys[i].path + length + (length > 0);
        if (strchr(name, '.')) continue;
        fprintf(f, "%s%s", joint, name);
        joint = ", ";
    }
}

static enum status unknown_key(const struct tree *t, enum config_verb verb,
                               const struct tree_node *at, const char *path)
{
    static const char *const names[] = {"train", "score", "search"};
    char what[640] = "", section[128];
    const char *name = strrchr(path, '.');
    size_t length = name ? (size_t)(name - path) : 0;
    FILE *f = fmemopen(what, sizeof(what) - 1, "w");
    if (!f) return err_memory("a message");
    name = name ? name + 1 : path;
    fprintf(f, "unknown key %.80s", name);
    const char *near = config_key_nearest(config_key_verb(verb), path, false);
    if (near && length && !strncmp(near, path, length + 1)) near += length + 1;
    bool own = config_key_find(config_key_verb(verb), path, strlen(path));
    if (own) fprintf(f, " here: it stands once, at the top of a job file");
    for (size_t v = 0; v < 3 && !own; v++)
        if (config_key_find(1u << v, path, strlen(path))) {
            fprintf(f, " (it is for %s)", names[v]);
            near = NULL;
        }
    fputs("; ", f);
    if (near && !own) fprintf(f, "did you mean %s? ", near);
    print_known(f, verb, path, length);
    fclose(f);
    snprintf(section, sizeof(section), "%.*s", (int)length, path);
    return tree_fault(t, at, section, "%s", what);
}

enum status config_values_known(const struct tree *t, enum config_verb verb,
                                const struct tree_node *at, const char *path)
{
    size_t bytes = strlen(path);
    if (!bytes || path[0] == '.' || path[bytes - 1] == '.' || strstr(path, ".."))
        return tree_fault(t, at, path, "want KEY.PATH");
    /* The first part of the path that is no key is what to complain about. */
    for (size_t length = strcspn(path, ".");; length += 1 + strcspn(path + length + 1, ".")) {
        char part[256];
        const struct config_key *key = config_key_find(config_key_verb(verb), path, length);
        snprintf(part, sizeof(part), "%.*s", (int)length, path);
        if (!key || key->kind == KEY_GRID) return unknown_key(t, verb, at, part);
        if (!path[length]) return SIBYL_OK;
        if (!config_key_holds(config_key_verb(verb), key))
            return tree_fault(t, at, path, "%s is no mapping", part);
    }
}

enum status config_values_put(struct tree *t, const char *path, size_t length,
                              struct tree_node *value, const struct tree_node *origin)
{
    static const char below[] = "space.";
    const size_t bytes = sizeof(below) - 1;
    const struct tree_node *space = tree_find(t->root, below, bytes - 1);
    enum status st = SIBYL_OK;
    if (length > bytes && !memcmp(path, below, bytes) && space && space->kind == TREE_TEXT) {
        struct tree_node *mapping = tree_mapping(t, origin);
        st = mapping ? tree_put(t, below, bytes - 1, mapping, origin)
                     : err_memory("a key of a job file");
    }
    return st ? st : tree_put(t, path, length, value, origin);
}

/* ---- values ---- */

/* `hint`: more about what to do; may be "". */
static enum status want(const struct place *p, const char *hint)
{
    char what[384];
    config_key_want(what, sizeof(what), p->key);
    return tree_fault(p->tree, p->node, p->key->path, "want %s, not %s%.60s%s%s", what,
                      p->node->quote ? "\"" : "'", p->node->text, p->node->quote ? "\"" : "'",
                      hint);
}

static enum status read_whole(const struct place *p)
{
    uint64_t x = 0;
    const char *text = p->node->text;
    if (p->node->quote || !config_whole(text, &x) || (double)x < p->key->low ||
        x > (uint64_t)p->key->high)
        return want(p, config_number_hint(text, !p->node->quote));
    if (p->key->bytes == sizeof(uint64_t))
        *(uint64_t *)value_at(p->into, p->key) = x;
    else
        *(uint32_t *)value_at(p->into, p->key) = (uint32_t)x;
    return SIBYL_OK;
}

static enum status read_number(const struct place *p)
{
    double x;
    uint64_t rows;
    const char *text = p->node->text;
    if (p->node->quote || !config_number(text, &x) || x < p->key->low || x > p->key->high)
        return want(p, config_number_hint(text, !p->node->quote));
    if (p->key->kind == KEY_ROWS && x >= 1 && !config_whole(text, &rows)) return want(p, "");
    if (p->key->kind == KEY_ROWS && x == 1 && strcmp(text, "1") && strcmp(text, "+1"))
        return tree_fault(p->tree, p->node, p->key->path,
                          "%.60s may mean one row or all of them; write 1 for one row, the number "
                          "of rows for all, or a part below 1",
                          text);
    *(double *)value_at(p->into, p->key) = x;
    return SIBYL_OK;
}

static enum status read_switch(const struct place *p)
{
    const char *text = p->node->text;
    const bool yes = !strcmp(text, "true") || !strcmp(text, "yes") || !strcmp(text, "on");
    const bool no = !strcmp(text, "false") || !strcmp(text, "no") || !strcmp(text, "off");
    if (p->node->quote || (!yes && !no))
        return want(p, p->node->quote ? "; write it without quotes" : "");
    *(bool *)value_at(p->into, p->key) = yes;
    return SIBYL_OK;
}

/* Enums have the size of int. */
static enum status read_word(const struct place *p, void *out)
{
    int value;
    if (!words_find(p->key->words, p->node->text, &value)) return want(p, "");
    memcpy(out, &value, sizeof(value));
    return SIBYL_OK;
}

static enum status read_text(const struct place *p)
{
    if (!*p->node->text || tree_is_null(p->node))
        return tree_fault(p->tree, p->node, p->key->path, "want some text%s",
                          *p->node->text ? "; quote it if you mean that word" : "");
    char *copy = strdup(p->node->text), **at = value_at(p->into, p->key);
    if (!copy) return err_memory("a job file");
    free(*at);
    *at = copy;
    return SIBYL_OK;
}

static enum status check_list(const struct place *p)
{
    const struct config_key *key = p->key;
    const struct tree_node *n = p->node;
    if (n->kind != TREE_LIST)
        return tree_fault(p->tree, n, key->path, "want a list, such as %s",
                          key->kind == KEY_RECORDS ? "[{key: value}]" : "[a, b]");
    if ((double)n->count < key->low || (double)n->count > key->high)
        return tree_fault(p->tree, n, key->path, "want %.0f..%.0f entries, not %zu", key->low,
                          key->high, n->count);
    return SIBYL_OK;
}

static enum status read_list(const struct place *p)
{
    const struct config_key *key = p->key;
    const struct tree_node *n = p->node;
    enum status st = check_list(p);
    if (st) return st;
    char **texts = NULL;
    if (key->kind != KEY_WORDS) {
        texts = calloc(n->count + 1, sizeof(char *));
        if (!texts) return err_memory("a job file");
        *(char ***)value_at(p->into, key) = texts;
    }
    *count_at(p->into, key) = 0;
    for (size_t i = 0; i < n->count; i++) {
        struct place item = {p->tree, n->items[i], key, p->into};
        if (item.node->kind != TREE_TEXT)
            return tree_fault(p->tree, item.node, key->path,
                              "want one text, not a list or mapping");
        if (!texts)
            st = read_word(&item, (char *)value_at(p->into, key) + i * sizeof(int));
        else if (!(texts[i] = strdup(item.node->text)))
            st = err_memory("a job file");
        if (st) return st;
        ++*count_at(p->into, key);
    }
    return SIBYL_OK;
}

static enum status read_value(const struct place *p)
{
    enum key_kind kind = p->key->kind;
    if (kind == KEY_TEXTS || kind == KEY_PATHS || kind == KEY_WORDS) return read_list(p);
    if (p->node->kind != TREE_TEXT)
        return tree_fault(p->tree, p->node, p->key->path,
                          "want one value, not a list or a mapping");
    switch (kind) {
    case KEY_WHOLE:
        return read_whole(p);
    case KEY_NUMBER:
    case KEY_ROWS:
        return read_number(p);
    case KEY_SWITCH:
        return read_switch(p);
    case KEY_WORD:
        return read_word(p, value_at(p->into, p->key));
    default:
        return read_text(p);
    }
}

/* ---- lists of mappings ---- */

/* The row of a key of the entry, by its number among `rows`; -1: it has no such key. */
static int row_of(const struct config_key *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(strrchr(rows[i].path, '.') + 1, name)) return (int)i;
    return -1;
}

static enum status read_record(struct config_read *r, const struct place *p)
{
    size_t count;
    const struct config_key *rows = config_key_of_records(p->key, &count);
    const struct tree_node *n = p->node;
    bool given[CONFIG_KEYS_MAX] = {false};
    if (n->kind != TREE_MAPPING)
        return tree_fault(p->tree, n, p->key->path, "want a mapping, such as {key: value}");
    for (size_t i = 0; i < n->count; i++) {
        char inner[256];
        int row = row_of(rows, count, n->items[2 * i]->text);
        snprintf(inner, sizeof(inner), "%s.%s", p->key->path, n->items[2 * i]->text);
        if (row < 0) return unknown_key(p->tree, r->verb, n->items[2 * i], inner);
        struct place own = {p->tree, n->items[2 * i + 1], &rows[row], p->into};
        enum status st = read_value(&own);
        if (st) return st;
        given[row] = true;
    }
    for (size_t i = 0; i < count; i++)
        if (rows[i].flags & KEY_NEEDED && !given[i])
            return tree_fault(p->tree, n, p->key->path, "the key %s is missing",
                              strrchr(rows[i].path, '.') + 1);
    return SIBYL_OK;
}

static enum status read_records(struct config_read *r, const struct place *p)
{
    size_t count;
    const struct config_key *rows = config_key_of_records(p->key, &count);
    const double none = (double)NAN;
    enum status st = check_list(p);
    if (st) return st;
    char *records = calloc(p->node->count + 1, p->key->bytes);
    if (!records) return err_memory("a job file");
    *(char **)value_at(p->into, p->key) = records;
    for (size_t i = 0; i < p->node->count && !st; i++) {
        struct place entry = {p->tree, p->node->items[i], p->key, records + i * p->key->bytes};
        for (size_t k = 0; k < count; k++)
            if (rows[k].kind == KEY_NUMBER)
                memcpy(value_at(entry.into, &rows[k]), &none, sizeof(none));
        ++*count_at(p->into, p->key);
        st = read_record(r, &entry);
    }
    return st;
}

/* ---- mappings ---- */

static enum status read_mapping(struct config_read *r, const struct tree *t,
                                const struct tree_node *mapping, const char *path)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    if (mapping->kind != TREE_MAPPING)
        return tree_fault(t, mapping, path, "want a mapping, such as {key: value}");
    for (size_t i = 0; i < mapping->count; i++) {
        char inner[256];
        const struct tree_node *key = mapping->items[2 * i], *value = mapping->items[2 * i + 1];
        snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", key->text);
        const struct config_key *row =
            config_key_find(config_key_verb(r->verb), inner, strlen(inner));
        if (!row || row->kind == KEY_GRID) return unknown_key(t, r->verb, key, inner);
        struct place p = {t, value, row, &r->values};
        bool holds =
            row->kind == KEY_SECTION || (value->kind == TREE_MAPPING && row->kind != KEY_RECORDS &&
                                         config_key_holds(row->verbs, row));
        enum status st = holds                      ? read_mapping(r, t, value, inner)
                         : row->kind == KEY_RECORDS ? read_records(r, &p)
                                                    : read_value(&p);
        if (st) return st;
        r->given[row - keys] = true;
        r->values.recipe_given |= recipe_bit(row->path);
    }
    return SIBYL_OK;
}

enum status config_values_read(struct config_read *out, const struct tree *t, enum config_verb verb)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    *out = (struct config_read){.verb = verb};
    enum status st = config_key_defaults(verb, &out->values);
    if (!st) st = read_mapping(out, t, t->root, "");
    for (size_t i = 0; !st && i < count; i++)
        if (keys[i].verbs & config_key_verb(verb) && keys[i].flags & KEY_NEEDED &&
            !(keys[i].flags & KEY_OF_RECORD) && !out->given[i])
            st = tree_fault(t, tree_nearest(t, keys[i].path), "", "the key %s is missing",
                            keys[i].path);
    return st;
}

static enum status resolve(char **at, const char *file)
{
    if (!*at) return SIBYL_OK;
    char *near = file_relative_to(file, *at);
    if (!near) return err_memory("a path");
    char *absolute = realpath(near, NULL); /* where the file system knows it */
    free(*at);
    *at = absolute ? absolute : near;
    if (absolute) free(near);
    return SIBYL_OK;
}

/* Where a program runs is told by where the job file is; written down, for the saved values are a
 * job file elsewhere. */
static enum status resolve_program_folder(struct config_read *r, const char *file)
{
    struct config_judge *judge = &r->values.evaluator;
    if (r->verb != CONFIG_SEARCH || judge->kind != EVALUATOR_COMMAND || judge->folder)
        return SIBYL_OK;
    judge->folder = strdup(".");
    return judge->folder ? resolve(&judge->folder, file) : err_memory("a path");
}

/* The paths in a list of mappings. */
static enum status resolve_records(struct config_values *v, const struct config_key *key,
                                   const char *file)
{
    size_t count;
    const struct config_key *rows = config_key_of_records(key, &count);
    enum status st = SIBYL_OK;
    for (uint32_t i = 0; i < *count_at(v, key); i++)
        for (size_t k = 0; k < count && !st; k++)
            if (rows[k].kind == KEY_PATH)
                st = resolve(value_at(*(char **)value_at(v, key) + i * key->bytes, &rows[k]), file);
    return st;
}

enum status config_values_resolve(struct config_read *r, const char *file)
{
    size_t count;
    struct config_values *v = &r->values;
    enum status st = SIBYL_OK;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count && !st; i++) {
        if (!(keys[i].verbs & config_key_verb(r->verb)) || keys[i].flags & KEY_OF_RECORD) continue;
        if (keys[i].kind == KEY_PATH) st = resolve(value_at(v, &keys[i]), file);
        if (keys[i].kind == KEY_RECORDS) st = resolve_records(v, &keys[i], file);
        if (keys[i].kind == KEY_SPACE) {
            char **at = value_at(v, &keys[i]);
            if (*at && space_is_path(*at)) st = resolve(at, file);
        }
        if (keys[i].kind != KEY_PATHS) continue;
        for (uint32_t k = 0; !st && k < *count_at(v, &keys[i]); k++)
            st = resolve(*(char ***)value_at(v, &keys[i]) + k, file);
    }
    return st ? st : resolve_program_folder(r, file);
}
