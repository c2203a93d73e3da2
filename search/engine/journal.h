/* The journal of a search: DIR/run.journal, an append-only file of typed records.
 *
 *   header, then per round: proposal, measurement (any order) ..., and an end.
 *
 * In a search that does not wait (Sibyl__JournalProposal.free) a proposal may stand before
 * measurements of earlier ones, and counts those that it knew.
 *
 * Tasks that `sibyl ask` has given out stand in records of their own, behind their proposals.
 *
 * Behind an end that was for the budget the next round may follow, where the budget was raised. An
 * identity may stand anywhere: from there on the evaluating program is another.
 *
 * A task has one measurement, unless that was a temporary failure, or one of those for which the
 * search gave up (the end JOURNAL_FAILURES): then another may follow, also behind an end, and so
 * on.
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

struct journal_measurement {
    Sibyl__Measurement *of; /* NULL: it was taken over */
    size_t rounds;          /* proposals that stand before it */
};

struct journal { /* all zero is a closed one */
    struct record_appender appender;
    struct journal_identity identity;
    bool headed, ended, resumed;              /* resumed: it held a proposal when it was opened */
    bool for_budget;                          /* ended, but it may go on */
    char reason[16];                          /* of its end; "": not ended, or not told */
    char recorded[IDENTITY_TEXT_BYTES];       /* the last identity in it */
    Sibyl__JournalProposal **proposals;       /* (rounds), as they were when it was opened */
    struct journal_measurement *measurements; /* (measured) in their order */
    Sibyl__Measurement **latest;              /* (tasks) borrowed; NULL where not there yet */
    size_t rounds, round_capacity, tasks, task_capacity, measured, measured_capacity;
    bool late;       /* not read from its beginning */
    uint64_t *asked; /* (asked_count) tasks that were given out by `sibyl ask`, in order */
    size_t asked_count, asked_capacity;
};

/* Where a journal is read from, with what was told before: there are as many rounds and tasks as
 * these, of which none is in the lists, and neither are their measurements. SIBYL_E_FORMAT where
 * what stands behind cannot be understood without them. */
struct journal_start {
    struct record_place place;
    size_t rounds, tasks;
    bool ended, for_budget;
    const char *recorded;
};

/* SIBYL_E_USAGE if the file is another job's, or was begun with another table or program. */
enum status journal_open(struct journal *j, const char *path,
                         const struct journal_identity *identity);
/* The same from a place on, which must fit (record_place_fits()). NULL: from the beginning. */
enum status journal_open_at(struct journal *j, const char *path,
                            const struct journal_identity *identity,
                            const struct journal_start *from);
enum status journal_put_proposal(struct journal *j, const Sibyl__JournalProposal *p);
/* `data` is a packed Measurement. */
enum status journal_put_measurement(struct journal *j, const unsigned char *data, size_t bytes);
/* These tasks are given out. */
enum status journal_put_asked(struct journal *j, const uint64_t *tasks, size_t count);
/* JOURNAL_BUDGET: the search may go on behind it, with a larger budget. */
#define JOURNAL_BUDGET "evaluations"
/* The first evaluations all failed alike: they are done again by a later run. */
#define JOURNAL_FAILURES "failures"
enum status journal_put_end(struct journal *j, const char *reason);
void journal_close(struct journal *j);

/* The text of the space file that the search of a folder was begun with, the caller's to free();
 * *out is NULL where there is no such journal, or none that tells one. */
enum status journal_space_text(const char *folder, char **out);

#endif
