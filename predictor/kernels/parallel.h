/* Work of one rank split over threads (OpenMP). MPI is called by the first thread alone, outside of
 * parallel parts. Local. */
#ifndef PREDICTOR_KERNELS_PARALLEL_H
#define PREDICTOR_KERNELS_PARALLEL_H

#include <stddef.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* Which of the team's threads this is, from 0. */
static inline int parallel_thread(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

/* This thread's part of 0 .. count-1, in whole pieces of `grain`. Inside a parallel part. */
static inline void parallel_part(size_t count, size_t grain, size_t *first, size_t *end)
{
#ifdef _OPENMP
    size_t threads = (size_t)omp_get_num_threads(), thread = (size_t)omp_get_thread_num();
#else
    size_t threads = 1, thread = 0;
#endif
    size_t pieces = (count + grain - 1) / grain;
    *first = pieces * thread / threads * grain;
    *end = pieces * (thread + 1) / threads * grain;
    if (*first > count) *first = count;
    if (*end > count) *end = count;
}

#endif
