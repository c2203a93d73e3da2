/* Mutation and crossover: valid, never idle, able to go everywhere, the same for the same stream.
 */
#include "tests/unit/unit.h"

#include "base/hashset.h"
#include "proto/graph/canon.h"
#include "search/spaces/variation.h"

#include <string.h>

static const char *const names[] = {"nasbench201", "nasbench101", "digits201"};
#define NAMES 3

static struct space *make(const char *name)
{
    struct space *s = NULL;
    CHECK_OK(space_new(name, &s));
    return s;
}

/* A child of one parent by mutation, of two by crossover; its hash and graph are its network's. */
static void breed(const struct space *s, struct rng *r, const uint16_t *a, const uint16_t *b,
                  uint16_t *out)
{
    struct arena arena;
    struct candidate parents[2], child;
    struct hash128 h;
    arena_init(&arena);
    CHECK_OK(candidate_make(&parents[0], &arena, s, a));
    CHECK_OK(candidate_make(&parents[1], &arena, s, b ? b : a));
    if (b)
        CHECK_OK(variation_cross(s, r, (const struct candidate *const[2]){&parents[0], &parents[1]},
                                 &child, &arena));
    else
        CHECK_OK(variation_mutate(s, r, &parents[0], &child, &arena));
    CHECK_OK(space_hash(s, child.genes, &h));
    CU_ASSERT_EQUAL(hash128_compare(child.hash, h), 0);
    CU_ASSERT_EQUAL(hash128_compare(graph_hash(&child.graph), h), 0);
    memcpy(out, child.genes, s->genes * sizeof(*out));
    arena_release(&arena);
}

static void check_mutation(const struct space *s, struct rng *r, const uint16_t *parent,
                           uint16_t *child)
{
    struct hash128 a, b;
    breed(s, r, parent, NULL, child);
    CU_ASSERT(s->valid(s, child));
    CHECK_OK(space_hash(s, parent, &a));
    CHECK_OK(space_hash(s, child, &b));
    CU_ASSERT(hash128_compare(a, b) != 0);
}

/* In all these spaces every network has a neighbour that is another network. */
static void test_never_idle(void)
{
    for (int k = 0; k < NAMES; k++) {
        struct space *s = make(names[k]);
        uint16_t parent[SPACE_GENES_BUILT_IN] = {0}, child[SPACE_GENES_BUILT_IN] = {0};
        struct rng r;
        rng_init(&r, 1, RNG_TEST, (uint64_t)k);
        uint64_t step = s->strings > 100000 ? 301 : s->strings > 10000 ? 7 : 1;
        for (uint64_t i = 0; i < s->strings; i += step) {
            s->at(s, i, parent);
            check_mutation(s, &r, parent, child);
        }
        space_free(s);
    }
}

/* Of the 24 edits of an empty cell only the 4 of the edge input -> output change the network. */
static void test_all_none(void)
{
    struct space *s = make("nasbench201");
    uint16_t parent[SPACE_GENES_BUILT_IN] = {0}, child[SPACE_GENES_BUILT_IN] = {0};
    struct rng r;
    int seen[5] = {0};
    rng_init(&r, 2, RNG_TEST, 0);
    CHECK_OK(s->parse(s, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", parent));
    for (int i = 0; i < 400; i++) {
        check_mutation(s, &r, parent, child);
        CU_ASSERT_FATAL(child[3] < 5);
        seen[child[3]]++;
    }
    CU_ASSERT_EQUAL(seen[0], 0);
    for (int o = 1; o < 5; o++) CU_ASSERT(seen[o] > 50); /* 100 are expected */
    space_free(s);
}

/* A mutation of a cell changes one edge, and each edge and operation comes up. */
static void test_one_edit(void)
{
    struct space *s = make("nasbench201");
    uint16_t parent[SPACE_GENES_BUILT_IN] = {0}, child[SPACE_GENES_BUILT_IN] = {0};
    struct rng r;
    struct hashset set = {0};
    rng_init(&r, 3, RNG_TEST, 0);
    CHECK_OK(s->parse(s,
                      "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_"
                      "3x3~1|nor_conv_1x1~2|",
                      parent));
    for (int i = 0; i < 1000; i++) {
        int changed = 0;
        check_mutation(s, &r, parent, child);
        for (int e = 0; e < (int)s->genes; e++) changed += parent[e] != child[e];
        CU_ASSERT_EQUAL(changed, 1);
        CHECK_OK(hashset_add(&set, digest_xxh128(child, sizeof(child)), 0, NULL));
    }
    CU_ASSERT_EQUAL(set.count, 24);
    hashset_release(&set);
    space_free(s);
}

/* A walk by mutations gets to every size of cell, and to many networks. */
static void test_walk(void)
{
    struct space *s = make("nasbench101");
    uint16_t g[SPACE_GENES_BUILT_IN] = {0}, next[SPACE_GENES_BUILT_IN] = {0};
    struct rng r;
    struct hashset set = {0};
    struct hash128 h;
    uint32_t nodes[8] = {0};
    rng_init(&r, 4, RNG_TEST, 0);
    CHECK_OK(s->parse(s, "2:1:", g));
    for (int i = 0; i < 5000; i++) {
        check_mutation(s, &r, g, next);
        memcpy(g, next, sizeof(g));
        nodes[g[0] & 7]++;
        CHECK_OK(space_hash(s, g, &h));
        CHECK_OK(hashset_add(&set, h, 0, NULL));
    }
    for (int n = 2; n <= 7; n++) CU_ASSERT(nodes[n] > 10);
    CU_ASSERT(set.count > 1000);
    hashset_release(&set);
    space_free(s);
}

static void test_repeatable(void)
{
    for (int k = 0; k < NAMES; k++) {
        struct space *s = make(names[k]);
        uint16_t out[2][3][SPACE_GENES_BUILT_IN];
        for (int t = 0; t < 2; t++) {
            struct rng r;
            memset(out[t], 170, sizeof(out[t])); /* all bytes must be written */
            rng_init(&r, 5, RNG_TEST, (uint64_t)k);
            s->sample(s, &r, out[t][0]);
            breed(s, &r, out[t][0], NULL, out[t][1]);
            breed(s, &r, out[t][0], out[t][1], out[t][2]);
        }
        CU_ASSERT(!memcmp(out[0], out[1], sizeof(out[0])));
        space_free(s);
    }
}

/* Children are valid, and each gene is one of the parents'. */
static void test_cross(void)
{
    for (int k = 0; k < NAMES; k++) {
        struct space *s = make(names[k]);
        uint16_t a[SPACE_GENES_BUILT_IN] = {0}, b[SPACE_GENES_BUILT_IN] = {0},
                 child[SPACE_GENES_BUILT_IN] = {0};
        struct rng r;
        int as_a = 0, as_b = 0, differing = 0;
        rng_init(&r, 6, RNG_TEST, (uint64_t)k);
        for (int i = 0; i < 3000; i++) {
            s->sample(s, &r, a);
            s->sample(s, &r, b);
            breed(s, &r, a, b, child);
            CU_ASSERT_FATAL(s->valid(s, child));
            for (int e = 0; e < (int)s->genes; e++) {
                CU_ASSERT(child[e] == a[e] || child[e] == b[e]);
                if (a[e] == b[e]) continue;
                differing++;
                as_a += child[e] == a[e];
                as_b += child[e] == b[e];
            }
        }
        CU_ASSERT(as_a > differing * 0.45 && as_b > differing * 0.45);
        space_free(s);
    }
}

/* A space without crossover: a mutation of the first parent. */
static void test_no_cross(void)
{
    struct space *s = make("digits201");
    uint16_t a[SPACE_GENES_BUILT_IN] = {0}, b[SPACE_GENES_BUILT_IN] = {0},
             child[SPACE_GENES_BUILT_IN] = {0}, mutant[SPACE_GENES_BUILT_IN] = {0};
    struct rng r, same;
    s->cross = NULL;
    rng_init(&r, 7, RNG_TEST, 0);
    s->sample(s, &r, a);
    s->sample(s, &r, b);
    same = r;
    breed(s, &r, a, b, child);
    breed(s, &same, a, NULL, mutant);
    CU_ASSERT(!memcmp(child, mutant, sizeof(child)));
    CU_ASSERT(memcmp(child, a, sizeof(child)) != 0);
    space_free(s);
}

int main(void)
{
    CU_TestInfo tests[] = {{"never idle", test_never_idle}, {"all none", test_all_none},
                           {"one edit", test_one_edit},     {"walk", test_walk},
                           {"repeatable", test_repeatable}, {"crossover", test_cross},
                           {"no crossover", test_no_cross}, CU_TEST_INFO_NULL};
    return unit_run("variation", tests);
}
