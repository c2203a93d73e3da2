/* Odd space files: names that collide, counts beyond 64 bits, values that look like others. */
#include "tests/unit/space_case.h"

#include "search/spaces/architecture.h"
#include "search/spaces/space_networks.h"
#include "search/spaces/space_table.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct space *make(const char *text)
{
    struct space *s = NULL;
    CHECK_OK(space_from_text("odd.yaml", text, strlen(text), &s));
    return s;
}

static void check_points(const char *text, const char *points, bool counted)
{
    struct space *s = make(text);
    struct big_count count;
    char shown[BIG_COUNT_TEXT_BYTES];
    bool known;
    CU_ASSERT_STRING_EQUAL(s->points, points);
    CHECK_OK(space_networks(s, &known, &count));
    CU_ASSERT_EQUAL(known, counted);
    if (known) {
        big_count_text(&count, shown);
        CU_ASSERT_STRING_EQUAL(shown, points);
    }
    space_free(s);
}

/* Writes `times` times `format`, in which each %u is the number of the time. */
static void repeat(FILE *f, unsigned times, const char *format)
{
    for (unsigned i = 0; i < times; i++)
        for (const char *c = format; *c; c++)
            if (c[0] == '%' && c[1] == 'u') {
                fprintf(f, "%u", i);
                c++;
            } else {
                fputc(*c, f);
            }
}

/* A file of a head, something repeated, and a tail; freed by free(). */
static char *repeated(const char *head, unsigned times, const char *format, const char *tail)
{
    char *text = NULL;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs(head, f);
    repeat(f, times, format);
    fputs(tail, f);
    fclose(f);
    return text;
}

static void test_large_blocks(void)
{
    char *text = repeated("parts: [{choices: {", 20, "k%u: [0,1,2,3,4,5,6,7,8,9], ", "}}]");
    check_points(text, "100000000000000000000", true);
    free(text);
    /* Switches of which each has a value of its own: 1 + 3 for each of them. */
    text = repeated("parts: [{choices: {", 30,
                    "s%u: [0, 1], v%u: {values: [1, 2, 3], when: {s%u: 1}}, ", "}}]");
    check_points(text, "1152921504606846976", true);
    free(text);
    text = repeated("parts: [{chain: 2, block: {operation: [a, b], ", 30,
                    "k%u: {values: [0,1,2,3,4,5,6,7,8,9], when: {operation: b}}, ", "}}]");
    check_points(text, "1000000000000000000000000000002000000000000000000000000000001", false);
    free(text);
}

/* By index the points stand in the order of their genes, whatever conditions join. */
static void test_order(void)
{
    struct space *s = make("parts:\n  - choices:\n"
                           "      a: [1, 2]\n"
                           "      b: [1, 2, 3]\n"
                           "      c: {values: [1, 2], when: {a: 2}}\n"
                           "      d: [1, 2]\n"
                           "      e: {values: [1, 2, 3], when: {b: [1, 3], d: 2}}\n"
                           "      f: {values: [1, 2], when: {c: 1}}\n");
    uint16_t g[2][6] = {{0}};
    /* a, c, f: 1 + 2 + 1 = 4; b, d, e: d = 1 gives 3, d = 2 gives 3 + 1 + 3. */
    CU_ASSERT_EQUAL(s->strings, 40);
    for (uint64_t i = 0; i < s->strings; i++) {
        s->at(s, i, g[i % 2]);
        CU_ASSERT(s->valid(s, g[i % 2]));
        int order = 0;
        for (int k = 0; k < 6 && !order; k++) order = g[i % 2][k] - g[(i + 1) % 2][k];
        CU_ASSERT(i == 0 || order > 0);
    }
    space_free(s);
}

/* Cells of one network share their input, also where it is one, and all lead to the output. */
static void test_cells_of_one_input(void)
{
    struct space *s = make("parts:\n"
                           "  - {name: a, cell: inputs, from: 1, nodes: 2, inputs: 1, operations: "
                           "[x, y]}\n"
                           "  - {name: b, cell: inputs, from: 1, nodes: 1, inputs: 1, operations: "
                           "[x, y]}\n");
    struct arena arena;
    struct graph g;
    uint16_t genes[6];
    arena_init(&arena);
    CHECK_OK(s->parse(s, "0-0-1-0-0-0", genes));
    CHECK_OK(s->graph(s, genes, &g, &arena));
    CU_ASSERT_EQUAL(g.nodes, 8);
    CU_ASSERT_EQUAL(g.out_start[1] - g.out_start[0], 2);
    CU_ASSERT_EQUAL(g.in_start[8] - g.in_start[7], 3);
    arena_release(&arena);
    space_free(s);
}

/* The vocabulary has what can come up and no more. */
static void test_vocabulary(void)
{
    char *text = repeated("parts:\n  - chain: 2\n    block:\n      operation: [", 40, "o%u, ",
                          "]\n      act: {values: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, "
                          "q, r, s, t, u, v, w, x, y, z], when: {operation: o3}}\n");
    struct space *s = make(text);
    CU_ASSERT_EQUAL(s->vocabulary.count, 2 + 39 + 26);
    space_free(s);
    free(text);
    s = make("parts:\n  - chain: 1\n    block:\n      operation: [a, b]\n"
             "      size: {values: [s, l], when: {act: relu}}\n"
             "      act: {values: [relu, gelu], when: {operation: a}}\n");
    CU_ASSERT_EQUAL(s->vocabulary.count, 2 + 4);
    space_free(s);
    /* Whether the number counts, and which it is, does not show in the name. */
    s = make("parts:\n  - chain: 1\n    block:\n      operation: [a, b]\n"
             "      k: {values: [1, 2], when: {operation: a}}\n"
             "      act: {values: [relu, gelu], when: {k: 1}}\n");
    CU_ASSERT_EQUAL(s->vocabulary.count, 2 + 4);
    space_free(s);
    text = repeated("parts: [{choices: {", 9, "k%u: [x, y], ", "}}]");
    s = make(text);
    CU_ASSERT_EQUAL(s->vocabulary.count, 513);
    space_free(s);
    free(text);
    text = repeated("parts: [{choices: {", 10, "k%u: [x, y], ", "}}]");
    faulty(text, "f.yaml:1: parts: the space has more than 1024 different operations");
    free(text);
}

static void test_collisions(void)
{
    faulty("parts:\n  - {chain: 1, block: {operation: [\"a/act=relu\", a], act: {values: [relu], "
           "when: {operation: a}}}}\n",
           "f.yaml:2: parts: two operations made of different words are both called "
           "\"a/act=relu\"");
    faulty("parts:\n"
           "  - {name: a, cell: inputs, from: 1, nodes: 1, inputs: 1, operations: [b/x, y]}\n"
           "  - {name: a/b, cell: inputs, from: 1, nodes: 1, inputs: 1, operations: [x, y]}\n",
           "f.yaml:3: parts: two operations made of different words");
    faulty("parts:\n  - {name: part2, chain: 2, block: {k: [1, 2]}}\n"
           "  - {chain: 2, block: {k: [3, 4]}}\n",
           "f.yaml:3: parts: two choices are both called \"part2.block0.k\"");
    faulty("parts:\n  - {name: a, chain: {stages: 1, depth: [1, 2]}, block: {k: [1, 2]}}\n"
           "  - {name: a.stage0, chain: 1, block: {k: [3, 4]}}\n",
           "f.yaml:3: parts: two choices are both called \"a.stage0.block0.k\"");
    faulty("parts:\n  - {chain: 1, block: {k: [1, 2]}}\n  - choices: {part1.block0.k: [1, 2]}\n",
           "f.yaml:3: parts: two choices are both called \"part1.block0.k\"");
    faulty("text: genotype\nparts:\n"
           "  - {name: a_concat, cell: inputs, from: 2, nodes: 1, inputs: 1, operations: [x, y]}\n",
           "f.yaml:3: name: it has to be a word that does not end in _concat");
}

/* Genotypes of more cells than a word has bits. */
static void test_many_cells(void)
{
    char *text = repeated("text: genotype\nparts:\n", 70,
                          "  - {name: c%u, cell: inputs, from: 2, nodes: 1, inputs: 2, "
                          "operations: [a, b]}\n",
                          "");
    struct space *s = make(text);
    struct rng r;
    uint16_t g[280], h[280];
    char *shown = malloc(s->text_bytes);
    rng_init(&r, 1, RNG_TEST, 0);
    s->sample(s, &r, g);
    s->text(s, g, shown);
    CHECK_OK(s->parse(s, shown, h));
    CU_ASSERT(!memcmp(g, h, sizeof(g)));
    free(shown);
    free(text);
    space_free(s);
}

/* Of one cell alone, as recurrent ones are, what is joined stands under a name of its own. */
static void test_recurrent(void)
{
    struct space *s = make("text: genotype\nparts:\n  - {name: recurrent, cell: inputs, from: 1, "
                           "nodes: 3, inputs: 1, operations: [tanh, relu, identity]}\n");
    uint16_t g[6];
    static const uint16_t want[6] = {0, 1, 1, 0, 1, 2};
    CHECK_OK(s->parse(s,
                      "V1 = Genotype(recurrent=[('relu', 0), ('tanh', 1), ('identity', 1)], "
                      "concat=range(1, 4))",
                      g));
    CU_ASSERT(!memcmp(g, want, sizeof(g)));
    CU_ASSERT_EQUAL(s->parse(s,
                             "Genotype(recurrent=[('relu', 0), ('tanh', 1), ('identity', 1)], "
                             "concat=[2, 3])",
                             g),
                    SIBYL_E_FORMAT);
    space_free(s);
}

static void test_numbers(void)
{
    struct space *s = make("parts: [{choices: {a: [.5, 1., +3, 007, 2.5e-1], b: [\"007\", x]}}]");
    static const char *const want[] = {"0.5", "1", "3", "7", "0.25"};
    for (uint16_t v = 0; v < 5; v++) {
        struct arena arena;
        struct candidate c;
        json_t *o = NULL;
        const uint16_t g[2] = {v, 0};
        arena_init(&arena);
        CHECK_OK(candidate_make(&c, &arena, s, g));
        CHECK_OK(architecture_json(s, &c, &o));
        const json_t *choices = json_object_get(o, "choices");
        char *text = json_dumps(json_object_get(choices, "a"), JSON_ENCODE_ANY);
        CU_ASSERT_STRING_EQUAL(text, want[v]);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(choices, "b")), "007");
        free(text);
        json_decref(o);
        arena_release(&arena);
    }
    space_free(s);
    faulty("parts: [{choices: {a: [1e-99, 1]}}]", "a: 1e-99 is too large or too small");
    faulty("parts: [{choices: {a: [1e99, 1]}}]", "a: 1e99 is too large or too small");
    /* One less than this is this again. */
    s = make("parts:\n  - {chain: 1, block: {operation: [a, b], k: {values: [0, -20000000], "
             "when: {operation: a}}}}\n");
    CU_ASSERT(s->attribute_absent[0] < -20000000.0f);
    space_free(s);
}

/* A value that is written as the field is goes before one that is the same number. */
static void test_values(void)
{
    struct space *s = make("parts: [{choices: {a: [\"1\", \"true\", \"1.0\"], b: [3, 5]}}]");
    const char *const rows[][2] = {{"true", "3"}, {"1.0", "5.0"}, {"1", "3"}, {"TRUE", "5"}};
    const uint16_t want[][2] = {{1, 0}, {2, 1}, {0, 0}, {0, 1}};
    for (size_t i = 0; i < 4; i++) {
        uint16_t g[2];
        uint32_t wrong;
        CHECK_OK(s->from_values(s, rows[i], g, &wrong));
        CU_ASSERT(!memcmp(g, want[i], sizeof(g)));
    }
    space_free(s);
}

/* The gene that a row of one column gives; 99: it is none. */
static uint32_t gene_of(const char *space, const char *field)
{
    struct space *s = make(space);
    const char *name = "arch", *text = "";
    const struct import_space table = space_table(s);
    const struct import_fields fields = {&field, &name, 1};
    struct arena arena;
    struct graph g;
    size_t wrong;
    uint16_t gene = 99;
    arena_init(&arena);
    if (!table.network(table.context, &fields, &arena, &g, &text, &wrong))
        CHECK_OK(s->parse(s, text, &gene));
    arena_release(&arena);
    space_free(s);
    return gene;
}

static void test_one_gene(void)
{
    const char *words =
        "text: nasbench201\nparts: [{cell: edges, nodes: 2, operations: [a, b, c]}]";
    const char *numbers = "parts: [{choices: {k: [2, 0, 1]}}]";
    CU_ASSERT_EQUAL(gene_of(words, "|c~0|"), 2);
    CU_ASSERT_EQUAL(gene_of(words, "b"), 1);
    CU_ASSERT_EQUAL(gene_of(words, "1"), 1);
    CU_ASSERT_EQUAL(gene_of(words, "x"), 99);
    CU_ASSERT_EQUAL(gene_of(numbers, "2"), 0);
    CU_ASSERT_EQUAL(gene_of(numbers, "0.0"), 1);
    CU_ASSERT_EQUAL(gene_of(numbers, "7"), 99);
}

int main(void)
{
    CU_TestInfo tests[] = {{"large blocks", test_large_blocks},
                           {"order", test_order},
                           {"cells of one input", test_cells_of_one_input},
                           {"vocabulary", test_vocabulary},
                           {"collisions", test_collisions},
                           {"many cells", test_many_cells},
                           {"recurrent", test_recurrent},
                           {"numbers", test_numbers},
                           {"values", test_values},
                           {"one gene", test_one_gene},
                           CU_TEST_INFO_NULL};
    return unit_run("space_odd", tests);
}
