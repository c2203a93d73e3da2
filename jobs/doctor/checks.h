/* What `sibyl doctor` looks at. Each check says what it has found; none fails for what it finds. */
#ifndef JOBS_DOCTOR_CHECKS_H
#define JOBS_DOCTOR_CHECKS_H

#include "base/status.h"
#include "comm/team.h"
#include "jobs/doctor/findings.h"

/* ---- check_node.c: the node of this process; local ---- */

/* Kernels and BLAS against the CPU, CPUs and threads, memory, GPUs. */
void check_node(struct findings *f);

/* ---- check_folder.c: a folder that runs are to be written to; local ---- */

/* Its file system and room, and whether a file in it can be written, synced, renamed and locked as
 * runs do it, how long that takes, and whether its clock is this node's. `folder` is one of the
 * doctor's own, which is empty. */
void check_folder(struct findings *f, const char *folder);

enum lock_end { LOCK_TAKEN, LOCK_BUSY, LOCK_IMPOSSIBLE };
/* Locks a file, which is made where it is not there, as runs lock their folders (fcntl). *out_fd is
 * the caller's to close, which gives the lock back, unless it is negative. */
enum lock_end check_lock(const char *path, int *out_fd);

/* ---- check_ranks.c ---- */

/* Of the ranks of a team: one program, CPUs of one kind, one time, and a folder that all of them
 * see, with locks that all of them heed. Collective; the first rank says it. `folder`: as above,
 * the same on all ranks. */
enum status check_ranks(struct team *t, struct findings *f, const char *folder);
/* In the environment of a doctor's own ranks: they look at one another and the folder between them,
 * and at nothing that the doctor who starts them sees itself. */
#define DOCTOR_RANKS_ALONE "SIBYL_DOCTOR_RANKS_ALONE"
/* Local: whether mpirun starts two ranks of this program, which then look at `folder`. */
void check_mpirun(struct findings *f, const char *folder);

/* ---- check_batch.c: the batch system; local ---- */

void check_batch(struct findings *f);

#endif
