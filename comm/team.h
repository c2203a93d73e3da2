/* A team: the ranks that work together on something, on a communicator of its own.
 *
 * comm_start (once per process) -> team_world -> ... -> team_release -> comm_stop. Only comm/ calls
 * MPI; the rest of the program sees these functions. "Collective" means: every rank of the team
 * calls it, with equal sizes. Counts above INT_MAX are cut up inside.
 *
 * A process that is alone needs no comm_start: team_self is a team of one, whose functions call no
 * MPI. Only a process grid on it (comm/process_grid.h) starts MPI then, by itself; comm_stop ends
 * it. */
#ifndef COMM_TEAM_H
#define COMM_TEAM_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct team; /* opaque; owns its communicator */

/* Initialise MPI, install the bug hook (abort). Local, but every process that a launcher started
 * calls it. `argc` and `argv` may be NULL. Without a launcher, Open MPI is told by a variable of
 * the environment, unless that is set, to start no daemon, for which it would look for ssh. */
enum status comm_start(int *argc, char ***argv);
/* Finalise, if MPI was started. Every process calls it, whatever happened before, after all ranks
 * agreed on the outcome. */
void comm_stop(void);
/* End every rank of the job at once with this exit status. For faults that cannot be agreed on. */
void comm_abort(int exit_status) __attribute__((noreturn));

/* A team of all ranks, after comm_start. Collective. */
enum status team_world(struct team **out);
/* A team of this process alone: its functions call no MPI, and may be called by several threads at
 * a time. Local. */
enum status team_self(struct team **out);
/* A team of those ranks of `t` that are members, in the same order; *out is NULL on the others.
 * Collective over `t`, which must outlive it: the watchdog of `t` sees what is done with both. */
enum status team_part(struct team *t, bool member, struct team **out);
void team_release(struct team *t); /* collective; fine with NULL */

int team_rank(const struct team *t);
int team_size(const struct team *t);

/* Collective. Every rank gives its own local outcome; all get SIBYL_OK only if all were. Otherwise
 * the failing rank with the lowest number wins: its status and message become everybody's (same
 * enum value on all ranks), prefixed with "rank N: " unless it is rank 0. Call it after anything
 * that may fail on one rank only, before the next collective. */
enum status team_agree(struct team *t, enum status mine);
/* The same, and where all were SIBYL_OK, *out_wishes has the bits that any rank has in `wishes`
 * (bits 0 .. TEAM_WISHES-1). */
#define TEAM_WISHES 4
enum status team_agree_wishes(struct team *t, enum status mine, unsigned wishes,
                              unsigned *out_wishes);

/* Collective. */
void team_barrier(struct team *t);
void team_broadcast(struct team *t, int root, void *data, size_t bytes);
/* A buffer whose size only the root knows. Others get memory to free(). On failure (no memory
 * anywhere) all fail. */
enum status team_broadcast_buffer(struct team *t, int root, void **data, size_t *bytes);
/* counts[r] doubles from rank r, at offsets sum(counts[0..r-1]); `mine` are this rank's. */
void team_allgather_doubles(struct team *t, const double *mine, double *all, const size_t *counts);
/* Collective. send_bytes[r] bytes to each rank r, one rank's behind the other's in `send`. What all
 * ranks send to this one comes in the same order as *out, this rank's to free(), out_bytes[r] from
 * rank r. At most 2 GiB to or from a rank: SIBYL_E_RANGE on all ranks. */
enum status team_exchange(struct team *t, const void *send, const size_t *send_bytes, void **out,
                          size_t *out_bytes);
/* Collective. How many ranks of the team run on this rank's node, and how many of its CPUs at least
 * one of them may use (as the launcher or a batch system has bound them, and as far as the quota of
 * a container goes; at least 1). */
void team_node(struct team *t, int *out_ranks, int *out_cpus);
/* Collective. Of the ranks of this rank's node that `count` themselves, how many come before this
 * one, and how many there are at all. For one that does not count, *out_before is 0. */
void team_node_place(struct team *t, bool counts, int *out_before, int *out_all);
double team_max(struct team *t, double x);
uint64_t team_sum_u64(struct team *t, uint64_t x);

/* Local. While a rank is excused (it waits for another program) the watchdog takes no notice of it.
 */
void team_excuse(struct team *t, bool excused);

/* Ranks row by row in a grid: rank r stands in row r / columns and column r % columns. */
struct process_grid_shape {
    int rows, columns;
};

/* The most nearly square shape of so many ranks, not higher than wide: 1x1, 1x2, 1x3, 2x2, ..
 * Local. */
struct process_grid_shape process_grid_shape_of(int ranks);

/* Part of 0..count-1 that rank r of a team of `size` works on: begin <= i < end. Contiguous,
 * ascending, even. Local. */
void team_slice(uint64_t count, int rank, int size, uint64_t *begin, uint64_t *end);

#endif
