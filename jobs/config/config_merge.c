#define _XOPEN_SOURCE 700 /* realpath */
#include "jobs/config/config_merge.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status load_document(yaml_document_t *out, bool *has, const char *name,
                                 const char *text, size_t bytes)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return err_memory(name);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
    enum status st = SIBYL_OK;
    if (!yaml_parser_load(&parser, out))
        st = err_set(SIBYL_E_USAGE, "%s:%zu: not YAML: %s", name, parser.problem_mark.line + 1,
                     parser.problem ? parser.problem : "cannot be read");
    else
        *has = true;
    yaml_parser_delete(&parser);
    return st;
}

enum status merge_open(struct merge *m, enum config_verb verb, const char *file, const char *text,
                       size_t bytes)
{
    *m = (struct merge){.file = file, .verb = verb};
    enum status st = load_document(&m->user, &m->has_user, file, text, bytes);
    if (st) return st;
    yaml_node_t *root = yaml_document_get_root_node(&m->user);
    if (!root && !yaml_document_add_mapping(&m->user, NULL, YAML_ANY_MAPPING_STYLE))
        return err_memory(file);
    if (root && root->type != YAML_MAPPING_NODE)
        return err_set(SIBYL_E_USAGE, "%s:%zu: want a mapping of keys to values", file,
                       root->start_mark.line + 1);
    char *defaults = config_schema_defaults(verb);
    if (!defaults) return err_memory("the defaults of a job file");
    st = load_document(&m->defaults, &m->has_defaults, "defaults", defaults, strlen(defaults));
    free(defaults);
    return st;
}

void merge_close(struct merge *m)
{
    if (m->has_user) yaml_document_delete(&m->user);
    if (m->has_defaults) yaml_document_delete(&m->defaults);
    if (m->has_out) yaml_document_delete(&m->out);
    *m = (struct merge){0};
}

/* ---- finding things ---- */

static const char *scalar_text(const yaml_node_t *n)
{
    return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : NULL;
}

/* The pair of a key in a mapping, or NULL. */
static yaml_node_pair_t *find_pair(yaml_document_t *d, yaml_node_t *mapping, const char *key,
                                   size_t length)
{
    if (!mapping || mapping->type != YAML_MAPPING_NODE) return NULL;
    for (yaml_node_pair_t *p = mapping->data.mapping.pairs.start;
         p < mapping->data.mapping.pairs.top; p++) {
        const char *text = scalar_text(yaml_document_get_node(d, p->key));
        if (text && strlen(text) == length && !memcmp(text, key, length)) return p;
    }
    return NULL;
}

static yaml_node_t *find(yaml_document_t *d, yaml_node_t *mapping, const char *key)
{
    yaml_node_pair_t *p = find_pair(d, mapping, key, strlen(key));
    return p ? yaml_document_get_node(d, p->value) : NULL;
}

/* Nodes that --set made have no place in the file: their marks are all zero. */
static void print_where(const struct merge *m, const yaml_node_t *n, char *out, size_t bytes)
{
    if (n && n->end_mark.index == 0 && n->start_mark.index == 0)
        snprintf(out, bytes, "--set");
    else
        snprintf(out, bytes, "%s:%zu", m->file, n ? n->start_mark.line + 1 : (size_t)1);
}

void merge_where(struct merge *m, const char *path, char *out, size_t bytes)
{
    yaml_node_t *node = yaml_document_get_root_node(&m->user);
    for (const char *part = path; node;) {
        size_t length = strcspn(part, ".");
        yaml_node_pair_t *p = find_pair(&m->user, node, part, length);
        if (!p) break;
        node = yaml_document_get_node(&m->user, p->value);
        if (!part[length]) break;
        part += length + 1;
    }
    print_where(m, node, out, bytes);
}

enum status merge_fault(const struct merge *m, const yaml_node_t *n, const char *path,
                        const char *what)
{
    char where[512];
    print_where(m, n, where, sizeof(where));
    return err_set(SIBYL_E_USAGE, "%s: %s%s%s", where, path, *path ? ": " : "", what);
}

/* ---- --set ---- */

static int copy_node(yaml_document_t *to, yaml_document_t *from, int index, int depth)
{
    yaml_node_t *n = yaml_document_get_node(from, index);
    if (!n || depth > 16) return 0;
    if (n->type == YAML_SCALAR_NODE)
        return yaml_document_add_scalar(to, NULL, n->data.scalar.value, (int)n->data.scalar.length,
                                        n->data.scalar.style);
    int made = n->type == YAML_SEQUENCE_NODE
                   ? yaml_document_add_sequence(to, NULL, YAML_FLOW_SEQUENCE_STYLE)
                   : yaml_document_add_mapping(to, NULL, YAML_FLOW_MAPPING_STYLE);
    if (!made) return 0;
    if (n->type == YAML_SEQUENCE_NODE) {
        for (yaml_node_item_t *i = n->data.sequence.items.start; i < n->data.sequence.items.top;
             i++) {
            int item = copy_node(to, from, *i, depth + 1);
            if (!item || !yaml_document_append_sequence_item(to, made, item)) return 0;
        }
        return made;
    }
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        int key = copy_node(to, from, p->key, depth + 1),
            value = copy_node(to, from, p->value, depth + 1);
        if (!key || !value || !yaml_document_append_mapping_pair(to, made, key, value)) return 0;
    }
    return made;
}

static enum status bad_path(const struct merge *m, const char *path, int origin, const char *what)
{
    const yaml_node_t *n = yaml_document_get_node((yaml_document_t *)&m->user, origin);
    return n ? merge_fault(m, n, path, what) : err_set(SIBYL_E_USAGE, "--set %s: %s", path, what);
}

/* A new node stands where `origin` stands. */
static void place_as(yaml_document_t *d, int node, int origin)
{
    yaml_node_t *to = yaml_document_get_node(d, node), *from = yaml_document_get_node(d, origin);
    if (!to || !from) return;
    to->start_mark = from->start_mark;
    to->end_mark = from->end_mark;
}

/* Adds a key of the mapping `at`; its value is *child, or a new mapping where that is 0. */
static enum status add_key(struct merge *m, int at, const char *name, int length, int *child)
{
    yaml_document_t *d = &m->user;
    int key = yaml_document_add_scalar(d, NULL, (const yaml_char_t *)name, length,
                                       YAML_PLAIN_SCALAR_STYLE);
    if (!*child) *child = yaml_document_add_mapping(d, NULL, YAML_FLOW_MAPPING_STYLE);
    if (!key || !*child || !yaml_document_append_mapping_pair(d, at, key, *child))
        return err_memory("a key of a job file");
    return SIBYL_OK;
}

/* Puts the node `value` at `path` (up to `end`) under the root, making mappings on the way.
 * `origin`: the node that the path was read from; 0: the command line. */
static enum status put_at(struct merge *m, const char *path, const char *end, int value, int origin)
{
    yaml_document_t *d = &m->user;
    int at = 1; /* libyaml numbers nodes from 1; the root is the first */
    for (const char *part = path;;) {
        char what[160];
        size_t length = strcspn(part, ".=");
        bool last = part + length == end;
        if (!length || part + length > end)
            return bad_path(m, path, origin, origin ? "want KEY.PATH" : "want KEY.PATH=VALUE");
        yaml_node_t *node = yaml_document_get_node(d, at);
        snprintf(what, sizeof(what), "%.*s is no mapping", (int)(part - path - 1), path);
        if (!node || node->type != YAML_MAPPING_NODE) return bad_path(m, path, origin, what);
        yaml_node_pair_t *pair = find_pair(d, node, part, length);
        if (pair && last) {
            pair->value = value;
            return SIBYL_OK;
        }
        if (pair) {
            at = pair->value;
        } else {
            int child = last ? value : 0;
            enum status st = add_key(m, at, part, (int)length, &child);
            if (st) return st;
            place_as(d, (yaml_document_get_node(d, at)->data.mapping.pairs.top - 1)->key, origin);
            if (last) return SIBYL_OK;
            place_as(d, child, origin);
            at = child;
        }
        part += length + 1;
    }
}

enum status merge_put(struct merge *m, int key, int value)
{
    const yaml_node_t *n = yaml_document_get_node(&m->user, key);
    const char *path = scalar_text(n);
    if (!path) return merge_fault(m, n, "", "want the path of a key");
    char *copy = strdup(path); /* adding nodes may move those there are */
    if (!copy) return err_memory("a path");
    enum status st = put_at(m, copy, copy + strlen(copy), value, key);
    free(copy);
    return st;
}

enum status merge_take(struct merge *m, const char *key, int *out_value)
{
    yaml_node_t *root = yaml_document_get_root_node(&m->user);
    yaml_node_pair_t *p = find_pair(&m->user, root, key, strlen(key));
    *out_value = 0;
    if (!p) return SIBYL_OK;
    m->taken[m->taken_count][0] = p->key;
    m->taken[m->taken_count++][1] = p->value;
    *out_value = p->value;
    yaml_node_pair_t *top = --root->data.mapping.pairs.top;
    memmove(p, p + 1, (size_t)(top - p) * sizeof(*p));
    p = find_pair(&m->user, root, key, strlen(key));
    return !p ? SIBYL_OK
              : merge_fault(m, yaml_document_get_node(&m->user, p->key), key, "stands there twice");
}

enum status merge_set(struct merge *m, const char *assignment)
{
    const char *end = strchr(assignment, '=');
    if (!end) return err_set(SIBYL_E_USAGE, "--set %s: want KEY.PATH=VALUE", assignment);
    yaml_document_t given;
    bool has = false;
    enum status st = load_document(&given, &has, "--set", end + 1, strlen(end + 1));
    if (st) return st;
    int value = 0;
    if (yaml_document_get_root_node(&given))
        value = copy_node(&m->user, &given, 1, 0);
    else
        value = yaml_document_add_scalar(&m->user, NULL, (const yaml_char_t *)"", 0,
                                         YAML_PLAIN_SCALAR_STYLE);
    yaml_document_delete(&given);
    return value ? put_at(m, assignment, end, value, 0) : err_memory("--set");
}

/* ---- checking and writing ---- */

static enum status unknown_key(const struct merge *m, const yaml_node_t *key, const char *path,
                               const cyaml_schema_field_t *fields)
{
    char text[768];
    int used = snprintf(text, sizeof(text), "unknown key %s; known here:",
                        scalar_text(key) ? scalar_text(key) : "that is no text");
    for (const cyaml_schema_field_t *f = fields; f->key && used > 0 && (size_t)used < sizeof(text);
         f++)
        used += snprintf(text + used, sizeof(text) - (size_t)used, "%s %s", f == fields ? "" : ",",
                         f->key);
    if (!*path && m->verb == CONFIG_TRAIN && used > 0 && (size_t)used < sizeof(text))
        snprintf(text + used, sizeof(text) - (size_t)used, ", repeat, vary, settings");
    return merge_fault(m, key, path, text);
}

static enum status check_keys(struct merge *m, yaml_node_t *mapping, const char *path,
                              const cyaml_schema_field_t *fields)
{
    yaml_node_pair_t *start = mapping->data.mapping.pairs.start;
    for (yaml_node_pair_t *p = start; p < mapping->data.mapping.pairs.top; p++) {
        yaml_node_t *key = yaml_document_get_node(&m->user, p->key);
        const char *name = scalar_text(key);
        const cyaml_schema_field_t *f = fields;
        while (f->key && (!name || strcmp(f->key, name))) f++;
        if (!f->key) return unknown_key(m, key, path, fields);
        if (find_pair(&m->user, mapping, name, strlen(name)) != p) {
            char text[256];
            snprintf(text, sizeof(text), "the key %s stands there twice", name);
            return merge_fault(m, key, path, text);
        }
    }
    return SIBYL_OK;
}

static enum status want_number(const struct merge *m, const yaml_node_t *n, const char *path,
                               const char *text, bool whole)
{
    const struct config_bound *b = config_schema_bound(path);
    char what[256];
    snprintf(what, sizeof(what), "want %s%.10g..%.10g, not '%.60s'", whole ? "a whole number " : "",
             b ? b->low : 0.0, b ? b->high : 1e300, text);
    return merge_fault(m, n, path, what);
}

/* The number in the notation of the saved values, or a fault. */
static enum status check_number(const struct merge *m, const yaml_node_t *n, const char *path,
                                bool whole, char *out, size_t bytes)
{
    const char *text = scalar_text(n);
    const struct config_bound *b = config_schema_bound(path);
    char *end = NULL;
    double x = strtod(text, &end);
    bool plain = *text && !*end && !strpbrk(text, "xXnNiI ") &&
                 n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    double low = b ? b->low : -1e300, high = b ? b->high : 1e300;
    if (!plain || !(x >= low && x <= high)) return want_number(m, n, path, text, whole);
    if (whole && (x != (double)(long long)x || (b && b->high <= 9.1e15 && x > 9.1e15)))
        return want_number(m, n, path, text, whole);
    if (whole)
        snprintf(out, bytes, "%lld", (long long)x);
    else
        snprintf(out, bytes, "%.17g", x);
    return SIBYL_OK;
}

static enum status check_choice(const struct merge *m, const yaml_node_t *n, const char *path,
                                const cyaml_schema_value_t *v)
{
    const char *text = scalar_text(n);
    char what[512];
    int used = snprintf(what, sizeof(what), "want");
    for (uint32_t i = 0; i < v->enumeration.count; i++) {
        const char *name = v->enumeration.strings[i].str;
        if (!strcmp(name, text)) return SIBYL_OK;
        const char *joint = i == 0 ? " " : i + 1 == v->enumeration.count ? " or " : ", ";
        if (used > 0 && (size_t)used < sizeof(what))
            used += snprintf(what + used, sizeof(what) - (size_t)used, "%s%s", joint, name);
    }
    if (used > 0 && (size_t)used < sizeof(what))
        snprintf(what + used, sizeof(what) - (size_t)used, ", not '%.60s'", text);
    return merge_fault(m, n, path, what);
}

static enum status check_bool(const struct merge *m, const yaml_node_t *n, const char *path,
                              const char **out)
{
    const char *text = scalar_text(n);
    const bool yes = !strcmp(text, "true") || !strcmp(text, "yes") || !strcmp(text, "on");
    const bool no = !strcmp(text, "false") || !strcmp(text, "no") || !strcmp(text, "off");
    if (!yes && !no) return merge_fault(m, n, path, "want true or false");
    *out = yes ? "true" : "false";
    return SIBYL_OK;
}

static enum status add_scalar(struct merge *m, const char *text, bool quoted, int *out)
{
    yaml_scalar_style_t style = quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
    *out = yaml_document_add_scalar(&m->out, NULL, (const yaml_char_t *)text, (int)strlen(text),
                                    style);
    return *out ? SIBYL_OK : err_memory("a job file");
}

/* A path seen from the job file's folder, absolute where the file system knows it. */
static enum status add_path(struct merge *m, const char *text, int *out)
{
    char *near = file_relative_to(m->file, text);
    if (!near) return err_memory("a path");
    char *absolute = realpath(near, NULL);
    enum status st = add_scalar(m, absolute ? absolute : near, true, out);
    free(absolute);
    free(near);
    return st;
}

static enum status merge_scalar(struct merge *m, const cyaml_schema_value_t *v, const char *path,
                                yaml_node_t *n, bool resolve, int *out)
{
    char number[64];
    const char *text = scalar_text(n);
    enum status st = SIBYL_OK;
    if (!text) return merge_fault(m, n, path, "want one value, not a list or a mapping");
    if (v->type == CYAML_UINT || v->type == CYAML_INT || v->type == CYAML_FLOAT) {
        st = check_number(m, n, path, v->type != CYAML_FLOAT, number, sizeof(number));
        return st ? st : add_scalar(m, number, false, out);
    }
    if (v->type == CYAML_ENUM) {
        st = check_choice(m, n, path, v);
        return st ? st : add_scalar(m, text, false, out);
    }
    if (v->type == CYAML_BOOL) {
        st = check_bool(m, n, path, &text);
        return st ? st : add_scalar(m, text, false, out);
    }
    if (!*text && v->string.min > 0) return merge_fault(m, n, path, "want some text");
    if (resolve && config_schema_is_path(m->verb, path)) return add_path(m, text, out);
    return add_scalar(m, text, true, out);
}

static enum status merge_value(struct merge *m, const cyaml_schema_value_t *v, const char *path,
                               yaml_node_t *user, yaml_node_t *defaults, bool resolve, int *out);

static enum status merge_list(struct merge *m, const cyaml_schema_value_t *v, const char *path,
                              yaml_node_t *n, yaml_document_t *owner, bool resolve, int *out)
{
    char what[96];
    if (n->type != YAML_SEQUENCE_NODE)
        return merge_fault(m, n, path, "want a list, such as [a, b]");
    size_t count = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    snprintf(what, sizeof(what), "want %u..%u entries, not %zu", v->sequence.min, v->sequence.max,
             count);
    if (count < v->sequence.min || count > v->sequence.max) return merge_fault(m, n, path, what);
    int made = yaml_document_add_sequence(&m->out, NULL, YAML_FLOW_SEQUENCE_STYLE);
    if (!made) return err_memory("a job file");
    for (size_t i = 0; i < count; i++) {
        int item = 0;
        yaml_node_t *entry = yaml_document_get_node(owner, n->data.sequence.items.start[i]);
        enum status st = merge_scalar(m, v->sequence.entry, path, entry, resolve, &item);
        if (st) return st;
        if (!yaml_document_append_sequence_item(&m->out, made, item))
            return err_memory("a job file");
    }
    *out = made;
    return SIBYL_OK;
}

static enum status merge_mapping(struct merge *m, const cyaml_schema_value_t *v, const char *path,
                                 yaml_node_t *user, yaml_node_t *defaults, bool resolve, int *out)
{
    if (user && user->type != YAML_MAPPING_NODE)
        return merge_fault(m, user, path, "want a mapping, such as {key: value}");
    enum status st = user ? check_keys(m, user, path, v->mapping.fields) : SIBYL_OK;
    if (st) return st;
    int made = yaml_document_add_mapping(&m->out, NULL, YAML_BLOCK_MAPPING_STYLE);
    if (!made) return err_memory("a job file");
    for (const cyaml_schema_field_t *f = v->mapping.fields; f->key; f++) {
        char inner[256], what[96];
        int key = 0, value = 0;
        snprintf(inner, sizeof(inner), "%s%s%s", path, *path ? "." : "", f->key);
        yaml_node_t *u = find(&m->user, user, f->key), *d = find(&m->defaults, defaults, f->key);
        if (!u && !d && (f->value.flags & CYAML_FLAG_OPTIONAL)) continue;
        snprintf(what, sizeof(what), "the key %s is missing", f->key);
        if (!u && !d) return merge_fault(m, user, path, what);
        st = add_scalar(m, f->key, false, &key);
        if (!st) st = merge_value(m, &f->value, inner, u, d, resolve, &value);
        if (st) return st;
        if (!yaml_document_append_mapping_pair(&m->out, made, key, value))
            return err_memory("a job file");
    }
    *out = made;
    return SIBYL_OK;
}

static enum status merge_value(struct merge *m, const cyaml_schema_value_t *v, const char *path,
                               yaml_node_t *user, yaml_node_t *defaults, bool resolve, int *out)
{
    if (v->type == CYAML_MAPPING) return merge_mapping(m, v, path, user, defaults, resolve, out);
    yaml_node_t *n = user ? user : defaults;
    if (v->type == CYAML_SEQUENCE)
        return merge_list(m, v, path, n, user ? &m->user : &m->defaults, resolve, out);
    return merge_scalar(m, v, path, n, resolve, out);
}

static int stream_write(void *stream, unsigned char *buffer, size_t size)
{
    return fwrite(buffer, 1, size, stream) == size;
}

static enum status emit(struct merge *m, char **out_text)
{
    char *text = NULL;
    size_t bytes = 0;
    yaml_emitter_t emitter;
    FILE *stream = open_memstream(&text, &bytes);
    if (!stream || !yaml_emitter_initialize(&emitter)) {
        if (stream) fclose(stream);
        free(text);
        return err_memory("a job file");
    }
    yaml_emitter_set_output(&emitter, stream_write, stream);
    yaml_emitter_set_width(&emitter, -1);
    yaml_emitter_set_unicode(&emitter, 1);
    m->has_out = false; /* the emitter takes the document over, also when it fails */
    int good = yaml_emitter_open(&emitter) && yaml_emitter_dump(&emitter, &m->out) &&
               yaml_emitter_close(&emitter);
    yaml_emitter_delete(&emitter);
    if (fclose(stream) || !good) {
        free(text);
        return err_memory("a job file");
    }
    *out_text = text;
    return SIBYL_OK;
}

enum status merge_text(struct merge *m, bool resolve, char **out_text)
{
    int root = 0;
    if (!yaml_document_initialize(&m->out, NULL, NULL, NULL, 1, 1)) return err_memory("a job file");
    m->has_out = true;
    enum status st =
        merge_value(m, config_schema(m->verb), "", yaml_document_get_root_node(&m->user),
                    yaml_document_get_root_node(&m->defaults), resolve, &root);
    for (int i = 0; !st && resolve && i < m->taken_count; i++) {
        int key = copy_node(&m->out, &m->user, m->taken[i][0], 0),
            value = copy_node(&m->out, &m->user, m->taken[i][1], 0);
        if (!key || !value || !yaml_document_append_mapping_pair(&m->out, root, key, value))
            st = err_memory("a job file");
    }
    if (!st) return emit(m, out_text);
    yaml_document_delete(&m->out);
    m->has_out = false;
    return st;
}
