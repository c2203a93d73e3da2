#include "proto/graph/canon_pieces.h"

#include "proto/graph/canon_problem.h"

#include <stdlib.h>
#include <string.h>

/* Nodes and arcs that the searches of one graph may look at together, and how often each piece may
 * be looked at even in the largest graph. */
#define STEPS_MAX (UINT64_C(1) << 26)
#define LOOKS_MIN 64
/* Nodes and arcs of the problems open at once, about 100 bytes each; searches of one large piece
 * may have more. */
#define OPEN_MAX (UINT64_C(1) << 22)
#define DEPTH_MAX 256 /* of problems in problems */

struct parts {
    uint32_t *members;   /* (nodes) part by part, each in the order of the list */
    uint32_t *number;    /* (nodes) place of a node among those of its part */
    unsigned char *kept; /* (arcs) whether an arc tells something */
    struct part {
        struct hash128 hash;
        uint32_t first, count; /* of members */
    } * items;
    uint32_t count, nodes; /* nodes: in all parts; the others are cells by themselves */
};

/* Marks the arcs of the cell at `c` that tell something, and joins what they connect. `seen` and
 * `label` are of the cells that they lead to. */
static void keep_arcs(const struct problem *p, uint32_t c, struct parts *t, uint32_t *forest,
                      uint64_t *seen, uint32_t *label)
{
    const struct piece *g = &p->graph;
    const struct partition *like = &p->like;
    for (int pass = 0; pass < 3; pass++)
        for (uint32_t i = c; i < c + like->length[c]; i++) {
            uint32_t node = like->lab[i];
            for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
                uint32_t to = like->colour[g->to[e]];
                uint64_t all = (uint64_t)like->length[c] * like->length[to];
                if (pass == 0) {
                    if (!seen[to]) label[to] = g->label[e];
                    seen[to] += label[to] == g->label[e];
                } else if (pass == 1) {
                    t->kept[e] = like->length[to] > 1 && seen[to] != all;
                    if (t->kept[e]) forest_join(forest, node, g->to[e]);
                } else {
                    seen[to] = 0;
                }
            }
        }
}

static int by_hash(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    return hash128_compare(a->hash, b->hash);
}

/* The parts by their forest: first[root] counts, then is the next free place of the part. */
static void list_parts(const struct problem *p, struct parts *t, uint32_t *forest, uint32_t *first)
{
    const struct partition *like = &p->like;
    uint32_t n = p->graph.nodes;
    for (uint32_t i = 0; i < n; i++)
        if (like->length[like->colour[i]] > 1) first[forest_root(forest, i)]++;
    for (uint32_t i = 0; i < n; i++) {
        if (!first[i]) continue;
        t->items[t->count++] = (struct part){.first = t->nodes, .count = first[i]};
        t->nodes += first[i];
        first[i] = t->nodes - first[i];
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t node = like->lab[i];
        if (like->length[like->colour[node]] > 1)
            t->members[first[forest_root(forest, node)]++] = node;
    }
    for (uint32_t k = 0; k < t->count; k++)
        for (uint32_t i = 0; i < t->items[k].count; i++)
            t->number[t->members[t->items[k].first + i]] = i;
}

static enum status find_parts(struct solver *s, const struct problem *p, struct parts *t)
{
    uint32_t n = p->graph.nodes;
    *t = (struct parts){.members = arena_alloc(s->arena, n * sizeof(uint32_t)),
                        .number = arena_alloc(s->arena, n * sizeof(uint32_t)),
                        .kept = arena_calloc(s->arena, p->graph.arcs, 1),
                        .items = arena_alloc(s->arena, n * sizeof(struct part))};
    if (!t->members || !t->number || !t->kept || !t->items) return SIBYL_E_MEM;
    struct arena_mark mark = arena_mark(s->arena);
    uint32_t *forest = forest_new(s->arena, n), *first = arena_calloc(s->arena, n, sizeof(*first));
    uint64_t *seen = arena_calloc(s->arena, n, sizeof(*seen));
    uint32_t *label = arena_alloc(s->arena, n * sizeof(*label));
    enum status st = forest && first && seen && label ? SIBYL_OK : SIBYL_E_MEM;
    for (uint32_t c = 0; !st && c < n; c += p->like.length[c])
        if (p->like.length[c] > 1) keep_arcs(p, c, t, forest, seen, label);
    if (!st) list_parts(p, t, forest, first);
    arena_rewind(s->arena, mark);
    return st;
}

/* The arcs of a part that tell something; counts them if `out` has no room. */
static uint32_t take_arcs(const struct problem *p, const struct parts *t, const uint32_t *members,
                          uint32_t count, struct piece *out)
{
    const struct piece *g = &p->graph;
    uint32_t used = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (out) out->start[i] = used;
        for (uint32_t e = g->start[members[i]]; e < g->start[members[i] + 1]; e++) {
            if (!t->kept[e]) continue;
            if (out) {
                out->to[used] = t->number[g->to[e]];
                out->label[used] = g->label[e];
            }
            used++;
        }
    }
    if (out) out->start[count] = used;
    return used;
}

/* A part as a problem of its own. Its cells are those of the whole, so they are refined. */
static enum status part_problem(struct solver *s, const struct problem *p, const struct parts *t,
                                const struct part *part, struct problem *out)
{
    const uint32_t *members = t->members + part->first;
    uint32_t n = part->count;
    *out = (struct problem){.dive = p->dive};
    enum status st = piece_place(&out->graph, s->arena, n, take_arcs(p, t, members, n, NULL));
    if (!st) st = partition_place(&out->like, s->arena, n);
    if (st) return st;
    out->outer = arena_alloc(s->arena, n * sizeof(uint32_t));
    out->orbit = forest_new(s->arena, n);
    if (!out->outer || !out->orbit) return SIBYL_E_MEM;
    take_arcs(p, t, members, n, &out->graph);
    for (uint32_t i = 0, c = 0; i < n; i++) {
        out->outer[i] = p->like.colour[members[i]];
        if (i == 0 || out->outer[i] != out->outer[i - 1]) {
            c = i;
            out->like.length[c] = 0;
            out->like.cells++;
        }
        out->like.lab[i] = out->like.at[i] = i;
        out->like.colour[i] = c;
        out->like.length[c]++;
    }
    return SIBYL_OK;
}

/* Puts the members of a part in order, and sets its hash. */
static enum status solve_part(struct solver *s, const struct problem *p, struct parts *t,
                              struct part *part, uint64_t *looks)
{
    uint32_t *members = t->members + part->first, n = part->count;
    if (n == 1) {
        part->hash = (struct hash128){0, p->like.colour[members[0]]};
        return SIBYL_OK;
    }
    struct arena_mark mark = arena_mark(s->arena);
    struct problem inner;
    struct solution solved = {.order = arena_alloc(s->arena, n * sizeof(uint32_t))};
    uint32_t *old = arena_alloc(s->arena, n * sizeof(*old));
    enum status st = solved.order && old ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) st = part_problem(s, p, t, part, &inner);
    if (!st) st = problem_solve(s, &inner, &solved);
    if (!st && !s->passed) {
        memcpy(old, members, n * sizeof(*old));
        for (uint32_t i = 0; i < n; i++) {
            members[i] = old[solved.order[i]];
            forest_join(p->orbit, old[i], old[forest_root(inner.orbit, i)]);
        }
        part->hash = solved.hash;
        *looks += solved.looks;
    }
    arena_rewind(s->arena, mark);
    return st;
}

/* The order of the whole: within each cell, part by part. */
static void merge_parts(struct solver *s, const struct problem *p, struct parts *t, uint32_t *order)
{
    const struct partition *like = &p->like;
    uint32_t *next = s->refiner.cells;
    for (uint32_t i = 0; i < like->nodes; i++) {
        next[i] = i;
        order[i] = like->lab[i];
    }
    for (uint32_t k = 0; k < t->count; k++) {
        const uint32_t *members = t->members + t->items[k].first;
        bool same = k && by_hash(&t->items[k - 1], &t->items[k]) == 0;
        for (uint32_t i = 0; i < t->items[k].count; i++) {
            order[next[like->colour[members[i]]]++] = members[i];
            if (same) forest_join(p->orbit, members[i], t->members[t->items[k - 1].first + i]);
        }
    }
}

static enum status solve_parts(struct solver *s, const struct problem *p, struct solution *out)
{
    struct parts t;
    enum status st = find_parts(s, p, &t);
    if (st) return st;
    if (t.count == 1 && t.nodes == p->graph.nodes) return problem_search(s, p, out);
    for (uint32_t k = 0; !st && !s->passed && k < t.count; k++)
        st = solve_part(s, p, &t, &t.items[k], &out->looks);
    struct hash128 *hashes = arena_alloc(s->arena, ((size_t)t.count + 1) * sizeof(*hashes));
    if (!st && !hashes) st = SIBYL_E_MEM;
    if (st || s->passed) return st;
    qsort(t.items, t.count, sizeof(*t.items), by_hash);
    hashes[t.count] = problem_hash(s, p, p->like.lab, p->like.colour);
    for (uint32_t k = 0; k < t.count; k++) hashes[k] = t.items[k].hash;
    out->hash = digest_xxh128(hashes, ((size_t)t.count + 1) * sizeof(*hashes));
    merge_parts(s, p, &t, out->order);
    return SIBYL_OK;
}

enum status problem_solve(struct solver *s, const struct problem *p, struct solution *out)
{
    enum status st = SIBYL_OK;
    struct arena_mark mark = arena_mark(s->arena);
    uint64_t size = problem_size(p);
    bool deep = s->depth >= DEPTH_MAX;
    s->open += size;
    s->steps += size;
    s->depth++;
    out->looks = size;
    if (s->budget && (deep || s->open > s->open_max || s->steps + s->refiner.steps > s->budget)) {
        s->passed = true;
    } else if (p->like.cells == p->graph.nodes) {
        memcpy(out->order, p->like.lab, p->graph.nodes * sizeof(uint32_t));
        out->hash = problem_hash(s, p, p->like.lab, p->like.colour);
    } else if (deep) {
        st = problem_give_up(s, p, out);
    } else {
        st = solve_parts(s, p, out);
    }
    s->depth--;
    s->open -= size;
    arena_rewind(s->arena, mark);
    return st;
}

/* ---- the whole graph ---- */

static enum status whole_problem(struct problem *out, struct arena *arena, const struct graph *g,
                                 const struct canon_cells *like)
{
    uint32_t n = g->nodes, used = 0;
    enum status st = piece_place(&out->graph, arena, n, 2 * g->edges);
    if (!st) st = partition_place(&out->like, arena, n);
    out->orbit = forest_new(arena, n);
    if (st || !out->orbit) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < n; i++) {
        out->graph.start[i] = used;
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++, used++) {
            out->graph.to[used] = g->out_node[e];
            out->graph.label[used] = 2 * g->out_multiplicity[e];
        }
        for (uint32_t e = g->in_start[i]; e < g->in_start[i + 1]; e++, used++) {
            out->graph.to[used] = g->in_node[e];
            out->graph.label[used] = 2 * g->in_multiplicity[e] + 1;
        }
        out->like.lab[i] = like->lab[i];
        out->like.at[like->lab[i]] = i;
        out->like.colour[i] = like->colour[i];
        out->like.length[i] = 0;
    }
    out->graph.start[n] = used;
    for (uint32_t i = 0; i < n; i++) out->like.length[like->colour[i]]++;
    out->like.cells = like->cells;
    out->outer = out->like.colour;
    return SIBYL_OK;
}

/* Of the graph whose form could not be told in full: with operations and attributes, which the
 * cells stand for until here. */
static enum status name_inexact(struct hash128 *out, struct arena *arena, const struct graph *g,
                                const struct problem *p, struct hash128 form)
{
    size_t n = g->nodes, numbers = n * g->attributes, row = g->attributes * sizeof(float);
    uint16_t *ops = arena_alloc(arena, n * sizeof(*ops));
    float *attribute = arena_alloc(arena, numbers * sizeof(*attribute) + 1);
    if (!ops || !attribute) return SIBYL_E_MEM;
    for (size_t i = 0; i < n; i++) {
        ops[i] = g->ops[p->like.lab[i]];
        if (row)
            memcpy(attribute + i * g->attributes, g->attribute + p->like.lab[i] * g->attributes,
                   row);
    }
    struct hash128 parts[3] = {form, digest_xxh128(ops, n * sizeof(*ops)),
                               digest_xxh128(attribute, numbers * sizeof(*attribute))};
    *out = digest_xxh128(parts, sizeof(parts));
    return SIBYL_OK;
}

enum status canon_pieces(const struct graph *g, struct arena *arena, const struct canon_cells *like,
                         uint32_t *order, struct hash128 *out_sketch)
{
    struct solver s = {.arena = arena, .open_max = OPEN_MAX};
    struct problem p = {.dive = false};
    struct solution whole = {.order = order};
    enum status st = refiner_init(&s.refiner, arena, g->nodes);
    if (!st) st = whole_problem(&p, arena, g, like);
    if (st) return st;
    s.looks = STEPS_MAX / problem_size(&p);
    if (s.looks < LOOKS_MIN) s.looks = LOOKS_MIN;
    for (uint32_t c = 0; c < g->nodes; c += p.like.length[c]) refiner_push(&s.refiner, c);
    refiner_run(&s.refiner, &p.graph, &p.like);
    st = problem_solve(&s, &p, &whole);
    *out_sketch = (struct hash128){0, 0};
    if (!st && s.inexact) st = name_inexact(out_sketch, arena, g, &p, whole.hash);
    return st;
}
