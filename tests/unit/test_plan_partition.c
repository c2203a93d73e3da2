/* Which partition a batch script is for, of what sinfo prints. */
#include "jobs/planning/plan_partition.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char cluster[] = "debug*|up|2|4|7900|30:00\n"
                              "long|up|12|64|256000|7-00:00:00\n"
                              "broken|down|99|128|512000|infinite\n"
                              "mixed|up|3|32|64000|1-00:00:00\n"
                              "mixed|up|5|16+|128000+|1-00:00:00\n"
                              "endless|up|1|8|16000|infinite\n";

static const char *chosen(double ranks, double threads, double rank_mib, double wall_s)
{
    struct partitions all;
    const struct partition_wish w = {ranks, threads, rank_mib, wall_s};
    partitions_parse(&all, cluster);
    const struct partition *p = partitions_choose(&all, &w);
    static char name[PARTITION_NAME_BYTES];
    strcpy(name, p ? p->name : "none");
    return name;
}

static void test_parse(void)
{
    struct partitions all;
    partitions_parse(&all, cluster);
    CU_ASSERT_EQUAL_FATAL(all.count, 4);
    CU_ASSERT_STRING_EQUAL(all.list[0].name, "debug");
    CU_ASSERT_TRUE(all.list[0].standard);
    CU_ASSERT_EQUAL(all.list[0].limit_s, 1800);
    CU_ASSERT_EQUAL(all.list[1].limit_s, 7 * 86400);
    CU_ASSERT_FALSE(all.list[1].standard);
    /* Two kinds of nodes: so many of both, of the lesser. */
    CU_ASSERT_STRING_EQUAL(all.list[2].name, "mixed");
    CU_ASSERT_EQUAL(all.list[2].nodes, 8);
    CU_ASSERT_EQUAL(all.list[2].cpus, 16);
    CU_ASSERT_EQUAL(all.list[2].memory_mib, 64000);
    CU_ASSERT_TRUE(isinf(all.list[3].limit_s));
}

static void test_nonsense(void)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "sinfo: error: no controller\n",
        "a|up|x|4|1000|30:00\n",
        "a|up|1|-4|1000|30:00\n",
        "a|up|1|4|nan|30:00\n",
        "a|up|1|4|1000|soon\n",
        "a|up|1|4|1000\n",
        "*|up|1|4|1000|30:00\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct partitions all;
        partitions_parse(&all, texts[i]);
        CU_ASSERT_EQUAL(all.count, 0);
        CU_ASSERT_PTR_NULL(partitions_choose(&all, &(struct partition_wish){1, 1, 0, 60}));
    }
}

static void test_many(void)
{
    char text[4 * PARTITIONS_MAX * 32] = "";
    struct partitions all;
    for (int i = 0; i < 2 * PARTITIONS_MAX; i++)
        snprintf(text + strlen(text), 32, "p%d|up|1|4|1000|30:00\n", i);
    partitions_parse(&all, text);
    CU_ASSERT_EQUAL(all.count, PARTITIONS_MAX);
}

static void test_room(void)
{
    struct partitions all;
    partitions_parse(&all, cluster);
    const struct partition *debug = &all.list[0];
    CU_ASSERT_EQUAL(partition_ranks(debug, &(struct partition_wish){1, 1, 0, 60}), 8);
    CU_ASSERT_EQUAL(partition_ranks(debug, &(struct partition_wish){1, 3, 0, 60}), 2);
    CU_ASSERT_EQUAL(partition_ranks(debug, &(struct partition_wish){1, 1, 4000, 60}), 2);
    CU_ASSERT_EQUAL(partition_ranks(debug, &(struct partition_wish){1, 1, 8000, 60}), 0);
    CU_ASSERT_EQUAL(partition_ranks(debug, &(struct partition_wish){1, 8, 0, 60}), 0);
}

static void test_choose(void)
{
    CU_ASSERT_STRING_EQUAL(chosen(8, 1, 100, 600), "debug");   /* the standard one will do */
    CU_ASSERT_STRING_EQUAL(chosen(8, 1, 100, 3600), "mixed");  /* not for an hour: the next limit */
    CU_ASSERT_STRING_EQUAL(chosen(16, 1, 100, 600), "mixed");  /* nor for so many */
    CU_ASSERT_STRING_EQUAL(chosen(512, 1, 100, 600), "long");  /* 12 x 64 */
    CU_ASSERT_STRING_EQUAL(chosen(8, 1, 100, 8e5), "endless"); /* longer than a week */
    CU_ASSERT_STRING_EQUAL(chosen(100, 1, 100, 8e5),
                           "long"); /* for so many, as long as it can be */
    CU_ASSERT_STRING_EQUAL(chosen(10000, 1, 100, 600), "long"); /* too many for all: most room */
    CU_ASSERT_STRING_EQUAL(chosen(4, 1, 200000, 600), "long");  /* memory */
    CU_ASSERT_STRING_EQUAL(chosen(2, 32, 100, 600), "long");    /* threads of a node */
}

int main(void)
{
    CU_TestInfo tests[] = {{"parse", test_parse}, {"nonsense", test_nonsense}, {"many", test_many},
                           {"room", test_room},   {"choose", test_choose},     CU_TEST_INFO_NULL};
    return unit_run("plan_partition", tests);
}
