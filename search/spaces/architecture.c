#include "search/spaces/architecture.h"

#include <jansson.h>
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
        if (json_array_append_new(ops, json_string(s->vocabulary.names[g->ops[i]]))) {
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
    *out = o;
done:
    free(text);
    arena_release(&arena);
    return st;
}
