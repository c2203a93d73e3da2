#include "comm/reduce.h"
#include "base/rng.h"
#include "tests/mpi/mpi_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS 8

/* Number i of a shard: magnitudes from 2^-30 to 2^15, both signs, some exact ties of the rounding.
 */
static void fill_shard(float *values, size_t count, uint64_t shard)
{
    struct rng r;
    rng_init(&r, 11, RNG_TEST, shard);
    for (size_t i = 0; i < count; i++) {
        int exponent = (int)rng_below(&r, 46) - 30;
        values[i] = (float)ldexp(2.0 * rng_uniform(&r) - 1.0, exponent);
        if (i % 97 == 0) values[i] = ldexpf((float)(2 * (int)rng_below(&r, 1000) - 999), -41);
        if (i % 101 == 0) values[i] = nextafterf(shard % 2 ? -65536.0f : 65536.0f, 0.0f);
    }
}

/* The same sum over all shards on one rank, by llrint(). */
static void expect_sum(size_t count, float *exact, long double *wide)
{
    int64_t *sums = calloc(count, sizeof(*sums));
    float *values = calloc(count, sizeof(*values));
    CU_ASSERT_FATAL(sums && values);
    memset(wide, 0, count * sizeof(*wide));
    for (uint64_t s = 0; s < SHARDS; s++) {
        fill_shard(values, count, s);
        for (size_t i = 0; i < count; i++) {
            sums[i] += llrint((double)values[i] * 0x1p40);
            wide[i] += values[i];
        }
    }
    for (size_t i = 0; i < count; i++) exact[i] = (float)((double)sums[i] * 0x1p-40);
    free(sums);
    free(values);
}

static enum status add_dealt(struct reducer *r, float *values, size_t count)
{
    enum status st = SIBYL_OK;
    for (uint64_t s = 0; s < SHARDS && !st; s++) {
        if ((int)(s % (uint64_t)team_size(everyone)) != team_rank(everyone)) continue;
        fill_shard(values, count, s);
        st = reducer_add(r, values);
    }
    return st;
}

static void check_sum(size_t count)
{
    struct reducer *r = NULL;
    float *values = calloc(count, sizeof(*values)), *exact = calloc(count, sizeof(*exact));
    float *out = calloc(count, sizeof(*out));
    long double *wide = calloc(count, sizeof(*wide));
    CU_ASSERT_FATAL(values && exact && out && wide);
    expect_sum(count, exact, wide);
    CHECK_OK(reducer_new(&r, count));
    for (int round = 0; round < 2;
         round++) { /* the second one needs the reducer to be clear again */
        reducer_clear(r);
        memset(out, 0xff, count * sizeof(*out));
        CHECK_OK(reducer_allreduce(r, everyone, add_dealt(r, values, count), out));
        CU_ASSERT(memcmp(out, exact, count * sizeof(*out)) == 0);
        size_t far = 0;
        for (size_t i = 0; i < count; i++) {
            long double allowed = SHARDS * 0x1p-41L + fabsl(wide[i]) * 0x1p-23L;
            far += !(fabsl(out[i] - wide[i]) <= allowed);
        }
        CU_ASSERT_EQUAL(far, 0);
    }
    reducer_free(r);
    free(values);
    free(exact);
    free(out);
    free(wide);
}

static void test_bits_do_not_depend_on_ranks(void)
{
    check_sum(1);
    check_sum(4099);
}

/* More numbers than one MPI call carries. */
static void test_chunks(void)
{
    check_sum(((size_t)1 << 20) + 5);
}

/* A number that must not be summed, on each rank in turn, fails on all ranks with that rank's
 * message. */
static void check_refused(float bad)
{
    for (int where = 0; where < team_size(everyone); where++) {
        struct reducer *r = NULL;
        float values[100], out[100] = {0};
        for (int i = 0; i < 100; i++) values[i] = 1.0f;
        if (team_rank(everyone) == where) values[57] = bad;
        CHECK_OK(reducer_new(&r, 100));
        enum status st = reducer_add(r, values);
        CU_ASSERT_EQUAL(st, team_rank(everyone) == where ? SIBYL_E_RANGE : SIBYL_OK);
        CU_ASSERT_EQUAL(reducer_allreduce(r, everyone, st, out), SIBYL_E_RANGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "number 57 of 100"));
        char prefix[32];
        snprintf(prefix, sizeof(prefix), "rank %d: ", where);
        CU_ASSERT_EQUAL(strncmp(err_message(), prefix, strlen(prefix)) == 0, where > 0);
        CU_ASSERT_EQUAL(out[0], 0.0f);
        reducer_free(r);
    }
}

static void test_out_of_range_fails_everywhere(void)
{
    check_refused(NAN);
    check_refused(INFINITY);
    check_refused(-INFINITY);
    check_refused(65536.0f);
    check_refused(-65536.0f);
}

/* Even if the caller forgets that an addition failed, no sum comes out. */
static void test_forgotten_failure(void)
{
    struct reducer *r = NULL;
    float value = team_rank(everyone) == team_size(everyone) - 1 ? NAN : 1.0f, out = 5.0f;
    CHECK_OK(reducer_new(&r, 1));
    (void)reducer_add(r, &value);
    CU_ASSERT_EQUAL(reducer_allreduce(r, everyone, SIBYL_OK, &out), SIBYL_E_RANGE);
    CU_ASSERT_EQUAL(out, 5.0f);
    value = 2.0f; /* and the next sum is good */
    CHECK_OK(reducer_add(r, &value));
    CHECK_OK(reducer_allreduce(r, everyone, SIBYL_OK, &out));
    CU_ASSERT_EQUAL(out, 2.0f * (float)team_size(everyone));
    reducer_free(r);
}

static void test_other_failure_is_agreed_on(void)
{
    struct reducer *r = NULL;
    float out = 0.0f;
    int last = team_size(everyone) - 1;
    CHECK_OK(reducer_new(&r, 1));
    enum status st = team_rank(everyone) == last ? err_set(SIBYL_E_IO, "disk gone") : SIBYL_OK;
    CU_ASSERT_EQUAL(reducer_allreduce(r, everyone, st, &out), SIBYL_E_IO);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "disk gone"));
    reducer_free(r);
}

/* 64 addends of the largest magnitude still fit; one more is refused on all ranks. */
static void test_most_addends(void)
{
    for (int extra = 0; extra < 2; extra++) {
        struct reducer *r = NULL;
        float value = nextafterf(65536.0f, 0.0f), out = 0.0f;
        CHECK_OK(reducer_new(&r, 1));
        enum status st = SIBYL_OK;
        for (int i = 0; i < 64 + extra; i++)
            if (i % team_size(everyone) == team_rank(everyone) && !st) st = reducer_add(r, &value);
        st = reducer_allreduce(r, everyone, st, &out);
        CU_ASSERT_EQUAL(st, extra ? SIBYL_E_RANGE : SIBYL_OK);
        CU_ASSERT_EQUAL(out, extra ? 0.0f : 64.0f * value);
        reducer_free(r);
    }
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"bits do not depend on the ranks", test_bits_do_not_depend_on_ranks},
                           {"chunks", test_chunks},
                           {"out of range fails everywhere", test_out_of_range_fails_everywhere},
                           {"forgotten failure", test_forgotten_failure},
                           {"other failure is agreed on", test_other_failure_is_agreed_on},
                           {"most addends", test_most_addends},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "reduce", tests);
}
