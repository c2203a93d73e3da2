/* What a score job scores: a dataset file, a search space or a sample of one, cut into units that
 * any rank can read by itself in any order. */
#ifndef JOBS_SCORE_SOURCE_H
#define JOBS_SCORE_SOURCE_H

#include "comm/team.h"
#include "jobs/config.h"
#include "predictor/predictor.h"
#include "proto/dataset.h"
#include "search/space.h"

struct score_source {
    struct space *space; /* NULL: a file */
    uint64_t sample, seed;
    struct dataset_reader file;
    const char *name;    /* of the file or the space, borrowed */
    bool labelled;       /* input.label */
    uint32_t label;      /* its column */
    uint64_t units;      /* blocks of the file, or runs of points */
    uint64_t rows;       /* as the header tells, or points */
    uint64_t file_bytes; /* 0: a space */
};

/* Collective: rank 0 looks through the file for the others. */
enum status score_source_open(struct score_source *s, struct team *t,
                              const struct config_values *values);
void score_source_close(struct score_source *s); /* fine on a zeroed struct */

const struct vocabulary *score_source_vocabulary(const struct score_source *s);
uint32_t score_source_attributes(const struct score_source *s);
/* SIBYL_E_FORMAT: the predictor was trained on other operations or attributes. */
enum status score_source_fits(const struct score_source *s, const struct predictor *p);

/* Rows of some units. */
struct score_rows {
    struct dataset data; /* graphs as they were read, texts, labels */
    uint64_t *points;    /* (data.count) of the space; NULL: rows of a file are numbered through */
    size_t capacity;
};
/* Local. Fills `rows` (zeroed, or used before with this source) with units first .. end-1; points
 * of a space that are not valid are left out. */
enum status score_source_read(struct score_source *s, uint64_t first, uint64_t end,
                              struct score_rows *rows);
void score_rows_release(struct score_rows *r); /* fine on a zeroed struct */

#endif
