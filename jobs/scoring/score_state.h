/* How far a scoring has come, in DIR/checkpoint.sibyl, and the file of scores that all ranks write
 * together. Local, but for what is said. */
#ifndef JOBS_SCORING_SCORE_STATE_H
#define JOBS_SCORING_SCORE_STATE_H

#include "base/identity.h"
#include "base/log.h"
#include "jobs/scoring/score_top.h"
#include "predictor/inputs/options.h"

struct score_state {
    uint64_t units; /* of the source, done */
    uint64_t rows;  /* looked at */
    uint64_t bytes; /* of the file of scores */
    enum precision precision;
};

/* For rank 0. `own`: the job, the predictor and the input; SIBYL_E_USAGE where the state is of
 * others. As checkpoint_file_read() in what is missing or damaged; `top` gets the entries. */
enum status score_state_write(const char *path, const struct identity *own,
                              const struct score_state *s, struct score_top *top);
enum status score_state_read(const char *path, const struct identity *own, const struct log *log,
                             struct score_state *out, struct score_top *top, bool *out_found);

/* Text that ranks write each at its own offsets, under another name until it is complete. */
struct score_file {
    char *path, *partial; /* owned; path NULL: not open */
    int fd;
};

enum score_opening {
    SCORE_OPEN,    /* it is there */
    SCORE_MAKE,    /* it is made, or cut to `bytes` if it was begun */
    SCORE_COMPLETE /* the same; it may have its last name already */
};
/* Rank 0 makes the file; then the others open it. */
enum status score_file_open(struct score_file *f, const char *path, enum score_opening how,
                            uint64_t bytes);
enum status score_file_write(struct score_file *f, const char *text, size_t bytes, uint64_t offset);
enum status score_file_sync(struct score_file *f); /* what this rank wrote is on the disk */
/* Rank 0, when all have synced: gives it its last name. SIBYL_E_IO where it has not these bytes, or
 * has a hole, as where another program wrote to it meanwhile. */
enum status score_file_commit(struct score_file *f, uint64_t bytes);
void score_file_close(struct score_file *f); /* fine on a zeroed struct */

#endif
