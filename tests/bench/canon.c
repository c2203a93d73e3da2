/* Times the canonical form: large graphs of several families (the time, whether the form is exact,
 * and whether the nodes in another order get the same hash), and the cells of two search spaces (ns
 * a cell, and one digest over all hashes, to compare builds by). Exit status 1 if a hash differs.
 *
 *     build/release/bin/bench_canon [NODES]      (100000) */
#include "tests/graph_families.h"

#include "base/clock.h"
#include "proto/graph/canon.h"
#include "search/spaces/space.h"

#include <stdio.h>
#include <time.h>

#define CELLS 100000 /* of a space; the whole of a smaller one */
#define ROUNDS 5     /* over the cells of a space; the fastest counts */

static const char *const names[] = {"input", "output", "a", "b", "c", "d"};
enum { NAMES = sizeof(names) / sizeof(*names) };

static bool paley(uint32_t n, uint32_t i, uint32_t j)
{
    uint64_t base = (n + i - j) % n, power = 1;
    for (uint32_t k = (n - 1) / 2; k; k >>= 1, base = base * base % n)
        if (k & 1) power = power * base % n;
    return i != j && power == 1;
}

/* A row, a column or a number of the Latin square of a cyclic group in common. */
static bool latin(uint32_t n, uint32_t i, uint32_t j)
{
    uint32_t side = 1;
    while (side * side < n) side++;
    uint32_t a = i / side, b = i % side, c = j / side, d = j % side;
    return i != j && (a == c || b == d || (a + b) % side == (c + d) % side);
}

static uint32_t root(uint32_t n, uint32_t power)
{
    uint32_t side = 1;
    for (;; side++) {
        uint64_t product = 1;
        for (uint32_t k = 0; k < power; k++) product *= side + 1;
        if (product > n) return side;
    }
}

static void modules_2(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_modules(d, n / 5, 2, 2);
}

static void modules_10(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_modules(d, n / 101, 10, 10);
}

static void towers_unlike(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_towers(d, 2, n / 2, true);
}

static void towers_equal(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_towers(d, 2, n / 2, false);
}

static void towers_many(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_towers(d, root(n, 2), root(n, 2), true);
}

static void random_far(struct drawing *d, struct rng *r, uint32_t n)
{
    draw_random(d, r, n, n);
}

static void random_near(struct drawing *d, struct rng *r, uint32_t n)
{
    draw_random(d, r, n, 10);
}

static void grid(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_grid(d, root(n, 2));
}

static void tube_10(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_tube(d, 10, n / 10);
}

static void tube_square(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    draw_tube(d, root(n, 2), root(n, 2));
}

static void butterfly(struct drawing *d, struct rng *r, uint32_t n)
{
    uint32_t bits = 1;
    (void)r;
    while ((bits + 2) * (2u << bits) <= n) bits++;
    draw_butterfly(d, bits);
}

static void rings(struct drawing *d, struct rng *r, uint32_t n)
{
    const uint32_t sizes[3] = {n / 4, n / 8, n / 8};
    (void)r;
    draw_rings(d, sizes, 3);
}

static void regular_deep(struct drawing *d, struct rng *r, uint32_t n)
{
    draw_regular(d, r, n / 100, 100, 2);
}

static void regular_wide(struct drawing *d, struct rng *r, uint32_t n)
{
    draw_regular(d, r, n / 2, 2, 3);
}

static void paley_997(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    (void)n;
    draw_cover(d, 997, paley);
}

static void latin_20(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)r;
    (void)n;
    draw_cover(d, 400, latin);
}

static void cfi_20(struct drawing *d, struct rng *r, uint32_t n)
{
    (void)n;
    draw_cfi(d, r, 20, false);
}

static void cfi_large(struct drawing *d, struct rng *r, uint32_t n)
{
    draw_cfi(d, r, n / 13 / 2 * 2, false);
}

struct family {
    const char *name;
    void (*draw)(struct drawing *d, struct rng *r, uint32_t n);
};

static const struct family families[] = {{"modules of 2 branches of 2", modules_2},
                                         {"modules of 10 branches of 10", modules_10},
                                         {"2 towers, unlike ends", towers_unlike},
                                         {"2 equal towers", towers_equal},
                                         {"many towers, one unlike", towers_many},
                                         {"random, any before", random_far},
                                         {"random, of 10 before", random_near},
                                         {"grid", grid},
                                         {"tube of 10", tube_10},
                                         {"square tube", tube_square},
                                         {"butterfly", butterfly},
                                         {"3 rings", rings},
                                         {"regular, 100 layers", regular_deep},
                                         {"regular, 2 layers", regular_wide},
                                         {"Paley graph of 997, twice", paley_997},
                                         {"Latin square of 20, twice", latin_20},
                                         {"Cai, Fuerer, Immerman, 20", cfi_20},
                                         {"Cai, Fuerer, Immerman, large", cfi_large}};
enum { FAMILIES = sizeof(families) / sizeof(*families) };

/* A vocabulary without roles would keep what no path uses: this one has them. */
static enum status time_family(const struct vocabulary *v, int family, uint32_t n, bool *same)
{
    struct drawing d = {0};
    struct arena arena;
    struct rng r;
    struct graph g, other, made, remade;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, (uint64_t)family);
    families[family].draw(&d, &r, n);
    enum status st = drawing_graph(&d, &g, &arena, NULL, NAMES);
    if (!st) st = drawing_graph(&d, &other, &arena, &r, NAMES);
    double start = clock_s(), first = start;
    if (!st) st = graph_canonical(&made, &arena, &g, v);
    first = clock_s() - start;
    start = clock_s();
    if (!st) st = graph_canonical(&remade, &arena, &other, v);
    if (!st) {
        bool equal = hash128_compare(graph_hash(&made), graph_hash(&remade)) == 0;
        char text[HASH128_TEXT_BYTES];
        hash128_text(graph_hash(&made), text);
        printf("%-30s %8u %8u %8.3f %8.3f  %-7s %-8s %.8s\n", families[family].name, made.nodes,
               made.edges, first, clock_s() - start, graph_is_exact(&made) ? "exact" : "sketch",
               equal ? "same" : "DIFFERS", text);
        fflush(stdout);
        *same = *same && equal;
    }
    drawing_release(&d);
    arena_release(&arena);
    return st;
}

/* The whole of a small space, random cells of a large one. */
static enum status time_space(const char *name)
{
    struct space *s = NULL;
    struct arena arena;
    enum status st = space_new(name, &s);
    if (st) return st;
    struct rng r;
    uint32_t count = s->strings < CELLS ? (uint32_t)s->strings : CELLS;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, 99);
    struct graph *graphs = arena_alloc(&arena, count * sizeof(*graphs));
    struct hash128 *hashes = arena_alloc(&arena, count * sizeof(*hashes));
    if (!graphs || !hashes) st = SIBYL_E_MEM;
    for (uint32_t i = 0; !st && i < count; i++) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        if (count == s->strings)
            s->at(s, i, g);
        else
            s->sample(s, &r, g);
        st = s->graph(s, g, &graphs[i], &arena);
    }
    double best = 1e9;
    for (int round = 0; !st && round < ROUNDS; round++) {
        clock_t start = clock(); /* of this process: other ones may be busy */
        for (uint32_t i = 0; !st && i < count; i++)
            st = graph_canonical_hash(&hashes[i], &graphs[i], &s->vocabulary);
        double took = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (took < best) best = took;
    }
    if (!st) {
        char text[HASH128_TEXT_BYTES];
        hash128_text(digest_xxh128(hashes, count * sizeof(*hashes)), text);
        printf("%-30s %8u cells %8.1f ns each, all hashes %s\n", name, count, best / count * 1e9,
               text);
    }
    arena_release(&arena);
    space_free(s);
    return st;
}

int main(int argc, char **argv)
{
    uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100000;
    bool same = true;
    struct arena arena;
    struct vocabulary v;
    arena_init(&arena);
    enum status st = vocabulary_init(&v, &arena, names, NAMES);
    if (!st) st = time_space("nasbench201");
    if (!st) st = time_space("nasbench101");
    if (!st) printf("%-30s %8s %8s %8s %8s\n", "family", "nodes", "edges", "s", "s, other order");
    for (int f = 0; !st && f < FAMILIES; f++) st = time_family(&v, f, n, &same);
    if (st) fprintf(stderr, "canon: %s\n", err_message());
    arena_release(&arena);
    return !st && same ? 0 : 1;
}
