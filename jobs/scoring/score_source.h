/* What a score job scores: a dataset file, a file of JSON lines, a search space or a sample of one,
 * cut into units that any rank can read by itself in any order. */
#ifndef JOBS_SCORING_SCORE_SOURCE_H
#define JOBS_SCORING_SCORE_SOURCE_H

#include "comm/team.h"
#include "jobs/config/config.h"
#include "predictor/scoring/predictor.h"
#include "proto/files/dataset.h"
#include "proto/import/jsonl_reader.h"
#include "search/spaces/space.h"

struct score_source {
    struct space *space; /* NULL: a file */
    uint64_t sample, seed;
    struct dataset_reader file;
    struct jsonl_reader lines;              /* path NULL: the file is a dataset */
    const char *name;                       /* of the file or the space, borrowed */
    bool labelled;                          /* input.label */
    uint32_t label;                         /* its column */
    const struct features *features;        /* of the predictor, borrowed */
    uint32_t columns[GRAPH_ATTRIBUTES_MAX]; /* (features->count) the labels that they are */
    uint64_t units;                         /* blocks or ranges of the file, or runs of points */
    uint64_t rows; /* as the header tells, or points; 0: JSON lines, not known before the end */
    uint64_t file_bytes; /* 0: a space */
    /* Other files have others: of what is in a dataset, and of size and time of JSON lines. */
    struct hash128 content;
};

/* Collective: rank 0 looks through the file for the others. What kind of file it is is told by its
 * first bytes. JSON lines are read with the predictor's operations and attributes. */
enum status score_source_open(struct score_source *s, struct team *t,
                              const struct config_values *values, const struct predictor *p);
void score_source_close(struct score_source *s); /* fine on a zeroed struct */

const struct vocabulary *score_source_vocabulary(const struct score_source *s);
uint32_t score_source_attributes(const struct score_source *s);
/* Local. Finds the predictor's features. SIBYL_E_FORMAT: it was trained on other operations,
 * attributes or features. */
enum status score_source_fits(struct score_source *s, const struct predictor *p);

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
/* Local. The first rows, the same for a dataset and for JSON lines that hold the same; *out_units
 * are the units read for them. */
enum status score_source_sample(struct score_source *s, struct score_rows *rows,
                                uint64_t *out_units);
/* Local. How many rows there are; of JSON lines a guess, from `rows` that are in `units` units. */
uint64_t score_source_guess_rows(const struct score_source *s, uint64_t units, uint64_t rows);
/* Local. When all units are read and had `rows` rows in all: is that so many as there should be?
 */
enum status score_source_finish(const struct score_source *s, uint64_t rows);

/* Local. Of the first rows: SIBYL_E_FORMAT where one of the predictor's features is known of none
 * of them. */
enum status score_source_has_features(const struct score_source *s, const struct score_rows *first);

void score_rows_release(struct score_rows *r); /* fine on a zeroed struct */

#endif
