#include "tests/mpi/mpi_run.h"

#include <stdlib.h>
#include <string.h>

static void test_size_is_that_of_the_job(void)
{
    int rank = -1, size = -1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    CU_ASSERT_EQUAL(team_rank(everyone), rank);
    CU_ASSERT_EQUAL(team_size(everyone), size);
}

static void test_agree_all_fine(void)
{
    for (int i = 0; i < 10; i++) CU_ASSERT_EQUAL(team_agree(everyone, SIBYL_OK), SIBYL_OK);
}

static void test_agree_one_fails(void)
{
    for (int bad = 0; bad < team_size(everyone); bad++) {
        char expected[64];
        enum status mine = SIBYL_OK;
        err_set(SIBYL_OK, "old news");
        if (team_rank(everyone) == bad) mine = err_set(SIBYL_E_RANGE, "number %d is out", 40 + bad);
        CU_ASSERT_EQUAL(team_agree(everyone, mine), SIBYL_E_RANGE);
        if (bad == 0)
            snprintf(expected, sizeof(expected), "number 40 is out");
        else
            snprintf(expected, sizeof(expected), "rank %d: number %d is out", bad, 40 + bad);
        CU_ASSERT_STRING_EQUAL(err_message(), expected);
    }
}

/* From rank `first` on all fail, with different statuses: the lowest rank wins. */
static void test_agree_lowest_rank_wins(void)
{
    const enum status statuses[] = {SIBYL_E_IO, SIBYL_E_FORMAT, SIBYL_E_USAGE, SIBYL_E_STOPPED};
    for (int first = 0; first < team_size(everyone); first++) {
        int rank = team_rank(everyone);
        enum status mine = rank >= first ? err_set(statuses[rank % 4], "I am %d", rank) : SIBYL_OK;
        char expected[32];
        snprintf(expected, sizeof(expected), "I am %d", first);
        CU_ASSERT_EQUAL(team_agree(everyone, mine), statuses[first % 4]);
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), expected));
    }
}

static void test_agree_long_message(void)
{
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    CU_ASSERT_EQUAL(team_agree(everyone, err_set(SIBYL_E_IO, "%s", text)), SIBYL_E_IO);
    CU_ASSERT_EQUAL(strlen(err_message()), 1023);
}

static void test_slices_cover_exactly(void)
{
    for (uint64_t count = 0; count < 40; count++)
        for (int size = 1; size <= 9; size++) {
            uint64_t next = 0, shortest = UINT64_MAX, longest = 0;
            for (int r = 0; r < size; r++) {
                uint64_t begin = 99, end = 99;
                team_slice(count, r, size, &begin, &end);
                CU_ASSERT_EQUAL(begin, next);
                CU_ASSERT(end >= begin);
                next = end;
                if (end - begin < shortest) shortest = end - begin;
                if (end - begin > longest) longest = end - begin;
            }
            CU_ASSERT_EQUAL(next, count);
            CU_ASSERT(longest - shortest <= 1);
        }
    uint64_t begin = 0, end = 0;
    team_slice(UINT64_MAX, 6, 7, &begin, &end);
    CU_ASSERT_EQUAL(end, UINT64_MAX);
}

static unsigned char pattern(size_t i, int root)
{
    return (unsigned char)(i * 7 + (i >> 8) + (size_t)root * 31);
}

static void test_broadcast(void)
{
    const size_t sizes[] = {0, 1, 65536, 65537, 300000};
    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
        for (int root = 0; root < team_size(everyone); root++) {
            unsigned char *data = calloc(1, sizes[k] + 1);
            CU_ASSERT_PTR_NOT_NULL_FATAL(data);
            for (size_t i = 0; team_rank(everyone) == root && i < sizes[k]; i++)
                data[i] = pattern(i, root);
            team_broadcast(everyone, root, data, sizes[k]);
            size_t wrong = 0;
            for (size_t i = 0; i < sizes[k]; i++) wrong += data[i] != pattern(i, root);
            CU_ASSERT_EQUAL(wrong, 0);
            CU_ASSERT_EQUAL(data[sizes[k]], 0);
            free(data);
        }
}

static void test_broadcast_buffer(void)
{
    const size_t sizes[] = {0, 5, 100003};
    for (size_t k = 0; k < 3; k++)
        for (int root = 0; root < team_size(everyone); root++) {
            void *data = NULL;
            size_t bytes = 77;
            if (team_rank(everyone) == root) {
                bytes = sizes[k];
                data = malloc(bytes + 1);
                CU_ASSERT_PTR_NOT_NULL_FATAL(data);
                for (size_t i = 0; i < bytes; i++) ((unsigned char *)data)[i] = pattern(i, root);
            }
            CHECK_OK(team_broadcast_buffer(everyone, root, &data, &bytes));
            CU_ASSERT_EQUAL(bytes, sizes[k]);
            CU_ASSERT_PTR_NOT_NULL_FATAL(data);
            size_t wrong = 0;
            for (size_t i = 0; i < bytes; i++)
                wrong += ((unsigned char *)data)[i] != pattern(i, root);
            CU_ASSERT_EQUAL(wrong, 0);
            free(data);
        }
}

static void test_allgather(void)
{
    size_t counts[64], total = 0;
    int size = team_size(everyone);
    CU_ASSERT_FATAL(size <= 64);
    for (int r = 0; r < size; r++) total += counts[r] = (size_t)((r * 3 + 1) % 4); /* 1, 0, 3, 2 */
    double mine[4] = {0}, all[256];
    for (size_t i = 0; i < counts[team_rank(everyone)]; i++)
        mine[i] = team_rank(everyone) + (double)i / 8;
    team_allgather_doubles(everyone, mine, all, counts);
    size_t at = 0;
    for (int r = 0; r < size; r++)
        for (size_t i = 0; i < counts[r]; i++) CU_ASSERT_EQUAL(all[at++], r + (double)i / 8);
    CU_ASSERT_EQUAL(at, total);
}

static void test_reductions(void)
{
    int rank = team_rank(everyone), size = team_size(everyone);
    CU_ASSERT_EQUAL(team_max(everyone, rank - 10.5), size - 11.5);
    uint64_t large = (uint64_t)1 << 60;
    CU_ASSERT_EQUAL(team_sum_u64(everyone, large + 1), (large + 1) * (uint64_t)size);
}

static void test_barrier(void)
{
    for (int i = 0; i < 20; i++) team_barrier(everyone);
    CU_ASSERT_EQUAL(team_sum_u64(everyone, 1), (uint64_t)team_size(everyone));
}

/* Rank a sends b (a + 2 b) bytes of value a + 10 b to rank b; rank 1 sends none at all. */
static void test_exchange(void)
{
    int rank = team_rank(everyone), size = team_size(everyone);
    size_t *bytes = calloc(2 * (size_t)size, sizeof(*bytes)), total = 0, at = 0;
    void *got = NULL;
    for (int b = 0; b < size; b++) total += bytes[b] = rank == 1 ? 0 : (size_t)(b * (rank + 2 * b));
    unsigned char *send = malloc(total + 1);
    CU_ASSERT_FATAL(bytes && send);
    for (int b = 0; b < size; b++, at += bytes[b - 1]) memset(send + at, rank + 10 * b, bytes[b]);
    CHECK_OK(team_exchange(everyone, send, bytes, &got, bytes + size));
    const unsigned char *next = got;
    for (int a = 0; a < size; a++) {
        size_t want = a == 1 ? 0 : (size_t)(rank * (a + 2 * rank));
        CU_ASSERT_EQUAL(bytes[size + a], want);
        for (size_t i = 0; i < want; i++) CU_ASSERT_EQUAL(*next++, a + 10 * rank);
    }
    free(got);
    free(send);
    free(bytes);
}

/* Too much from the last rank: all are told, nobody waits. */
static void test_exchange_too_much(void)
{
    int rank = team_rank(everyone), size = team_size(everyone);
    size_t *bytes = calloc(2 * (size_t)size, sizeof(*bytes));
    void *got = NULL;
    CU_ASSERT_FATAL(bytes != NULL);
    if (rank == size - 1) bytes[0] = (size_t)1 << 31;
    CU_ASSERT_EQUAL(team_exchange(everyone, "", bytes, &got, bytes + size), SIBYL_E_RANGE);
    CU_ASSERT_PTR_NULL(got);
    free(bytes);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"size is that of the job", test_size_is_that_of_the_job},
                           {"agree: all fine", test_agree_all_fine},
                           {"agree: one fails", test_agree_one_fails},
                           {"agree: lowest rank wins", test_agree_lowest_rank_wins},
                           {"agree: long message", test_agree_long_message},
                           {"slices cover exactly", test_slices_cover_exactly},
                           {"broadcast", test_broadcast},
                           {"broadcast buffer", test_broadcast_buffer},
                           {"allgather", test_allgather},
                           {"exchange", test_exchange},
                           {"exchange: too much", test_exchange_too_much},
                           {"max and sums", test_reductions},
                           {"barrier", test_barrier},
                           CU_TEST_INFO_NULL};
    return mpi_run(argc, argv, "team", tests);
}
