/* YAML's events, as libyaml gives them, into nodes. */
#include "base/yaml/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct anchor {
    char *name;
    struct tree_node *node; /* NULL: what it names is not complete yet */
};

struct loader {
    struct tree *tree;
    yaml_parser_t parser;
    struct tree_node here; /* stands where the last event does: the origin of new nodes */
    bool flag;
    const char *text;
    size_t bytes;
    struct anchor *anchors; /* (TREE_ANCHORS_MAX) */
    size_t anchor_count;
};

/* ---- what libyaml refuses ---- */

static bool is_tab(const struct loader *l, size_t at)
{
    return at < l->bytes && l->text[at] == '\t';
}

static enum status refuse_yaml(struct loader *l)
{
    const yaml_parser_t *p = &l->parser;
    const char *problem = p->problem ? p->problem : "cannot be read", *hint = "", *what = "";
    struct tree_node at = l->here;
    at.line = p->problem_mark.line + 1;
    if (p->error == YAML_MEMORY_ERROR) return err_memory("a YAML file");
    if (p->error == YAML_READER_ERROR) {
        /* The reader knows no line, but the byte: count. */
        size_t end = p->problem_offset < l->bytes ? p->problem_offset : l->bytes;
        at.line = 1;
        for (size_t i = 0; i < end; i++) at.line += l->text[i] == '\n';
        hint = " is text in UTF-8";
        what = tree_what(l->tree);
    } else if (is_tab(l, p->problem_mark.index)) {
        hint = " (a tab; indent with blanks)";
    }
    return tree_fault(l->tree, &at, "", "not YAML: %s%s%s%s", problem, *what ? "; " : "", what,
                      hint);
}

static enum status next_event(struct loader *l, yaml_event_t *out)
{
    if (!yaml_parser_parse(&l->parser, out)) return refuse_yaml(l);
    l->here.line = out->start_mark.line + 1;
    return SIBYL_OK;
}

/* ---- anchors ---- */

static enum status open_anchor(struct loader *l, const yaml_char_t *name, size_t *out)
{
    *out = TREE_ANCHORS_MAX;
    if (!name) return SIBYL_OK;
    for (size_t i = 0; i < l->anchor_count; i++)
        if (!strcmp(l->anchors[i].name, (const char *)name))
            return tree_fault(l->tree, &l->here, "", "the anchor &%.60s stands there twice", name);
    if (l->anchor_count == TREE_ANCHORS_MAX)
        return tree_fault(l->tree, &l->here, "", "more than %d anchors", TREE_ANCHORS_MAX);
    if (!l->anchors) l->anchors = calloc(TREE_ANCHORS_MAX, sizeof(*l->anchors));
    char *copy = l->anchors ? strdup((const char *)name) : NULL;
    if (!copy) return err_memory("a YAML file");
    *out = l->anchor_count;
    l->anchors[l->anchor_count++] = (struct anchor){copy, NULL};
    return SIBYL_OK;
}

static enum status too_deep(const struct loader *l)
{
    return tree_fault(l->tree, &l->here, "", "lists and mappings more than %d deep in one another",
                      TREE_DEPTH_MAX);
}

/* A copy keeps the lines of what it is a copy of, so that messages point to what must change. */
static enum status copy_node(struct loader *l, const struct tree_node *n, int depth,
                             struct tree_node **out)
{
    if (depth > TREE_DEPTH_MAX) return too_deep(l);
    if (++l->tree->aliased > TREE_ALIASED_MAX)
        return tree_fault(l->tree, &l->here, "", "the aliases stand for more than %d values",
                          TREE_ALIASED_MAX);
    struct tree_node *copy = n->kind == TREE_TEXT ? tree_text(l->tree, n->text, strlen(n->text), n)
                                                  : tree_mapping(l->tree, n);
    if (!copy) return err_memory("a YAML file");
    copy->kind = n->kind;
    copy->quote = n->quote;
    size_t items = n->kind == TREE_MAPPING ? 2 * n->count : n->count;
    if (items) copy->items = calloc(items, sizeof(struct tree_node *));
    if (items && !copy->items) return err_memory("a YAML file");
    copy->capacity = items;
    for (size_t i = 0; i < items; i++) {
        enum status st = copy_node(l, n->items[i], depth + 1, &copy->items[i]);
        if (st) return st;
    }
    copy->count = n->count;
    *out = copy;
    return SIBYL_OK;
}

static enum status load_alias(struct loader *l, const yaml_char_t *name, int depth,
                              struct tree_node **out)
{
    for (size_t i = 0; i < l->anchor_count; i++) {
        const struct anchor *a = &l->anchors[i];
        if (strcmp(a->name, (const char *)name)) continue;
        if (a->node) return copy_node(l, a->node, depth, out);
        return tree_fault(l->tree, &l->here, "", "*%.60s stands within itself", name);
    }
    return tree_fault(l->tree, &l->here, "", "there is no anchor &%.60s before *%.60s", name, name);
}

/* ---- nodes ---- */

static enum status load_text(struct loader *l, const yaml_event_t *e, struct tree_node **out)
{
    const char *text = (const char *)e->data.scalar.value;
    size_t length = e->data.scalar.length;
    if (memchr(text, '\0', length))
        return tree_fault(l->tree, &l->here, "", "a zero byte in a text");
    *out = tree_text(l->tree, text, length, &l->here);
    if (!*out) return err_memory("a YAML file");
    switch (e->data.scalar.style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
        (*out)->quote = '\'';
        break;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        (*out)->quote = '"';
        break;
    case YAML_LITERAL_SCALAR_STYLE:
        (*out)->quote = '|';
        break;
    case YAML_FOLDED_SCALAR_STYLE:
        (*out)->quote = '>';
        break;
    default:
        break;
    }
    return SIBYL_OK;
}

static enum status add_item(struct tree_node *to, size_t used, struct tree_node *item)
{
    if (used == to->capacity) {
        size_t capacity = to->capacity ? 2 * to->capacity : 8;
        struct tree_node **items = realloc(to->items, capacity * sizeof(struct tree_node *));
        if (!items) return err_memory("a YAML file");
        to->items = items;
        to->capacity = capacity;
    }
    to->items[used] = item;
    return SIBYL_OK;
}

/* By text, and of equal ones the first in the file first: sorting keeps large mappings cheap. */
static int compare_keys(const void *a, const void *b)
{
    const struct tree_node *x = *(struct tree_node *const *)a, *y = *(struct tree_node *const *)b;
    int by_text = strcmp(x->text, y->text);
    return by_text ? by_text : (x->line > y->line) - (x->line < y->line);
}

static enum status check_keys(struct loader *l, const struct tree_node *mapping)
{
    struct tree_node **keys = calloc(mapping->count + 1, sizeof(struct tree_node *));
    enum status st = keys ? SIBYL_OK : err_memory("a YAML file");
    for (size_t i = 0; !st && i < mapping->count; i++) {
        keys[i] = mapping->items[2 * i];
        if (keys[i]->kind != TREE_TEXT)
            st = tree_fault(l->tree, keys[i], "", "want a text before the colon");
        else if (!keys[i]->quote && !strcmp(keys[i]->text, "<<"))
            st = tree_fault(l->tree, keys[i], "",
                            "merge keys (<<) are not taken; write the keys out, or give a whole "
                            "mapping by its alias");
    }
    if (!st) qsort(keys, mapping->count, sizeof(struct tree_node *), compare_keys);
    for (size_t i = 1; !st && i < mapping->count; i++) {
        if (strcmp(keys[i - 1]->text, keys[i]->text)) continue;
        st = l->flag ? tree_fault(l->tree, keys[i], "", "the key %.80s stands there twice",
                                  keys[i]->text)
                     : tree_fault(l->tree, keys[i], "",
                                  "the key %.80s stands there twice, first in line %zu",
                                  keys[i]->text, keys[i - 1]->line);
    }
    free(keys);
    return st;
}

static enum status load_node(struct loader *l, const yaml_event_t *e, int depth,
                             struct tree_node **out);

static enum status load_items(struct loader *l, bool mapping, int depth, struct tree_node **out)
{
    struct tree_node *made = tree_mapping(l->tree, &l->here);
    size_t used = 0;
    if (!made) return err_memory("a YAML file");
    if (!mapping) made->kind = TREE_LIST;
    for (;;) {
        yaml_event_t e;
        struct tree_node *item = NULL;
        enum status st = next_event(l, &e);
        if (st) return st;
        bool end = e.type == YAML_SEQUENCE_END_EVENT || e.type == YAML_MAPPING_END_EVENT;
        if (!end) st = load_node(l, &e, depth, &item);
        yaml_event_delete(&e);
        if (!st && !end) st = add_item(made, used++, item);
        if (st) return st;
        if (end) break;
    }
    made->count = mapping ? used / 2 : used;
    *out = made;
    return mapping ? check_keys(l, made) : SIBYL_OK;
}

static enum status load_node(struct loader *l, const yaml_event_t *e, int depth,
                             struct tree_node **out)
{
    if (e->type == YAML_ALIAS_EVENT) return load_alias(l, e->data.alias.anchor, depth, out);
    bool scalar = e->type == YAML_SCALAR_EVENT, mapping = e->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *anchor = scalar    ? e->data.scalar.anchor
                                : mapping ? e->data.mapping_start.anchor
                                          : e->data.sequence_start.anchor;
    const yaml_char_t *tag = scalar    ? e->data.scalar.tag
                             : mapping ? e->data.mapping_start.tag
                                       : e->data.sequence_start.tag;
    size_t slot;
    if (tag)
        return tree_fault(l->tree, &l->here, "", "tags are not taken; leave %.60s out",
                          (const char *)tag);
    if (depth >= TREE_DEPTH_MAX && !scalar) return too_deep(l);
    enum status st = open_anchor(l, anchor, &slot);
    if (!st) st = scalar ? load_text(l, e, out) : load_items(l, mapping, depth + 1, out);
    if (!st && slot < TREE_ANCHORS_MAX) l->anchors[slot].node = *out;
    return st;
}

/* ---- documents ---- */

/* Behind the first document nothing may stand but comments. */
static enum status check_end(struct loader *l)
{
    yaml_event_t e;
    if (!yaml_parser_parse(&l->parser, &e)) {
        l->here.line = l->parser.problem_mark.line + 1;
        return tree_fault(l->tree, &l->here, "",
                          "something stands behind the end of the document; %s is one",
                          tree_what(l->tree));
    }
    bool end = e.type == YAML_STREAM_END_EVENT;
    l->here.line = e.start_mark.line + 1;
    yaml_event_delete(&e);
    if (end) return SIBYL_OK;
    return tree_fault(l->tree, &l->here, "",
                      "a second document begins here (---); %s is one document",
                      tree_what(l->tree));
}

static enum status load_stream(struct loader *l, struct tree_node **out_root)
{
    struct tree_node *root = NULL;
    enum status st = SIBYL_OK;
    for (bool document = false; !st;) {
        yaml_event_t e;
        st = next_event(l, &e);
        if (st) return st;
        yaml_event_type_t type = e.type;
        if (type == YAML_DOCUMENT_START_EVENT)
            document = true;
        else if (document && type != YAML_DOCUMENT_END_EVENT)
            st = load_node(l, &e, 0, &root);
        yaml_event_delete(&e);
        if (type == YAML_STREAM_END_EVENT) break;
        if (type != YAML_DOCUMENT_END_EVENT) continue;
        if (!st) st = check_end(l);
        break;
    }
    if (!st) *out_root = root && (l->flag || !tree_is_null(root)) ? root : NULL;
    return st;
}

enum status tree_load(struct tree *t, bool flag, const char *text, size_t bytes,
                      struct tree_node **out_root)
{
    struct loader l = {.tree = t, .flag = flag, .text = text, .bytes = bytes};
    l.here = (struct tree_node){.from_flag = flag, .line = 1};
    if (!yaml_parser_initialize(&l.parser)) return err_memory("a YAML file");
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)text, bytes);
    enum status st = load_stream(&l, out_root);
    yaml_parser_delete(&l.parser);
    for (size_t i = 0; i < l.anchor_count; i++) free(l.anchors[i].name);
    free(l.anchors);
    return st;
}
