/* The search spaces: counts against brute force that shares no code with them, text, validity,
 * sampling. */
#include "tests/unit/unit.h"

#include "base/hashset.h"
#include "search/spaces/space.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"nasbench201", "nasbench101", "digits201"};
#define NAMES 3

static struct space *make(const char *name)
{
    struct space *s = NULL;
    CHECK_OK(space_new(name, &s));
    return s;
}

static void add(const struct space *s, const uint16_t *g, struct hashset *set, bool *added)
{
    struct hash128 h;
    CHECK_OK(space_hash(s, g, &h));
    CHECK_OK(hashset_add(set, h, 0, added));
}

/* ---- cells with operations on edges ---- */

#define KEY_BYTES 72

/* A cell as a graph of its ordinary operations: 0 is the input, 1 the output, a[][] counts paths
 * made of skips. */
struct brute {
    uint32_t nodes;
    uint8_t op[8], a[8][8];
};

static void brute_make(struct brute *b, char (*op)[16])
{
    static const int tail[6] = {0, 0, 1, 0, 1, 2}, head[6] = {1, 2, 2, 3, 3, 3};
    uint8_t skips[4][4] = {{0}}, enters[8], leaves[8];
    memset(b, 0, sizeof(*b));
    for (int u = 0; u < 4; u++) skips[u][u] = 1;
    for (int v = 1; v < 4; v++) /* edges are in order of their head */
        for (int e = 0; e < 6; e++)
            if (head[e] == v && !strcmp(op[e], "skip_connect"))
                for (int u = 0; u < 4; u++) skips[u][v] += skips[u][tail[e]];
    b->nodes = 2;
    leaves[0] = 0, enters[1] = 3, b->op[1] = 1;
    for (int e = 0; e < 6; e++) {
        if (!strcmp(op[e], "none") || !strcmp(op[e], "skip_connect")) continue;
        enters[b->nodes] = (uint8_t)tail[e], leaves[b->nodes] = (uint8_t)head[e];
        b->op[b->nodes++] = !strcmp(op[e], "nor_conv_1x1")   ? 2
                            : !strcmp(op[e], "nor_conv_3x3") ? 3
                                                             : 4;
    }
    for (uint32_t i = 0; i < b->nodes; i++)
        for (uint32_t j = 1; j < b->nodes; j++)
            if (i != 1) b->a[i][j] = skips[leaves[i]][enters[j]];
}

/* Takes nodes out until each has something before and behind it. */
static void brute_prune(struct brute *b)
{
    for (uint32_t k = 2; k < b->nodes; k++) {
        bool before = false, behind = false;
        for (uint32_t i = 0; i < b->nodes; i++) before |= b->a[i][k], behind |= b->a[k][i];
        if (before && behind) continue;
        uint32_t last = --b->nodes;
        b->op[k] = b->op[last];
        for (uint32_t i = 0; i <= last; i++) b->a[i][k] = b->a[i][last], b->a[i][last] = 0;
        for (uint32_t i = 0; i <= last; i++) b->a[k][i] = b->a[last][i], b->a[last][i] = 0;
        k = 1; /* from the start */
    }
}

/* The smallest bytes over all orders of the nodes from `place` on. */
static void brute_smallest(const struct brute *b, uint32_t *order, uint32_t place, uint8_t *best)
{
    if (place < b->nodes) {
        for (uint32_t k = place; k < b->nodes; k++) {
            uint32_t swap = order[place];
            order[place] = order[k], order[k] = swap;
            if (place == 2 || b->op[order[place - 1]] <= b->op[order[place]])
                brute_smallest(b, order, place + 1, best);
            swap = order[place], order[place] = order[k], order[k] = swap;
        }
        return;
    }
    uint8_t key[KEY_BYTES] = {0};
    for (uint32_t i = 0; i < b->nodes; i++) {
        key[i] = b->op[order[i]];
        for (uint32_t j = 0; j < b->nodes; j++) key[8 + i * 8 + j] = b->a[order[i]][order[j]];
    }
    if (memcmp(key, best, KEY_BYTES) < 0) memcpy(best, key, KEY_BYTES);
}

static void brute_key(const char *text, uint8_t *key)
{
    char op[6][16];
    uint32_t order[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct brute b;
    int got = sscanf(text, "|%15[^~]~0|+|%15[^~]~0|%15[^~]~1|+|%15[^~]~0|%15[^~]~1|%15[^~]~2|",
                     op[0], op[1], op[2], op[3], op[4], op[5]);
    CU_ASSERT_EQUAL_FATAL(got, 6);
    brute_make(&b, op);
    brute_prune(&b);
    memset(key, 255, KEY_BYTES);
    brute_smallest(&b, order, 2, key);
}

/* Our hashes and the brute keys must part the strings in the same classes: `distinct` of them (0:
 * as it comes). */
static void check_cells(const char *name, uint64_t strings, size_t distinct)
{
    struct space *s = make(name);
    struct hashset keys = {0}, hashes = {0}, both = {0};
    struct {
        uint8_t key[KEY_BYTES];
        struct hash128 hash;
    } pair;
    CU_ASSERT_EQUAL_FATAL(s->strings, strings);
    for (uint64_t i = 0; i < s->strings; i++) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        char text[128];
        s->at(s, i, g);
        CU_ASSERT(s->valid(s, g));
        s->text(s, g, text);
        brute_key(text, pair.key);
        CHECK_OK(space_hash(s, g, &pair.hash));
        CHECK_OK(hashset_add(&keys, digest_xxh128(pair.key, KEY_BYTES), 0, NULL));
        CHECK_OK(hashset_add(&hashes, pair.hash, 0, NULL));
        CHECK_OK(hashset_add(&both, digest_xxh128(&pair, sizeof(pair)), 0, NULL));
    }
    printf("%s: %zu networks, by brute force %zu ... ", name, hashes.count, keys.count);
    CU_ASSERT_EQUAL(hashes.count, keys.count);
    CU_ASSERT_EQUAL(both.count, keys.count);
    if (distinct) CU_ASSERT_EQUAL(hashes.count, distinct);
    hashset_release(&keys);
    hashset_release(&hashes);
    hashset_release(&both);
    space_free(s);
}

static void test_nasbench201_count(void)
{
    check_cells("nasbench201", 15625, 5425);
}

static void test_digits201_count(void)
{
    check_cells("digits201", 729, 0);
}

/* ---- NAS-Bench-101 ---- */

#define BRUTE_NODES 6

struct matrix {
    int n, edge[BRUTE_NODES][BRUTE_NODES], op[BRUTE_NODES];
};

/* Every node reached from the first and reaching the last, by the closure of the relation; at most
 * 9 edges. */
static bool matrix_valid(const struct matrix *m)
{
    int path[BRUTE_NODES][BRUTE_NODES], edges = 0;
    memcpy(path, m->edge, sizeof(path));
    for (int i = 0; i < m->n; i++) {
        path[i][i] = 1;
        for (int j = 0; j < m->n; j++) edges += m->edge[i][j];
    }
    for (int k = 0; k < m->n; k++)
        for (int i = 0; i < m->n; i++)
            for (int j = 0; j < m->n; j++) path[i][j] |= path[i][k] && path[k][j];
    for (int k = 0; k < m->n; k++)
        if (!path[0][k] || !path[k][m->n - 1]) return false;
    return edges <= 9;
}

/* A number for the cell under one order of its nodes: 2 bits per inner operation, then the whole
 * matrix. */
static uint64_t matrix_code(const struct matrix *m, const int *order)
{
    uint64_t code = 1;
    for (int i = 1; i + 1 < m->n; i++) code = code << 2 | (uint64_t)m->op[order[i]];
    for (int i = 0; i < m->n; i++)
        for (int j = 0; j < m->n; j++) code = code << 1 | (uint64_t)m->edge[order[i]][order[j]];
    return code;
}

static uint64_t matrix_smallest(const struct matrix *m, int *order, int place)
{
    if (place >= m->n - 1) return matrix_code(m, order);
    uint64_t best = UINT64_MAX;
    for (int k = place; k < m->n - 1; k++) {
        int swap = order[place];
        order[place] = order[k], order[k] = swap;
        uint64_t code = matrix_smallest(m, order, place + 1);
        if (code < best) best = code;
        swap = order[place], order[place] = order[k], order[k] = swap;
    }
    return best;
}

/* The classes of all labelled cells of n nodes. */
static void brute_nasbench101(int n, struct hashset *set)
{
    int pairs = n * (n - 1) / 2, points = 1;
    for (int k = 2; k < n; k++) points *= 3;
    for (int bits = 0; bits < 1 << pairs; bits++) {
        struct matrix m = {.n = n};
        for (int i = 0, b = 0; i < n; i++)
            for (int j = i + 1; j < n; j++, b++) m.edge[i][j] = bits >> b & 1;
        if (!matrix_valid(&m)) continue;
        for (int point = 0; point < points; point++) {
            int order[BRUTE_NODES] = {0, 1, 2, 3, 4, 5};
            for (int k = 1, rest = point; k + 1 < n; k++, rest /= 3) m.op[k] = rest % 3;
            uint64_t code = matrix_smallest(&m, order, 1);
            CHECK_OK(hashset_add(set, digest_xxh128(&code, sizeof(code)), 0, NULL));
        }
    }
}

static void test_nasbench101_counts(void)
{
    struct space *s = make("nasbench101");
    struct hashset ours[BRUTE_NODES + 1] = {{0}};
    for (uint64_t i = 0; i < s->strings; i++) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        s->at(s, i, g);
        if (!s->valid(s, g)) CU_FAIL("an invalid point");
        if (g[0] <= BRUTE_NODES) add(s, g, &ours[g[0]], NULL);
    }
    for (int n = 2; n <= BRUTE_NODES; n++) {
        struct hashset set = {0};
        brute_nasbench101(n, &set);
        printf("%d nodes: %zu ... ", n, set.count);
        CU_ASSERT_EQUAL(ours[n].count, set.count);
        hashset_release(&set);
        hashset_release(&ours[n]);
    }
    space_free(s);
}

static void test_nasbench101_isomorphic(void)
{
    static const char *const same[] = {"4:110011:c3,mp", "4:110011:mp,c3"};
    static const char *const other[] = {"4:110011:c3,c3", "4:111011:c3,mp", "4:100101:c3,mp",
                                        "4:100101:mp,c3"};
    struct space *s = make("nasbench101");
    struct hashset set = {0};
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    for (int i = 0; i < 2; i++) {
        CHECK_OK(s->parse(s, same[i], g));
        add(s, g, &set, NULL);
    }
    CU_ASSERT_EQUAL(set.count, 1);
    for (int i = 0; i < 4; i++) {
        CHECK_OK(s->parse(s, other[i], g));
        add(s, g, &set, NULL);
    }
    CU_ASSERT_EQUAL(set.count, 5);
    hashset_release(&set);
    space_free(s);
}

/* ---- all spaces ---- */

static void test_names(void)
{
    struct space *s = NULL;
    CU_ASSERT_EQUAL(space_new("nasbench301", &s), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NULL(s);
    for (size_t i = 0; i < NAMES; i++) CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), names[i]));
    space_free(NULL);
}

static void test_round_trip(void)
{
    for (int k = 0; k < NAMES; k++) {
        struct space *s = make(names[k]);
        struct rng r;
        char *text = malloc(s->text_bytes), *again = malloc(s->text_bytes);
        rng_init(&r, 3, RNG_TEST, (uint64_t)k);
        for (int i = 0; i < 4000; i++) {
            uint16_t g[SPACE_GENES_BUILT_IN] = {0}, back[SPACE_GENES_BUILT_IN] = {0};
            if (i % 2)
                s->sample(s, &r, g);
            else
                s->at(s, rng_below(&r, s->strings), g);
            s->text(s, g, text);
            CU_ASSERT_FATAL(strlen(text) < s->text_bytes);
            CHECK_OK(s->parse(s, text, back));
            CU_ASSERT(!memcmp(g, back, sizeof(g)));
            s->text(s, back, again);
            CU_ASSERT_STRING_EQUAL(text, again);
        }
        free(text);
        free(again);
        space_free(s);
    }
}

static void test_graph(void)
{
    struct space *s = make("nasbench101"), *t = make("digits201");
    struct arena arena;
    struct graph g;
    uint16_t p[SPACE_GENES_BUILT_IN] = {0};
    arena_init(&arena);
    CHECK_OK(s->parse(s, "4:110011:c3,mp", p));
    CHECK_OK(s->graph(s, p, &g, &arena));
    CU_ASSERT_EQUAL_FATAL(g.nodes, 4);
    CU_ASSERT_EQUAL_FATAL(g.edges, 4);
    static const char *const ops[] = {"input", "conv3x3-bn-relu", "maxpool3x3", "output"};
    for (int i = 0; i < 4; i++) CU_ASSERT_STRING_EQUAL(s->vocabulary.names[g.ops[i]], ops[i]);
    CU_ASSERT(g.out_start[1] == 2 && g.out_node[0] == 1 && g.out_node[1] == 2);
    CU_ASSERT(g.in_start[4] - g.in_start[3] == 2);
    CHECK_OK(t->parse(t,
                      "|avg_pool_3x3~0|+|skip_connect~0|nor_conv_3x3~1|+|nor_conv_3x3~0|skip_"
                      "connect~1|avg_pool_3x3~2|",
                      p));
    CHECK_OK(t->graph(t, p, &g, &arena));
    CU_ASSERT_EQUAL_FATAL(g.nodes, 8); /* raw: skips are kept */
    static const char *const cell[] = {"input",        "avg_pool_3x3", "skip_connect",
                                       "nor_conv_3x3", "nor_conv_3x3", "skip_connect",
                                       "avg_pool_3x3", "output"};
    for (int i = 0; i < 8; i++) CU_ASSERT_STRING_EQUAL(t->vocabulary.names[g.ops[i]], cell[i]);
    arena_release(&arena);
    space_free(s);
    space_free(t);
}

static void refused(const struct space *s, const char *text)
{
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    enum status st = s->parse(s, text, g);
    CU_ASSERT_EQUAL(st, SIBYL_E_FORMAT);
    if (!st || !strstr(err_message(), s->name)) {
        printf("\n  %s: \"%s\": %s\n", s->name, text, st ? err_message() : "taken");
        CU_FAIL("wrong message");
    }
}

static void test_parse_refuses(void)
{
    static const char *const bad101[] = {"",
                                         "2",
                                         "2:",
                                         "2:1",
                                         "2:1:c1",
                                         "2:0:",
                                         "2:1:,",
                                         "2:1: ",
                                         "1::",
                                         "8:1:",
                                         "0::",
                                         "-:",
                                         "3:101:",
                                         "3:101:c1,c3",
                                         "3:101:c2",
                                         "3:101:c",
                                         "3:10:c1",
                                         "3:1011:c1",
                                         "3:1x1:c1",
                                         "3:011:c1",
                                         "3:110:c1",
                                         "4:101011:c3,mp",
                                         "4:110011:c3;mp",
                                         "4:110011:c3,",
                                         "5:1111111111:c1,c1,c1",
                                         "|nor_conv_3x3~0|"};
    static const char *const bad201[] = {"",
                                         "|",
                                         "|none~0|",
                                         "|none~0|+|none~0|none~1|",
                                         "2:1:",
                                         "|none~0|+|none~0|none~1|+|none~0|none~1|none~3|",
                                         "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|+",
                                         "|none~0|+|none~0|none~1|+|none~0|none~1|lstm~2|",
                                         "none~0|+|none~0|none~1|+|none~0|none~1|none~2|"};
    struct space *a = make("nasbench101"), *b = make("nasbench201"), *c = make("digits201");
    uint16_t g[SPACE_GENES_BUILT_IN] = {0};
    for (size_t i = 0; i < sizeof(bad101) / sizeof(bad101[0]); i++) refused(a, bad101[i]);
    for (size_t i = 0; i < sizeof(bad201) / sizeof(bad201[0]); i++) {
        refused(b, bad201[i]);
        refused(c, bad201[i]);
    }
    static const char none[] = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    CHECK_OK(b->parse(b, none, g));
    refused(c, none);
    refused(a, none);
    refused(c, "|skip_connect~0|+|skip_connect~0|nor_conv_1x1~1|+|skip_connect~0|skip_connect~1|"
               "avg_pool_3x3~2|");
    space_free(a);
    space_free(b);
    space_free(c);
}

static void test_garbage(void)
{
    for (int k = 0; k < NAMES; k++) {
        struct space *s = make(names[k]);
        struct rng r;
        struct arena arena;
        char text[256];
        arena_init(&arena);
        rng_init(&r, 5, RNG_TEST, (uint64_t)k);
        for (int i = 0; i < 2000; i++) {
            uint16_t g[SPACE_GENES_BUILT_IN] = {0};
            struct graph graph;
            s->sample(s, &r, g);
            CU_ASSERT(s->valid(s, g));
            g[rng_below(&r, s->genes)] = (uint16_t)(8 + rng_below(&r, 248));
            CU_ASSERT(!s->valid(s, g));
            CU_ASSERT_EQUAL(s->graph(s, g, &graph, &arena), SIBYL_E_FORMAT);
            s->text(s, g, text);
            refused(s, text);
        }
        arena_release(&arena);
        space_free(s);
    }
}

static void test_sample(void)
{
    for (int k = 0; k < NAMES; k++) {
        struct space *s = make(names[k]);
        struct hashset set = {0};
        struct rng r;
        uint32_t seen[6][8] = {{0}}, nodes[8] = {0};
        int draws = 6000;
        rng_init(&r, 9, RNG_TEST, (uint64_t)k);
        for (int i = 0; i < draws; i++) {
            uint16_t g[SPACE_GENES_BUILT_IN] = {0};
            s->sample(s, &r, g);
            CU_ASSERT_FATAL(s->valid(s, g));
            CHECK_OK(hashset_add(&set, digest_xxh128(g, sizeof(g)), 0, NULL));
            for (int e = 0; e < 6; e++) seen[e][g[e] & 7]++;
            nodes[g[0] & 7]++;
        }
        uint32_t operations = k == 0 ? 5 : 3;
        for (uint32_t e = 0; k != 1 && e < 6;
             e++) /* 6 deviations of a uniform draw are below 240 */
            for (uint32_t o = 0; o < operations; o++)
                CU_ASSERT(labs((long)seen[e][o] - draws / (long)operations) < 240);
        if (k == 0)
            CU_ASSERT(set.count > 4600 && set.count < 5500); /* 4,982 of 15,625 are expected */
        /* 359,082 of the 423,624 networks have 7 nodes, 62,010 have 6 */
        if (k == 1)
            CU_ASSERT(set.count > 5800 && nodes[7] > 4800 && nodes[6] > 700 && nodes[5] > 10);
        if (k == 2) CU_ASSERT(set.count > 720);
        hashset_release(&set);
        space_free(s);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {{"names", test_names},
                           {"text round trip", test_round_trip},
                           {"graphs", test_graph},
                           {"parse refuses", test_parse_refuses},
                           {"garbage genomes", test_garbage},
                           {"samples", test_sample},
                           {"nasbench201 count", test_nasbench201_count},
                           {"digits201 count", test_digits201_count},
                           {"nasbench101 isomorphism", test_nasbench101_isomorphic},
                           {"nasbench101 counts", test_nasbench101_counts},
                           CU_TEST_INFO_NULL};
    return unit_run("space", tests);
}
