#define _XOPEN_SOURCE 700 /* realpath */
#include "jobs/config/config_values.h"

#include "base/file.h"
#include "jobs/config/config_number.h"
#include "search/spaces/space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a node of the job file stands and what it is the value of. */
struct place {
    const struct tree *tree;
    const struct tree_node *node;
    const struct config_key *key;
};

static void *value_at(struct config_read *r, const struct config_key *key)
{
    return (char *)&r->values + key->offset;
}

static uint32_t *count_at(struct config_read *r, const struct config_key *key)
{
    return (uint32_t *)((char *)&r->values + key->count_offset);
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

static enum status read_whole(struct config_read *r, const struct place *p)
{
    uint64_t x = 0;
    const char *text = p->node->text;
    if (p->node->quote || !config_whole(text, &x) || (double)x < p->key->low ||
        x > (uint64_t)p->key->high)
        return want(p, config_number_hint(text, !p->node->quote));
    if (p->key->bytes == sizeof(uint64_t))
        *(uint64_t *)value_at(r, p->key) = x;
    else
        *(uint32_t *)value_at(r, p->key) = (uint32_t)x;
    return SIBYL_OK;
}

static enum status read_number(struct config_read *r, const struct place *p)
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
    *(double *)value_at(r, p->key) = x;
    return SIBYL_OK;
}

static enum status read_switch(struct config_read *r, const struct place *p)
{
    const char *text = p->node->text;
    const bool yes = !strcmp(text, "true") || !strcmp(text, "yes") || !strcmp(text, "on");
    const bool no = !strcmp(text, "false") || !strcmp(text, "no") || !strcmp(text, "off");
    if (p->node->quote || (!yes && !no))
        return want(p, p->node->quote ? "; write it without quotes" : "");
    *(bool *)value_at(r, p->key) = yes;
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

static enum status read_text(struct config_read *r, const struct place *p)
{
    if (!*p->node->text || tree_is_null(p->node))
        return tree_fault(p->tree, p->node, p->key->path, "want some text%s",
                          *p->node->text ? "; quote it if you mean that word" : "");
    char *copy = strdup(p->node->text), **at = value_at(r, p->key);
    if (!copy) return err_memory("a job file");
    free(*at);
    *at = copy;
    return SIBYL_OK;
}

static enum status read_list(struct config_read *r, const struct place *p)
{
    const struct config_key *key = p->key;
    const struct tree_node *n = p->node;
    if (n->kind != TREE_LIST)
        return tree_fault(p->tree, n, key->path, "want a list, such as [a, b]");
    if ((double)n->count < key->low || (double)n->count > key->high)
        return tree_fault(p->tree, n, key->path, "want %.0f..%.0f entries, not %zu", key->low,
                          key->high, n->count);
    char **texts = NULL;
    if (key->kind != KEY_WORDS) {
        texts = calloc(n->count + 1, sizeof(char *));
        if (!texts) return err_memory("a job file");
        *(char ***)value_at(r, key) = texts;
    }
    *count_at(r, key) = 0;
    for (size_t i = 0; i < n->count; i++) {
        struct place item = {p->tree, n->items[i], key};
        if (item.node->kind != TREE_TEXT)
            return tree_fault(p->tree, item.node, key->path,
                              "want one text, not a list or mapping");
        enum status st = SIBYL_OK;
        if (!texts)
            st = read_word(&item, (char *)value_at(r, key) + i * sizeof(int));
        else if (!(texts[i] = strdup(item.node->text)))
            st = err_memory("a job file");
        if (st) return st;
        ++*count_at(r, key);
    }
    return SIBYL_OK;
}

static enum status read_value(struct config_read *r, const struct place *p)
{
    enum key_kind kind = p->key->kind;
    if (kind == KEY_TEXTS || kind == KEY_PATHS || kind == KEY_WORDS) return read_list(r, p);
    if (p->node->kind != TREE_TEXT)
        return tree_fault(p->tree, p->node, p->key->path,
                          "want one value, not a list or a mapping");
    switch (kind) {
    case KEY_WHOLE:
        return read_whole(r, p);
    case KEY_NUMBER:
    case KEY_ROWS:
        return read_number(r, p);
    case KEY_SWITCH:
        return read_switch(r, p);
    case KEY_WORD:
        return read_word(p, value_at(r, p->key));
    default:
        return read_text(r, p);
    }
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
        struct place p = {t, value, row};
        bool holds = row->kind == KEY_SECTION ||
                     (value->kind == TREE_MAPPING && config_key_holds(row->verbs, row));
        enum status st = holds ? read_mapping(r, t, value, inner) : read_value(r, &p);
        if (st) return st;
        r->given[row - keys] = true;
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
        if (keys[i].verbs & config_key_verb(verb) && keys[i].flags & KEY_NEEDED && !out->given[i])
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

enum status config_values_resolve(struct config_read *r, const char *file)
{
    size_t count;
    enum status st = SIBYL_OK;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count && !st; i++) {
        if (!(keys[i].verbs & config_key_verb(r->verb))) continue;
        if (keys[i].kind == KEY_PATH) st = resolve(value_at(r, &keys[i]), file);
        if (keys[i].kind == KEY_SPACE) {
            char **at = value_at(r, &keys[i]);
            if (*at && space_is_path(*at)) st = resolve(at, file);
        }
        if (keys[i].kind != KEY_PATHS) continue;
        for (uint32_t k = 0; !st && k < *count_at(r, &keys[i]); k++)
            st = resolve(*(char ***)value_at(r, &keys[i]) + k, file);
    }
    return st ? st : resolve_program_folder(r, file);
}
