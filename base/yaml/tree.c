#include "base/yaml/tree.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tree_change {
    struct tree_node *mapping, *old; /* old: the value before; NULL: the last pair is new */
    size_t pair;
};

/* ---- messages ---- */

void tree_where(const struct tree *t, const struct tree_node *n, char *out, size_t bytes)
{
    if (n && n->from_flag)
        snprintf(out, bytes, "--set");
    else
        snprintf(out, bytes, "%s:%zu", t->file, n ? n->line : (size_t)1);
}

enum status tree_fault(const struct tree *t, const struct tree_node *n, const char *path,
                       const char *format, ...)
{
    char where[512], what[STATUS_MESSAGE_BYTES];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof(what), format, list);
    va_end(list);
    text_make_printable(what);
    tree_where(t, n, where, sizeof(where));
    return err_set(SIBYL_E_USAGE, "%s: %s%s%s", where, path, *path ? ": " : "", what);
}

const char *tree_what(const struct tree *t)
{
    return t->what ? t->what : "a job file";
}

/* ---- nodes ---- */

static struct tree_node *new_node(struct tree *t, enum tree_kind kind, size_t text_bytes,
                                  const struct tree_node *origin)
{
    struct tree_node *n = malloc(sizeof(*n) + text_bytes);
    if (!n) return NULL;
    *n = (struct tree_node){
        .kind = kind,
        .from_flag = !origin || origin->from_flag,
        .line = origin ? origin->line : 0,
        .next = t->all,
        .text = text_bytes ? (char *)(n + 1) : NULL,
    };
    t->all = n;
    return n;
}

struct tree_node *tree_mapping(struct tree *t, const struct tree_node *origin)
{
    return new_node(t, TREE_MAPPING, 0, origin);
}

struct tree_node *tree_text(struct tree *t, const char *text, size_t length,
                            const struct tree_node *origin)
{
    struct tree_node *n = new_node(t, TREE_TEXT, length + 1, origin);
    if (!n) return NULL;
    memcpy(n->text, text, length);
    n->text[length] = '\0';
    return n;
}

void tree_release(struct tree *t)
{
    for (struct tree_node *n = t->all, *next; n; n = next) {
        next = n->next;
        free(n->items);
        free(n);
    }
    free(t->changes);
    *t = (struct tree){0};
}

/* ---- finding ---- */

/* Which pair has this key; `count` if none has. */
static size_t find_pair(const struct tree_node *mapping, const char *key, size_t length)
{
    size_t i = 0;
    while (i < mapping->count && (strncmp(mapping->items[2 * i]->text, key, length) ||
                                  mapping->items[2 * i]->text[length]))
        i++;
    return i;
}

bool tree_is_null(const struct tree_node *n)
{
    return n->kind == TREE_TEXT && !n->quote &&
           (!*n->text || !strcmp(n->text, "~") || !strcmp(n->text, "null"));
}

struct tree_node *tree_find(const struct tree_node *mapping, const char *key, size_t length)
{
    if (!mapping || mapping->kind != TREE_MAPPING) return NULL;
    size_t i = find_pair(mapping, key, length);
    return i < mapping->count ? mapping->items[2 * i + 1] : NULL;
}

const struct tree_node *tree_nearest(const struct tree *t, const char *path)
{
    const struct tree_node *at = t->root;
    for (;;) {
        size_t length = strcspn(path, ".");
        const struct tree_node *inner = tree_find(at, path, length);
        if (!inner) return at;
        at = inner;
        if (!path[length]) return at;
        path += length + 1;
    }
}

struct tree_node *tree_take(struct tree *t, const char *key, struct tree_node **out_key)
{
    struct tree_node *root = t->root;
    size_t i = find_pair(root, key, strlen(key));
    if (i == root->count) return NULL;
    struct tree_node *value = root->items[2 * i + 1];
    *out_key = root->items[2 * i];
    root->count--;
    memmove(&root->items[2 * i], &root->items[2 * i + 2],
            2 * (root->count - i) * sizeof(struct tree_node *));
    return value;
}

/* ---- changing ---- */

bool tree_add(struct tree_node *mapping, struct tree_node *key, struct tree_node *value)
{
    if (2 * mapping->count + 2 > mapping->capacity) {
        size_t capacity = mapping->capacity ? 2 * mapping->capacity : 8;
        struct tree_node **items = realloc(mapping->items, capacity * sizeof(struct tree_node *));
        if (!items) return false;
        mapping->items = items;
        mapping->capacity = capacity;
    }
    mapping->items[2 * mapping->count] = key;
    mapping->items[2 * mapping->count++ + 1] = value;
    return true;
}

static bool note_change(struct tree *t, struct tree_change change)
{
    if (t->change_count == t->change_capacity) {
        size_t capacity = t->change_capacity ? 2 * t->change_capacity : 8;
        struct tree_change *grown = realloc(t->changes, capacity * sizeof(*grown));
        if (!grown) return false;
        t->changes = grown;
        t->change_capacity = capacity;
    }
    t->changes[t->change_count++] = change;
    return true;
}

static size_t part_length(const char *part, const char *end)
{
    const char *dot = memchr(part, '.', (size_t)(end - part));
    return (size_t)((dot ? dot : end) - part);
}

/* What is to stand under the key `part`: mappings for the rest of the path, and in them `value`. */
static struct tree_node *wrap(struct tree *t, const char *part, const char *end,
                              struct tree_node *value, const struct tree_node *origin)
{
    size_t length = part_length(part, end);
    if (part + length == end) return value;
    const char *next = part + length + 1;
    struct tree_node *mapping = tree_mapping(t, origin);
    struct tree_node *key = tree_text(t, next, part_length(next, end), origin);
    struct tree_node *inner = wrap(t, next, end, value, origin);
    return mapping && key && inner && tree_add(mapping, key, inner) ? mapping : NULL;
}

static enum status bad_path(const struct tree *t, const char *path, size_t length,
                            const struct tree_node *origin, const char *what)
{
    char shown[128];
    snprintf(shown, sizeof(shown), "%.*s", (int)(length < 120 ? length : 120), path);
    text_make_printable(shown);
    return origin ? tree_fault(t, origin, shown, "%s", what)
                  : err_set(SIBYL_E_USAGE, "--set %s: %s", shown, what);
}

/* No part of a path is empty, and there are not too many. */
static enum status check_path(const struct tree *t, const char *path, size_t length,
                              const struct tree_node *origin)
{
    const char *want = origin ? "want KEY.PATH" : "want KEY.PATH=VALUE";
    size_t parts = 1;
    bool good = length > 0;
    for (size_t i = 0; good && i < length; i++) {
        if (path[i] != '.') continue;
        good = i > 0 && i + 1 < length && path[i + 1] != '.' && ++parts <= TREE_DEPTH_MAX;
    }
    return good ? SIBYL_OK : bad_path(t, path, length, origin, want);
}

enum status tree_put(struct tree *t, const char *path, size_t length, struct tree_node *value,
                     const struct tree_node *origin)
{
    struct tree_node *at = t->root;
    const char *part = path, *end = path + length;
    enum status st = check_path(t, path, length, origin);
    if (st) return st;
    for (;;) {
        char what[160];
        size_t bytes = part_length(part, end);
        snprintf(what, sizeof(what), "%.*s is no mapping",
                 (int)(part - path < 100 ? part - path - 1 : 100), path);
        if (at->kind != TREE_MAPPING) return bad_path(t, path, length, origin, what);
        size_t i = find_pair(at, part, bytes);
        bool last = part + bytes == end, there = i < at->count;
        if (there && !last) {
            at = at->items[2 * i + 1];
            part += bytes + 1;
            continue;
        }
        struct tree_change change = {at, there ? at->items[2 * i + 1] : NULL, i};
        struct tree_node *key = there ? at->items[2 * i] : tree_text(t, part, bytes, origin);
        struct tree_node *whole = wrap(t, part, end, value, origin);
        if (!key || !whole || !note_change(t, change)) return err_memory("a key of a job file");
        if (there)
            at->items[2 * i + 1] = whole;
        else if (!tree_add(at, key, whole))
            return t->change_count--, err_memory("a key of a job file");
        return SIBYL_OK;
    }
}

void tree_undo(struct tree *t, size_t changes)
{
    while (t->change_count > changes) {
        struct tree_change *c = &t->changes[--t->change_count];
        if (c->old)
            c->mapping->items[2 * c->pair + 1] = c->old;
        else
            c->mapping->count--;
    }
}
