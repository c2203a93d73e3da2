#include "proto/import/import.h"
#include "proto/import/jsonl.h"
#include "base/names.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static const char *const nasbench101[] = {"input", "output", "conv1x1-bn-relu", "conv3x3-bn-relu",
                                          "maxpool3x3"};

#define NASBENCH101_COUNT (sizeof(nasbench101) / sizeof(nasbench101[0]))

/* Distinct names in order of first use. */
struct names {
    char *at[VOCABULARY_MAX]; /* owned */
    uint32_t count;
};

struct lines {
    FILE *stream;
    const char *path;
    size_t number; /* of the present line */
    char *text;    /* owned */
    size_t bytes;
};

struct importer {
    struct lines lines;
    struct names operations, fields;
    bool number[VOCABULARY_MAX]; /* field i is a number somewhere */
    bool other[VOCABULARY_MAX];  /* it is something else than a number or null somewhere */
    const char *label_names[DATASET_LABELS_MAX], *columns[DATASET_LABELS_MAX];
    double scales[DATASET_LABELS_MAX], values[DATASET_LABELS_MAX];
    uint32_t label_count;
    bool asked; /* labels were given: their fields must be there */
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

/* The next line that is not blank as an object, which the caller owns; NULL at the end of the file.
 */
static enum status next_object(struct lines *l, json_t **out)
{
    size_t mark, bytes;
    do {
        errno = 0;
        ssize_t got = getline(&l->text, &l->bytes, l->stream);
        *out = NULL;
        if (got < 0 && (ferror(l->stream) || errno == ENOMEM))
            return err_set(SIBYL_E_IO, "cannot read %s: %s", l->path, strerror(errno));
        if (got < 0) return SIBYL_OK;
        bytes = (size_t)got;
        mark = ++l->number == 1 ? jsonl_mark(l->text, bytes) : 0;
    } while (jsonl_blank(l->text + mark, bytes - mark));
    enum status st = jsonl_object(l->text + mark, bytes - mark, out);
    return st ? err_prefix(st, "%s:%zu", l->path, l->number) : SIBYL_OK;
}

static enum status rewind_lines(struct lines *l)
{
    if (fseek(l->stream, 0, SEEK_SET))
        return err_set(SIBYL_E_IO, "cannot rewind %s: %s", l->path, strerror(errno));
    l->number = 0;
    return SIBYL_OK;
}

/* ---- first pass: which operations and fields there are ---- */

static enum status collect_operations(struct importer *m, const json_t *object)
{
    const json_t *ops = NULL;
    uint32_t count = 0, index = 0;
    enum status st = jsonl_operations(object, &ops, &count);
    for (uint32_t i = 0; i < count && !st; i++)
        st = names_add(&m->operations, json_string_value(json_array_get(ops, i)), "operations",
                       &index);
    return st;
}

static enum status collect_fields(struct importer *m, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        uint32_t index = 0;
        if (!strcmp(key, "ops") || !strcmp(key, "edges") || !strcmp(key, "attributes") ||
            !strcmp(key, "index") || !*key)
            continue;
        enum status st = names_add(&m->fields, key, "fields; choose with --label", &index);
        if (st) return st;
        if (json_is_number(value))
            m->number[index] = true;
        else if (!json_is_null(value))
            m->other[index] = true;
    }
    return SIBYL_OK;
}

static enum status collect(struct importer *m)
{
    json_t *object;
    enum status st = next_object(&m->lines, &object);
    if (!st && !object)
        st = err_set(SIBYL_E_FORMAT, "%s: no lines; want one JSON object a line", m->lines.path);
    while (!st && object) {
        st = collect_operations(m, object);
        if (!st && !m->asked) st = collect_fields(m, object);
        json_decref(object);
        if (st) return err_prefix(st, "%s:%zu", m->lines.path, m->lines.number);
        st = next_object(&m->lines, &object);
    }
    return st;
}

static void choose_labels(struct importer *m, const struct import_options *o)
{
    for (uint32_t i = 0; i < o->label_count; i++) {
        m->label_names[i] = o->labels[i].name;
        m->columns[i] = o->labels[i].column;
        m->scales[i] = o->labels[i].scale;
    }
    m->label_count = o->label_count;
    for (uint32_t i = 0; !m->asked && i < m->fields.count; i++) {
        if (m->other[i] || !m->number[i]) continue;
        m->label_names[m->label_count] = m->columns[m->label_count] = m->fields.at[i];
        m->scales[m->label_count++] = 1;
    }
}

static enum status begin(struct importer *m, struct dataset *d)
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
    return st ? err_prefix(st, "%s", m->lines.path) : SIBYL_OK;
}

/* ---- second pass: rows ---- */

/* The numeric fields of an object, for a message. */
static enum status no_field(const char *name, json_t *object)
{
    const char *there[64], *key;
    size_t count = 0;
    json_t *value;
    char list[512];
    json_object_foreach(object, key, value)
    {
        if (json_is_number(value) && count < sizeof(there) / sizeof(there[0])) there[count++] = key;
    }
    names_list(list, sizeof(list), there, count);
    return err_set(SIBYL_E_FORMAT, "no field %s; the numeric fields here: %s", name, list);
}

static enum status read_values(struct importer *m, json_t *object)
{
    for (uint32_t i = 0; i < m->label_count; i++) {
        const json_t *value = json_object_get(object, m->columns[i]);
        if (!json_is_number(value)) {
            if (m->asked)
                return value ? err_set(SIBYL_E_FORMAT, "field %s is not a number", m->columns[i])
                             : no_field(m->columns[i], object);
            m->values[i] = NAN;
            continue;
        }
        m->values[i] = json_number_value(value) * m->scales[i];
        if (!isfinite(m->values[i]))
            return err_set(SIBYL_E_RANGE, "field %s: %g times the scale %g is out of range",
                           m->columns[i], json_number_value(value), m->scales[i]);
    }
    return SIBYL_OK;
}

static enum status read_rows(struct importer *m, struct dataset *d)
{
    json_t *object;
    enum status st = rewind_lines(&m->lines);
    if (!st) st = next_object(&m->lines, &object);
    while (!st && object) {
        struct graph g;
        arena_reset(&m->scratch);
        st = jsonl_graph(&g, &m->scratch, object, &d->vocabulary,
                         "the file changed while it was read");
        if (!st) st = read_values(m, object);
        if (!st) st = dataset_add(d, &g, "", m->values);
        json_decref(object);
        if (st) return err_prefix(st, "%s:%zu", m->lines.path, m->lines.number);
        st = next_object(&m->lines, &object);
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
    struct importer *m = calloc(1, sizeof(*m));
    if (!m) return err_memory(path);
    arena_init(&m->scratch);
    m->asked = options->label_count > 0;
    m->lines.path = path;
    m->lines.stream = fopen(path, "rbe");
    enum status st = m->lines.stream
                         ? SIBYL_OK
                         : err_set(SIBYL_E_IO, "cannot open %s: %s", path, strerror(errno));
    if (!st) st = collect(m);
    if (!st) choose_labels(m, options);
    if (!st) st = begin(m, &made);
    if (!st) st = read_rows(m, &made);
    if (st)
        dataset_release(&made);
    else
        *out = made;
    if (m->lines.stream) fclose(m->lines.stream);
    free(m->lines.text);
    names_release(&m->operations);
    names_release(&m->fields);
    arena_release(&m->scratch);
    free(m);
    return st;
}
