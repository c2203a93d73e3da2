/* Spaces of the networks in a file: pools, and the part of a space that a table has. */
#include "tests/unit/unit.h"

#include "proto/files/dataset.h"
#include "proto/graph/canon.h"
#include "search/evaluators/evaluator.h"
#include "search/spaces/space_part.h"
#include "search/spaces/space_pool.h"
#include "search/spaces/space_table.h"
#include "search/spaces/variation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NETWORKS 40

static const char *path(void)
{
    static char text[64];
    snprintf(text, sizeof(text), "/tmp/sibyl_pool_%ld.sibyl", (long)getpid());
    return text;
}

static void begin(struct dataset *d, const char *space)
{
    static const char *const operations[] = {"input", "output", "a", "b"}, *const labels[] = {"y"};
    CHECK_OK(dataset_begin(d, space, operations, 4, labels, 1));
}

/* A chain of nodes whose operations are the bits of `number`, and behind it one more, which tells
 * short chains from long ones; its attribute is that of every node. */
static void add_chain(struct dataset *d, uint32_t number, float attribute, const char *id, double y)
{
    uint16_t ops[10] = {0};
    struct graph_edge edges[9];
    float attributes[10];
    struct arena arena;
    struct graph g;
    uint32_t n = 1;
    for (; number; number >>= 1) ops[n++] = (uint16_t)(2 + (number & 1));
    ops[n++] = 1;
    for (uint32_t i = 0; i + 1 < n; i++) edges[i] = (struct graph_edge){i, i + 1, 1};
    for (uint32_t i = 0; i < n; i++) attributes[i] = attribute;
    arena_init(&arena);
    CHECK_OK(graph_make(&g, &arena, ops, n, edges, n - 1, 4));
    CHECK_OK(graph_set_attributes(&g, &arena, attributes, 1));
    CHECK_OK(dataset_add(d, &g, "", &y));
    CHECK_OK(dataset_set_id(d, id));
    arena_release(&arena);
}

static struct space *open_pool(struct dataset *d)
{
    struct space *s = NULL;
    CHECK_OK(dataset_write(d, path()));
    CHECK_OK(space_pool_new(path(), &s));
    dataset_release(d);
    return s;
}

static struct space *chains(void)
{
    struct dataset d;
    char id[16];
    begin(&d, "");
    for (uint32_t i = 1; i <= NETWORKS; i++) {
        snprintf(id, sizeof(id), "n%u", i);
        add_chain(&d, i, 1.5F, id, i);
    }
    return open_pool(&d);
}

static void test_points(void)
{
    struct space *s = chains();
    struct rng r;
    char text[32];
    CU_ASSERT_EQUAL(s->strings, NETWORKS);
    CU_ASSERT_PTR_NOT_NULL(space_pool_content(s));
    rng_init(&r, 1, RNG_TEST, 0);
    for (uint64_t i = 0; i < s->strings; i++) {
        uint16_t g[2], back[2], near[2];
        struct graph graph;
        struct arena arena;
        arena_init(&arena);
        s->at(s, i, g);
        CU_ASSERT(s->valid(s, g));
        CHECK_OK(s->graph(s, g, &graph, &arena));
        CU_ASSERT_EQUAL(graph.attributes, 1);
        CU_ASSERT_EQUAL(graph.attribute[0], 1.5F);
        s->text(s, g, text);
        CU_ASSERT_EQUAL((uint64_t)atoi(text + 1), i + 1);
        CHECK_OK(s->parse(s, text, back));
        CU_ASSERT_EQUAL(memcmp(g, back, sizeof(g)), 0);
        s->edit(s, &r, g, near);
        CU_ASSERT(s->valid(s, near) && memcmp(g, near, sizeof(g)) != 0);
        arena_release(&arena);
    }
    uint16_t bad[2] = {NETWORKS, 0};
    CU_ASSERT_FALSE(s->valid(s, bad));
    CU_ASSERT_EQUAL(s->parse(s, "n41", bad), SIBYL_E_FORMAT);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "40 of them, such as \"n1\""));
    space_free(s);
    unlink(path());
}

/* A long chain's neighbour is a long one as a rule. */
static void test_near(void)
{
    struct neighbours n = {0};
    struct rng r;
    int like = 0;
    rng_init(&r, 2, RNG_TEST, 0);
    for (int i = 0; i < 400; i++) {
        struct arena arena;
        struct graph g;
        uint16_t ops[64] = {0};
        struct graph_edge edges[64];
        uint32_t nodes = (uint32_t)(4 + i % 50);
        arena_init(&arena);
        for (uint32_t k = 0; k + 1 < nodes; k++) edges[k] = (struct graph_edge){k, k + 1, 1};
        for (uint32_t k = 1; k < nodes; k++) ops[k] = (uint16_t)(2 + (k * 7 + (uint32_t)i) % 2);
        CHECK_OK(graph_make(&g, &arena, ops, nodes, edges, nodes - 1, 4));
        CHECK_OK(neighbours_add(&n, &g));
        arena_release(&arena);
    }
    for (int i = 0; i < 400; i++) {
        size_t near = neighbours_draw(&n, &r, (size_t)i);
        CU_ASSERT(near < 400 && near != (size_t)i);
        like += abs((int)(near % 50) - i % 50) <= 8;
    }
    CU_ASSERT(like > 300); /* of all networks a third is so near */
    neighbours_release(&n);
}

static void check_refused(struct dataset *d, const char *part)
{
    struct space *s = NULL;
    CHECK_OK(dataset_write(d, path()));
    CU_ASSERT_EQUAL(space_pool_new(path(), &s), SIBYL_E_FORMAT);
    if (!strstr(err_message(), part)) printf("\n  got: %s\n", err_message());
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), part));
    dataset_release(d);
    unlink(path());
}

static void test_names(void)
{
    struct dataset d;
    struct space *s;
    uint16_t a[2], b[2];
    char text[32];
    begin(&d, "");
    add_chain(&d, 1, 1, "x", 1);
    add_chain(&d, 2, 1, "y", 1);
    add_chain(&d, 3, 1, "x", 1);
    check_refused(&d, "rows 0 and 2 (from 0) are different networks with one name, \"x\"");
    begin(&d, "");
    add_chain(&d, 1, 1, "1", 1);
    add_chain(&d, 2, 1, "", 1); /* which is called by its number, 1 */
    check_refused(&d, "rows 0 and 1 ");
    begin(&d, "");
    check_refused(&d, "a pool without networks");
    begin(&d, "");
    add_chain(&d, 1, 1, "x", 1);
    add_chain(&d, 1, 1, "x", 2); /* the same network, twice by one name and once by another */
    add_chain(&d, 1, 1, "z", 3);
    add_chain(&d, 2, 1, "", 1);
    s = open_pool(&d);
    CU_ASSERT_EQUAL(s->strings, 2);
    CHECK_OK(s->parse(s, "x", a));
    CHECK_OK(s->parse(s, "z", b));
    CU_ASSERT_EQUAL(memcmp(a, b, sizeof(a)), 0);
    s->text(s, b, text);
    CU_ASSERT_STRING_EQUAL(text, "x");
    CHECK_OK(s->parse(s, "3", b));
    s->text(s, b, text);
    CU_ASSERT_STRING_EQUAL(text, "3");
    space_free(s);
    unlink(path());
}

/* ---- the part of a space that a table has ---- */

/* A table of every `step`th point of a space; with `texts`, or graphs alone. The last value of a
 * part is a hole. */
static void write_part(const struct space *s, uint64_t step, bool texts)
{
    static const char *const labels[] = {"y"};
    struct dataset d;
    struct arena arena;
    arena_init(&arena);
    CHECK_OK(dataset_begin(&d, s->name, (const char *const *)s->vocabulary.names,
                           s->vocabulary.count, labels, 1));
    for (uint64_t i = 0; i < s->strings; i += step) {
        uint16_t g[SPACE_GENES_BUILT_IN];
        char text[256];
        struct graph graph;
        double y = step == 1 || i + step < s->strings ? (double)i : (double)NAN;
        arena_reset(&arena);
        s->at(s, i, g);
        s->text(s, g, text);
        CHECK_OK(s->graph(s, g, &graph, &arena));
        CHECK_OK(dataset_add(&d, &graph, texts ? text : "", &y));
    }
    CHECK_OK(dataset_write(&d, path()));
    dataset_release(&d);
    arena_release(&arena);
}

static void open_part(struct space **s, struct evaluator *e, struct space_part *part)
{
    struct evaluator_table_options o = {path(), "y", false, part};
    *part = (struct space_part){0};
    CHECK_OK(evaluator_table(e, *s, &o));
}

static void check_is_there(struct evaluator *e, const struct space *s, const struct candidate *c)
{
    const struct evaluation_task task = {0};
    struct evaluation v;
    CHECK_OK(e->evaluate(e, s, c, &task, &v));
    CU_ASSERT_FALSE(v.failed);
}

/* All that the space gives, in every way, is in the table. */
static void check_keeps(struct evaluator *e, const struct space *s, uint64_t seed)
{
    struct rng r;
    struct arena arena;
    rng_init(&r, seed, RNG_TEST, 0);
    arena_init(&arena);
    for (uint64_t i = 0; i < 200; i++) {
        struct candidate a, b, child;
        arena_reset(&arena);
        uint16_t *genes = space_genes(s, &arena), *other = space_genes(s, &arena);
        s->sample(s, &r, genes);
        s->at(s, i % s->strings, other);
        CHECK_OK(candidate_make(&a, &arena, s, genes));
        CHECK_OK(candidate_make(&b, &arena, s, other));
        check_is_there(e, s, &a);
        check_is_there(e, s, &b);
        CHECK_OK(variation_mutate(s, &r, &a, &child, &arena));
        CU_ASSERT(hash128_compare(a.hash, child.hash) != 0);
        check_is_there(e, s, &child);
        CHECK_OK(
            variation_cross(s, &r, (const struct candidate *const[2]){&a, &b}, &child, &arena));
        check_is_there(e, s, &child);
    }
    arena_release(&arena);
}

static void check_part(const char *name, uint64_t step, bool texts)
{
    struct space *s = NULL;
    struct evaluator e = {0};
    struct space_part part;
    CHECK_OK(space_new(name, &s));
    write_part(s, step, texts);
    open_part(&s, &e, &part);
    CU_ASSERT_FALSE(space_part_is_whole(&part));
    CU_ASSERT_EQUAL(part.count, part.set.count); /* all are listed */
    CHECK_OK(space_part_keep_to(&s, &part));
    check_keeps(&e, s, step);
    evaluator_release(&e);
    space_free(s);
    unlink(path());
}

static void test_part(void)
{
    check_part("digits201", 20, true);
    check_part("digits201", 20, false);
    check_part("nasbench201", 300, false);
    check_part("nasbench101", 5000, true);
    check_part("nasbench101", 5000, false);
}

/* A table with all of a space leaves it as it is, and a space that is too large to be gone through
 * gives the same points of it as before. */
static void test_whole(void)
{
    struct space *s = NULL, *kept = NULL;
    struct space_part part = {0};
    struct evaluator e = {0};
    struct arena arena;
    arena_init(&arena);
    CHECK_OK(space_new("digits201", &s));
    write_part(s, 1, true);
    struct evaluator_table_options o = {path(), "y", false, &part};
    CHECK_OK(evaluator_table(&e, s, &o));
    CU_ASSERT_EQUAL(part.networks, 483);
    CU_ASSERT_EQUAL(part.count, 483);
    CU_ASSERT(space_part_is_whole(&part));
    /* As if it were large. */
    part.networks = 0;
    CHECK_OK(space_new("digits201", &kept));
    CHECK_OK(space_part_keep_to(&kept, &part));
    struct rng a, b;
    rng_init(&a, 5, RNG_TEST, 0);
    b = a;
    for (int i = 0; i < 200; i++) {
        struct candidate p, x, y;
        arena_reset(&arena);
        uint16_t *one = space_genes(s, &arena), *two = space_genes(s, &arena);
        s->sample(s, &a, one);
        kept->sample(kept, &b, two);
        CU_ASSERT_EQUAL(memcmp(one, two, s->genes * sizeof(*one)), 0);
        CHECK_OK(candidate_make(&p, &arena, s, one));
        CHECK_OK(variation_mutate(s, &a, &p, &x, &arena));
        CHECK_OK(variation_mutate(kept, &b, &p, &y, &arena));
        CU_ASSERT_EQUAL(hash128_compare(x.hash, y.hash), 0);
    }
    CU_ASSERT_EQUAL(rng_u64(&a), rng_u64(&b));
    arena_release(&arena);
    evaluator_release(&e);
    space_free(s);
    space_free(kept);
    unlink(path());
}

/* ---- the fields of a table ---- */

static void test_values(void)
{
    CU_ASSERT(space_table_value_is("3", "3.0"));
    CU_ASSERT(space_table_value_is("3", " 3"));
    CU_ASSERT(space_table_value_is("0.5", ".5"));
    CU_ASSERT(space_table_value_is("1", "True"));
    CU_ASSERT(space_table_value_is("false", "FALSE"));
    CU_ASSERT(space_table_value_is("true", "1"));
    CU_ASSERT(space_table_value_is("conv", "conv"));
    CU_ASSERT_FALSE(space_table_value_is("conv", "Conv"));
    CU_ASSERT_FALSE(space_table_value_is("3", "3x"));
    CU_ASSERT_FALSE(space_table_value_is("0", ""));
}

int main(void)
{
    CU_TestInfo tests[] = {{"points", test_points}, {"near", test_near},   {"names", test_names},
                           {"part", test_part},     {"whole", test_whole}, {"values", test_values},
                           CU_TEST_INFO_NULL};
    return unit_run("space_pool", tests);
}
