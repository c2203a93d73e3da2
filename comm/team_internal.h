/* What the files of comm/ share: the team's communicator, and waiting without burning a core. */
#ifndef COMM_TEAM_INTERNAL_H
#define COMM_TEAM_INTERNAL_H

#include "comm/team.h"

#include <mpi.h>
#include <stdatomic.h>

/* What the watchdog's thread sees of a rank. */
struct pulse {
    atomic_uint_least64_t calls; /* that ended */
    atomic_int waiting;          /* for other ranks */
    atomic_int excused;
};

struct team {
    MPI_Comm comm; /* owned; MPI_COMM_NULL in a team_self() that has needed none so far */
    struct pulse own_pulse, *pulse; /* that of the team which this one is a part of, or its own */
    int rank, size;
    int *counts, *offsets; /* (size) each, for allgathers; one block, owned by `counts` */
};

/* The communicator of a team of one is made when something first needs it, and MPI started with it.
 * Local for a team of one; others have theirs from the start. */
enum status team_need_comm(struct team *t);

/* A team of the same ranks on a communicator of its own. Collective. */
enum status team_like(struct team *t, struct team **out);

/* Around whatever may have to wait for other ranks. */
static inline void team_enter(struct team *t)
{
    atomic_store(&t->pulse->waiting, 1);
}

/* It computes, or looks whether there is something to do. */
static inline void team_work(struct team *t)
{
    atomic_store(&t->pulse->waiting, 0);
}

static inline void team_leave(struct team *t)
{
    atomic_store(&t->pulse->waiting, 0);
    atomic_fetch_add(&t->pulse->calls, 1);
}

/* A wait: first spins (an answer is often there within microseconds), then sleeps, longer each time
 * up to 1 ms. Zeroed is the start; zero it again after progress. */
struct team_backoff {
    double started_s;
    long sleep_ns;
};

/* Call it each time there is nothing to do. */
void team_backoff_pause(struct team_backoff *b);

/* MPI_Wait that sleeps as above. */
void team_wait(MPI_Request *request);

#endif
