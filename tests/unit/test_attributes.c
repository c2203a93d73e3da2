/* Attributes of nodes: canonical form, hash, twins and messages take them into account. */
#include "proto/graph/canon.h"
#include "proto/graph/codec.h"
#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

enum { INPUT, OUTPUT, SKIP, CONV, WIDE, OPS };

static const char *const names[OPS] = {"input", "output", "skip_connect", "conv", "wide"};

struct bench {
    struct arena arena;
    struct rng r;
    struct vocabulary v;
};

static void bench_init(struct bench *b, uint64_t stream)
{
    arena_init(&b->arena);
    rng_init(&b->r, 1, RNG_TEST, stream);
    CHECK_OK(vocabulary_init(&b->v, &b->arena, names, OPS));
}

/* `g` with its nodes, and their attributes, renumbered at random. */
static void relabel(struct graph *out, struct bench *b, const struct graph *g)
{
    size_t n = g->attributes;
    uint32_t *to = arena_alloc(&b->arena, g->nodes * sizeof(*to)), count = 0;
    uint16_t *ops = arena_alloc(&b->arena, g->nodes * sizeof(*ops));
    float *values = arena_alloc(&b->arena, (g->nodes * n + 1) * sizeof(*values));
    struct graph_edge *edges = arena_alloc(&b->arena, (g->edges + 1) * sizeof(*edges));
    CU_ASSERT_FATAL(to && ops && values && edges);
    for (uint32_t i = 0; i < g->nodes; i++) to[i] = i;
    rng_shuffle(&b->r, to, g->nodes);
    for (uint32_t i = 0; i < g->nodes; i++) {
        ops[to[i]] = g->ops[i];
        for (size_t k = 0; k < n; k++) values[to[i] * n + k] = g->attribute[i * n + k];
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            edges[count++] = (struct graph_edge){to[i], to[g->out_node[e]], g->out_multiplicity[e]};
    }
    CHECK_OK(graph_make(out, &b->arena, ops, g->nodes, edges, count, OPS));
    CHECK_OK(graph_set_attributes(out, &b->arena, values, g->attributes));
}

static struct hash128 name_of(struct bench *b, const struct graph *g)
{
    struct hash128 h = {0};
    CHECK_OK(graph_canonical_hash(&h, g, &b->v));
    return h;
}

static bool same_name(struct bench *b, const struct graph *x, const struct graph *y)
{
    return hash128_compare(name_of(b, x), name_of(b, y)) == 0;
}

/* A ring of `size` conv nodes with wide ones between neighbours, an input in front and an output
 * behind: one large orbit. Conv node i has the attribute marks[i], all others 0. */
static void ring(struct graph *out, struct bench *b, uint32_t size, const float *marks)
{
    uint32_t nodes = 2 + 2 * size, used = 0;
    uint16_t *ops = arena_alloc(&b->arena, nodes * sizeof(*ops));
    float *values = arena_calloc(&b->arena, nodes, sizeof(*values));
    struct graph_edge *edges = arena_alloc(&b->arena, 4 * (size_t)size * sizeof(*edges));
    CU_ASSERT_FATAL(ops && values && edges);
    ops[0] = INPUT;
    ops[nodes - 1] = OUTPUT;
    for (uint32_t k = 0; k < size; k++) {
        ops[1 + k] = CONV;
        ops[1 + size + k] = WIDE;
        values[1 + k] = marks[k];
        edges[used++] = (struct graph_edge){0, 1 + k, 1};
        edges[used++] = (struct graph_edge){1 + k, 1 + size + k, 1};
        edges[used++] = (struct graph_edge){1 + k, 1 + size + (k + 1) % size, 1};
        edges[used++] = (struct graph_edge){1 + size + k, nodes - 1, 1};
    }
    CHECK_OK(graph_make(out, &b->arena, ops, nodes, edges, used, OPS));
    CHECK_OK(graph_set_attributes(out, &b->arena, values, 1));
}

/* Two nodes of a ring marked: only their distance counts, and what the marks are. By search (6),
 * and by nauty. */
static void test_rings(void)
{
    static const uint32_t sizes[] = {6, 24, 60};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct bench b;
        struct graph near, far, turned, other, shuffled;
        float marks[60] = {2.5f, 2.5f};
        bench_init(&b, 60 + s);
        ring(&near, &b, sizes[s], marks);
        marks[1] = 0, marks[2] = 2.5f;
        ring(&far, &b, sizes[s], marks);
        marks[0] = 0, marks[4] = 2.5f;
        ring(&turned, &b, sizes[s], marks);
        marks[4] = 2.25f;
        ring(&other, &b, sizes[s], marks);
        for (int i = 0; i < 10; i++) {
            relabel(&shuffled, &b, &far);
            CU_ASSERT(same_name(&b, &shuffled, &far));
        }
        CU_ASSERT(!same_name(&b, &near, &far));
        CU_ASSERT(same_name(&b, &turned, &far));
        CU_ASSERT(!same_name(&b, &other, &far));
        arena_release(&b.arena);
    }
}

/* Renumbered ones have the same bytes; one number changed gives another name. */
static void check_random(struct bench *b, uint32_t attributes)
{
    struct graph g, shuffled, x, y;
    uint32_t nodes = 3 + (uint32_t)rng_below(&b->r, 12);
    CHECK_OK(random_graph(&g, &b->arena, &b->r, nodes, 0.4, 2));
    for (uint32_t i = 0; i < nodes; i++) g.ops[i] = (uint16_t)(g.ops[i] + CONV);
    g.ops[0] = INPUT;
    g.ops[nodes - 1] = OUTPUT;
    CHECK_OK(random_attributes(&g, &b->arena, &b->r, attributes));
    relabel(&shuffled, b, &g);
    CHECK_OK(graph_canonical(&x, &b->arena, &g, &b->v));
    CHECK_OK(graph_canonical(&y, &b->arena, &shuffled, &b->v));
    CU_ASSERT_EQUAL_FATAL(x.nodes, y.nodes);
    CU_ASSERT_EQUAL_FATAL(x.attributes, attributes);
    size_t bytes = (size_t)x.nodes * attributes * sizeof(float);
    CU_ASSERT_EQUAL(memcmp(x.attribute, y.attribute, bytes), 0);
    CU_ASSERT_EQUAL(hash128_compare(graph_hash(&x), graph_hash(&y)), 0);
    CU_ASSERT_EQUAL(hash128_compare(graph_hash(&x), name_of(b, &shuffled)), 0);
    g.attribute[attributes - 1] += 0.5f; /* of the input, which is always in use */
    CU_ASSERT(!same_name(b, &g, &shuffled));
}

static void test_random(void)
{
    for (uint32_t trial = 0; trial < 300; trial++) {
        struct bench b;
        bench_init(&b, 1000 + trial);
        check_random(&b, 1 + trial % 3);
        arena_release(&b.arena);
    }
}

/* input -> skip -> conv -> output, and a conv that nothing uses. */
static void test_forms(void)
{
    const uint16_t ops[] = {INPUT, SKIP, CONV, OUTPUT, CONV};
    const struct graph_edge edges[] = {{0, 1, 1}, {1, 2, 1}, {2, 3, 1}};
    const float values[] = {1, 10, 2, 20, 3, 30, 4, 40, 5, 50};
    const float joined[] = {1, 10, 3, 30, 4, 40};
    struct bench b;
    struct graph g, plain, made;
    bench_init(&b, 80);
    CHECK_OK(graph_make(&g, &b.arena, ops, 5, edges, 3, OPS));
    CHECK_OK(graph_copy(&plain, &b.arena, &g));
    CHECK_OK(graph_set_attributes(&g, &b.arena, values, 2));
    CU_ASSERT(!same_name(&b, &g, &plain));
    CHECK_OK(graph_in_form(&made, &b.arena, &g, &b.v, GRAPH_RAW));
    CU_ASSERT_EQUAL(memcmp(made.attribute, values, sizeof(values)), 0);
    CU_ASSERT_PTR_NOT_EQUAL(made.attribute, g.attribute);
    CHECK_OK(graph_in_form(&made, &b.arena, &g, &b.v, GRAPH_LIVE));
    CU_ASSERT_EQUAL_FATAL(made.nodes, 4);
    CU_ASSERT_EQUAL(memcmp(made.attribute, values, 8 * sizeof(float)), 0);
    CHECK_OK(graph_in_form(&made, &b.arena, &g, &b.v, GRAPH_CANONICAL));
    CU_ASSERT_EQUAL_FATAL(made.nodes, 3);
    CU_ASSERT_EQUAL(memcmp(made.attribute, joined, sizeof(joined)), 0);
    CHECK_OK(graph_in_form(&made, &b.arena, &plain, &b.v, GRAPH_CANONICAL));
    CU_ASSERT(made.attributes == 0 && made.attribute == NULL);
    arena_release(&b.arena);
}

static void test_limits(void)
{
    const uint16_t ops[] = {INPUT, CONV, CONV, OUTPUT};
    const struct graph_edge edges[] = {{0, 1, 1}, {0, 2, 1}, {1, 3, 1}, {2, 3, 1}};
    float values[4 * GRAPH_ATTRIBUTES_MAX + 4] = {0};
    struct bench b;
    struct graph g, most;
    bench_init(&b, 81);
    CHECK_OK(graph_make(&g, &b.arena, ops, 4, edges, 4, OPS));
    most = g;
    CU_ASSERT_EQUAL(graph_set_attributes(&g, &b.arena, values, GRAPH_ATTRIBUTES_MAX + 1),
                    SIBYL_E_FORMAT);
    CHECK_OK(graph_set_attributes(&most, &b.arena, values, GRAPH_ATTRIBUTES_MAX));
    values[3] = NAN;
    CU_ASSERT_EQUAL(graph_set_attributes(&g, &b.arena, values, 2), SIBYL_E_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "attribute 2 of node 1 "));
    CU_ASSERT_EQUAL(g.attributes, 0);
    values[3] = -0.0f;
    CHECK_OK(graph_set_attributes(&g, &b.arena, values, 2));
    CU_ASSERT(!signbit(g.attribute[3]));
    CU_ASSERT(graph_twins(&g, 1, 2)); /* -0 is 0 */
    values[3] = 1;
    CHECK_OK(graph_set_attributes(&g, &b.arena, values, 2));
    CU_ASSERT(!graph_twins(&g, 1, 2));
    arena_release(&b.arena);
}

static void check_refused(const Sibyl__GraphMessage *m, struct arena *arena, const char *part)
{
    struct graph g;
    CU_ASSERT_EQUAL(codec_graph_from_message(&g, arena, m, OPS), SIBYL_E_FORMAT);
    if (!strstr(err_message(), part)) fprintf(stderr, "'%s' lacks '%s'\n", err_message(), part);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), part));
}

static void test_messages(void)
{
    struct bench b;
    struct graph g, back;
    Sibyl__GraphMessage m, lie;
    uint8_t packed[512];
    float many[5 * (GRAPH_ATTRIBUTES_MAX + 1)] = {0};
    bench_init(&b, 82);
    CHECK_OK(random_graph(&g, &b.arena, &b.r, 5, 0.5, OPS));
    CHECK_OK(codec_graph_to_message(&m, &b.arena, &g));
    CU_ASSERT_EQUAL(m.n_attributes, 0);
    CHECK_OK(random_attributes(&g, &b.arena, &b.r, 3));
    CHECK_OK(codec_graph_to_message(&m, &b.arena, &g));
    size_t bytes = sibyl__graph_message__get_packed_size(&m);
    CU_ASSERT_FATAL(bytes <= sizeof(packed));
    sibyl__graph_message__pack(&m, packed);
    Sibyl__GraphMessage *read = sibyl__graph_message__unpack(NULL, bytes, packed);
    CU_ASSERT_PTR_NOT_NULL_FATAL(read);
    CHECK_OK(codec_graph_from_message(&back, &b.arena, read, OPS));
    CU_ASSERT_EQUAL_FATAL(back.attributes, 3);
    CU_ASSERT_EQUAL(memcmp(back.attribute, g.attribute, 15 * sizeof(float)), 0);
    CU_ASSERT_EQUAL(hash128_compare(graph_hash(&back), graph_hash(&g)), 0);
    sibyl__graph_message__free_unpacked(read, NULL);
    lie = m, lie.n_attributes = 14;
    check_refused(&lie, &b.arena, "14 attributes");
    lie.n_attributes = 3;
    check_refused(&lie, &b.arena, "3 attributes");
    lie.n_attributes = sizeof(many) / sizeof(many[0]), lie.attributes = many;
    check_refused(&lie, &b.arena, "0..64 for each");
    lie = m, lie.n_ops = 0;
    check_refused(&lie, &b.arena, "0 nodes");
    m.attributes[7] = INFINITY;
    check_refused(&m, &b.arena, "attribute 2 of node 2 ");
    arena_release(&b.arena);
}

/* Names of graphs without attributes are what they were before there were any. */
static void test_names_without(void)
{
    struct bench b;
    struct graph g;
    bench_init(&b, 83);
    CHECK_OK(random_graph(&g, &b.arena, &b.r, 9, 0.5, OPS));
    struct hash128 parts[5] = {{g.nodes, g.edges}};
    parts[1] = digest_xxh128(g.ops, g.nodes * sizeof(*g.ops));
    parts[2] = digest_xxh128(g.out_start, (g.nodes + 1) * sizeof(*g.out_start));
    parts[3] = digest_xxh128(g.out_node, g.edges * sizeof(*g.out_node));
    parts[4] = digest_xxh128(g.out_multiplicity, g.edges * sizeof(*g.out_multiplicity));
    CU_ASSERT_EQUAL(hash128_compare(graph_hash(&g), digest_xxh128(parts, sizeof(parts))), 0);
    arena_release(&b.arena);
}

int main(void)
{
    CU_TestInfo tests[] = {{"rings with marks", test_rings},
                           {"random graphs", test_random},
                           {"canonical, live and raw", test_forms},
                           {"limits, and twins", test_limits},
                           {"messages", test_messages},
                           {"names without attributes", test_names_without},
                           CU_TEST_INFO_NULL};
    return unit_run("attributes", tests);
}
