/* Graphs, the cell notation and graphs as messages: what is accepted, what is refused, and what
 * comes back. */
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "proto/graph/codec.h"
#include "proto/import/import.h"

#include <string.h>

static bool same_words(const uint32_t *a, const uint32_t *b, size_t count)
{
    return count == 0 || memcmp(a, b, count * sizeof(*a)) == 0;
}

static bool same_graph(const struct graph *a, const struct graph *b)
{
    return a->nodes == b->nodes && a->edges == b->edges &&
           memcmp(a->ops, b->ops, a->nodes * sizeof(*a->ops)) == 0 &&
           same_words(a->out_start, b->out_start, a->nodes + 1) &&
           same_words(a->out_node, b->out_node, a->edges) &&
           same_words(a->out_multiplicity, b->out_multiplicity, a->edges) &&
           same_words(a->in_start, b->in_start, a->nodes + 1) &&
           same_words(a->in_node, b->in_node, a->edges) &&
           same_words(a->in_multiplicity, b->in_multiplicity, a->edges) &&
           same_words(a->topological, b->topological, a->nodes);
}

static void test_lists(void)
{
    struct arena arena;
    arena_init(&arena);
    uint16_t ops[4] = {0, 2, 2, 1};
    struct graph_edge edges[] = {{2, 3, 1}, {0, 2, 2}, {0, 1, 1}, {2, 3, 4}, {1, 2, 1}, {0, 2, 3}};
    struct graph g;
    CHECK_OK(graph_make(&g, &arena, ops, 4, edges, 6, 3));
    CU_ASSERT_EQUAL(g.nodes, 4);
    CU_ASSERT_EQUAL_FATAL(g.edges, 4); /* the two repeats are added up */
    uint32_t out_start[] = {0, 2, 3, 4, 4}, out_node[] = {1, 2, 2, 3}, out_m[] = {1, 5, 1, 5};
    uint32_t in_start[] = {0, 0, 1, 3, 4}, in_node[] = {0, 0, 1, 2}, in_m[] = {1, 5, 1, 5};
    CU_ASSERT(same_words(g.out_start, out_start, 5));
    CU_ASSERT(same_words(g.out_node, out_node, 4));
    CU_ASSERT(same_words(g.out_multiplicity, out_m, 4));
    CU_ASSERT(same_words(g.in_start, in_start, 5));
    CU_ASSERT(same_words(g.in_node, in_node, 4));
    CU_ASSERT(same_words(g.in_multiplicity, in_m, 4));
    struct graph copy;
    CHECK_OK(graph_copy(&copy, &arena, &g));
    CU_ASSERT(same_graph(&g, &copy));
    CU_ASSERT(copy.out_node != g.out_node);
    arena_release(&arena);
}

/* The call must fail with `want`, say `part`, and leave the output alone. */
static void check_refused(uint32_t nodes, const struct graph_edge *edges, uint32_t count,
                          const char *part)
{
    struct arena arena;
    arena_init(&arena);
    uint16_t ops[4] = {0, 1, 2, 2};
    struct graph g = {.nodes = 77};
    CU_ASSERT_EQUAL(graph_make(&g, &arena, ops, nodes, edges, count, 3), SIBYL_E_FORMAT);
    if (!strstr(err_message(), part)) fprintf(stderr, "'%s' lacks '%s'\n", err_message(), part);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), part));
    CU_ASSERT_EQUAL(g.nodes, 77);
    arena_release(&arena);
}

static void test_refused(void)
{
    struct graph_edge cycle2[] = {{0, 1, 1}, {1, 0, 1}};
    struct graph_edge cycle3[] = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 1, 1}};
    struct graph_edge loop[] = {{0, 1, 1}, {2, 2, 1}};
    struct graph_edge far_from[] = {{4, 1, 1}}, far_to[] = {{1, UINT32_MAX, 1}};
    struct graph_edge none[] = {{0, 1, 0}};
    struct graph_edge many[] = {{0, 1, GRAPH_MULTIPLICITY_MAX + 1}};
    struct graph_edge sum[] = {{0, 1, GRAPH_MULTIPLICITY_MAX}, {0, 1, 1}};
    check_refused(4, cycle2, 2, "cycle");
    check_refused(4, cycle3, 4, "cycle");
    check_refused(4, loop, 2, "loop");
    check_refused(4, far_from, 1, "only 4 nodes");
    check_refused(4, far_to, 1, "only 4 nodes");
    check_refused(4, none, 1, "multiplicity 0");
    check_refused(4, many, 1, "multiplicity 1000001");
    check_refused(4, sum, 2, "add up");
    check_refused(0, NULL, 0, "0 nodes");
    check_refused(GRAPH_NODES_MAX + 1, NULL, 0, "1000001 nodes");
    check_refused(4, NULL, GRAPH_EDGES_MAX + 1, "16000001 edges");
    struct arena arena;
    arena_init(&arena);
    struct graph g;
    uint16_t ops[2] = {0, 3};
    CU_ASSERT_EQUAL(graph_make(&g, &arena, ops, 2, NULL, 0, 3), SIBYL_E_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "operation 3"));
    CHECK_OK(graph_make(&g, &arena, ops, 2, NULL, 0, 4));
    CU_ASSERT_EQUAL(g.edges, 0);
    arena_release(&arena);
}

/* By the definition, quadratic: at each step the smallest node whose predecessors have all come. */
static void smallest_first(const struct graph *g, uint32_t *order)
{
    bool *came = calloc(g->nodes, sizeof(*came));
    for (uint32_t i = 0; i < g->nodes; i++)
        for (uint32_t v = 0; v < g->nodes; v++) {
            bool ready = !came[v];
            for (uint32_t e = g->in_start[v]; e < g->in_start[v + 1]; e++)
                ready = ready && came[g->in_node[e]];
            if (!ready) continue;
            came[v] = true;
            order[i] = v;
            break;
        }
    free(came);
}

/* A random graph whose node numbers are no topological order. */
static enum status shuffled_graph(struct graph *out, struct arena *arena, struct rng *r,
                                  uint32_t nodes)
{
    struct graph g;
    enum status st = random_graph(&g, arena, r, nodes, 0.15, 4);
    if (st) return st;
    uint32_t *to = arena_alloc(arena, nodes * sizeof(*to)), count = 0;
    uint16_t *ops = arena_alloc(arena, nodes * sizeof(*ops));
    struct graph_edge *edges = arena_alloc(arena, (g.edges + 1) * sizeof(*edges));
    for (uint32_t i = 0; i < nodes; i++) to[i] = i;
    rng_shuffle(r, to, nodes);
    for (uint32_t i = 0; i < nodes; i++) {
        ops[to[i]] = g.ops[i];
        for (uint32_t e = g.out_start[i]; e < g.out_start[i + 1]; e++)
            edges[count++] = (struct graph_edge){to[i], to[g.out_node[e]], g.out_multiplicity[e]};
    }
    return graph_make(out, arena, ops, nodes, edges, count, 4);
}

static void test_topological(void)
{
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, 1);
    for (int round = 0; round < 200; round++) {
        struct graph g;
        uint32_t want[80];
        CHECK_OK(shuffled_graph(&g, &arena, &r, 1 + (uint32_t)rng_below(&r, 80)));
        smallest_first(&g, want);
        CU_ASSERT(same_words(g.topological, want, g.nodes));
        arena_reset(&arena);
    }
    arena_release(&arena);
}

static void test_codec_round_trip(void)
{
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 1, RNG_TEST, 2);
    for (int round = 0; round < 200; round++) {
        struct graph g, back;
        Sibyl__GraphMessage m;
        CHECK_OK(shuffled_graph(&g, &arena, &r, 1 + (uint32_t)rng_below(&r, 60)));
        if (round % 2) /* all ones: no list of them is sent */
            for (uint32_t e = 0; e < g.edges; e++) g.out_multiplicity[e] = g.in_multiplicity[e] = 1;
        CHECK_OK(codec_graph_to_message(&m, &arena, &g));
        if (round % 2) CU_ASSERT_EQUAL(m.n_multiplicity, 0);
        size_t bytes = sibyl__graph_message__get_packed_size(&m);
        uint8_t *packed = malloc(bytes + 1);
        CU_ASSERT_EQUAL(sibyl__graph_message__pack(&m, packed), bytes);
        Sibyl__GraphMessage *read = sibyl__graph_message__unpack(NULL, bytes, packed);
        CU_ASSERT_PTR_NOT_NULL_FATAL(read);
        CHECK_OK(codec_graph_from_message(&back, &arena, read, 4));
        CU_ASSERT(same_graph(&g, &back));
        sibyl__graph_message__free_unpacked(read, NULL);
        free(packed);
        arena_reset(&arena);
    }
    arena_release(&arena);
}

static void check_message(const Sibyl__GraphMessage *m, const char *part)
{
    struct arena arena;
    arena_init(&arena);
    struct graph g;
    CU_ASSERT_EQUAL(codec_graph_from_message(&g, &arena, m, 3), SIBYL_E_FORMAT);
    if (!strstr(err_message(), part)) fprintf(stderr, "'%s' lacks '%s'\n", err_message(), part);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), part));
    arena_release(&arena);
}

static void test_codec_malformed(void)
{
    uint32_t ops[3] = {0, 2, 1}, from[2] = {0, 1}, to[2] = {1, 2}, multiplicity[2] = {1, 1};
    Sibyl__GraphMessage good = SIBYL__GRAPH_MESSAGE__INIT, m;
    good.n_ops = 3, good.ops = ops;
    good.n_edge_from = 2, good.edge_from = from;
    good.n_edge_to = 2, good.edge_to = to;
    good.n_multiplicity = 2, good.multiplicity = multiplicity;
    struct arena arena;
    struct graph g;
    arena_init(&arena);
    CHECK_OK(codec_graph_from_message(&g, &arena, &good, 3));
    arena_release(&arena);
    check_message(NULL, "missing");
    m = good, m.n_edge_to = 1;
    check_message(&m, "2 sources but 1 targets");
    m = good, m.n_multiplicity = 1;
    check_message(&m, "1 multiplicities");
    m = good, m.n_ops = 0;
    check_message(&m, "0 nodes");
    m = good, m.n_ops = GRAPH_NODES_MAX + 1;
    check_message(&m, "at most 1000000");
    m = good, m.n_edge_from = m.n_edge_to = GRAPH_EDGES_MAX + 1;
    check_message(&m, "16000000");
    ops[1] = 65536 + 2; /* must not be cut to 16 bits */
    check_message(&good, "operation 65538");
    ops[1] = 3;
    check_message(&good, "operation 3");
    ops[1] = 2, to[1] = 3;
    check_message(&good, "only 3 nodes");
    to[1] = 0;
    check_message(&good, "cycle");
    to[1] = 1;
    check_message(&good, "loop");
    to[1] = 2, multiplicity[0] = 0;
    check_message(&good, "multiplicity 0");
}

static const char *const cell_ops[] = {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3",
                                       "avg_pool_3x3"};

static void test_cell_text(void)
{
    const char *text = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|avg_pool_3x3~1|"
                       "nor_conv_3x3~2|";
    uint16_t edges[6], want[6] = {3, 0, 1, 2, 4, 3}, op_of[5] = {2, 3, 4, 5, 6};
    char back[128];
    CHECK_OK(cell_text_parse(text, cell_ops, 5, 4, edges));
    CU_ASSERT_EQUAL(memcmp(edges, want, sizeof(want)), 0);
    CHECK_OK(cell_text_print(back, sizeof(back), cell_ops, 4, edges));
    CU_ASSERT_STRING_EQUAL(back, text);
    CHECK_OK(cell_text_print(back, strlen(text) + 1, cell_ops, 4, edges));
    for (size_t bytes = 0; bytes <= strlen(text); bytes++) {
        memset(back, '#', sizeof(back));
        CU_ASSERT_EQUAL(cell_text_print(back, bytes, cell_ops, 4, edges), SIBYL_E_RANGE);
        CU_ASSERT(bytes == 0 || memchr(back, 0, bytes) != NULL);
        CU_ASSERT_EQUAL(back[bytes], '#');
    }
    struct arena arena;
    struct graph g;
    arena_init(&arena);
    CHECK_OK(cell_graph(&g, &arena, 4, edges, op_of, 7));
    uint16_t ops[8] = {0, 5, 2, 3, 4, 6, 5, 1};
    uint32_t start[9] = {0, 3, 5, 6, 7, 8, 9, 10, 10}, to[10] = {1, 2, 4, 3, 5, 6, 6, 7, 7, 7};
    CU_ASSERT_EQUAL_FATAL(g.nodes, 8);
    CU_ASSERT_EQUAL_FATAL(g.edges, 10);
    CU_ASSERT_EQUAL(memcmp(g.ops, ops, sizeof(ops)), 0);
    CU_ASSERT(same_words(g.out_start, start, 9));
    CU_ASSERT(same_words(g.out_node, to, 10));
    arena_release(&arena);
}

static void test_cell_text_bad(void)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"", "character 1"},
        {"none~0", "character 1"},
        {"|none~0|", "character 9"},
        {"|none~1|+|none~0|none~1|", "character 6"},
        {"|none~0|+|none~0|none~0|", "character 22"},
        {"|none~0|+|none~0|conv~1|", "unknown operation 'conv'"},
        {"|none~0|+|none~0|none~1|+", "behind the end"},
        {"|none~0|+|none~0|none~1", "character 22"},
        {"|~0|+|none~0|none~1|", "unknown operation ''"},
        {"|none~00|+|none~0|none~1|", "character 6"},
    };
    uint16_t edges[3];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_EQUAL(cell_text_parse(bad[i].text, cell_ops, 5, 3, edges), SIBYL_E_FORMAT);
        if (!strstr(err_message(), bad[i].part))
            fprintf(stderr, "'%s': '%s' lacks '%s'\n", bad[i].text, err_message(), bad[i].part);
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), bad[i].part));
    }
    CHECK_OK(cell_text_parse("|none~0|+|none~0|none~1|", cell_ops, 5, 3, edges));
    CU_ASSERT_EQUAL(cell_text_parse("|none~0|", cell_ops, 5, 1, edges), SIBYL_E_FORMAT);
}

static void test_vocabulary(void)
{
    struct arena arena;
    struct vocabulary v, w;
    arena_init(&arena);
    const char *names[] = {"output", "identity", "conv", "zero", "input", "skip_connect", "none"};
    enum op_role roles[] = {OP_OUTPUT, OP_IDENTITY, OP_ORDINARY, OP_ZERO,
                            OP_INPUT,  OP_IDENTITY, OP_ZERO};
    CHECK_OK(vocabulary_init(&v, &arena, names, 7));
    for (int i = 0; i < 7; i++) {
        CU_ASSERT_EQUAL(v.roles[i], roles[i]);
        CU_ASSERT_EQUAL(vocabulary_find(&v, names[i]), i);
    }
    CU_ASSERT_EQUAL(vocabulary_find(&v, "Input"), -1);
    CHECK_OK(vocabulary_init(&w, &arena, names, 6));
    CU_ASSERT_FALSE(vocabulary_equal(&v, &w));
    CU_ASSERT_TRUE(vocabulary_equal(&v, &v));
    char name[257];
    memset(name, 'x', 256);
    name[256] = 0;
    names[3] = name;
    CU_ASSERT_EQUAL(vocabulary_init(&w, &arena, names, 7), SIBYL_E_FORMAT);
    name[255] = 0;
    CHECK_OK(vocabulary_init(&w, &arena, names, 7));
    names[3] = "";
    CU_ASSERT_EQUAL(vocabulary_init(&w, &arena, names, 7), SIBYL_E_FORMAT);
    names[3] = "conv";
    CU_ASSERT_EQUAL(vocabulary_init(&w, &arena, names, 7), SIBYL_E_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "'conv'"));
    CU_ASSERT_EQUAL(vocabulary_init(&w, &arena, names, VOCABULARY_MAX + 1), SIBYL_E_FORMAT);
    arena_release(&arena);
}

int main(void)
{
    CU_TestInfo tests[] = {{"neighbour lists", test_lists},
                           {"refused graphs", test_refused},
                           {"topological order", test_topological},
                           {"messages and back", test_codec_round_trip},
                           {"malformed messages", test_codec_malformed},
                           {"cell notation", test_cell_text},
                           {"malformed cells", test_cell_text_bad},
                           {"vocabulary", test_vocabulary},
                           CU_TEST_INFO_NULL};
    return unit_run("graph", tests);
}
