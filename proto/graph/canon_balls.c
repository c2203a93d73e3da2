/* What a node has around it, level by level, until a bound on arcs. In a random graph where all
 * nodes have equal numbers of neighbours, these balls differ by the first cycles that close. */
#include "proto/graph/canon_problem.h"

#define BALL_ARCS 1024

struct ball {
    uint32_t *nodes; /* (nodes) in the order found */
    uint64_t *found; /* (nodes) 2^32 * (1 + centre) + level of the last ball that has a node */
};

static uint32_t degree(const struct piece *g, uint32_t node)
{
    return g->start[node + 1] - g->start[node];
}

/* Depends on colours and arcs alone: levels are whole, and arcs are told apart by their levels. */
static uint64_t ball_key(const struct problem *p, const struct ball *b, uint32_t centre)
{
    const struct piece *g = &p->graph;
    uint32_t count = 1, begin = 0;
    uint64_t key = 0, arcs = degree(g, centre), level = (uint64_t)(centre + 1) << 32;
    b->nodes[0] = centre;
    b->found[centre] = level;
    for (; begin < count && arcs <= BALL_ARCS; level++) {
        uint32_t end = count;
        uint64_t sum = 0;
        for (; begin < end; begin++) {
            uint32_t node = b->nodes[begin];
            for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
                uint32_t to = g->to[e];
                if (b->found[to] >> 32 != level >> 32) {
                    b->found[to] = level + 1;
                    b->nodes[count++] = to;
                    arcs += degree(g, to);
                }
                uint64_t seen = 2 * (uint64_t)g->label[e] + (b->found[to] <= level);
                sum += keyed_mix(((uint64_t)p->like.colour[to] << 32) + seen);
            }
        }
        key = keyed_mix(key + count) + sum;
    }
    return key;
}

enum status problem_part_by_balls(struct solver *s, const struct problem *p, struct partition *like)
{
    uint32_t n = p->graph.nodes;
    struct arena_mark mark = arena_mark(s->arena);
    struct ball b = {.nodes = arena_alloc(s->arena, n * sizeof(*b.nodes)),
                     .found = arena_calloc(s->arena, n, sizeof(*b.found))};
    enum status st = b.nodes && b.found ? SIBYL_OK : SIBYL_E_MEM;
    if (st) goto done;
    for (uint32_t i = 0; i < n; i++)
        if (p->like.length[p->like.colour[i]] > 1) s->refiner.key[i] = ball_key(p, &b, i);
    for (uint32_t c = 0, end; c < n; c = end) {
        end = c + p->like.length[c];
        if (end - c > 1) refiner_part(&s->refiner, like, c);
    }
    refiner_run(&s->refiner, &p->graph, like);
done:
    arena_rewind(s->arena, mark);
    return st;
}
