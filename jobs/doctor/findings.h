/* What `sibyl doctor` has found: a line each, and what to do about it. Local; one thread. */
#ifndef JOBS_DOCTOR_FINDINGS_H
#define JOBS_DOCTOR_FINDINGS_H

#include <stdbool.h>

enum finding {
    FINDING_OK,
    FINDING_NONE, /* there is no such thing here, which is no fault */
    FINDING_WARN, /* runs will work, but not well */
    FINDING_FAIL, /* runs will not work */
    FINDINGS
};

struct findings {
    bool speaks; /* on one rank of a team only; the others count and say nothing */
    bool quiet;  /* says what is wrong alone */
    unsigned counts[FINDINGS];
};

/* Prints "ok    subject   what was found" to stdout, and below it `todo` where that is not NULL:
 * what the reader is to do. Bytes that are not printable become '?'. */
void finding_say(struct findings *f, enum finding kind, const char *subject, const char *todo,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
