/* What an evaluation prints, kept in DIR/evaluations/N.log while it runs: stdout and stderr as they
 * come, the beginning and the end of what is too much. Where the file cannot be written (this node
 * does not see the folder, the disk is full) nothing is kept. Local. */
#ifndef SEARCH_EVALUATORS_COMMAND_LOG_H
#define SEARCH_EVALUATORS_COMMAND_LOG_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct command_log { /* all zero: keeps nothing */
    int fd;          /* 0: none */
    uint64_t bound;  /* bytes of the file */
    uint64_t head;   /* bytes that stay: the beginning, once it is full */
    uint64_t left_out;
    char *tail; /* owned; what stands behind the head */
    size_t tail_bytes;
};

/* Makes RUN/evaluations (not RUN) and the file, anew; its first line names the evaluation and this
 * node. Returns false and why (errno) where that is not possible. */
bool command_log_open(struct command_log *l, const char *run, uint64_t number, uint64_t bound);
void command_log_put(struct command_log *l, const char *data, size_t bytes);
/* A line of the log's own, "[sibyl] ...", on a line of its own. */
void command_log_note(struct command_log *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void command_log_close(struct command_log *l);

#endif
