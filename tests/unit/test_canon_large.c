/* The canonical form of large graphs: the way by pieces. On small graphs it must part networks as
 * the search does, which test_canon.c holds against brute force and nauty; large families must get
 * one hash in any order of their nodes, in little time. */
#include "tests/graph_families.h"
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "proto/graph/canon.h"
#include "proto/graph/canon_pieces.h"

#include <string.h>

static const char *const names[] = {"input", "output", "a", "b", "c", "d"};
enum { NAMES = sizeof(names) / sizeof(*names), SMALL_MAX = CANON_EXACT_NODES };

struct bench {
    struct arena arena, each; /* each: of one graph */
    struct vocabulary v;
    struct rng r;
};

static void bench_init(struct bench *b, uint64_t stream)
{
    arena_init(&b->arena);
    arena_init(&b->each);
    rng_init(&b->r, 1, RNG_TEST, stream);
    CHECK_OK(vocabulary_init(&b->v, &b->arena, names, NAMES));
}

static void bench_release(struct bench *b)
{
    arena_release(&b->each);
    arena_release(&b->arena);
}

/* The form of a drawing in a random order of its nodes; the drawing is released. */
static struct graph form_of(struct bench *b, struct drawing *d)
{
    struct graph g, made = {0};
    CHECK_OK(drawing_graph(d, &g, &b->each, &b->r, NAMES));
    CHECK_OK(graph_canonical(&made, &b->each, &g, &b->v));
    drawing_release(d);
    return made;
}

/* ---- small graphs by pieces ---- */

/* Cells by depth and operation, in that order. */
static uint32_t start_cells(const struct graph *g, uint32_t *lab, uint32_t *colour)
{
    uint32_t key[SMALL_MAX], cells = 0;
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t node = g->topological[i], depth = 0;
        for (uint32_t e = g->in_start[node]; e < g->in_start[node + 1]; e++)
            if (key[g->in_node[e]] / NAMES >= depth) depth = key[g->in_node[e]] / NAMES + 1;
        key[node] = depth * NAMES + g->ops[node];
    }
    for (uint32_t i = 0; i < g->nodes; i++) {
        uint32_t smaller = 0, before = 0;
        for (uint32_t k = 0; k < g->nodes; k++) {
            smaller += key[k] < key[i];
            before += key[k] == key[i] && k < i;
        }
        colour[i] = smaller;
        lab[smaller + before] = i;
        cells += before == 0;
    }
    return cells;
}

static struct hash128 hash_by_pieces(struct bench *b, const struct graph *g)
{
    uint32_t lab[SMALL_MAX], colour[SMALL_MAX], order[SMALL_MAX], place[SMALL_MAX];
    uint16_t ops[SMALL_MAX];
    struct graph_edge *edges = arena_alloc(&b->each, (g->edges + 1) * sizeof(*edges));
    struct hash128 sketch = {1, 1};
    struct canon_cells cells = {lab, colour, start_cells(g, lab, colour)};
    struct graph ordered;
    uint32_t count = 0;
    CHECK_OK(canon_pieces(g, &b->each, &cells, order, &sketch));
    CU_ASSERT(sketch.high == 0 && sketch.low == 0);
    for (uint32_t i = 0; i < g->nodes; i++) {
        place[order[i]] = i;
        ops[i] = g->ops[order[i]];
    }
    for (uint32_t i = 0; i < g->nodes; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            edges[count++] =
                (struct graph_edge){place[i], place[g->out_node[e]], g->out_multiplicity[e]};
    for (uint32_t e = 0; e < count; e++) CU_ASSERT(edges[e].from < edges[e].to);
    CHECK_OK(graph_make(&ordered, &b->each, ops, g->nodes, edges, count, NAMES));
    return graph_hash(&ordered);
}

/* Small ones of all families, with some edges taken out or doubled at random. */
static void draw_small(struct drawing *d, struct rng *r)
{
    uint32_t rings[3] = {2 + (uint32_t)rng_below(r, 4), 2 + (uint32_t)rng_below(r, 4),
                         2 + (uint32_t)rng_below(r, 4)};
    switch (rng_below(r, 8)) {
    case 0:
        draw_modules(d, 1 + (uint32_t)rng_below(r, 3), 2 + (uint32_t)rng_below(r, 2), 2);
        break;
    case 1:
        draw_towers(d, 2 + (uint32_t)rng_below(r, 3), 4, rng_below(r, 2));
        break;
    case 2:
        draw_grid(d, 3 + (uint32_t)rng_below(r, 3));
        break;
    case 3:
        draw_tube(d, 2 + (uint32_t)rng_below(r, 5), 2 + (uint32_t)rng_below(r, 3));
        break;
    case 4:
        draw_butterfly(d, 1 + (uint32_t)rng_below(r, 3));
        break;
    case 5:
        draw_regular(d, r, 4 + (uint32_t)rng_below(r, 3), 2 + (uint32_t)rng_below(r, 2), 3);
        break;
    case 6:
        draw_random(d, r, 4 + (uint32_t)rng_below(r, 6), 3);
        break;
    default:
        draw_rings(d, rings, 1 + (uint32_t)rng_below(r, 3));
    }
    for (uint64_t k = rng_below(r, 3); k > 0; k--) {
        uint32_t e = (uint32_t)rng_below(r, d->edge_count);
        if (rng_below(r, 2))
            d->edges[e].multiplicity = 2;
        else
            d->edges[e] = d->edges[--d->edge_count];
    }
}

struct pair {
    struct hash128 searched, by_pieces;
};

static int by_searched(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    int c = hash128_compare(a->searched, b->searched);
    return c ? c : hash128_compare(a->by_pieces, b->by_pieces);
}

static int by_pieces(const void *left, const void *right)
{
    return hash128_compare(((const struct pair *)left)->by_pieces,
                           ((const struct pair *)right)->by_pieces);
}

/* As many hashes by search as by pieces as of both together: the two part graphs alike. */
static void check_classes(struct pair *pairs, int count)
{
    int searched = 1, pieces = 1, both = 1;
    qsort(pairs, (size_t)count, sizeof(*pairs), by_pieces);
    for (int i = 1; i < count; i++) pieces += by_pieces(&pairs[i - 1], &pairs[i]) != 0;
    qsort(pairs, (size_t)count, sizeof(*pairs), by_searched);
    for (int i = 1; i < count; i++) {
        searched += hash128_compare(pairs[i - 1].searched, pairs[i].searched) != 0;
        both += by_searched(&pairs[i - 1], &pairs[i]) != 0;
    }
    printf("%d graphs in %d classes ... ", count, searched);
    CU_ASSERT_EQUAL(searched, pieces);
    CU_ASSERT_EQUAL(searched, both);
    CU_ASSERT(searched > count / 20 && searched < count);
}

static void test_small(void)
{
    enum { COUNT = 6000 };
    struct bench b;
    bench_init(&b, 31);
    struct pair *pairs = calloc(COUNT, sizeof(*pairs));
    for (int i = 0; i < COUNT; i++) {
        struct drawing d = {0};
        struct graph made, g;
        draw_small(&d, &b.r);
        made = form_of(&b, &d);
        CU_ASSERT(made.nodes <= SMALL_MAX);
        pairs[i].searched = graph_hash(&made);
        for (uint32_t k = 0; k < made.nodes; k++) draw_node(&d, made.ops[k]);
        for (uint32_t k = 0; k < made.nodes; k++)
            for (uint32_t e = made.out_start[k]; e < made.out_start[k + 1]; e++) {
                draw_edge(&d, k, made.out_node[e]);
                d.edges[d.edge_count - 1].multiplicity = made.out_multiplicity[e];
            }
        CHECK_OK(drawing_graph(&d, &g, &b.each, &b.r, NAMES));
        drawing_release(&d);
        pairs[i].by_pieces = hash_by_pieces(&b, &g);
        arena_reset(&b.each);
    }
    check_classes(pairs, COUNT);
    free(pairs);
    bench_release(&b);
}

/* ---- families of some hundred nodes, and of a hundred thousand ---- */

/* The same form in every order, and the form's own; another one with an edge more. */
static void check_family(struct bench *b, struct drawing *d, bool exact)
{
    struct graph g, first, other, again;
    CHECK_OK(drawing_graph(d, &g, &b->each, NULL, NAMES));
    CHECK_OK(graph_canonical(&first, &b->each, &g, &b->v));
    CU_ASSERT_EQUAL(graph_is_exact(&first), exact);
    for (int k = 0; k < 2; k++) {
        CHECK_OK(drawing_graph(d, &g, &b->each, &b->r, NAMES));
        CHECK_OK(graph_canonical(&other, &b->each, &g, &b->v));
        CU_ASSERT_EQUAL(hash128_compare(graph_hash(&first), graph_hash(&other)), 0);
        if (!exact) continue;
        CU_ASSERT_EQUAL(memcmp(first.out_node, other.out_node, 4 * (size_t)first.edges), 0);
        CU_ASSERT_EQUAL(memcmp(first.ops, other.ops, 2 * (size_t)first.nodes), 0);
    }
    CHECK_OK(graph_canonical(&again, &b->each, &other, &b->v));
    CU_ASSERT_EQUAL(hash128_compare(graph_hash(&first), graph_hash(&again)), 0);
    for (uint32_t i = 0; i < other.nodes; i++) CU_ASSERT_EQUAL_FATAL(other.topological[i], i);
    d->edges[rng_below(&b->r, d->edge_count)].multiplicity = 2;
    CHECK_OK(drawing_graph(d, &g, &b->each, &b->r, NAMES));
    CHECK_OK(graph_canonical(&again, &b->each, &g, &b->v));
    CU_ASSERT_NOT_EQUAL(hash128_compare(graph_hash(&first), graph_hash(&again)), 0);
    drawing_release(d);
    arena_reset(&b->each);
}

static bool next_but(uint32_t n, uint32_t i, uint32_t j)
{
    return (i + n - j) % n > 1;
}

static bool latin(uint32_t n, uint32_t i, uint32_t j)
{
    uint32_t side = 1;
    while (side * side < n) side++;
    uint32_t a = i / side, b = i % side, c = j / side, d = j % side;
    return i != j && (a == c || b == d || (a + b) % side == (c + d) % side);
}

static bool not_itself(uint32_t n, uint32_t i, uint32_t j)
{
    (void)n;
    return i != j;
}

static void test_families(void)
{
    struct bench b;
    struct drawing d = {0};
    uint32_t rings[4] = {40, 20, 20, 7};
    bench_init(&b, 32);
    for (uint32_t size = 3; size < 40; size += 12) {
        draw_modules(&d, 10 * size, 2, 2);
        check_family(&b, &d, true);
        draw_modules(&d, size, 5, 4);
        check_family(&b, &d, true);
        draw_towers(&d, size, 40, true);
        check_family(&b, &d, true);
        draw_grid(&d, 8 + size);
        check_family(&b, &d, true);
        draw_tube(&d, size, 40);
        check_family(&b, &d, true);
        draw_random(&d, &b.r, 20 * size, size);
        check_family(&b, &d, true);
        draw_regular(&d, &b.r, 10 * size, 4, 2);
        check_family(&b, &d, true);
    }
    draw_butterfly(&d, 5);
    check_family(&b, &d, true);
    draw_rings(&d, rings, 4);
    check_family(&b, &d, true);
    draw_cover(&d, 60, next_but);
    check_family(&b, &d, true);
    draw_cover(&d, 40, not_itself);
    check_family(&b, &d, true);
    draw_cover(&d, 49, latin);
    check_family(&b, &d, true);
    draw_cfi(&d, &b.r, 8, false);
    check_family(&b, &d, true);
    bench_release(&b);
}

/* Graphs that refining alone does not tell apart. */
static void test_unlike(void)
{
    static const uint32_t shapes[][3] = {{60, 0, 0}, {30, 30, 0}, {29, 31, 0}, {20, 20, 20}};
    enum { SHAPES = sizeof(shapes) / sizeof(*shapes) };
    struct hash128 seen[SHAPES + 2];
    struct bench b;
    struct drawing d = {0};
    bench_init(&b, 33);
    for (int i = 0; i < SHAPES; i++) {
        uint32_t count = 1;
        while (count < 3 && shapes[i][count]) count++;
        draw_rings(&d, shapes[i], count);
        struct graph form = form_of(&b, &d);
        seen[i] = graph_hash(&form);
    }
    for (int twisted = 0; twisted < 2; twisted++) {
        struct rng base;
        rng_init(&base, 1, RNG_TEST, 34);
        draw_cfi(&d, &base, 10, twisted);
        struct graph form = form_of(&b, &d);
        CU_ASSERT(graph_is_exact(&form));
        seen[SHAPES + twisted] = graph_hash(&form);
    }
    for (int i = 0; i < SHAPES + 2; i++)
        for (int j = 0; j < i; j++) CU_ASSERT_NOT_EQUAL(hash128_compare(seen[i], seen[j]), 0);
    bench_release(&b);
}

/* A search in nauty took 23 s for 8,000 nodes of modules, and nine times that for 16,000. */
static void test_hundred_thousand(void)
{
    struct bench b;
    struct drawing d = {0};
    bench_init(&b, 35);
    draw_modules(&d, 20000, 2, 2);
    check_family(&b, &d, true);
    draw_towers(&d, 2, 50000, true);
    check_family(&b, &d, true);
    draw_grid(&d, 100);
    check_family(&b, &d, true);
    draw_random(&d, &b.r, 20000, 20000);
    check_family(&b, &d, true);
    bench_release(&b);
}

/* Beyond the budget the hash still does not depend on the order, and tells some change. */
static void test_budget(void)
{
    struct bench b;
    struct drawing d = {0};
    struct graph copy, form;
    bench_init(&b, 36);
    draw_butterfly(&d, 10);
    check_family(&b, &d, false);
    draw_butterfly(&d, 10);
    form = form_of(&b, &d);
    CHECK_OK(graph_copy(&copy, &b.arena, &form));
    CU_ASSERT(!graph_is_exact(&copy));
    CU_ASSERT_EQUAL(hash128_compare(graph_hash(&copy), graph_hash(&form)), 0);
    bench_release(&b);
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"small graphs by pieces", test_small}, {"families", test_families},
        {"unlike graphs", test_unlike},         {"a hundred thousand nodes", test_hundred_thousand},
        {"beyond the budget", test_budget},     CU_TEST_INFO_NULL};
    return unit_run("canon_large", tests);
}
