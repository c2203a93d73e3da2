/* What a launcher says of this process, as far as it can be known without MPI. Local.
 *
 * mpirun, and srun with --mpi=pmix or --mpi=pmi2, tell each process its rank in the environment. So
 * a program knows before it starts MPI whether it is alone, and what only one rank has to do needs
 * no MPI at all. SLURM_PROCID is not asked: a batch script and what srun starts without MPI have it
 * too, and those processes are not ranks of one job. */
#ifndef COMM_LAUNCH_H
#define COMM_LAUNCH_H

#include <stdbool.h>

struct launch {
    bool launched; /* by something that starts ranks; false: this process is alone */
    int rank;      /* 0 where it is alone */
    int size;      /* 1 where it is alone; 0: the launcher does not say */
    int local;     /* ranks of this node; 0: the launcher does not say */
};

struct launch launch_read(void);

#endif
