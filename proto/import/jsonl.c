#include "proto/import/jsonl.h"

#include "base/names.h"
#include "proto/import/json_literals.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* ---- lines ---- */

size_t jsonl_mark(const char *text, size_t bytes)
{
    return bytes >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

bool jsonl_blank(const char *line, size_t bytes)
{
    size_t i = 0;
    while (i < bytes && line[i] && strchr(BLANKS, line[i])) i++;
    return i == bytes;
}

/* Once more, without the numbers that JSON does not have. *out is NULL where that does not help. */
static enum status parse_again(const char *line, size_t bytes, json_t **out)
{
    char *text = NULL;
    json_error_t error;
    *out = NULL;
    enum status st = json_literals_replace(line, bytes, &text, &bytes);
    if (!st && text) *out = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    free(text);
    return st;
}

enum status jsonl_object(const char *line, size_t bytes, json_t **out)
{
    json_error_t error;
    json_t *value = json_loadb(line, bytes, JSON_REJECT_DUPLICATES, &error);
    if (!value) {
        enum status st = parse_again(line, bytes, &value);
        if (st) return st;
    }
    if (!value)
        return err_set(SIBYL_E_FORMAT, "not JSON: %s (column %d)", error.text, error.column);
    if (!json_is_object(value)) {
        json_decref(value);
        return err_set(SIBYL_E_FORMAT, "want an object with \"ops\" and \"edges\"");
    }
    *out = value;
    return SIBYL_OK;
}

enum status jsonl_id(const json_t *object, const char *key, char **out)
{
    char number[32];
    const json_t *value = json_object_get(object, key);
    *out = NULL;
    if (!json_is_string(value) && !json_is_integer(value)) return SIBYL_OK;
    snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
    *out = strdup(json_is_string(value) ? json_string_value(value) : number);
    return *out ? SIBYL_OK : err_memory("an id");
}

bool jsonl_number(const json_t *object, const char *key, double *out)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value)) return false;
    *out = json_number_value(value);
    return true;
}

/* ---- networks ---- */

enum status jsonl_operations(const json_t *object, const json_t **out, uint32_t *out_count)
{
    const json_t *ops = json_object_get(object, "ops");
    size_t count = json_array_size(ops);
    if (!json_is_array(ops) || !count || count > GRAPH_NODES_MAX)
        return err_set(SIBYL_E_FORMAT, "\"ops\": want a list of 1..%d operation names",
                       GRAPH_NODES_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(ops, i));
        if (!name || !*name || strlen(name) > JSONL_NAME_BYTES_MAX)
            return err_set(SIBYL_E_FORMAT, "\"ops\"[%zu]: want an operation name of 1..%d bytes", i,
                           JSONL_NAME_BYTES_MAX);
    }
    *out = ops;
    *out_count = (uint32_t)count;
    return SIBYL_OK;
}

static enum status unknown_operation(const struct vocabulary *v, uint32_t node, const char *name,
                                     const char *advice)
{
    char list[256];
    names_list(list, sizeof(list), (const char *const *)v->names, v->count);
    return err_set(SIBYL_E_FORMAT,
                   "\"ops\"[%" PRIu32 "]: unknown operation %s; want one of: %s; %s", node, name,
                   list, advice);
}

static bool small_integer(const json_t *value, json_int_t max, uint32_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > max)
        return false;
    *out = (uint32_t)json_integer_value(value);
    return true;
}

static enum status read_edges(struct arena *scratch, const json_t *object, uint32_t nodes,
                              struct graph_edge **out, uint32_t *out_count)
{
    const json_t *list = json_object_get(object, "edges");
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count > GRAPH_EDGES_MAX)
        return err_set(SIBYL_E_FORMAT, "\"edges\": want a list of at most %d edges",
                       GRAPH_EDGES_MAX);
    struct graph_edge *edges = arena_calloc(scratch, count ? count : 1, sizeof(*edges));
    if (!edges) return SIBYL_E_MEM;
    for (size_t i = 0; i < count; i++) {
        const json_t *e = json_array_get(list, i);
        size_t length = json_is_array(e) ? json_array_size(e) : 0;
        edges[i].multiplicity = 1;
        if ((length != 2 && length != 3) ||
            !small_integer(json_array_get(e, 0), nodes - 1, &edges[i].from) ||
            !small_integer(json_array_get(e, 1), nodes - 1, &edges[i].to) ||
            (length == 3 &&
             !small_integer(json_array_get(e, 2), GRAPH_MULTIPLICITY_MAX, &edges[i].multiplicity)))
            return err_set(SIBYL_E_FORMAT,
                           "\"edges\"[%zu]: want [from, to] or [from, to, multiplicity] with nodes "
                           "0..%" PRIu32,
                           i, nodes - 1);
    }
    *out = edges;
    *out_count = (uint32_t)count;
    return SIBYL_OK;
}

/* One node's list, which must be as long as the first node's. */
static enum status read_node(const json_t *list, uint32_t node, size_t count, float *out)
{
    if (!json_is_array(list) || json_array_size(list) != count)
        return err_set(SIBYL_E_FORMAT,
                       "\"attributes\"[%" PRIu32 "]: want a list of %zu numbers like the first",
                       node, count);
    for (size_t k = 0; k < count; k++) {
        const json_t *value = json_array_get(list, k);
        double x = json_is_number(value) ? json_number_value(value) : NAN;
        if (!(fabs(x) <= (double)FLT_MAX))
            return err_set(SIBYL_E_FORMAT,
                           "\"attributes\"[%" PRIu32 "][%zu]: want a number within +-%g", node, k,
                           (double)FLT_MAX);
        out[k] = (float)x;
    }
    return SIBYL_OK;
}

static enum status read_attributes(struct arena *scratch, const json_t *object, struct graph *g)
{
    const json_t *nodes = json_object_get(object, "attributes");
    if (!nodes) return SIBYL_OK;
    size_t count = json_array_size(json_array_get(nodes, 0));
    if (!json_is_array(nodes) || json_array_size(nodes) != g->nodes)
        return err_set(SIBYL_E_FORMAT,
                       "\"attributes\": want %" PRIu32 " lists of numbers, one for each node",
                       g->nodes);
    if (count > GRAPH_ATTRIBUTES_MAX)
        return err_set(SIBYL_E_FORMAT, "\"attributes\"[0]: %zu numbers, want at most %d", count,
                       GRAPH_ATTRIBUTES_MAX);
    float *values = arena_calloc(scratch, g->nodes * count + 1, sizeof(*values));
    if (!values) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < g->nodes; i++) {
        enum status st = read_node(json_array_get(nodes, i), i, count, values + i * count);
        if (st) return st;
    }
    return graph_set_attributes(g, scratch, values, (uint32_t)count);
}

enum status jsonl_graph(struct graph *out, struct arena *arena, const json_t *object,
                        const struct vocabulary *v, const char *advice)
{
    const json_t *list = NULL;
    uint32_t nodes = 0, edge_count = 0;
    struct graph_edge *edges = NULL;
    enum status st = jsonl_operations(object, &list, &nodes);
    if (st) return st;
    uint16_t *ops = arena_calloc(arena, nodes, sizeof(*ops));
    if (!ops) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < nodes; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        int found = vocabulary_find(v, name);
        if (found < 0) return unknown_operation(v, i, name, advice);
        ops[i] = (uint16_t)found;
    }
    st = read_edges(arena, object, nodes, &edges, &edge_count);
    if (!st) st = graph_make(out, arena, ops, nodes, edges, edge_count, v->count);
    return st ? st : read_attributes(arena, object, out);
}
