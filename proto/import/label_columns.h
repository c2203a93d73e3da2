/* The columns of a CSV table that become labels: which they are, and the numbers of a row. What is
 * no finite decimal number is a hole, NaN. Local. */
#ifndef PROTO_IMPORT_LABEL_COLUMNS_H
#define PROTO_IMPORT_LABEL_COLUMNS_H

#include "base/csv.h"
#include "proto/import/import.h"
#include "proto/import/label_holes.h"

struct label_columns { /* all zero is an empty one */
    uint32_t count;
    int *index;         /* (count) of the table's columns */
    const char **names; /* of the labels; borrowed from the table or the options */
    double *scales;
    double *values; /* of the row that was read last */
    struct label_hole *holes;
};

/* Those that the options ask for; none asked for: every column but `index` and those that are
 * `taken` (one for each column of the table) that has a number in some row, for which the file is
 * read once. The table stands before its first row then. */
enum status label_columns_choose(struct label_columns *k, struct csv *c,
                                 const struct import_options *o, const bool *taken);
/* Fills in k->values of the present row, and counts its holes. */
enum status label_columns_read(struct label_columns *k, const struct csv *c);
/* When all `rows` rows are read: SIBYL_E_FORMAT where a label has no number in any; else the log is
 * told of the holes. */
enum status label_columns_finish(const struct label_columns *k, const struct csv *c, size_t rows,
                                 const struct log *log);
void label_columns_release(struct label_columns *k); /* fine on a zeroed struct */

/* The column of ids: the one that the options name, else one called id. *out is -1 where there is
 * none; SIBYL_E_USAGE where the one that is asked for is not there. */
enum status label_columns_id(int *out, const struct csv *c, const struct import_options *o);

#endif
