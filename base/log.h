/* What a run says. stdout is for people (from rank 0 only), stderr for warnings and errors.
 *
 * Levels: QUIET says nothing but warnings and errors; NORMAL one line per epoch or generation;
 * VERBOSE the why. Messages are lower case and end without a period. A log is a value that callers
 * pass; there is no global one. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

struct log {
    enum log_level level;
    int rank;       /* of this process; log_root and log_detail print on rank 0 only */
    double began_s; /* by clock_s(); log_detail tells the time since then; 0: it does not */
};

/* A line for a person, on rank 0 at NORMAL and above. */
void log_root(const struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* On a terminal, without a launcher, at NORMAL and above: a line without an end, in the place of
 * the live line before it; the next line of any other kind takes its place. Elsewhere it says
 * nothing. */
void log_live(const struct log *log, const char *text);
/* Whether log_live() says something. */
bool log_is_live(const struct log *log);

/* A line for the curious, on rank 0 at VERBOSE: at the end of each part of the work, so that the
 * times before the lines tell how long each took. */
void log_detail(const struct log *log, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "sibyl: warning: ..." on stderr, from any rank (which is named when it is not 0). */
void log_warn(const struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
