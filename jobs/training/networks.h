/* A dataset's networks as a predictor sees them, with keys that are equal for equal ones. Bringing
 * a network into its form may take long, so the ranks of a team share it: each has the forms of its
 * own part of the rows, and all have the keys of all rows. */
#ifndef JOBS_TRAINING_NETWORKS_H
#define JOBS_TRAINING_NETWORKS_H

#include "comm/team.h"
#include "predictor/scoring/features.h"
#include "proto/files/dataset.h"
#include "proto/graph/canon.h"

struct networks {
    struct team *team;          /* borrowed, as is */
    const struct dataset *data; /* what they are of */
    struct arena arena;
    size_t count;
    enum graph_form form;
    size_t first, end;       /* this rank's part: rows first .. end-1 */
    struct graph *graphs;    /* (end - first) in that form */
    struct hash128 *keys;    /* (count) of the graphs of all rows: equal ones are computed once */
    struct hash128 *classes; /* (count) canonical hashes: equal for isomorphic networks */
    bool *connected;         /* (count) whether any path leads from input to output */
    const struct features *features; /* that graphs and keys have; NULL: none */
    const uint32_t *columns;         /* (features->count) of the dataset */
};

/* Collective. All ranks give the same dataset (SIBYL_E_IO where they do not). */
enum status networks_make(struct networks *out, struct team *t, const struct dataset *d,
                          enum graph_form form);
/* Local. The same networks with features, which are the labels in `columns`; borrows all that it is
 * given. Networks of other features have other keys. */
enum status networks_with_features(struct networks *out, const struct networks *n,
                                   const struct features *f, const uint32_t *columns);
void networks_release(struct networks *n); /* fine on a zeroed struct */

/* Local. One row's graph: borrowed where the row is in this rank's part, else made in `arena`. */
enum status networks_graph(const struct networks *n, size_t row, struct arena *arena,
                           struct graph *out);

/* Collective. graphs (count) become those of `rows`, the same list on all ranks, for all of them:
 * borrowed where a row is in this rank's part, else copied to `arena` from the rank that has it. */
enum status networks_share(const struct networks *n, const uint32_t *rows, size_t count,
                           struct arena *arena, struct graph *graphs);

/* Each network among some rows once. */
struct distinct_rows {
    uint32_t *rows;  /* (count) the first row of each, in order; owned */
    uint32_t *place; /* (of the rows given) which of them a row is; owned */
    size_t count;
};
/* Local. Of `rows` (count); NULL: of all rows. */
enum status networks_distinct(struct distinct_rows *out, const struct networks *n,
                              const uint32_t *rows, size_t count);
void distinct_rows_release(struct distinct_rows *d); /* fine on a zeroed struct */

#endif
