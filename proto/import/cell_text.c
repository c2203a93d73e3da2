/* The notation of NAS-Bench-201: "|op~0|+|op~0|op~1|+...", edges into node 1, then into node 2, ...
 */
#include "proto/import/import.h"

#include <stdio.h>
#include <string.h>

#define CELL_NODES_MAX 64
#define SMALL_EDGES 96 /* enough for a cell of 8 nodes */

static enum status check_nodes(uint32_t nodes)
{
    if (nodes >= 2 && nodes <= CELL_NODES_MAX) return SIBYL_OK;
    return err_set(SIBYL_E_FORMAT, "a cell of %u nodes: want 2..%d", nodes, CELL_NODES_MAX);
}

/* Cuts a literal off the front of *at. */
static bool skip(const char **at, const char *literal)
{
    size_t length = strlen(literal);
    if (strncmp(*at, literal, length) != 0) return false;
    *at += length;
    return true;
}

static int find_operation(const char *name, size_t length, const char *const *operations,
                          uint32_t count)
{
    for (uint32_t k = 0; k < count; k++)
        if (strlen(operations[k]) == length && memcmp(operations[k], name, length) == 0)
            return (int)k;
    return -1;
}

/* Cuts "~from|" off the front of *at; `from` has at most two digits. */
static bool skip_source(const char **at, uint32_t from)
{
    const char *c = *at;
    if (*c++ != '~') return false;
    if (from >= 10 && *c++ != (char)('0' + from / 10)) return false;
    if (*c++ != (char)('0' + from % 10) || *c++ != '|') return false;
    *at = c;
    return true;
}

/* "op~from|" */
static enum status parse_edge(const char **at, const char *text, uint32_t from,
                              const char *const *operations, uint32_t count, uint16_t *out)
{
    const char *name = *at;
    size_t length = strcspn(name, "~|+");
    int found = find_operation(name, length, operations, count);
    int column = (int)(name - text) + 1, shown = length < 64 ? (int)length : 64;
    if (found < 0)
        return err_set(SIBYL_E_FORMAT, "cell, character %d: unknown operation '%.*s'", column,
                       shown, name);
    *at += length;
    if (!skip_source(at, from))
        return err_set(SIBYL_E_FORMAT, "cell, character %d: want '~%u|' after '%.*s'",
                       (int)(*at - text) + 1, from, shown, name);
    *out = (uint16_t)found;
    return SIBYL_OK;
}

enum status cell_text_parse(const char *text, const char *const *operations,
                            uint32_t operation_count, uint32_t nodes, uint16_t *out_edge_ops)
{
    enum status st = check_nodes(nodes);
    const char *at = text;
    uint32_t edge = 0;
    for (uint32_t to = 1; !st && to < nodes; to++) {
        const char *want = to == 1 ? "|" : "+|";
        if (!skip(&at, want))
            return err_set(SIBYL_E_FORMAT, "cell, character %d: want '%s' (a cell of %u nodes)",
                           (int)(at - text) + 1, want, nodes);
        for (uint32_t from = 0; !st && from < to; from++)
            st = parse_edge(&at, text, from, operations, operation_count, &out_edge_ops[edge++]);
    }
    if (!st && *at)
        st =
            err_set(SIBYL_E_FORMAT, "cell, character %d: text behind the end of a cell of %u nodes",
                    (int)(at - text) + 1, nodes);
    return st;
}

enum status cell_text_print(char *out, size_t bytes, const char *const *operations, uint32_t nodes,
                            const uint16_t *edge_ops)
{
    if (bytes) out[0] = 0;
    enum status st = check_nodes(nodes);
    if (st) return st;
    size_t used = 0;
    for (uint32_t to = 1, edge = 0; to < nodes; to++)
        for (uint32_t from = 0; from < to; from++, edge++) {
            const char *before = from ? "" : to == 1 ? "|" : "+|";
            int wrote = used < bytes ? snprintf(out + used, bytes - used, "%s%s~%u|", before,
                                                operations[edge_ops[edge]], from)
                                     : -1;
            if (wrote < 0 || (size_t)wrote >= bytes - used)
                return err_set(SIBYL_E_RANGE, "a cell of %u nodes is too long for %zu characters",
                               nodes, bytes);
            used += (size_t)wrote;
        }
    return SIBYL_OK;
}

/* Number of the edge from -> to in string order. */
static uint32_t edge_index(uint32_t from, uint32_t to)
{
    return to * (to - 1) / 2 + from;
}

enum status cell_graph(struct graph *out, struct arena *arena, uint32_t nodes,
                       const uint16_t *edge_ops, const uint16_t *op_of, uint32_t vocabulary_count)
{
    enum status st = check_nodes(nodes);
    if (st) return st;
    uint32_t last = nodes - 1, edge_nodes = nodes * last / 2, room = 2 * last, count = 0;
    for (uint32_t mid = 1; mid < last; mid++) room += mid * (last - mid);
    struct graph_edge small[SMALL_EDGES], *edges = small;
    uint16_t ops[CELL_NODES_MAX * (CELL_NODES_MAX - 1) / 2 + 2];
    if (room > SMALL_EDGES) edges = arena_alloc(arena, room * sizeof(*edges));
    if (!edges) return SIBYL_E_MEM;
    ops[0] = 0;
    for (uint32_t e = 0; e < edge_nodes; e++) ops[e + 1] = op_of[edge_ops[e]];
    ops[edge_nodes + 1] = 1;
    for (uint32_t to = 1; to < nodes; to++)
        edges[count++] = (struct graph_edge){0, 1 + edge_index(0, to), 1};
    for (uint32_t mid = 1; mid < last; mid++)
        for (uint32_t from = 0; from < mid; from++)
            for (uint32_t to = mid + 1; to < nodes; to++)
                edges[count++] =
                    (struct graph_edge){1 + edge_index(from, mid), 1 + edge_index(mid, to), 1};
    for (uint32_t from = 0; from < last; from++)
        edges[count++] = (struct graph_edge){1 + edge_index(from, last), edge_nodes + 1, 1};
    return graph_make(out, arena, ops, edge_nodes + 2, edges, count, vocabulary_count);
}
