/* A small process that stands between this one and a program, and ends all that the program has
 * begun, however it and this process end: a rank that is killed with SIGKILL can do nothing more
 * itself. It is the reaper of all orphans below it (PR_SET_CHILD_SUBREAPER), so that also what made
 * a session of its own, or whose parents have gone, is found and killed. What other services start
 * on a program's behalf (a container daemon, a batch system) is out of reach. Local. */
#ifndef BASE_PROCESS_KEEPER_H
#define BASE_PROCESS_KEEPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define KEEPER_REAP_S 30.0 /* that killed processes may take to be gone */

struct keeper { /* all zero: none */
    pid_t pid;
    int orders, news; /* pipes; only this process holds its ends of them */
};

struct keeper_program { /* borrowed by the call */
    const char *path;
    char *const *arguments, *const *environment; /* NULL-terminated */
    const char *folder;                          /* to run in; NULL: the present one */
    int streams[3];                              /* of the program, each above 2 */
    uint64_t data_bytes_max;                     /* RLIMIT_DATA of each of its processes; 0: none */
    const char *scratch; /* a folder that is removed with all in it, in the end; NULL: none */
};

enum keeper_event {
    KEEPER_NOT_STARTED, /* value: errno of fork, or of what stands before the program's start */
    KEEPER_ENDED,       /* value: as waitpid() gives it; nothing that it began is left */
    KEEPER_STUCK,       /* value: a process that cannot be killed */
    KEEPER_LOST         /* it was killed itself, and the program with it; value: 0 */
};
struct keeper_news {
    enum keeper_event event;
    int value;
};

/* Starts one, with the program: it is the leader of a process group of its own, inherits no file
 * but its streams, and has SIGUSR1 and SIGUSR2 ignored. false: there is no room for it now, and
 * errno says why. */
bool keeper_start(struct keeper *k, const struct keeper_program *p);
/* SIGTERM to the program's group. */
void keeper_ask(const struct keeper *k);
/* Ends the program and all it has begun, with SIGKILL. */
void keeper_end(const struct keeper *k);
/* True when the news are there, once; k->news is readable then. */
bool keeper_has_news(const struct keeper *k, struct keeper_news *out);
/* Waits until it is gone, and the scratch folder with it. Fine on a zeroed struct. */
void keeper_stop(struct keeper *k);
/* Removes a scratch folder with all in it: where a keeper was killed that should have done it. */
void keeper_remove(const char *scratch);

#endif
