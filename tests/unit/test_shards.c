/* Every shard goes to one rank, every rank has as many as another give or take one, and no rank has
 * far more nodes than another. */
#include "tests/unit/unit.h"

#include "base/rng.h"
#include "predictor/training/shards.h"

#define GRAPHS 300
#define SHARDS 40
#define RANKS 45

static uint64_t shard_nodes(const struct shards *s, uint32_t shard, const struct graph *graphs,
                            const uint32_t *rows)
{
    uint64_t nodes = 0;
    for (uint32_t g = s->begin[shard]; g < s->begin[shard + 1]; g++) nodes += graphs[rows[g]].nodes;
    return nodes;
}

/* Eight shards of 1 to 8 nodes make four pairs of 9. */
static void test_pairs(void)
{
    struct graph graphs[8] = {0};
    const uint32_t rows[8] = {3, 1, 0, 2, 7, 6, 5, 4};
    struct shards s;
    for (uint32_t g = 0; g < 8; g++) graphs[g].nodes = g + 1;
    CHECK_OK(shards_init(&s, 8, 4));
    shards_deal(&s, graphs, rows, 8);
    for (uint32_t r = 0; r < 4; r++) {
        uint64_t nodes = 0;
        CU_ASSERT_EQUAL(s.of_rank[r], 2 * r);
        for (uint32_t i = 2 * r; i < 2 * r + 2; i++)
            nodes += shard_nodes(&s, s.dealt[i], graphs, rows);
        CU_ASSERT_EQUAL(nodes, 9);
    }
    CU_ASSERT_EQUAL(s.dealt[0], 4); /* row 7, of 8 nodes */
    CU_ASSERT_EQUAL(s.dealt[1], 2); /* row 0, of one */
    shards_release(&s);
}

static void check_deal(const struct shards *s, const struct graph *graphs, const uint32_t *rows,
                       uint32_t count)
{
    uint64_t largest = 0, smallest = UINT64_MAX, most = 0, least = UINT64_MAX;
    uint32_t graphs_seen = 0;
    bool seen[SHARDS] = {false};
    CU_ASSERT_EQUAL(s->of_rank[0], 0);
    CU_ASSERT_EQUAL(s->of_rank[s->ranks], s->count);
    for (uint32_t r = 0; r < s->ranks; r++) {
        uint64_t nodes = 0;
        uint32_t has = s->of_rank[r + 1] - s->of_rank[r];
        CU_ASSERT(has == s->count / s->ranks || has == (s->count + s->ranks - 1) / s->ranks);
        for (uint32_t i = s->of_rank[r]; i < s->of_rank[r + 1]; i++) {
            CU_ASSERT_FATAL(s->dealt[i] < s->count);
            CU_ASSERT(!seen[s->dealt[i]]);
            uint64_t size = shard_nodes(s, s->dealt[i], graphs, rows);
            seen[s->dealt[i]] = true;
            graphs_seen += shards_graphs(s, i);
            nodes += size;
            if (size > largest) largest = size;
            if (size < smallest) smallest = size;
        }
        if (nodes > most) most = nodes;
        if (nodes < least) least = nodes;
    }
    CU_ASSERT_EQUAL(graphs_seen, count);
    if (s->count % s->ranks == 0) CU_ASSERT(most - least <= largest - smallest);
}

static void test_all_counts(void)
{
    struct graph graphs[GRAPHS] = {0};
    uint32_t rows[GRAPHS];
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 0);
    for (uint32_t g = 0; g < GRAPHS; g++) {
        graphs[g].nodes = 1 + (uint32_t)rng_below(&r, 200);
        rows[g] = g;
    }
    rng_shuffle(&r, rows, GRAPHS);
    for (uint32_t ranks = 1; ranks <= RANKS; ranks++) {
        struct shards s;
        CHECK_OK(shards_init(&s, SHARDS, ranks));
        shards_deal(&s, graphs, rows, GRAPHS);
        check_deal(&s, graphs, rows, GRAPHS);
        shards_deal(&s, graphs, rows + 2, 3); /* the last batch: most shards are empty */
        check_deal(&s, graphs, rows + 2, 3);
        shards_release(&s);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"pairs", test_pairs},
        {"all counts of ranks", test_all_counts},
        CU_TEST_INFO_NULL,
    };
    return unit_run("shards", tests);
}
