#include "base/input.h"
#include "base/names.h"
#include "proto/import/import.h"
#include "proto/import/jsonl.h"
#include "proto/import/label_holes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const nasbench101[] = {"input", "output", "conv1x1-bn-relu", "conv3x3-bn-relu",
                                          "maxpool3x3"};

#define NASBENCH101_COUNT (sizeof(nasbench101) / sizeof(nasbench101[0]))

/* Distinct names in order of first use. */
struct names {
    char *at[VOCABULARY_MAX]; /* owned */
    uint32_t count;
};

struct reading {
    struct input *input;
    const char *path;
    const struct log *log;
    struct names operations, fields;
    bool number[VOCABULARY_MAX]; /* field i is a number somewhere */
    const char *label_names[DATASET_LABELS_MAX], *columns[DATASET_LABELS_MAX];
    double scales[DATASET_LABELS_MAX], values[DATASET_LABELS_MAX];
    struct label_hole holes[DATASET_LABELS_MAX];
    uint32_t label_count;
    const char *id; /* the field of ids */
    bool asked;     /* labels were given: their fields must be there */
    char
        there[512]; /* the numeric fields of the first line that lacks a label that was asked for */
    struct arena scratch;
};

/* Index of a name, added if it is new. */
static enum status names_add(struct names *n, const char *name, const char *what, uint32_t *out)
{
    for (uint32_t i = 0; i < n->count; i++)
        if (!strcmp(n->at[i], name)) {
            *out = i;
            return SIBYL_OK;
        }
    if (n->count == VOCABULARY_MAX)
        return err_set(SIBYL_E_FORMAT, "more than %d different %s", VOCABULARY_MAX, what);
    if (!(n->at[n->count] = strdup(name))) return err_memory(what);
    *out = n->count++;
    return SIBYL_OK;
}

static void names_release(struct names *n)
{
    for (uint32_t i = 0; i < n->count; i++) free(n->at[i]);
    n->count = 0;
}

/* ---- lines ---- */

/* Puts the place of the present line before a message. */
static enum status at_line(const struct reading *m, enum status st)
{
    return err_prefix(st, "%s:%zu", m->path, input_line_number(m->input));
}

/* The next line that is not blank as an object, which the caller owns; NULL at the end of the file.
 */
static enum status next_object(struct reading *m, json_t **out)
{
    char *line;
    size_t bytes;
    *out = NULL;
    do {
        enum status st = input_line(m->input, &line, &bytes);
        if (st || !line) return st;
    } while (jsonl_blank(line, bytes));
    enum status st = jsonl_object(line, bytes, out);
    return st ? at_line(m, st) : SIBYL_OK;
}

/* ---- first pass: which operations and fields there are ---- */

static enum status collect_operations(struct reading *m, const json_t *object)
{
    const json_t *ops = NULL;
    uint32_t count = 0, index = 0;
    enum status st = jsonl_operations(object, &ops, &count);
    for (uint32_t i = 0; i < count && !st; i++)
        st = names_add(&m->operations, json_string_value(json_array_get(ops, i)), "operations",
                       &index);
    return st;
}

static enum status collect_fields(struct reading *m, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        uint32_t index = 0;
        if (!strcmp(key, "ops") || !strcmp(key, "edges") || !strcmp(key, "attributes") ||
            !strcmp(key, "index") || !strcmp(key, m->id) || !*key)
            continue;
        enum status st = names_add(&m->fields, key, "fields; choose with --label", &index);
        if (st) return st;
        if (json_is_number(value)) m->number[index] = true;
    }
    return SIBYL_OK;
}

static enum status collect(struct reading *m)
{
    json_t *object;
    enum status st = next_object(m, &object);
    if (!st && !object)
        st = err_set(SIBYL_E_FORMAT, "%s: no lines; want one JSON object a line", m->path);
    while (!st && object) {
        st = collect_operations(m, object);
        if (!st && !m->asked) st = collect_fields(m, object);
        json_decref(object);
        if (st) return at_line(m, st);
        st = next_object(m, &object);
    }
    return st;
}

static void choose_labels(struct reading *m, const struct import_options *o)
{
    const char *left_out[VOCABULARY_MAX] = {NULL};
    size_t count = 0;
    char list[512];
    for (uint32_t i = 0; i < o->label_count; i++) {
        m->label_names[i] = o->labels[i].name;
        m->columns[i] = o->labels[i].column;
        m->scales[i] = o->labels[i].scale;
    }
    m->label_count = o->label_count;
    for (uint32_t i = 0; !m->asked && i < m->fields.count; i++) {
        if (!m->number[i]) {
            left_out[count++] = m->fields.at[i];
            continue;
        }
        m->label_names[m->label_count] = m->columns[m->label_count] = m->fields.at[i];
        m->scales[m->label_count++] = 1;
    }
    names_list(list, sizeof(list), left_out, count);
    if (m->log && count)
        log_root(m->log, "no labels, for they have no number in any line: %s", list);
}

static enum status begin(struct reading *m, struct dataset *d)
{
    bool known = true;
    for (uint32_t i = 0; known && i < m->operations.count; i++) {
        known = false;
        for (size_t k = 0; k < NASBENCH101_COUNT; k++)
            if (!strcmp(nasbench101[k], m->operations.at[i])) known = true;
    }
    enum status st = known ? dataset_begin(d, "nasbench101", nasbench101, NASBENCH101_COUNT,
                                           m->label_names, m->label_count)
                           : dataset_begin(d, "", (const char *const *)m->operations.at,
                                           m->operations.count, m->label_names, m->label_count);
    return st ? err_prefix(st, "%s", m->path) : SIBYL_OK;
}

/* ---- second pass: rows ---- */

/* Keeps the names of an object's numeric fields, for a message. */
static void keep_there(struct reading *m, json_t *object)
{
    const char *there[64], *key;
    size_t count = 0;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (json_is_number(value) && count < sizeof(there) / sizeof(there[0])) there[count++] = key;
    }
    names_list(m->there, sizeof(m->there), there, count);
}

/* The present line has no number for label `i`. */
static void add_hole(struct reading *m, json_t *object, uint32_t i)
{
    const json_t *value = json_object_get(object, m->columns[i]);
    const char *text = !value                   ? "no such field"
                       : json_is_null(value)    ? "null"
                       : json_is_string(value)  ? json_string_value(value)
                       : json_is_boolean(value) ? "true or false"
                                                : "a list or an object";
    if (m->asked && !*m->there) keep_there(m, object);
    label_hole_add(&m->holes[i], input_line_number(m->input), text);
}

static enum status read_values(struct reading *m, json_t *object)
{
    for (uint32_t i = 0; i < m->label_count; i++) {
        double value;
        m->values[i] = NAN;
        if (!jsonl_number(object, m->columns[i], &value)) {
            add_hole(m, object, i);
            continue;
        }
        m->values[i] = value * m->scales[i];
        if (!isfinite(m->values[i]))
            return err_set(SIBYL_E_RANGE, "field %s: %g times the scale %g is out of range",
                           m->columns[i], value, m->scales[i]);
    }
    return SIBYL_OK;
}

/* Every label has a number in some line; tells of the lines that have none. */
static enum status check_holes(const struct reading *m, size_t rows)
{
    for (uint32_t i = 0; i < m->label_count; i++)
        if (m->holes[i].count == rows)
            return err_set(SIBYL_E_FORMAT,
                           "%s:%zu: field %s (label %s): no number here (\"%s\"), nor in any other "
                           "line; the numeric fields here: %s",
                           m->path, m->holes[i].first_line, m->columns[i], m->label_names[i],
                           m->holes[i].text, m->there);
    label_holes_tell(m->holes, m->label_names, m->label_count, m->path, rows, m->log);
    return SIBYL_OK;
}

static enum status add_id(struct reading *m, const json_t *object, struct dataset *d)
{
    char *id = NULL;
    enum status st = jsonl_id(object, m->id, &id);
    if (!st && id) st = dataset_set_id(d, id);
    free(id);
    return st;
}

static enum status read_rows(struct reading *m, struct dataset *d)
{
    json_t *object;
    enum status st = input_rewind(m->input);
    if (!st) st = next_object(m, &object);
    while (!st && object) {
        struct graph g;
        arena_reset(&m->scratch);
        st = jsonl_graph(&g, &m->scratch, object, &d->vocabulary,
                         "the file changed while it was read");
        if (!st) st = read_values(m, object);
        if (!st) st = dataset_add(d, &g, "", m->values);
        if (!st) st = add_id(m, object, d);
        json_decref(object);
        if (st) return at_line(m, st);
        st = next_object(m, &object);
    }
    return st;
}

enum status import_graph_jsonl(struct dataset *out, const char *path,
                               const struct import_options *options)
{
    struct dataset made = {0};
    *out = (struct dataset){0};
    if (options->label_count > DATASET_LABELS_MAX)
        return err_set(SIBYL_E_USAGE, "more than %d labels", DATASET_LABELS_MAX);
    struct reading *m = calloc(1, sizeof(*m));
    if (!m) return err_memory(path);
    arena_init(&m->scratch);
    m->asked = options->label_count > 0;
    m->path = path;
    m->id = options->id ? options->id : "id";
    m->log = options->log;
    enum status st = input_open(&m->input, path);
    if (!st) st = collect(m);
    if (!st) choose_labels(m, options);
    if (!st) st = begin(m, &made);
    if (!st) st = read_rows(m, &made);
    if (!st) st = check_holes(m, made.count);
    if (st)
        dataset_release(&made);
    else
        *out = made;
    input_close(m->input);
    names_release(&m->operations);
    names_release(&m->fields);
    arena_release(&m->scratch);
    free(m);
    return st;
}

/* The first character that is not blank begins an object. */
bool import_graph_jsonl_detect(const char *head, size_t bytes)
{
    size_t at = jsonl_mark(head, bytes);
    while (at < bytes && jsonl_blank(head + at, 1)) at++;
    return at < bytes && head[at] == '{';
}
