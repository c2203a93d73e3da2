/* Networks whose forms the ranks share: against one rank that makes all of them. */
#include "tests/mpi/mpi_run.h"
#include "tests/random_graph.h"

#include "jobs/training/networks.h"

#include <string.h>

#define ROWS 203

/* Many rows are equal, or equal but for the order of their nodes; some have no path. */
static void make_dataset(struct dataset *d)
{
    static const char *const operations[] = {"input", "output", "conv", "pool"};
    struct arena arena;
    struct rng r;
    arena_init(&arena);
    rng_init(&r, 5, RNG_TEST, 0);
    CHECK_OK(dataset_begin(d, "", operations, 4, NULL, 0));
    for (int i = 0; i < ROWS; i++) {
        struct graph g;
        if (i % 10 == 0) rng_init(&r, 5, RNG_TEST, (uint64_t)(i / 20));
        CHECK_OK(random_graph(&g, &arena, &r, 2 + (uint32_t)rng_below(&r, 6), 0.4, 4));
        for (uint32_t k = 0; k < g.nodes; k++) g.ops[k] = (uint16_t)(2 + g.ops[k] % 2);
        g.ops[0] = 0;
        g.ops[g.nodes - 1] = 1;
        CHECK_OK(dataset_add(d, &g, "", NULL));
    }
    d->content = digest_xxh128("rows", 4);
    arena_release(&arena);
}

static bool equal_lists(const uint32_t *a, const uint32_t *b, size_t count)
{
    return memcmp(a, b, count * sizeof(*a)) == 0;
}

static bool equal_graphs(const struct graph *a, const struct graph *b)
{
    return a->nodes == b->nodes && a->edges == b->edges && a->attributes == b->attributes &&
           !memcmp(a->ops, b->ops, a->nodes * sizeof(*a->ops)) &&
           equal_lists(a->out_start, b->out_start, a->nodes + 1) &&
           equal_lists(a->out_node, b->out_node, a->edges) &&
           equal_lists(a->out_multiplicity, b->out_multiplicity, a->edges) &&
           equal_lists(a->in_start, b->in_start, a->nodes + 1) &&
           equal_lists(a->in_node, b->in_node, a->edges) &&
           equal_lists(a->topological, b->topological, a->nodes);
}

/* What one rank would have, of any row. */
static void check_rows(const struct networks *shared, const struct networks *whole)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < ROWS; i++) {
        struct graph g;
        CU_ASSERT_EQUAL(hash128_compare(shared->keys[i], whole->keys[i]), 0);
        CU_ASSERT_EQUAL(hash128_compare(shared->classes[i], whole->classes[i]), 0);
        CU_ASSERT_EQUAL(shared->connected[i], whole->connected[i]);
        CHECK_OK(networks_graph(shared, i, &arena, &g));
        CU_ASSERT_TRUE(equal_graphs(&g, &whole->graphs[i]));
    }
    arena_release(&arena);
}

/* Every third row, the last first, for all ranks. */
static void check_shared(const struct networks *shared, const struct networks *whole)
{
    uint32_t rows[ROWS], count = 0;
    struct graph graphs[ROWS];
    struct arena arena;
    arena_init(&arena);
    for (uint32_t i = ROWS; i >= 3; i -= 3) rows[count++] = i - 1;
    CHECK_OK(networks_share(shared, rows, count, &arena, graphs));
    for (uint32_t i = 0; i < count; i++)
        CU_ASSERT_TRUE(equal_graphs(&graphs[i], &whole->graphs[rows[i]]));
    CHECK_OK(networks_share(shared, rows, 0, &arena, graphs)); /* nothing is fine */
    arena_release(&arena);
}

static void check_distinct(const struct networks *n)
{
    uint32_t rows[ROWS / 2];
    struct distinct_rows d;
    for (uint32_t i = 0; i < ROWS / 2; i++) rows[i] = 2 * i;
    CHECK_OK(networks_distinct(&d, n, rows, ROWS / 2));
    CU_ASSERT(d.count > 1 && d.count < ROWS / 2);
    for (uint32_t i = 0; i < ROWS / 2; i++) {
        uint32_t first = 0;
        while (hash128_compare(n->keys[rows[first]], n->keys[rows[i]]) != 0) first++;
        CU_ASSERT_EQUAL(d.rows[d.place[i]], rows[first]);
    }
    distinct_rows_release(&d);
    CHECK_OK(networks_distinct(&d, n, NULL, ROWS));
    CU_ASSERT_EQUAL(d.rows[0], 0);
    distinct_rows_release(&d);
}

static void check_form(enum graph_form form)
{
    struct dataset d;
    struct team *self;
    struct networks shared, whole;
    make_dataset(&d);
    CHECK_OK(team_self(&self));
    CHECK_OK(networks_make(&shared, everyone, &d, form));
    CHECK_OK(networks_make(&whole, self, &d, form));
    CU_ASSERT(shared.end - shared.first <= ROWS / (size_t)team_size(everyone) + 1);
    check_rows(&shared, &whole);
    check_shared(&shared, &whole);
    check_distinct(&shared);
    networks_release(&shared);
    networks_release(&whole);
    team_release(self);
    dataset_release(&d);
}

static void test_canonical(void)
{
    check_form(GRAPH_CANONICAL);
}

static void test_raw(void)
{
    check_form(GRAPH_RAW);
}

/* A rank that has read another file. */
static void test_other_data(void)
{
    struct dataset d;
    struct networks n = {0};
    make_dataset(&d);
    if (team_rank(everyone) == team_size(everyone) - 1) d.content = digest_xxh128("other", 5);
    enum status st = networks_make(&n, everyone, &d, GRAPH_CANONICAL);
    CU_ASSERT_EQUAL(st, team_size(everyone) > 1 ? SIBYL_E_IO : SIBYL_OK);
    networks_release(&n);
    dataset_release(&d);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"canonical forms", test_canonical},
                           {"graphs as read", test_raw},
                           {"another dataset on a rank", test_other_data},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "networks", tests);
}
