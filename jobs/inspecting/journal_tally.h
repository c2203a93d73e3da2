/* What the journal of a search tells, counted: for those who look at a run from outside, while it
 * is at work or after it was killed. Local; changes nothing. */
#ifndef JOBS_INSPECTING_JOURNAL_TALLY_H
#define JOBS_INSPECTING_JOURNAL_TALLY_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct journal_tally {
    bool there;                          /* there is a journal, and it has a header */
    char *space;                         /* owned */
    uint64_t seed;                       /* of the search */
    uint64_t proposed, measured, failed; /* networks */
    uint64_t asked;                      /* given out by `sibyl ask`, and not measured */
    bool ended;                          /* its last record is an end */
    bool found;                          /* a network has a value */
    double best;                         /* as the user has it */
    uint64_t best_task;
    char *best_architecture; /* owned */
};

/* Reads up to the last whole record: behind it a run may be writing. SIBYL_E_FORMAT:
 * DIR/run.journal is damaged. No journal is no failure. */
enum status journal_tally_read(struct journal_tally *out, const char *folder);
void journal_tally_release(struct journal_tally *t); /* fine on a zeroed struct */

#endif
