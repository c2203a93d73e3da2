#include "proto/graph/canon.h"

#include "proto/graph/canon_order.h"
#include "proto/graph/csr.h"

#include <string.h>

/* A list of edges that grows in scratch memory. */
struct edge_list {
    struct graph_edge *items;
    uint32_t count, capacity;
};

/* What a node becomes. */
enum fate { DROPPED, JOINED /* an identity: its edges join */, KEPT };

struct reduction {
    const struct graph *g;
    struct scratch *scratch;
    unsigned char *fate; /* (nodes) */
    uint64_t *paths;     /* (nodes) edges to the node at hand, summed over joined paths; else 0 */
    uint32_t *seen;      /* (nodes) those with paths > 0 */
    uint32_t *join_begin,
        *join_end;                 /* (nodes) of a joined node: its kept predecessors in `joins` */
    struct edge_list joins, edges; /* both in the node numbers of g */
};

static enum status push(struct edge_list *list, struct scratch *s, struct graph_edge edge)
{
    if (list->count == list->capacity) {
        if (list->count >= GRAPH_EDGES_MAX)
            return err_set(SIBYL_E_RANGE, "a graph without its identities has more than %d edges",
                           GRAPH_EDGES_MAX);
        uint32_t capacity = list->capacity ? 2 * list->capacity : 32;
        struct graph_edge *items = scratch_take(s, capacity, sizeof(*items));
        if (!items) return SIBYL_E_MEM;
        if (list->count) memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = edge;
    return SIBYL_OK;
}

static bool has_role(const struct vocabulary *v, enum op_role role)
{
    for (uint32_t i = 0; i < v->count; i++)
        if (v->roles[i] == role) return true;
    return false;
}

/* Bit 0: a path from an input comes here. Bit 1: a path to an output goes on. Then the fate. */
static void decide_fates(const struct reduction *r, const struct vocabulary *v, bool join)
{
    const struct graph *g = r->g;
    unsigned char *live = r->fate;
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t node = g->topological[i];
        enum op_role role = v->roles[g->ops[node]];
        live[node] = role == OP_INPUT;
        if (role == OP_ZERO) continue;
        for (uint32_t e = g->in_start[node]; e < g->in_start[node + 1]; e++)
            live[node] |= live[g->in_node[e]];
    }
    for (uint32_t i = g->nodes; i-- > 0;) {
        uint32_t node = g->topological[i];
        enum op_role role = v->roles[g->ops[node]];
        if (role == OP_OUTPUT) live[node] |= 2;
        if (role == OP_ZERO) continue;
        for (uint32_t e = g->out_start[node]; e < g->out_start[node + 1]; e++)
            live[node] |= live[g->out_node[e]] & 2;
    }
    for (uint32_t i = 0; i < g->nodes; i++) {
        enum op_role role = v->roles[g->ops[i]];
        if (role == OP_INPUT || role == OP_OUTPUT)
            r->fate[i] = KEPT;
        else if (live[i] != 3)
            r->fate[i] = DROPPED;
        else
            r->fate[i] = join && role == OP_IDENTITY ? JOINED : KEPT;
    }
}

static enum status add_paths(const struct reduction *r, uint32_t *seen, uint32_t from,
                             uint64_t paths)
{
    if (r->paths[from] == 0) r->seen[(*seen)++] = from;
    r->paths[from] += paths;
    if (r->paths[from] <= GRAPH_MULTIPLICITY_MAX) return SIBYL_OK;
    return err_set(
        SIBYL_E_RANGE,
        "node %u: more than %d paths of identities join in one edge; use the form `live`", from,
        GRAPH_MULTIPLICITY_MAX);
}

/* All edges from kept nodes to `to`, through joined ones too. */
static enum status gather(struct reduction *r, uint32_t to)
{
    const struct graph *g = r->g;
    struct edge_list *list = r->fate[to] == JOINED ? &r->joins : &r->edges;
    enum status st = SIBYL_OK;
    uint32_t seen = 0;
    r->join_begin[to] = list->count;
    for (uint32_t e = g->in_start[to]; !st && e < g->in_start[to + 1]; e++) {
        uint32_t from = g->in_node[e];
        uint64_t times = g->in_multiplicity[e];
        if (r->fate[from] == KEPT) st = add_paths(r, &seen, from, times);
        if (r->fate[from] != JOINED) continue;
        for (uint32_t k = r->join_begin[from]; !st && k < r->join_end[from]; k++)
            st =
                add_paths(r, &seen, r->joins.items[k].from, times * r->joins.items[k].multiplicity);
    }
    for (uint32_t k = 0; k < seen; k++) {
        uint32_t from = r->seen[k];
        struct graph_edge edge = {from, to, (uint32_t)r->paths[from]};
        r->paths[from] = 0;
        if (!st) st = push(list, r->scratch, edge);
    }
    r->join_end[to] = list->count;
    return st;
}

/* Room for the attributes of `out`, which is placed: as many for each node as those of `g`. */
static enum status place_attributes(struct graph *out, struct arena *arena, struct scratch *s,
                                    const struct graph *g)
{
    size_t bytes = (size_t)out->nodes * g->attributes * sizeof(*g->attribute);
    if (!bytes) return SIBYL_OK;
    out->attributes = g->attributes;
    out->attribute = arena ? arena_alloc(arena, bytes) : scratch_take(s, bytes, 1);
    return out->attribute ? SIBYL_OK : SIBYL_E_MEM;
}

static void copy_attributes(struct graph *out, uint32_t to, const struct graph *g, uint32_t from)
{
    size_t n = g->attributes;
    if (n) memcpy(out->attribute + to * n, g->attribute + from * n, n * sizeof(*g->attribute));
}

/* The graph of the kept nodes, in their old order. */
static enum status build_kept(struct graph *out, struct reduction *r)
{
    const struct graph *g = r->g;
    uint32_t *number = r->seen, kept = 0;
    for (uint32_t i = 0; i < g->nodes; i++) {
        number[i] = kept;
        kept += r->fate[i] == KEPT;
    }
    if (!kept)
        return err_set(SIBYL_E_FORMAT, "no node is an input or an output: nothing of the graph is "
                                       "in use");
    void *block = scratch_take(r->scratch, csr_bytes(kept, r->edges.count), 1);
    if (!block) return SIBYL_E_MEM;
    csr_place(out, block, kept, r->edges.count);
    if (place_attributes(out, NULL, r->scratch, g)) return SIBYL_E_MEM;
    for (uint32_t i = 0, t = 0; i < g->nodes; i++) {
        if (r->fate[i] == KEPT) {
            out->ops[number[i]] = g->ops[i];
            copy_attributes(out, number[i], g, i);
        }
        uint32_t node = g->topological[i];
        if (r->fate[node] == KEPT) out->topological[t++] = number[node];
    }
    for (uint32_t e = 0; e < r->edges.count; e++) {
        r->edges.items[e].from = number[r->edges.items[e].from];
        r->edges.items[e].to = number[r->edges.items[e].to];
    }
    return csr_fill(out, r->edges.items, r->edges.count);
}

/* The live part, with identities joined or not, in scratch memory (or `g` itself if all of it
 * stays). */
static enum status reduce(struct graph *out, struct scratch *s, const struct graph *g,
                          const struct vocabulary *v, bool join)
{
    for (uint32_t i = 0; i < g->nodes; i++)
        if (g->ops[i] >= v->count)
            return err_set(SIBYL_E_FORMAT, "node %u: operation %u is not in the vocabulary", i,
                           g->ops[i]);
    *out = *g;
    if (!has_role(v, OP_INPUT) || !has_role(v, OP_OUTPUT)) return SIBYL_OK;
    uint32_t n = g->nodes;
    struct reduction r = {.g = g, .scratch = s};
    r.fate = scratch_take(s, n, sizeof(*r.fate));
    r.paths = scratch_take(s, n, sizeof(*r.paths));
    r.seen = scratch_take(s, n, sizeof(*r.seen));
    r.join_begin = scratch_take(s, n, sizeof(*r.join_begin));
    r.join_end = scratch_take(s, n, sizeof(*r.join_end));
    if (!r.fate || !r.paths || !r.seen || !r.join_begin || !r.join_end) return SIBYL_E_MEM;
    memset(r.paths, 0, n * sizeof(*r.paths));
    decide_fates(&r, v, join);
    enum status st = SIBYL_OK;
    for (uint32_t i = 0; !st && i < n; i++)
        if (r.fate[g->topological[i]] != DROPPED) st = gather(&r, g->topological[i]);
    return st ? st : build_kept(out, &r);
}

/* `g` with its nodes in the given topological order, into `arena`, or into the scratch memory if
 * that is NULL. */
static enum status reorder(struct graph *out, struct arena *arena, struct scratch *s,
                           const struct graph *g, const uint32_t *order)
{
    size_t bytes = csr_bytes(g->nodes, g->edges);
    void *block = arena ? arena_alloc(arena, bytes) : scratch_take(s, bytes, 1);
    uint32_t *place = scratch_take(s, g->nodes, sizeof(*place)), count = 0;
    struct graph_edge *edges = scratch_take(s, g->edges, sizeof(*edges));
    if (!block || !place || !edges) return SIBYL_E_MEM;
    csr_place(out, block, g->nodes, g->edges);
    if (place_attributes(out, arena, s, g)) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < g->nodes; i++) {
        place[order[i]] = i;
        out->ops[i] = g->ops[order[i]];
        copy_attributes(out, i, g, order[i]);
        out->topological[i] = i;
    }
    for (uint32_t i = 0; i < g->nodes; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            edges[count++] =
                (struct graph_edge){place[i], place[g->out_node[e]], g->out_multiplicity[e]};
    return csr_fill(out, edges, count);
}

/* Into `arena`, or into the scratch memory if that is NULL. */
static enum status canonical(struct graph *out, struct arena *arena, struct scratch *s,
                             const struct graph *g, const struct vocabulary *v)
{
    struct graph reduced, made;
    struct hash128 sketch;
    enum status st = reduce(&reduced, s, g, v, true);
    if (st) return st;
    uint32_t *order = scratch_take(s, reduced.nodes, sizeof(*order));
    if (!order) return SIBYL_E_MEM;
    st = canon_order(&reduced, s, order, &sketch);
    if (!st) st = reorder(&made, arena, s, &reduced, order);
    if (st) return st;
    made.sketch = sketch;
    *out = made;
    return SIBYL_OK;
}

enum status graph_live(struct graph *out, struct arena *arena, const struct graph *g,
                       const struct vocabulary *v)
{
    struct scratch s;
    struct graph reduced, made;
    scratch_init(&s);
    enum status st = reduce(&reduced, &s, g, v, false);
    if (!st) st = graph_copy(&made, arena, &reduced);
    if (!st) st = csr_sort(&made, &s.arena);
    if (!st) *out = made;
    scratch_release(&s);
    return st;
}

enum status graph_canonical(struct graph *out, struct arena *arena, const struct graph *g,
                            const struct vocabulary *v)
{
    struct scratch s;
    scratch_init(&s);
    enum status st = canonical(out, arena, &s, g, v);
    scratch_release(&s);
    return st;
}

enum status graph_in_form(struct graph *out, struct arena *arena, const struct graph *g,
                          const struct vocabulary *v, enum graph_form form)
{
    switch (form) {
    case GRAPH_CANONICAL:
        return graph_canonical(out, arena, g, v);
    case GRAPH_LIVE:
        return graph_live(out, arena, g, v);
    case GRAPH_RAW:
        break;
    }
    return graph_copy(out, arena, g);
}

bool graph_is_exact(const struct graph *canonical)
{
    return canonical->sketch.high == 0 && canonical->sketch.low == 0;
}

/* The canonical bytes are those of the arrays, each hashed by itself: no copy, whatever the size.
 * The attributes are one part more where there are any. */
struct hash128 graph_hash(const struct graph *g)
{
    if (!graph_is_exact(g)) return g->sketch;
    struct hash128 parts[6] = {{g->nodes, g->edges}};
    size_t numbers = (size_t)g->nodes * g->attributes;
    parts[1] = digest_xxh128(g->ops, g->nodes * sizeof(*g->ops));
    parts[2] = digest_xxh128(g->out_start, ((size_t)g->nodes + 1) * sizeof(*g->out_start));
    parts[3] = digest_xxh128(g->out_node, g->edges * sizeof(*g->out_node));
    parts[4] = digest_xxh128(g->out_multiplicity, g->edges * sizeof(*g->out_multiplicity));
    if (numbers) parts[5] = digest_xxh128(g->attribute, numbers * sizeof(*g->attribute));
    return digest_xxh128(parts, (numbers ? 6 : 5) * sizeof(*parts));
}

enum status graph_canonical_hash(struct hash128 *out, const struct graph *g,
                                 const struct vocabulary *v)
{
    struct scratch s;
    struct graph made;
    scratch_init(&s);
    enum status st = canonical(&made, NULL, &s, g, v);
    if (!st) *out = graph_hash(&made);
    scratch_release(&s);
    return st;
}
