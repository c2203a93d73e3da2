/* This program, and others that are asked for what they know: sinfo, nvidia-smi, mpirun. Local. */
#ifndef BASE_PROCESS_PROGRAM_H
#define BASE_PROCESS_PROGRAM_H

#include "base/status.h"

#include <stdbool.h>

#define PROGRAM_SAID_BYTES 16384

struct program_answer {
    bool found;                    /* there is such a program */
    bool well;                     /* and it ended with status 0 in time */
    char said[PROGRAM_SAID_BYTES]; /* how its output began (stdout and stderr), zero-terminated */
    double seconds;
};

/* Runs `words` (NULL-terminated: NAME=VALUE of its environment, a program in PATH, arguments), for
 * at most `timeout_s` seconds, and leaves nothing running. Only what this process lacks to run
 * anything is an error. */
enum status program_ask(struct program_answer *out, char *const *words, double timeout_s);
/* Full path of the program that this process runs, the caller's to free(); NULL: it does not fit,
 * or nobody knows. */
char *program_own_path(void);
/* How many lines of `said` begin with `beginning`. */
unsigned program_lines(const struct program_answer *a, const char *beginning);

#endif
