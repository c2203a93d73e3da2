/* How long the sum of a gradient over the ranks takes, from fixed-point sums on each rank to floats
 * on all, beside a plain MPI_Allreduce of as many floats. usage: mpirun -n R bench_gradient_sum
 * [NUMBERS] [ROUNDS] */
#include "base/clock.h"
#include "comm/reduce.h"

#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof(*x), by_size);
    return x[n / 2];
}

static double sum_once(struct team *t, struct reducer *r, size_t count, float *out)
{
    team_barrier(t);
    double start = clock_s();
    for (size_t from = count; from > 0; from -= from < count / 16 ? from : count / 16)
        reducer_ready(r, from);
    reducer_wait(r);
    for (size_t b = 0; b < reducer_buckets(r); b++) {
        struct reducer_part p = reducer_part(r, team_rank(t), b);
        fixed_values(reducer_sums(r) + p.begin, p.end - p.begin, out + p.begin);
    }
    reducer_gather(r, out);
    reducer_gathered(r, SIZE_MAX);
    return team_max(t, clock_s() - start);
}

static double allreduce_once(struct team *t, size_t count, float *values)
{
    team_barrier(t);
    double start = clock_s();
    MPI_Allreduce(MPI_IN_PLACE, values, (int)count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
    return team_max(t, clock_s() - start);
}

/* Whether all numbers are those of all ranks together. */
static bool is_sum(const struct team *t, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] != (float)team_size(t) * ((float)(i % 1000) * 0x1p-20f)) return false;
    return true;
}

/* In turns, so that both see the same machine. */
static enum status compare(struct team *t, struct reducer *r, size_t count, size_t rounds,
                           float *values, double *times)
{
    for (size_t k = 0; k < rounds; k++) {
        reducer_clear(r);
        for (size_t i = 0; i < count; i++) {
            values[i] = (float)(i % 1000) * 0x1p-20f;
            fixed_add(&reducer_sums(r)[i], values[i]);
        }
        times[k] = sum_once(t, r, count, values);
        if (!is_sum(t, values, count)) return err_set(SIBYL_E_RANGE, "the sum is wrong");
        for (size_t i = 0; i < count; i++) values[i] = 1;
        times[rounds + k] = allreduce_once(t, count, values);
    }
    double own = median(times, rounds), mpi = median(times + rounds, rounds);
    if (team_rank(t) == 0)
        printf("%d ranks, %zu numbers, median of %zu: fixed-point sum %.2f ms, MPI_Allreduce of "
               "floats %.2f ms, ratio %.2f\n",
               team_size(t), count, rounds, own * 1e3, mpi * 1e3, own / mpi);
    return SIBYL_OK;
}

int main(int argc, char **argv)
{
    struct team *t;
    struct reducer *r = NULL;
    if (comm_start(&argc, &argv) || team_world(&t)) return 1;
    size_t count = argc > 1 ? strtoul(argv[1], NULL, 10) : 4923041;
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 31;
    float *values = malloc((count + 1) * sizeof(*values));
    double *times = malloc((2 * rounds + 1) * sizeof(*times));
    enum status st = values && times && count && rounds ? SIBYL_OK : SIBYL_E_USAGE;
    if (!st) st = reducer_new(&r, t, count);
    st = team_agree(t, st);
    if (!st) st = compare(t, r, count, rounds, values, times);
    reducer_free(r);
    free(values);
    free(times);
    if (st) fprintf(stderr, "gradient_sum: %s\n", err_message());
    team_release(t);
    comm_stop();
    return st != SIBYL_OK;
}
