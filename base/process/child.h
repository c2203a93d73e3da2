/* One child process with a time limit: bytes in, bytes out, and nothing left running behind it.
 * Local.
 *
 * The child is the leader of a process group of its own, below a keeper (keeper.h). However the
 * call ends, all that the child has begun is killed before it returns, also what made a session of
 * its own, and also where this process itself is killed meanwhile. Time in which this process did
 * not run, as when a job is suspended, does not count against the limit. The child inherits no file
 * but its three streams. It starts with SIGUSR1 and SIGUSR2 ignored. */
#ifndef BASE_PROCESS_CHILD_H
#define BASE_PROCESS_CHILD_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHILD_TAIL_BYTES 4096 /* of stderr, the last ones are kept */
#define CHILD_GRACE_S 5.0     /* a usual child_task.grace_s */

struct child_task {
    const char *program;                         /* path of the file to execute */
    char *const *arguments, *const *environment; /* NULL-terminated */
    const char *folder;                          /* to run in; NULL: the present one */
    const char *input;
    size_t input_bytes;
    double timeout_s;        /* 0 or less: none */
    double grace_s;          /* between SIGTERM and SIGKILL */
    uint64_t data_bytes_max; /* of each of its processes: RLIMIT_DATA; 0: unbounded */
    const char *scratch;     /* a folder that goes away, with all in it, in the end; NULL: none */
    /* "NAME=VALUE" of its environment, which no other process has: by it what is left is found
     * where the keeper is killed. NULL: none. */
    const char *mark;
    /* Called about every 5 ms; true: the child is ended. NULL: never. */
    bool (*given_up)(void *context);
    /* Called with what it prints, as it comes; `stream` is 1 or 2. NULL: nobody listens. */
    void (*said)(void *context, int stream, const char *data, size_t bytes);
    void *context;
};

enum child_end {
    CHILD_EXITED,
    CHILD_SIGNALLED,
    CHILD_TIMED_OUT,
    CHILD_GIVEN_UP,
    CHILD_LOST, /* its keeper was killed, and the child with it: that says nothing of the child */
    CHILD_NOT_STARTED
};

struct child_result {
    enum child_end end;
    int code; /* exit status, signal, or errno of a start that failed (also of pipes and fork) */
    char tail[CHILD_TAIL_BYTES + 1]; /* of stderr, zero-terminated */
    size_t tail_bytes;
    double seconds;
};

/* A child that fails is a success of the call: see out->end. */
enum status child_run(const struct child_task *task, struct child_result *out);

#endif
