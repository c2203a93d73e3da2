#include "search/spaces/architecture.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

char *architecture_text(const struct space *s, const uint16_t *g)
{
    char *text = calloc(1, (size_t)s->text_bytes + 1);
    if (!text) {
        (void)err_memory("the text of an architecture");
        return NULL;
    }
    s->text(s, g, text);
    return text;
}

static json_t *architecture_ops(const struct space *s, const struct graph *g)
{
    json_t *ops = json_array();
    for (uint32_t i = 0; i < g->nodes; i++) {
        const char *name = s->vocabulary.names[g->ops[i]];
        if (json_array_append_new(ops, json_stringn(name, vocabulary_word_bytes(name)))) {
            json_decref(ops);
            return NULL;
        }
    }
    return ops;
}

static json_t *architecture_edges(const struct graph *g)
{
    json_t *edges = json_array();
    for (uint32_t i = 0; i < g->nodes; i++) {
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++) {
            json_t *pair = json_pack("[I,I]", (json_int_t)i, (json_int_t)g->out_node[e]);
            if (json_array_append_new(edges, pair)) {
                json_decref(edges);
                return NULL;
            }
        }
    }
    return edges;
}

/* In as few digits as tell the float apart: 0.1, not 0.10000000149011612. */
static json_t *architecture_number(double value)
{
    char text[32];
    if (fabs(value) < 1e15 && !(fabs(value - rint(value)) > 0))
        return json_integer((json_int_t)value);
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        float read = strtof(text, NULL);
        if (read <= (float)value && read >= (float)value) break;
    }
    return json_real(strtod(text, NULL));
}

/* For each node an object of its attributes, null for those that it is without; a list of them
 * where they have no names. */
static json_t *architecture_attributes(const struct space *s, const struct graph *g)
{
    json_t *nodes = json_array();
    for (uint32_t i = 0; i < g->nodes; i++) {
        json_t *node = s->attribute_names ? json_object() : json_array();
        for (uint32_t a = 0; a < s->attributes; a++) {
            double value = (double)g->attribute[(size_t)i * s->attributes + a];
            if (!s->attribute_names) {
                (void)json_array_append_new(node, architecture_number(value));
                continue;
            }
            double absent = (double)s->attribute_absent[a];
            bool without = value <= absent && value >= absent;
            (void)json_object_set_new(node, s->attribute_names[a],
                                      without ? json_null() : architecture_number(value));
        }
        (void)json_array_append_new(nodes, node);
    }
    return nodes;
}

/* The values of the genes that count, numbers as numbers. */
static json_t *architecture_choices(const struct space *s, const uint16_t *genes)
{
    json_t *choices = json_object();
    for (uint32_t g = 0; g < s->genes; g++) {
        char name[160], value[160];
        bool number;
        if (!s->gene_value(s, genes, g, value, sizeof(value), &number)) continue;
        s->gene_name(s, g, name, sizeof(name));
        json_t *item = number ? json_loads(value, JSON_DECODE_ANY, NULL) : json_string(value);
        if (!item)
            item = architecture_number(strtod(value, NULL)); /* such as .5, which no JSON is */
        (void)json_object_set_new(choices, name, item);
    }
    return choices;
}

enum status architecture_json(const struct space *s, const struct candidate *c, struct json_t **out)
{
    struct arena arena;
    struct graph graph;
    char hash_text[HASH128_TEXT_BYTES];
    json_t *o = NULL;
    arena_init(&arena);
    char *text = architecture_text(s, c->genes);
    enum status st = text ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) st = s->graph(s, c->genes, &graph, &arena);
    if (st) goto done;
    hash128_text(c->hash, hash_text);
    o = json_pack("{s:s, s:s, s:o, s:o, s:s}", "space", s->name, "architecture", text, "ops",
                  architecture_ops(s, &graph), "edges", architecture_edges(&graph), "hash",
                  hash_text);
    if (!o) {
        st = err_memory("the description of an architecture");
        goto done;
    }
    if ((s->attributes &&
         json_object_set_new(o, "attributes", architecture_attributes(s, &graph))) ||
        (s->gene_value && json_object_set_new(o, "choices", architecture_choices(s, c->genes)))) {
        json_decref(o);
        st = err_memory("the description of an architecture");
        goto done;
    }
    *out = o;
done:
    free(text);
    arena_release(&arena);
    return st;
}
