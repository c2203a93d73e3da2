/* A watchdog: ends the job when a rank makes no progress, and says which, on which host.
 *
 * A thread of each rank tells rank 0's now and then how long the rank has been idle, and rank 0's
 * answers. A rank makes progress while it uses a CPU outside of communication, when a call of a
 * team's ends, and as long as it is excused (team_excuse()). The job ends with status 1 where, for
 * stall_s seconds,
 * - a rank does not answer (stopped, swapped out, its node hangs),
 * - a rank neither computes nor waits for others (a file system or a device hangs), or
 * - all ranks wait for each other.
 * Ranks that wait for each other within ScaLAPACK spin, and count as computing. Time in which a
 * rank's thread did not run itself does not count: a job that Slurm suspends goes on afterwards.
 * Ranks that die are the launcher's to notice, which takes it seconds. */
#ifndef COMM_WATCHDOG_H
#define COMM_WATCHDOG_H

#include "comm/team.h"

struct watchdog;

/* Collective. Watches the ranks of a team, which it borrows, by what they do with that team. *out
 * is NULL, and nothing is watched, with stall_s 0, for one rank, and where MPI is not made for
 * threads.
 */
enum status watchdog_start(struct watchdog **out, struct team *t, double stall_s);
void watchdog_stop(struct watchdog *w); /* collective; fine with NULL */

#endif
