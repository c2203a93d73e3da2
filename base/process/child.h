/* One child process with a time limit: bytes in, bytes out, and nothing left running behind it.
 * Local.
 *
 * The child is the leader of a process group of its own. However the call ends, the whole group is
 * killed before it returns, and also where this process itself is killed meanwhile (a process that
 * made itself a session of its own is out of reach). Time in which this process did not run, as
 * when a job is suspended, does not count against the limit. The
 * child inherits no file but its three streams. It starts with SIGUSR1 and SIGUSR2 ignored. */
#ifndef BASE_PROCESS_CHILD_H
#define BASE_PROCESS_CHILD_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define CHILD_OUTPUT_MAX (1u << 20) /* bytes of stdout; more ends the child */
#define CHILD_TAIL_BYTES 4096       /* of stderr, the last ones are kept */
#define CHILD_GRACE_S 2.0           /* between SIGTERM and SIGKILL */

struct child_task {
    const char *program;                         /* path of the file to execute */
    char *const *arguments, *const *environment; /* NULL-terminated */
    const char *folder;                          /* to run in; NULL: the present one */
    const char *input;
    size_t input_bytes;
    double timeout_s; /* 0 or less: none */
    /* Called about every 20 ms; true: the child is ended. NULL: never. */
    bool (*given_up)(void *context);
    void *context;
};

enum child_end {
    CHILD_EXITED,
    CHILD_SIGNALLED,
    CHILD_TIMED_OUT,
    CHILD_FLOODED,
    CHILD_GIVEN_UP,
    CHILD_NOT_STARTED
};

struct child_result { /* memory is given back by child_result_release() */
    enum child_end end;
    int code; /* exit status, signal, or errno of a start that failed (also of pipes and fork) */
    char *output;
    size_t output_bytes, output_capacity;
    char tail[CHILD_TAIL_BYTES + 1]; /* of stderr, zero-terminated */
    size_t tail_bytes;
    double seconds;
};

/* A child that fails is a success of the call: see out->end. */
enum status child_run(const struct child_task *task, struct child_result *out);
void child_result_release(struct child_result *r);

#endif
