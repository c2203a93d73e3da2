/* The CPUs that a run has, and whether it uses them well. */
#ifndef JOBS_RUN_MACHINE_H
#define JOBS_RUN_MACHINE_H

#include "base/log.h"
#include "comm/team.h"

#include <stdbool.h>

#define THREADS_MAX 8192 /* of a rank; Linux has no more CPUs */

/* Collective. Threads of this rank: `asked`, or else OMP_NUM_THREADS, or else its share of the
 * node's CPUs. Warns (rank 0) where ranks times threads are more than the CPUs of its node.
 * `stand_for`: 0, or the ranks of this node for all of which the one rank of the team looks, as
 * with
 * --dry-run. */
int machine_threads(struct team *t, const struct log *log, int asked, int stand_for);

/* Local. A line for the curious: ranks and threads, and the kernels and the BLAS that compute. */
void machine_tell(const struct log *log, int ranks, int threads);

/* Local. Whether OpenBLAS runs the kernel of this CPU, as far as AVX-512 goes. */
bool machine_blas_fits(void);

/* Local. Warns where OpenBLAS was told, by OPENBLAS_CORETYPE, to run a kernel for an older CPU. */
void machine_check_blas(const struct log *log);

#endif
