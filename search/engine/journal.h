/* The journal of a search: DIR/run.journal, an append-only file of typed records.
 *
 *   header, then per round: proposal, measurement (any order) ..., and an end.
 *
 * Behind an end that was for the budget the next round may follow, where the budget was raised. An
 * identity may stand anywhere: from there on the evaluating program is another.
 *
 * Each append is on the disk when the call returns. Opening reads all that is there and checks it:
 * rounds and tasks count up from 0, a measurement belongs to a proposed task. On rank 0. Local. */
#ifndef SEARCH_ENGINE_JOURNAL_H
#define SEARCH_ENGINE_JOURNAL_H

#include "base/identity.h"
#include "proto/files/records.h"
#include "proto/graph/architecture.pb-c.h"

struct journal_identity { /* borrowed while the journal is open */
    struct identity of;   /* the job, and the files that its values come from */
    const char *space, *job;
    const char *space_text; /* NULL: the space is built in */
    uint64_t seed;
    bool minimise;       /* only told to readers: it is among the job's values */
    bool accept_program; /* go on though the evaluating program is another than before */
};

struct journal { /* all zero is a closed one */
    struct record_appender appender;
    struct journal_identity identity;
    bool headed, ended, resumed;        /* resumed: it held a proposal when it was opened */
    bool for_budget;                    /* ended because the budget was used up */
    char recorded[IDENTITY_TEXT_BYTES]; /* the last identity in it */
    Sibyl__JournalProposal **proposals; /* (rounds), as they were when it was opened */
    Sibyl__Measurement **measurements;  /* (tasks), NULL where not there yet */
    size_t rounds, round_capacity, tasks, task_capacity;
};

/* SIBYL_E_USAGE if the file is another job's, or was begun with another table or program. */
enum status journal_open(struct journal *j, const char *path,
                         const struct journal_identity *identity);
enum status journal_put_proposal(struct journal *j, const Sibyl__JournalProposal *p);
/* `data` is a packed Measurement. */
enum status journal_put_measurement(struct journal *j, const unsigned char *data, size_t bytes);
/* JOURNAL_BUDGET: the search may go on behind it, with a larger budget. */
#define JOURNAL_BUDGET "evaluations"
enum status journal_put_end(struct journal *j, const char *reason);
void journal_close(struct journal *j);

/* The text of the space file that the search of a folder was begun with, the caller's to free();
 * *out is NULL where there is no such journal, or none that tells one. */
enum status journal_space_text(const char *folder, char **out);

#endif
