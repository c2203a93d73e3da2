/* What an evaluation gave beside its value: for history.csv and for people, not for algorithms. On
 * rank 0. Local. */
#ifndef SEARCH_ALGORITHMS_HISTORY_DETAIL_H
#define SEARCH_ALGORITHMS_HISTORY_DETAIL_H

#include "base/arena.h"
#include "base/status.h"
#include "proto/graph/architecture.pb-c.h"

struct history_detail {       /* of one entry */
    double seconds;           /* 0: it took none, as a table */
    const char *error;        /* "" where there is none */
    uint32_t count;           /* values that the program printed */
    const uint32_t *columns;  /* (count) indices into history_details.names, each once */
    const double *values;     /* (count) NaN where it is none or no number */
    const char *const *texts; /* (count) "" of numbers; NULL: all are numbers */
};

struct history_details { /* all zero is an empty one */
    struct arena arena;
    char **names; /* (count) owned: of all values, in the order in which they first came */
    uint32_t count, capacity;
};

/* A copy of what `m` holds; it lives as long as `d`. *out is NULL where there is nothing to tell.
 */
enum status history_details_add(struct history_details *d, const Sibyl__Measurement *m,
                                const struct history_detail **out);
void history_details_release(struct history_details *d);

#endif
