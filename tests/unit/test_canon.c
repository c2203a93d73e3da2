/* The canonical form against two independent ones: brute force over all relabelings, and nauty. */
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "proto/graph/canon.h"
#include "proto/import/import.h"

#include <nauty/nautinv.h>
#include <string.h>

#define CELLS 15625
#define DENSE_MAX 16

enum { INPUT, OUTPUT, NONE, SKIP, CONV, WIDE, POOL, OPS };
static const char *const names[OPS] = {"input", "output", "none", "skip_connect",
                                       "conv",  "wide",   "pool"};

/* ---- an own, dense, slow form ---- */

struct dense {
    int n;
    uint16_t op[DENSE_MAX];
    uint32_t a[DENSE_MAX][DENSE_MAX];
};

static struct dense dense_of(const struct graph *g)
{
    struct dense d = {.n = (int)g->nodes};
    for (uint32_t i = 0; i < g->nodes; i++) {
        d.op[i] = g->ops[i];
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            d.a[i][g->out_node[e]] = g->out_multiplicity[e];
    }
    return d;
}

static void dense_remove(struct dense *d, int k)
{
    d->n--;
    for (int i = k; i < d->n; i++) d->op[i] = d->op[i + 1];
    for (int i = k; i < d->n; i++) memcpy(d->a[i], d->a[i + 1], sizeof(d->a[i]));
    for (int i = 0; i < d->n; i++)
        memmove(&d->a[i][k], &d->a[i][k + 1], (size_t)(d->n - k) * sizeof(d->a[i][0]));
}

/* A node is used if an input reaches it and it reaches an output (Warshall); identities are taken
 * out one by one. */
static struct dense dense_reduce(struct dense d, bool join)
{
    bool reach[DENSE_MAX][DENSE_MAX], used[DENSE_MAX];
    for (int i = d.n - 1; i >= 0; i--)
        if (d.op[i] == NONE) dense_remove(&d, i);
    for (int i = 0; i < d.n; i++)
        for (int j = 0; j < d.n; j++) reach[i][j] = i == j || d.a[i][j];
    for (int k = 0; k < d.n; k++)
        for (int i = 0; i < d.n; i++)
            for (int j = 0; j < d.n; j++) reach[i][j] |= reach[i][k] && reach[k][j];
    for (int v = 0; v < d.n; v++) {
        bool before = false, behind = false;
        for (int i = 0; i < d.n; i++) {
            before |= d.op[i] == INPUT && reach[i][v];
            behind |= d.op[i] == OUTPUT && reach[v][i];
        }
        used[v] = (before && behind) || d.op[v] == INPUT || d.op[v] == OUTPUT;
    }
    for (int v = d.n - 1; v >= 0; v--)
        if (!used[v]) dense_remove(&d, v);
    for (int k = d.n - 1; join && k >= 0; k--) {
        if (d.op[k] != SKIP) continue;
        for (int p = 0; p < d.n; p++)
            for (int s = 0; s < d.n; s++) d.a[p][s] += d.a[p][k] * d.a[k][s];
        dense_remove(&d, k);
    }
    return d;
}

struct key {
    unsigned char bytes[128];
};

static void write_key(struct key *key, const struct dense *d, const int *order)
{
    unsigned char *at = key->bytes;
    memset(key, 0, sizeof(*key));
    *at++ = (unsigned char)d->n;
    for (int i = 0; i < d->n; i++) *at++ = (unsigned char)d->op[order[i]];
    for (int i = 0; i < d->n; i++)
        for (int j = 0; j < d->n; j++) *at++ = (unsigned char)d->a[order[i]][order[j]];
}

/* Smallest key over all orders of the nodes between the first and the last. */
static void smallest_key(struct key *best, const struct dense *d, int *order, int fixed)
{
    if (fixed >= d->n - 1) {
        struct key key;
        write_key(&key, d, order);
        if (memcmp(&key, best, sizeof(key)) < 0) *best = key;
        return;
    }
    for (int i = fixed; i < d->n - 1; i++) {
        int a = order[fixed], b = order[i];
        order[fixed] = b, order[i] = a;
        smallest_key(best, d, order, fixed + 1);
        order[fixed] = a, order[i] = b;
    }
}

/* ---- partitions: one hash and one independent key for each graph ---- */

struct named {
    struct hash128 hash;
    struct key key;
};

static int by_hash(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int c = hash128_compare(x->hash, y->hash);
    return c ? c : memcmp(&x->key, &y->key, sizeof(x->key));
}

static int by_key(const void *a, const void *b)
{
    return memcmp(&((const struct named *)a)->key, &((const struct named *)b)->key,
                  sizeof(struct key));
}

/* Numbers of distinct hashes, keys, and (hash, key) pairs: all equal iff the partitions are the
 * same. */
static void count_classes(struct named *items, int count, int classes[3])
{
    classes[0] = classes[1] = classes[2] = 1;
    qsort(items, (size_t)count, sizeof(*items), by_key);
    for (int i = 1; i < count; i++) classes[1] += by_key(&items[i - 1], &items[i]) != 0;
    qsort(items, (size_t)count, sizeof(*items), by_hash);
    for (int i = 1; i < count; i++) {
        classes[0] += hash128_compare(items[i - 1].hash, items[i].hash) != 0;
        classes[2] += by_hash(&items[i - 1], &items[i]) != 0;
    }
}

static void cell_of(int index, uint16_t edges[6])
{
    for (int k = 0; k < 6; k++, index /= 5) edges[k] = (uint16_t)(index % 5);
}

static const uint16_t op_of[5] = {NONE, SKIP, CONV, WIDE, POOL};

static void test_nasbench201(void)
{
    struct arena arena, cell;
    struct vocabulary v;
    arena_init(&arena);
    arena_init(&cell);
    CHECK_OK(vocabulary_init(&v, &arena, names, OPS));
    struct named *items = calloc(CELLS, sizeof(*items));
    unsigned wrong_live = 0;
    for (int i = 0; i < CELLS; i++) {
        uint16_t edges[6];
        int order[DENSE_MAX] = {0, 1, 2, 3, 4, 5, 6, 7};
        struct graph g, live;
        arena_reset(&cell);
        cell_of(i, edges);
        CHECK_OK(cell_graph(&g, &cell, 4, edges, op_of, OPS));
        CHECK_OK(graph_canonical_hash(&items[i].hash, &g, &v));
        CHECK_OK(graph_live(&live, &cell, &g, &v));
        struct dense d = dense_of(&g), want = dense_reduce(d, false), got = dense_of(&live);
        struct key want_key, got_key;
        write_key(&want_key, &want, order);
        write_key(&got_key, &got, order);
        wrong_live += memcmp(&want_key, &got_key, sizeof(want_key)) != 0;
        d = dense_reduce(d, true);
        memset(&items[i].key, 255, sizeof(items[i].key));
        smallest_key(&items[i].key, &d, order, 1);
    }
    CU_ASSERT_EQUAL(wrong_live, 0);
    int classes[3], of_size[5] = {0};
    count_classes(items, CELLS, classes);
    CU_ASSERT_EQUAL(classes[0], 5425);
    CU_ASSERT_EQUAL(classes[1], 5425);
    CU_ASSERT_EQUAL(classes[2], 5425);
    for (int i = 0, end; i < CELLS; i = end) {
        for (end = i; end < CELLS && !hash128_compare(items[i].hash, items[end].hash);) end++;
        if (end - i < 5) of_size[end - i]++;
    }
    CU_ASSERT_EQUAL(of_size[1], 4246);
    CU_ASSERT_EQUAL(of_size[2], 510);
    CU_ASSERT_EQUAL(of_size[4], 256);
    free(items);
    arena_release(&cell);
    arena_release(&arena);
}

/* ---- against nauty: every edge becomes a vertex, coloured by its multiplicity ---- */

struct vertex {
    uint32_t colour;
    int vertex;
};

static int by_colour(const void *a, const void *b)
{
    const struct vertex *x = a, *y = b;
    return (x->colour > y->colour) - (x->colour < y->colour);
}

static void nauty_key(struct key *out, const struct dense *d)
{
    enum { MAX = DENSE_MAX + DENSE_MAX * DENSE_MAX, WORDS = SETWORDSNEEDED(MAX) };
    static DEFAULTOPTIONS_DIGRAPH(options);
    graph *g = calloc((size_t)MAX * WORDS, sizeof(*g)); /* nauty's name for a setword */
    graph *canonical = calloc((size_t)MAX * WORDS, sizeof(*canonical));
    struct vertex vertices[MAX];
    int lab[MAX], ptn[MAX], orbits[MAX], total = d->n, m;
    uint32_t *text = calloc(MAX + (size_t)MAX * WORDS * 2, sizeof(*text));
    statsblk stats;
    for (int i = 0; i < d->n; i++) vertices[i] = (struct vertex){d->op[i], i};
    for (int i = 0; i < d->n; i++)
        for (int j = 0; j < d->n; j++)
            if (d->a[i][j]) vertices[total] = (struct vertex){OPS + d->a[i][j], total}, total++;
    m = SETWORDSNEEDED(total);
    for (int i = 0, k = d->n; i < d->n; i++)
        for (int j = 0; j < d->n; j++)
            if (d->a[i][j]) {
                ADDONEARC(g, i, k, m);
                ADDONEARC(g, k, j, m);
                k++;
            }
    qsort(vertices, (size_t)total, sizeof(*vertices), by_colour);
    for (int i = 0; i < total; i++) {
        lab[i] = vertices[i].vertex;
        ptn[i] = i + 1 < total && vertices[i].colour == vertices[i + 1].colour;
        text[i] = vertices[i].colour;
    }
    options.getcanon = TRUE;
    options.defaultptn = FALSE;
    densenauty(g, lab, ptn, orbits, &options, &stats, m, total, canonical);
    size_t words = (size_t)total, bytes = (size_t)m * (size_t)total * sizeof(*canonical);
    memcpy(text + words, canonical, bytes);
    struct hash128 h = digest_xxh128(text, words * sizeof(*text) + bytes);
    memset(out, 0, sizeof(*out));
    memcpy(out->bytes, &h, sizeof(h));
    free(text);
    free(canonical);
    free(g);
}

/* `g` with its nodes renumbered at random. */
static enum status relabel(struct graph *out, struct arena *arena, struct rng *r,
                           const struct graph *g)
{
    uint32_t *to = arena_alloc(arena, g->nodes * sizeof(*to)), count = 0;
    uint16_t *ops = arena_alloc(arena, g->nodes * sizeof(*ops));
    struct graph_edge *edges = arena_alloc(arena, (g->edges + 1) * sizeof(*edges));
    if (!to || !ops || !edges) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < g->nodes; i++) to[i] = i;
    rng_shuffle(r, to, g->nodes);
    for (uint32_t i = 0; i < g->nodes; i++) {
        ops[to[i]] = g->ops[i];
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            edges[count++] = (struct graph_edge){to[i], to[g->out_node[e]], g->out_multiplicity[e]};
    }
    return graph_make(out, arena, ops, g->nodes, edges, count, OPS);
}

/* A random network: `base` nodes, then copies of random inner ones, so that there are many twins.
 */
static enum status random_network(struct graph *out, struct arena *arena, struct rng *r,
                                  uint32_t base, uint32_t nodes, double density, int kinds)
{
    struct graph g;
    enum status st = random_graph(&g, arena, r, base, density, OPS);
    if (st) return st;
    uint16_t *ops = arena_alloc(arena, nodes * sizeof(*ops));
    struct graph_edge *edges = arena_alloc(arena, (size_t)nodes * nodes * sizeof(*edges));
    uint32_t count = 0;
    if (!ops || !edges) return SIBYL_E_MEM;
    for (uint32_t i = 0; i < base; i++) {
        ops[i] = (uint16_t)(POOL - rng_below(r, (uint64_t)kinds));
        if (i == 0 || (base > 4 && rng_below(r, 12) == 0)) ops[i] = INPUT;
        if (i + 1 == base) ops[i] = OUTPUT;
        for (uint32_t e = g.out_start[i]; e < g.out_start[i + 1]; e++)
            edges[count++] =
                (struct graph_edge){i, g.out_node[e], 1 + (g.out_multiplicity[e] == 3)};
    }
    for (uint32_t k = base; k < nodes; k++) {
        uint32_t original = (uint32_t)rng_below(r, k), before = count;
        ops[k] = ops[original];
        for (uint32_t e = 0; e < before; e++) {
            struct graph_edge x = edges[e];
            if (x.from == original) edges[count++] = (struct graph_edge){k, x.to, x.multiplicity};
            if (x.to == original) edges[count++] = (struct graph_edge){x.from, k, x.multiplicity};
        }
    }
    struct graph made;
    st = graph_make(&made, arena, ops, nodes, edges, count, OPS);
    return st ? st : relabel(out, arena, r, &made);
}

static void test_nauty(void)
{
    enum { COUNT = 12000 };
    struct arena arena, each;
    struct vocabulary v;
    struct rng r;
    arena_init(&arena);
    arena_init(&each);
    rng_init(&r, 1, RNG_TEST, 3);
    CHECK_OK(vocabulary_init(&v, &arena, names, OPS));
    struct named *items = calloc(COUNT, sizeof(*items));
    for (int i = 0; i < COUNT; i++) {
        struct graph g;
        arena_reset(&each);
        uint32_t base = 2 + (uint32_t)rng_below(&r, 6), copies = (uint32_t)rng_below(&r, 3);
        int kinds = i % 2 ? 5 : 2; /* two kinds: larger graphs, more alike */
        CHECK_OK(random_network(&g, &each, &r, base, base + copies, 0.5, kinds));
        CHECK_OK(graph_canonical_hash(&items[i].hash, &g, &v));
        struct dense d = dense_reduce(dense_of(&g), true);
        nauty_key(&items[i].key, &d);
    }
    int classes[3];
    count_classes(items, COUNT, classes);
    CU_ASSERT_EQUAL(classes[0], classes[1]);
    CU_ASSERT_EQUAL(classes[0], classes[2]);
    CU_ASSERT(classes[0] > COUNT / 10);
    CU_ASSERT(classes[0] < COUNT - COUNT / 10);
    printf("%d graphs in %d classes ... ", (int)COUNT, classes[0]);
    free(items);
    arena_release(&each);
    arena_release(&arena);
}

/* ---- invariance and difference ---- */

static struct hash128 name_of(const struct graph *g)
{
    struct arena arena;
    struct vocabulary v;
    struct hash128 h;
    arena_init(&arena);
    CHECK_OK(vocabulary_init(&v, &arena, names, OPS));
    CHECK_OK(graph_canonical_hash(&h, g, &v));
    arena_release(&arena);
    return h;
}

/* Relabelings have one name; the form itself is a fixed point; one more edge is another name. */
static void check_invariance(const struct graph *g, struct arena *arena, struct rng *r)
{
    struct vocabulary v;
    struct graph other, made, again;
    struct hash128 name = name_of(g);
    CHECK_OK(vocabulary_init(&v, arena, names, OPS));
    for (int k = 0; k < 3; k++) {
        CHECK_OK(relabel(&other, arena, r, g));
        CU_ASSERT_EQUAL(hash128_compare(name, name_of(&other)), 0);
    }
    CHECK_OK(graph_canonical(&made, arena, &other, &v));
    CHECK_OK(graph_canonical(&again, arena, &made, &v));
    CU_ASSERT_EQUAL(hash128_compare(name, graph_hash(&made)), 0);
    CU_ASSERT_EQUAL(hash128_compare(name, graph_hash(&again)), 0);
    for (uint32_t e = 0; e < made.edges; e++) CU_ASSERT(made.out_multiplicity[e] > 0);
    for (uint32_t i = 0; i < made.nodes; i++) CU_ASSERT_EQUAL(made.topological[i], i);
    if (made.edges == 0) return;
    uint32_t changed = (uint32_t)rng_below(r, made.edges), from = 0;
    while (made.out_start[from + 1] <= changed) from++;
    struct graph_edge *edges = arena_alloc(arena, (made.edges + 1) * sizeof(*edges));
    uint32_t count = 0;
    for (uint32_t i = 0; i < made.nodes; i++)
        for (uint32_t e = made.out_start[i]; e < made.out_start[i + 1]; e++)
            edges[count++] = (struct graph_edge){i, made.out_node[e], made.out_multiplicity[e]};
    edges[count++] = (struct graph_edge){from, made.out_node[changed], 1};
    CHECK_OK(graph_make(&other, arena, made.ops, made.nodes, edges, count, OPS));
    CU_ASSERT_NOT_EQUAL(hash128_compare(name, name_of(&other)), 0);
    edges[changed] = edges[0]; /* one edge less */
    CHECK_OK(graph_make(&other, arena, made.ops, made.nodes, edges + 1, count - 2, OPS));
    CU_ASSERT_NOT_EQUAL(hash128_compare(name, name_of(&other)), 0);
}

static void test_relabelings(void)
{
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, 4);
    for (int round = 0; round < 600; round++) {
        struct graph g;
        uint32_t nodes = 2 + (uint32_t)rng_below(&r, round % 50 ? 39 : 150);
        uint32_t base = round % 3 ? 2 + (uint32_t)rng_below(&r, nodes - 1) : nodes;
        double density = 0.05 + 0.5 * rng_uniform(&r);
        CHECK_OK(random_network(&g, &arena, &r, base, nodes, density, 1 + round % 5));
        check_invariance(&g, &arena, &r);
        arena_reset(&arena);
    }
    arena_release(&arena);
}

/* shape[0] rings of shape[1] CONV and as many WIDE nodes, and one of shape[2]; each CONV feeds two
 * WIDE. Alike for refinement whatever the sizes. */
static enum status rings(struct graph *out, struct arena *arena, const uint32_t shape[3])
{
    uint32_t even = shape[0] * shape[1], half = even + shape[2], nodes = 2 + 2 * half, used = 0;
    uint16_t *ops = arena_alloc(arena, nodes * sizeof(*ops));
    struct graph_edge *edges = arena_alloc(arena, 4 * (size_t)half * sizeof(*edges));
    ops[0] = INPUT;
    ops[nodes - 1] = OUTPUT;
    for (uint32_t k = 0; k < half; k++) {
        uint32_t size = k < even ? shape[1] : shape[2], ring = k < even ? k / size * size : even;
        uint32_t next = ring + (k - ring + 1) % size;
        ops[1 + k] = CONV;
        ops[1 + half + k] = WIDE;
        edges[used++] = (struct graph_edge){0, 1 + k, 1};
        edges[used++] = (struct graph_edge){1 + k, 1 + half + k, 1};
        edges[used++] = (struct graph_edge){1 + k, 1 + half + next, 1};
        edges[used++] = (struct graph_edge){1 + half + k, nodes - 1, 1};
    }
    return graph_make(out, arena, ops, nodes, edges, used, OPS);
}

/* By search (6..8), past its budget (24), beyond its number of nodes (60); rings of two sizes have
 * unequal leaves. */
static void test_rings(void)
{
    static const uint32_t shapes[][3] = {{1, 6, 0},  {2, 3, 0},  {1, 3, 4},  {1, 7, 0},  {1, 3, 5},
                                         {2, 4, 0},  {1, 8, 0},  {1, 24, 0}, {2, 12, 0}, {3, 8, 0},
                                         {4, 6, 0},  {8, 3, 0},  {1, 3, 21}, {1, 60, 0}, {2, 30, 0},
                                         {10, 6, 0}, {20, 3, 0}, {9, 3, 33}};
    enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };
    struct hash128 seen[SHAPES];
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, 5);
    for (int i = 0; i < SHAPES; i++) {
        struct graph g;
        CHECK_OK(rings(&g, &arena, shapes[i]));
        check_invariance(&g, &arena, &r);
        seen[i] = name_of(&g);
        for (int j = 0; j < i; j++) CU_ASSERT_NOT_EQUAL(hash128_compare(seen[i], seen[j]), 0);
        arena_reset(&arena);
    }
    arena_release(&arena);
}

/* ---- corners ---- */

static void test_corners(void)
{
    struct arena arena;
    struct vocabulary v, plain;
    struct graph g, made;
    arena_init(&arena);
    CHECK_OK(vocabulary_init(&v, &arena, names, OPS));
    CHECK_OK(vocabulary_init(&plain, &arena, names + NONE, OPS - NONE));
    uint16_t dead[4] = {OUTPUT, NONE, CONV, INPUT};
    struct graph_edge edges[24] = {{3, 1, 1}, {1, 0, 1}, {2, 0, 1}};
    CHECK_OK(graph_make(&g, &arena, dead, 4, edges, 3, OPS));
    CHECK_OK(graph_canonical(&made, &arena, &g, &v));
    CU_ASSERT_EQUAL(made.nodes, 2);
    CU_ASSERT_EQUAL(made.edges, 0);
    CU_ASSERT_EQUAL(made.ops[0], INPUT);
    uint16_t lost[2] = {CONV, SKIP};
    CHECK_OK(graph_make(&g, &arena, lost, 2, edges, 0, OPS));
    CU_ASSERT_EQUAL(graph_canonical(&made, &arena, &g, &v), SIBYL_E_FORMAT);
    uint16_t kept[3] = {0, 1, 2}; /* none, skip_connect, conv: no roles to tell what is in use */
    edges[0] = (struct graph_edge){0, 1, 1};
    CHECK_OK(graph_make(&g, &arena, kept, 3, edges, 1, plain.count));
    CHECK_OK(graph_in_form(&made, &arena, &g, &plain, GRAPH_CANONICAL));
    CU_ASSERT_EQUAL(made.nodes, 3);
    CU_ASSERT_EQUAL(made.edges, 1);
    uint16_t ops[23] = {INPUT}; /* a chain that doubles at each identity */
    for (uint32_t i = 1; i < 23; i++) {
        ops[i] = i < 22 ? SKIP : OUTPUT;
        edges[i - 1] = (struct graph_edge){i - 1, i, 2};
    }
    CHECK_OK(graph_make(&g, &arena, ops, 23, edges, 22, OPS));
    CU_ASSERT_EQUAL(graph_in_form(&made, &arena, &g, &v, GRAPH_CANONICAL), SIBYL_E_RANGE);
    CHECK_OK(graph_in_form(&made, &arena, &g, &v, GRAPH_LIVE));
    CU_ASSERT_EQUAL(made.nodes, 23);
    ops[19] = OUTPUT; /* 2^19 is still within the limit */
    CHECK_OK(graph_make(&g, &arena, ops, 20, edges, 19, OPS));
    CHECK_OK(graph_in_form(&made, &arena, &g, &v, GRAPH_CANONICAL));
    CU_ASSERT_EQUAL(made.nodes, 2);
    CU_ASSERT_EQUAL(made.out_multiplicity[0], 1u << 19);
    CHECK_OK(graph_in_form(&made, &arena, &g, &v, GRAPH_RAW));
    CU_ASSERT_EQUAL(made.nodes, 20);
    arena_release(&arena);
}

int main(void)
{
    CU_TestInfo tests[] = {{"NAS-Bench-201 by brute force", test_nasbench201},
                           {"random graphs by nauty", test_nauty},
                           {"relabelings", test_relabelings},
                           {"rings", test_rings},
                           {"corners", test_corners},
                           CU_TEST_INFO_NULL};
    return unit_run("canon", tests);
}
