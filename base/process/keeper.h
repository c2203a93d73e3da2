/* A small process that kills a process group once this process is gone, however it ended: a rank
 * that is killed with SIGKILL can do nothing more itself, and the kernel's PR_SET_PDEATHSIG reaches
 * its direct child only. Local. */
#ifndef BASE_PROCESS_KEEPER_H
#define BASE_PROCESS_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

struct keeper { /* all zero: none */
    pid_t pid;
    int life; /* the pipe that says we are there; only we hold its end */
};

/* Starts one that keeps nothing yet. false: there is no room for it now, and errno says why. */
bool keeper_start(struct keeper *k);
/* From now on it keeps this group. */
void keeper_watch(const struct keeper *k, pid_t group);
/* The group is let go. To be called before its leader is reaped, so that its number is still its
 * own. Fine on a zeroed struct. */
void keeper_stop(struct keeper *k);

#endif
