/* Spaces from a file: counts, texts, hashes, variation and faults. */
#include "tests/unit/space_case.h"

#include "base/hashset.h"
#include "search/spaces/architecture.h"
#include "search/spaces/space_networks.h"
#include "search/spaces/variation.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char my201[] = "text: nasbench201\nzero: none\nidentity: skip_connect\nparts:\n"
                            "  - {cell: edges, nodes: 4, operations: [none, skip_connect, "
                            "nor_conv_1x1, nor_conv_3x3, avg_pool_3x3]}\n";
static const char my101[] = "parts:\n  - cell: nodes\n    nodes: {max: 7}\n    edges: {max: 9}\n"
                            "    operations: [conv3x3-bn-relu, conv1x1-bn-relu, maxpool3x3]\n";
#define DARTS_OPERATIONS                                                                           \
    "[max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, sep_conv_5x5, dil_conv_3x3, "        \
    "dil_conv_5x5]"
static const char darts[] =
    "name: darts\ntext: genotype\nidentity: skip_connect\nparts:\n"
    "  - {name: normal, cell: inputs, from: 2, nodes: 4, inputs: 2, operations: "
    "&o " DARTS_OPERATIONS
    "}\n  - {name: reduce, cell: inputs, from: 2, nodes: 4, inputs: 2, operations: *o}\n";
static const char stages[] = "parts:\n  - choices: {resolution: [160, 192, 224]}\n"
                             "  - chain: {stages: 5, depth: [2, 3, 4]}\n"
                             "    fixed: {width: [24, 40, 80, 112, 160]}\n"
                             "    block: {kernel: [3, 5, 7], expansion: [3, 4, 6]}\n";
static const char conditions[] =
    "separator: \"\"\nidentity: none\nparts:\n"
    "  - chain: 2\n    block:\n      operation: [attention, conv, none]\n"
    "      heads: {values: [2, 4], when: {operation: attention}}\n"
    "      act: {values: [relu, gelu], when: {heads: 4}}\n";

static struct space *make(const char *text)
{
    struct space *s = NULL;
    CHECK_OK(space_from_text("test.yaml", text, strlen(text), &s));
    return s;
}

static void check_counts(const char *text, const char *points, const char *networks)
{
    struct space *s = make(text);
    struct big_count count;
    char shown[BIG_COUNT_TEXT_BYTES];
    bool known;
    CU_ASSERT_STRING_EQUAL(s->points, points);
    CHECK_OK(space_networks(s, &known, &count));
    CU_ASSERT_EQUAL(known, networks != NULL);
    if (known) big_count_text(&count, shown);
    if (known && networks) CU_ASSERT_STRING_EQUAL(shown, networks);
    space_free(s);
}

static void test_counts(void)
{
    check_counts(my201, "15625", "5425");
    check_counts(darts, "1076746950455072400", NULL);
    check_counts(stages, "65275966477717457553", "65275966477717457553");
    /* A block: none, conv, attention with 2, with 4 and relu or gelu: 5 points. */
    check_counts(conditions, "25", "21");
    check_counts("identity: i\nparts: [{chain: 3, block: {operation: [i, a]}}]", "8", "4");
    check_counts("zero: z\nparts: [{chain: 2, block: {operation: [z, a, b]}}]", "9", "5");
    check_counts("parts: [{chain: 2, block: {operation: [i, a]}}]", "4", "4");
    check_counts("parts: [{choices: {a: [1, 2], b: [x, y, z]}}]", "6", "6");
    check_counts("parts: [{chain: {stages: 2, depth: [1, 2]}, block: {k: [3, 5]}}]", "36", "28");
    check_counts("parts: [{chain: 200, block: {k: [3, 5]}}]",
                 "1606938044258990275541962092341162602522202993782792835301376",
                 "1606938044258990275541962092341162602522202993782792835301376");
}

/* Point by point the same texts, hashes, streams and children as the built-in space. */
static void test_my201(void)
{
    struct space *s = make(my201), *b = NULL;
    uint16_t g[6], h[6], k[6], l[6];
    char text[2][256];
    struct hash128 hashes[2];
    struct rng r, t;
    CHECK_OK(space_new("nasbench201", &b));
    CU_ASSERT(vocabulary_equal(&s->vocabulary, &b->vocabulary));
    CU_ASSERT_EQUAL_FATAL(s->strings, b->strings);
    for (uint64_t i = 0; i < s->strings; i += 7) {
        s->at(s, i, g);
        b->at(b, i, h);
        CU_ASSERT(!memcmp(g, h, sizeof(g)));
        s->text(s, g, text[0]);
        b->text(b, h, text[1]);
        CU_ASSERT_STRING_EQUAL(text[0], text[1]);
        CHECK_OK(space_hash(s, g, &hashes[0]));
        CHECK_OK(space_hash(b, h, &hashes[1]));
        CU_ASSERT(!hash128_compare(hashes[0], hashes[1]));
    }
    rng_init(&r, 1, RNG_TEST, 0);
    t = r;
    for (int i = 0; i < 200; i++) {
        s->sample(s, &r, g);
        b->sample(b, &t, h);
        s->edit(s, &r, g, k);
        b->edit(b, &t, h, l);
        CU_ASSERT(!memcmp(k, l, sizeof(k)));
        s->cross(s, &r, g, k, k);
        b->cross(b, &t, h, l, l);
        CU_ASSERT(!memcmp(k, l, sizeof(k)));
    }
    space_free(s);
    space_free(b);
}

/* The same networks as the built-in space, with the same hashes. */
static void test_my101(void)
{
    struct space *s = make(my101), *b = NULL;
    uint16_t g[SPACE_GENES_BUILT_IN];
    struct hash128 hashes[2];
    CHECK_OK(space_new("nasbench101", &b));
    CU_ASSERT_EQUAL_FATAL(s->strings, b->strings);
    CU_ASSERT(vocabulary_equal(&s->vocabulary, &b->vocabulary));
    struct hashset ours = {0}, theirs = {0}, both = {0};
    for (uint64_t i = 0; i < s->strings; i += i < 20000 ? 1 : 101) {
        s->at(s, i, g);
        CU_ASSERT(s->valid(s, g));
        CHECK_OK(space_hash(s, g, &hashes[0]));
        CHECK_OK(hashset_add(&ours, hashes[0], 0, NULL));
        if (i < 20000) CHECK_OK(hashset_add(&both, hashes[0], 0, NULL));
        b->at(b, i, g);
        CHECK_OK(space_hash(b, g, &hashes[1]));
        CHECK_OK(hashset_add(&theirs, hashes[1], 0, NULL));
        if (i < 20000) CHECK_OK(hashset_add(&both, hashes[1], 0, NULL));
    }
    /* All cells of up to five nodes, and some of six, are among the first 20,000. */
    CU_ASSERT(both.count < 20001 && ours.count == theirs.count);
    /* Dead nodes are no part of a cell: only 0 -> 1 -> 6 is in use. */
    CHECK_OK(s->parse(s, "1-0-0-0-0-0-0-1-0-0-1-0-0-0-0-0-0-0-0-0-0-2-1-1-1-1", g));
    CHECK_OK(space_hash(s, g, &hashes[0]));
    CHECK_OK(b->parse(b, "3:101:mp", g));
    CHECK_OK(space_hash(b, g, &hashes[1]));
    CU_ASSERT(!hash128_compare(hashes[0], hashes[1]));
    hashset_release(&ours);
    hashset_release(&theirs);
    hashset_release(&both);
    space_free(s);
    space_free(b);
}

#define V2_REDUCE                                                                                  \
    "('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), "         \
    "('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)"

static void test_genotypes(void)
{
    static const char *const same[] = {
        "DARTS_V2 = Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', "
        "0), "
        "('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), "
        "('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], reduce=[" V2_REDUCE
        "], reduce_concat=[2, 3, 4, 5])",
        "Genotype(reduce=[" V2_REDUCE "], reduce_concat=range(2, 6), normal=[[('sep_conv_3x3', 0), "
        "('sep_conv_3x3', 1)], [('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], [('sep_conv_3x3', 1), "
        "('skip_connect', 0)], [('skip_connect', 0), ('dil_conv_3x3', 2)]], "
        "normal_concat=range(2,6))",
        "genotypes.Genotype(normal=(('sep_conv_3x3', 0, 0.25), (1, \"sep_conv_3x3\"), "
        "('sep_conv_3x3',1,1e-3), ('sep_conv_3x3', 0), ('skip_connect', 0), ('sep_conv_3x3', 1), "
        "('skip_connect', 0), ('dil_conv_3x3', 2),), normal_concat=(5, 4, 3, 2), reduce=[" V2_REDUCE
        "])"};
    static const char *const bad[] = {
        "Genotype(normal=[('sep_conv_3x3', 0)])",
        "Genotype(normal=[], reduce=[])",
        "Genotype(recurrent=[('tanh', 0)], concat=range(1, 9))",
        "Genotype(normal=[('sep_conv_7x7', 0)])",
        "Genotype(reduce=[" V2_REDUCE "], reduce=[" V2_REDUCE "])",
        "Genotype(reduce=[" V2_REDUCE "], normal=[" V2_REDUCE "], normal_concat=range(2, 5))",
        "Genotype(reduce=[" V2_REDUCE "], normal=[" V2_REDUCE "], normal_concat=[4, 5])",
        "Genotype(reduce=[" V2_REDUCE "], normal=[" V2_REDUCE "]) x",
        "Genotype(reduce=[" V2_REDUCE "], normal=[" V2_REDUCE ", ('max_pool_3x3', 0)])",
        "Genotype(reduce=[" V2_REDUCE "], normal=[('max_pool_3x3', 0), ('max_pool_3x3', 0), "
        "('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('max_pool_3x3', 1), "
        "('max_pool_3x3', 0), ('max_pool_3x3', 1)])",
        "Genotype(",
        "Genotype",
        "Genotype(normal=[('sep_conv_3x3"};
    struct space *s = make(darts);
    uint16_t first[32], g[32];
    char *text;
    for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
        CHECK_OK(s->parse(s, same[i], i ? g : first));
        if (i) CU_ASSERT(!memcmp(first, g, sizeof(g)));
    }
    text = architecture_text(s, first);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT(strncmp(text, "Genotype(normal=[('sep_conv_3x3', 0), ", 38) == 0);
    CU_ASSERT(strstr(text, "], normal_concat=range(2, 6), reduce=[") != NULL);
    CHECK_OK(s->parse(s, text, g));
    CU_ASSERT(!memcmp(first, g, sizeof(g)));
    free(text);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CU_ASSERT_EQUAL(s->parse(s, bad[i], g), SIBYL_E_FORMAT);
    space_free(s);
}

static const char *const all[] = {
    my201,
    my101,
    darts,
    stages,
    conditions,
    "parts:\n  - {cell: inputs, from: 1, nodes: 3, inputs: 1, operations: [a, b]}\n"
    "  - {chain: 2, fixed: {s: [1, 2]}, block: {k: [0.5, 0.25]}}\n",
    "separator: ', '\nparts:\n  - {cell: nodes, nodes: 4, edges: 5, operations: [a, b]}\n"
    "  - {chain: {stages: 2, depth: [0, 2]}, block: {operation: [a, b], w: [x, y]}}\n"};
#define ALL (sizeof(all) / sizeof(*all))

/* Samples, children and points by index are in normal form, and texts and values lead back. */
static void test_round_trips(void)
{
    for (size_t k = 0; k < ALL; k++) {
        struct space *s = make(all[k]);
        struct rng r;
        uint16_t g[64], h[64], back[64];
        CU_ASSERT_FATAL(s->genes <= 64);
        rng_init(&r, 3, RNG_TEST, k);
        s->sample(s, &r, g);
        for (int i = 0; i < 500; i++) {
            if (i % 4 == 0) s->sample(s, &r, h);
            if (i % 4 == 1) s->edit(s, &r, g, h);
            if (i % 4 == 2) s->cross(s, &r, g, h, h);
            if (i % 4 == 3 && s->strings != SPACE_STRINGS_MANY)
                s->at(s, rng_below(&r, s->strings), h);
            CU_ASSERT_FATAL(s->valid(s, h));
            char *text = architecture_text(s, h);
            CHECK_OK(s->parse(s, text, back));
            CU_ASSERT(!memcmp(h, back, s->genes * sizeof(*h)));
            free(text);
            char texts[64][160];
            const char *values[64];
            for (uint32_t n = 0; n < s->genes; n++) {
                bool number;
                if (!s->gene_value(s, h, n, texts[n], 160, &number)) strcpy(texts[n], "?");
                values[n] = texts[n];
            }
            uint32_t wrong_gene;
            CHECK_OK(s->from_values(s, values, back, &wrong_gene));
            CU_ASSERT(!memcmp(h, back, s->genes * sizeof(*h)));
            memcpy(g, h, sizeof(g));
        }
        space_free(s);
    }
}

/* at() gives each point once. */
static void test_enumerates(void)
{
    for (size_t k = 0; k < ALL; k++) {
        struct space *s = make(all[k]);
        struct hashset seen = {0};
        uint16_t g[64] = {0};
        for (uint64_t i = 0; s->strings < 100000 && i < s->strings; i++) {
            s->at(s, i, g);
            CU_ASSERT_FATAL(s->valid(s, g));
            CHECK_OK(hashset_add(&seen, digest_xxh128(g, s->genes * sizeof(*g)), 0, NULL));
        }
        if (s->strings < 100000) CU_ASSERT_EQUAL(seen.count, s->strings);
        hashset_release(&seen);
        space_free(s);
    }
}

/* A mutation is of another network where there is one that is an edit away, however rare. */
static void test_mutates(void)
{
    /* All zero: of 240 edits two give another network (edge 0-15, whose path is direct). */
    static const char rare[] = "zero: z\nparts: [{cell: edges, nodes: 16, operations: [z, a, b]}]";
    struct space *s = make(rare);
    struct arena arena;
    struct candidate parent, child;
    struct rng r;
    uint16_t g[120] = {0};
    arena_init(&arena);
    for (uint64_t i = 0; i < 20; i++) {
        rng_init(&r, i, RNG_TEST, 0);
        CHECK_OK(candidate_make(&parent, &arena, s, g));
        CHECK_OK(variation_mutate(s, &r, &parent, &child, &arena));
        CU_ASSERT(hash128_compare(parent.hash, child.hash) != 0);
        CU_ASSERT(s->valid(s, child.genes));
    }
    space_free(s);
    /* There is no other network: the parent comes back, and the search goes on. */
    s = make("parts: [{chain: 2, block: {operation: [a]}}]");
    CHECK_OK(candidate_make(&parent, &arena, s, g));
    CHECK_OK(variation_mutate(s, &r, &parent, &child, &arena));
    CU_ASSERT(hash128_compare(parent.hash, child.hash) == 0);
    space_free(s);
    arena_release(&arena);
}

/* Genes that start to count get random values, all of them. */
static void test_conditions(void)
{
    struct space *s = make(conditions);
    struct rng r;
    uint16_t g[6], h[6];
    int seen[2][2] = {{0}};
    rng_init(&r, 5, RNG_TEST, 0);
    CHECK_OK(s->parse(s, "100100", g));
    for (int i = 0; i < 800; i++) {
        s->edit(s, &r, g, h);
        CU_ASSERT(s->valid(s, h));
        if (h[0] == 0) seen[h[1]][h[2]]++;
    }
    CU_ASSERT(seen[0][0] > 50 && seen[1][0] > 20 && seen[1][1] > 20 && seen[0][1] == 0);
    /* Points that differ in genes that do not count are one. */
    CHECK_OK(s->parse(s, "111201", g));
    CHECK_OK(s->parse(s, "100200", h));
    CU_ASSERT(!memcmp(g, h, sizeof(g)));
    CU_ASSERT_EQUAL(s->parse(s, "300000", g), SIBYL_E_FORMAT);
    CU_ASSERT_EQUAL(s->parse(s, "0000000", g), SIBYL_E_FORMAT);
    CU_ASSERT_EQUAL(s->parse(s, "", g), SIBYL_E_FORMAT);
    /* The genes that count alone. */
    CHECK_OK(s->parse(s, "0112", h));
    space_free(s);
}

/* What an evaluating program gets. */
static void test_json(void)
{
    struct space *s = make("name: n\nidentity: skip\nparts:\n  - choices: {res: [32, 64]}\n"
                           "  - chain: {stages: 1, depth: [1, 2]}\n    fixed: {w: 0.1}\n"
                           "    block: {operation: [conv, skip], k: {values: [0, 3], when: "
                           "{operation: conv}}}\n");
    struct arena arena;
    struct candidate c;
    json_t *o = NULL;
    uint16_t g[6];
    arena_init(&arena);
    CHECK_OK(s->parse(s, "1-1-0-1-1-0", g));
    CHECK_OK(candidate_make(&c, &arena, s, g));
    CHECK_OK(architecture_json(s, &c, &o));
    char *text =
        json_dumps(json_object_get(o, "attributes"), JSON_COMPACT | JSON_REAL_PRECISION(9));
    CU_ASSERT_STRING_EQUAL(text,
                           "[{\"res\":64,\"k\":null,\"w\":null},{\"res\":null,\"k\":3,\"w\":0.1},"
                           "{\"res\":null,\"k\":null,\"w\":0.1},"
                           "{\"res\":null,\"k\":null,\"w\":null}]");
    free(text);
    text = json_dumps(json_object_get(o, "choices"), JSON_COMPACT);
    CU_ASSERT_STRING_EQUAL(text, "{\"res\":64,\"part2.stage0.depth\":2,"
                                 "\"part2.stage0.block0.operation\":\"conv\","
                                 "\"part2.stage0.block0.k\":3,"
                                 "\"part2.stage0.block1.operation\":\"skip\"}");
    free(text);
    text = json_dumps(json_object_get(o, "ops"), JSON_COMPACT);
    CU_ASSERT_STRING_EQUAL(text, "[\"input\",\"conv\",\"skip\",\"output\"]");
    free(text);
    json_decref(o);
    arena_release(&arena);
    space_free(s);
}

/* Only what a file says is an identity or a zero. */
static void test_roles(void)
{
    check_counts("parts: [{chain: 2, block: {operation: [skip_connect, none, input]}}]", "9", "9");
    check_counts("identity: input\nzero: output\nparts: [{chain: 2, block: {operation: [input, "
                 "output, a]}}]",
                 "9", "4");
    check_counts("identity: off\nparts: [{cell: edges, nodes: 3, operations: [off, conv]}]", "8",
                 "5");
}

static void test_faults(void)
{
    faulty("", "f.yaml:1: it is empty");
    faulty("# nothing\n", "f.yaml:1: there are no keys");
    faulty("[a]", "f.yaml:1: want a mapping");
    faulty("parts: []", "f.yaml:1: parts: want a list");
    faulty("name: x\n", "parts: want a list");
    faulty("parts: [{chain: 1, block: {k: [1, 2]}}]\n---\na: b\n", "f.yaml:2: a second document");
    faulty("parts: [{chain: 1, block: {k: [1, 2]}}]\nnmae: x\n", "f.yaml:2: unknown key \"nmae\"");
    faulty("name: a\nname: b\n", "f.yaml:2: the key name stands there twice, first in line 1");
    faulty("parts:\n- {cell: edges, nodes: 3,\n   operations: [a, b, a]}\n",
           "f.yaml:3: operations: \"a\" is listed twice");
    faulty("parts: [{chain: 1, block: {operation: [a, a]}}]", "operation: \"a\" is listed twice");
    faulty("parts: [{chain: 1, block: {k: [1, 1.0]}}]", "k: \"1.0\" is listed twice");
    faulty("zero: z\nparts:\n- {cell: edges, nodes: 3, operations: [z]}\n",
           "f.yaml:3: operations: there is no operation but the one that is zero");
    faulty("zero: z\nparts:\n- {chain: 2, block: {operation: [z], k: [1, 2]}}\n",
           "f.yaml:3: operation: there is no operation but the one that is zero");
    faulty("zero: y\nparts:\n- {chain: 2, block: {operation: [z, a]}}\n",
           "f.yaml:1: zero: no part has an operation of this name");
    faulty("parts:\n- chain: 1\n  block:\n    a: {values: [1], when: {b: 2}}\n",
           "f.yaml:4: a: when: there is no key \"b\"");
    faulty("parts:\n- chain: 1\n  block:\n    a: {values: [1, 2], when: {b: 2}}\n"
           "    b: {values: [2, 3], when: {a: 1}}\n",
           "f.yaml:4: a: its conditions (when) go in a circle");
    faulty("parts: [{chain: 1, block: {a: {values: [1], when: {a: 1}}}}]", "in a circle");
    faulty("parts: [{chain: 1, block: {a: {values: [1], when: {b: 7}}, b: [1, 2]}}]",
           "when: \"7\" is no value of the key b");
    faulty("parts: [{chain: 1, block: {a: [1, 2], b: []}}]", "b: a list without values");
    faulty("parts: [{cell: edges, nodes: 3, operations: []}]", "operations: a list without values");
    faulty("parts: [{chain: {stages: 2, depth: []}, block: {a: [1, 2]}}]", "depth: want a list");
    faulty("parts: [{chain: 1, block: {a: [1, x]}}]", "a: numbers and words in one list");
    faulty("parts: [{chain: 1, block: {a: [1, ~]}}]", "a: a value is missing");
    faulty("parts: [{chain: 1, block: {a: [1e99, 2]}}]", "a: 1e99 is too large");
    faulty("parts: [{chain: 0, block: {a: [1, 2]}}]", "chain: want a whole number from 1");
    faulty("parts: [{chain: x, block: {a: [1, 2]}}]", "chain: want a whole number from 1");
    faulty("parts: [{chain: 3, fixed: {s: [1, 2]}, block: {a: [1, 2]}}]", "want one, or 3");
    faulty("parts: [{chain: 3, fixed: {s: w}, block: {a: [1, 2]}}]", "fixed: want a number");
    faulty("parts: [{chain: 3, fixed: {a: 1}, block: {a: [1, 2]}}]", "stands in the block too");
    faulty("parts: [{chain: 3}]", "a chain needs the key block");
    faulty("parts: [{chain: 3, cell: edges}]", "has one of the keys cell, chain and choices");
    faulty("parts: [{cell: dags, nodes: 3}]", "cell: want edges, nodes or inputs");
    faulty("parts: [{cell: edges, nodes: 99, operations: [a, b]}]", "nodes: want a whole number");
    faulty("parts: [{cell: inputs, from: 1, nodes: 3, inputs: 2, operations: [a]}]",
           "`from` gives only 1");
    faulty("parts: [{chain: 3, block: {a: 1}}]", "there is nothing to choose");
    faulty("separator: ''\nparts: [{chain: 1, block: {a: [0,1,2,3,4,5,6,7,8,9,10]}}]",
           "a choice has more than ten values");
    faulty("separator: '1'\nparts: [{chain: 1, block: {a: [0, 1]}}]", "separator: want");
    faulty("text: nasbench201\nparts: [{chain: 1, block: {a: [0, 1]}}]", "nasbench201 is for");
    faulty("text: roman\nparts: [{chain: 1, block: {a: [0, 1]}}]", "text: want indices");
    faulty("parts: [{chain: {stages: 9000, depth: [9]}, block: {a: [0, 1]}}]", "more than 16384");
    faulty("parts: [{chain: 16384, block: {a: [0, 1], b: [0, 1], c: [0, 1], d: [0, 1]}}]",
           "more than 65536 choices");
    faulty("parts: [{choices: {a: [0, 1]}}, {choices: {a: [2, 3]}}]", "two parts `choices`");
    faulty("parts: \x01", "not YAML");
    struct space *s = NULL;
    CU_ASSERT_EQUAL(space_open("/nowhere/x.yaml", &s), SIBYL_E_USAGE);
    CU_ASSERT(strstr(err_message(), "/nowhere/x.yaml") != NULL);
    CU_ASSERT_EQUAL(space_open("/tmp", &s), SIBYL_E_USAGE);
}

int main(void)
{
    CU_TestInfo tests[] = {{"counts", test_counts},
                           {"my201", test_my201},
                           {"my101", test_my101},
                           {"genotypes", test_genotypes},
                           {"round trips", test_round_trips},
                           {"enumerates", test_enumerates},
                           {"mutates", test_mutates},
                           {"conditions", test_conditions},
                           {"JSON", test_json},
                           {"roles", test_roles},
                           {"faults", test_faults},
                           CU_TEST_INFO_NULL};
    return unit_run("space_file", tests);
}
