#include "comm/reduce.h"
#include "base/rng.h"
#include "tests/mpi/mpi_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 8

/* A shard repeats itself after so many numbers: a prime, so that no distance between two blocks or
 * parts is a multiple of it, and a number in another's place is seen. */
#define PERIOD 65521

/* Number i of a shard: magnitudes from 2^-30 to 2^11, both signs, some exact ties of the rounding.
 */
static void fill_shard(float *values, size_t count, uint64_t shard)
{
    struct rng r;
    rng_init(&r, 11, RNG_TEST, shard);
    for (size_t i = 0; i < count && i < PERIOD; i++) {
        int exponent = (int)rng_below(&r, 42) - 30;
        values[i] = (float)ldexp(2.0 * rng_uniform(&r) - 1.0, exponent);
        if (i % 97 == 0) values[i] = ldexpf((float)(2 * (int)rng_below(&r, 1000) - 999), -41);
        if (i % 101 == 0) values[i] = nextafterf(shard % 2 ? -4096.0f : 4096.0f, 0.0f);
    }
    for (size_t i = PERIOD; i < count; i++) values[i] = values[i - PERIOD];
}

/* The same sum over all shards, by llrint() on rank 0. Collective. */
static void expect_sums(size_t count, int64_t *sums)
{
    float *values = calloc(count, sizeof(*values));
    CU_ASSERT_FATAL(values != NULL);
    memset(sums, 0, count * sizeof(*sums));
    for (uint64_t s = 0; s < SHARDS && team_rank(everyone) == 0; s++) {
        fill_shard(values, count, s);
        for (size_t i = 0; i < count; i++) sums[i] += llrint((double)values[i] * 0x1p40);
    }
    team_broadcast(everyone, 0, sums, count * sizeof(*sums));
    free(values);
}

/* This rank's shards, one behind the other, to be freed; how many they are. */
static float *fill_dealt(size_t count, size_t *out_shards)
{
    float *values = malloc((SHARDS * count + 1) * sizeof(*values));
    CU_ASSERT_FATAL(values != NULL);
    *out_shards = 0;
    for (uint64_t s = 0; s < SHARDS; s++)
        if ((int)(s % (uint64_t)team_size(everyone)) == team_rank(everyone))
            fill_shard(values + (*out_shards)++ * count, count, s);
    return values;
}

/* Shards to the sums from the last number down, in steps that fit no bucket. What is told to be
 * ready is on its way while numbers below are still added. */
static void add_dealt(struct reducer *r, const float *values, size_t shards, size_t count,
                      size_t step)
{
    int64_t *sums = reducer_sums(r);
    bool good = true;
    for (size_t end = count; end > 0;) {
        size_t from = end > step ? end - step : 0;
        for (size_t s = 0; s < shards; s++)
            for (size_t i = from; i < end; i++)
                good &= fixed_add(&sums[i], (double)values[s * count + i]);
        if (from > 0) reducer_ready(r, from); /* the rest is for reducer_wait() */
        end = from;
    }
    CU_ASSERT(good);
}

/* How often the parts of all ranks have each block, into times (blocks). */
static void count_blocks(const struct reducer *r, unsigned char *times, size_t count)
{
    for (size_t b = 0; b < reducer_buckets(r); b++)
        for (int rank = 0; rank < team_size(everyone); rank++) {
            struct reducer_part p = reducer_part(r, rank, b);
            CU_ASSERT(p.begin <= p.end && p.end <= count);
            CU_ASSERT(p.begin == p.end || p.begin % REDUCER_BLOCK == 0);
            CU_ASSERT(p.begin == p.end || p.end == count || p.end % REDUCER_BLOCK == 0);
            for (size_t i = p.begin; i < p.end; i += REDUCER_BLOCK) times[i / REDUCER_BLOCK]++;
        }
}

/* The parts of all ranks are every number once. */
static void check_parts(const struct reducer *r, size_t count)
{
    size_t blocks = (count + REDUCER_BLOCK - 1) / REDUCER_BLOCK, wrong = 0;
    unsigned char *times = calloc(blocks, 1);
    CU_ASSERT_FATAL(times != NULL);
    count_blocks(r, times, count);
    for (size_t b = 0; b < blocks; b++) wrong += times[b] != 1;
    CU_ASSERT_EQUAL(wrong, 0);
    free(times);
}

/* This rank's sums become its floats. Returns how many of its sums are wrong. */
static size_t take_parts(struct reducer *r, const int64_t *exact, float *out)
{
    size_t wrong = 0;
    for (size_t b = 0; b < reducer_buckets(r); b++) {
        struct reducer_part p = reducer_part(r, team_rank(everyone), b);
        for (size_t i = p.begin; i < p.end; i++) {
            wrong += reducer_sums(r)[i] != exact[i];
            out[i] = (float)fixed_value(reducer_sums(r)[i]);
        }
    }
    return wrong;
}

/* How many values are not those of the sums, asked for in steps while they come in. */
static size_t take_values(struct reducer *r, const int64_t *exact, const float *out, size_t count,
                          size_t step)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        if (i % step == 0) reducer_gathered(r, i + step);
        wrong += out[i] != (float)fixed_value(exact[i]);
    }
    reducer_gathered(r, SIZE_MAX);
    return wrong;
}

static void check_sum(size_t count, size_t step)
{
    struct reducer *r = NULL;
    size_t shards;
    float *values = fill_dealt(count, &shards), *out = calloc(count, sizeof(*out));
    int64_t *exact = calloc(count, sizeof(*exact));
    CU_ASSERT_FATAL(exact && out);
    expect_sums(count, exact);
    CHECK_OK(reducer_new(&r, everyone, count));
    check_parts(r, count);
    for (int round = 0; round < 3; round++) {
        add_dealt(r, values, shards, count, step);
        memset(out, 0xff, count * sizeof(*out));
        reducer_wait(r);
        CU_ASSERT_EQUAL(take_parts(r, exact, out), 0);
        reducer_clear(r);
        reducer_gather(r, out);
        CU_ASSERT_EQUAL(take_values(r, exact, out, count, step), 0);
    }
    reducer_free(r);
    free(values);
    free(exact);
    free(out);
}

static void test_bits_do_not_depend_on_ranks(void)
{
    check_sum(1, 1);
    check_sum(4099, 1000);
}

/* Several buckets, more and less often told of than there are; and so many that not all exchanges
 * may be on their way at a time. */
static void test_buckets(void)
{
    check_sum(((size_t)1 << 19) + 5, 70000);
    check_sum(((size_t)1 << 19) + 1024, (size_t)1 << 18);
    check_sum(((size_t)9 << 18) + 5, 100000);
}

/* FIXED_ADDENDS_MAX of the largest magnitude still fit. */
static void test_most_addends(void)
{
    struct reducer *r = NULL;
    float value = nextafterf((float)FIXED_MAGNITUDE_MAX, 0.0f);
    CHECK_OK(reducer_new(&r, everyone, 1));
    for (int i = 0; i < FIXED_ADDENDS_MAX; i++)
        if (i % team_size(everyone) == team_rank(everyone))
            CU_ASSERT(fixed_add(reducer_sums(r), (double)value));
    reducer_wait(r);
    float out = (float)fixed_value(reducer_sums(r)[0]);
    reducer_gather(r, &out);
    reducer_gathered(r, SIZE_MAX);
    CU_ASSERT_EQUAL(out, FIXED_ADDENDS_MAX * value);
    CU_ASSERT(!fixed_add(reducer_sums(r), FIXED_MAGNITUDE_MAX));
    CU_ASSERT(!fixed_add(reducer_sums(r), -INFINITY));
    CU_ASSERT(!fixed_add(reducer_sums(r), NAN));
    reducer_free(r);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"bits do not depend on the ranks", test_bits_do_not_depend_on_ranks},
                           {"buckets", test_buckets},
                           {"most addends", test_most_addends},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "reduce", tests);
}
