/* The predictor's kernels by themselves: each is checked against plain sums in double, then timed
 * on rows of a 12 x 160 predictor, in one thread of every rank. */
#ifndef JOBS_BENCH_BENCH_KERNELS_H
#define JOBS_BENCH_BENCH_KERNELS_H

#include "comm/team.h"
#include "jobs/bench/bench_table.h"

/* Collective. Also measures OpenBLAS's sgemm, what the others are compared with. SIBYL_E_RANGE: a
 * result is wrong. */
enum status bench_kernels(struct team *t, struct bench_table *table);

#endif
