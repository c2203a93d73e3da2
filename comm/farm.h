/* A task farm: rank 0 hands out tasks, the other ranks (and rank 0 itself, when it is shared) do
 * them.
 *
 * Payloads are packed protobuf-c messages; the farm moves bytes and does not look inside. Both
 * sides call farm_run(). Results come to rank 0 in task order, whoever did them, and whenever. A
 * task that fails on a worker fails the farm on all ranks with that worker's message (a failed
 * evaluation is not a failed task: it is a result that says so). Tags are in one enum in
 * farm_internal.h. */
#ifndef COMM_FARM_H
#define COMM_FARM_H

#include "comm/team.h"

#include <stdbool.h>

#define FARM_PAYLOAD_MAX (1u << 28) /* bytes; more is an error that names the sender */

struct farm_bytes {
    unsigned char *data; /* malloc'd */
    size_t bytes;
};

/* Within farm_job.work: the way back into the farm. */
struct farm_call;

enum farm_supply { FARM_READY, FARM_LATER, FARM_OVER };

struct farm_job {
    void *context;
    bool coordinator_works; /* rank 0 does tasks too where it would only wait; always so in a team
                               of one */
    /* Local, any rank: has it been asked to stop? The first that was ends the farm on all, without
     * an error: no task is begun any more, those in hand are given up where work asks
     * farm_given_up(), and what is done still arrives. NULL: never. */
    bool (*stop_asked)(void *context);
    bool outside; /* work waits for other programs, as long as they take: no stall of its rank */
    /* On rank 0. Fill `task` with the payload of task `index`; *done when there is none (and no
     * later one). May be called before earlier results are in: all tasks of one farm are
     * independent. NULL on other ranks. */
    enum status (*next)(void *context, uint64_t index, struct farm_bytes *task, bool *done);
    /* Not NULL: a free farm. It is not known beforehand which tasks there will be; rank 0 is asked
     * whenever a rank could do one: is there a task now (then next() gives it), perhaps later, or
     * never again (all results must be in then)? No task waits at a rank that does another. */
    enum status (*supply)(void *context, enum farm_supply *out);
    /* On rank 0 of a free farm, again and again when every rank has what it can get: work that
     * makes tasks. It calls farm_given_up() often if it takes long, and is then to end soon with
     * SIBYL_E_STOPPED. *busy: it did something. NULL: none. */
    enum status (*prepare)(void *context, struct farm_call *call, bool *busy);
    /* Ranks 1 .. helpers (equal on all ranks) do no tasks: they are in help() until rank 0, at the
     * end of its part, has called dismiss(), which lets them go. */
    int helpers;
    enum status (*help)(void *context);
    void (*dismiss)(void *context);
    /* On any rank: do it. `result` is freed by the farm. */
    enum status (*work)(void *context, struct farm_call *call, const unsigned char *task,
                        size_t bytes, struct farm_bytes *result);
    /* On rank 0, as soon as a result is in, in any order (to write it down), also when the farm has
     * failed on another rank: may be NULL. */
    enum status (*arrived)(void *context, uint64_t index, const unsigned char *result,
                           size_t bytes);
    /* On rank 0, in order of `index`. */
    enum status (*result)(void *context, uint64_t index, const unsigned char *result, size_t bytes);
};

/* Local, within work or prepare, where it takes long: call it ten times a second or more often. It
 * keeps the farm going meanwhile (rank 0 goes on handing out tasks). True: the farm is over; work
 * then returns SIBYL_E_STOPPED, soon. */
bool farm_given_up(struct farm_call *call);

/* Collective. Returns the same on all ranks; on success all tasks are done and all results
 * delivered, unless a rank was asked to stop. A worker has one task in hand, and one more waiting
 * as long as more than two for each rank are left; in a free farm it has one. Workers wait for
 * messages by sleeping probes (never spinning at full load for longer than a millisecond). */
enum status farm_run(struct team *t, const struct farm_job *job);

#endif
