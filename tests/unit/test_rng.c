/* Random streams: known answers, streams that differ, and what they give. */
#include "base/rng.h"

#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

/* Known answers of philox4x32 with 10 rounds, from Random123's kat_vectors. */
static void test_rng_known_answers(void)
{
    const struct {
        uint32_t counter[4], key[2], out[4];
    } known[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
        struct rng r = {0};
        memcpy(r.counter, known[k].counter, sizeof(r.counter));
        memcpy(r.key, known[k].key, sizeof(r.key));
        for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(rng_u32(&r), known[k].out[i]);
    }
}

static void test_rng_streams_differ(void)
{
    enum { STREAMS = 48, LENGTH = 32 };
    static uint64_t first[STREAMS][LENGTH];
    size_t n = 0, equal = 0;
    for (uint64_t seed = 0; seed < 4; seed++)
        for (int purpose = RNG_SPLIT; purpose <= RNG_PAIRS - 1; purpose++)
            for (uint64_t index = 0; index < 3; index++, n++) {
                struct rng r;
                rng_init(&r, seed, (enum rng_purpose)purpose, index);
                for (int i = 0; i < LENGTH; i++) first[n][i] = rng_u64(&r);
            }
    CU_ASSERT_EQUAL(n, STREAMS);
    for (size_t a = 0; a < STREAMS * LENGTH; a++)
        for (size_t b = a + 1; b < STREAMS * LENGTH; b++)
            equal += first[a / LENGTH][a % LENGTH] == first[b / LENGTH][b % LENGTH];
    CU_ASSERT_EQUAL(equal, 0);
}

/* The same name gives the same numbers, whatever was drawn elsewhere; a copy continues from its
 * position. */
static void test_rng_repeats(void)
{
    struct rng a, b, other;
    rng_init(&a, 7, RNG_SEARCH, UINT64_MAX);
    rng_init(&other, 7, RNG_SEARCH, 3);
    for (int i = 0; i < 13; i++) (void)rng_u32(&a), (void)rng_u32(&other);
    rng_init(&b, 7, RNG_SEARCH, UINT64_MAX);
    for (int i = 0; i < 13; i++) (void)rng_u32(&b);
    struct rng copy = a;
    for (int i = 0; i < 20; i++) {
        uint32_t x = rng_u32(&a);
        CU_ASSERT_EQUAL(rng_u32(&b), x);
        CU_ASSERT_EQUAL(rng_u32(&copy), x);
    }
}

static void test_rng_distributions(void)
{
    enum { DRAWS = 20000 };
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 0);
    double sum = 0, squares = 0, normal = 0, normal_squares = 0;
    unsigned counts[7] = {0};
    for (int i = 0; i < DRAWS; i++) {
        double u = rng_uniform(&r), z = rng_normal(&r);
        uint64_t below = rng_below(&r, 7);
        CU_ASSERT_FATAL(u >= 0.0 && u < 1.0 && isfinite(z) && below < 7);
        counts[below]++;
        sum += u;
        squares += u * u;
        normal += z;
        normal_squares += z * z;
    }
    /* Five standard errors. */
    CU_ASSERT_DOUBLE_EQUAL(sum / DRAWS, 0.5, 5 * sqrt(1.0 / 12 / DRAWS));
    CU_ASSERT_DOUBLE_EQUAL(squares / DRAWS, 1.0 / 3, 5 * sqrt(4.0 / 45 / DRAWS));
    CU_ASSERT_DOUBLE_EQUAL(normal / DRAWS, 0.0, 5 / sqrt(DRAWS));
    CU_ASSERT_DOUBLE_EQUAL(normal_squares / DRAWS, 1.0, 5 * sqrt(2.0 / DRAWS));
    for (int k = 0; k < 7; k++)
        CU_ASSERT_DOUBLE_EQUAL(counts[k], DRAWS / 7.0, 5 * sqrt(DRAWS * 6.0 / 49));
    for (int i = 0; i < 100; i++) CU_ASSERT_EQUAL(rng_below(&r, 1), 0);
    uint64_t large = ((uint64_t)1 << 63) + 1; /* nearly every second draw is rejected */
    for (int i = 0; i < 100; i++) CU_ASSERT(rng_below(&r, large) < large);
}

static void test_rng_shuffle(void)
{
    uint32_t items[200], seen[200] = {0};
    size_t moved = 0;
    struct rng r;
    rng_init(&r, 5, RNG_SHUFFLE, 0);
    for (uint32_t i = 0; i < 200; i++) items[i] = i;
    rng_shuffle(&r, items, 200);
    for (uint32_t i = 0; i < 200; i++) {
        CU_ASSERT_FATAL(items[i] < 200);
        seen[items[i]]++;
        moved += items[i] != i;
    }
    for (int i = 0; i < 200; i++) CU_ASSERT_EQUAL(seen[i], 1);
    CU_ASSERT(moved > 150);
    unsigned orders[6] = {0};
    for (int i = 0; i < 6000; i++) {
        uint32_t three[3] = {0, 1, 2};
        rng_shuffle(&r, three, 3);
        orders[three[0] * 2 + (three[1] > three[2])]++;
    }
    for (int k = 0; k < 6; k++) CU_ASSERT_DOUBLE_EQUAL(orders[k], 1000, 5 * sqrt(6000 * 5.0 / 36));
    rng_shuffle(&r, NULL, 0);
}

int main(void)
{
    CU_TestInfo tests[] = {{"known answers", test_rng_known_answers},
                           {"streams differ", test_rng_streams_differ},
                           {"repeats", test_rng_repeats},
                           {"distributions", test_rng_distributions},
                           {"shuffle", test_rng_shuffle},
                           CU_TEST_INFO_NULL};
    return unit_run("rng", tests);
}
