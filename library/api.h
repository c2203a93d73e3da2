/* What the files of libsibyl share: the objects behind the handles of include/sibyl, and how an
 * internal status becomes a public one. Local. */
#ifndef LIBRARY_API_H
#define LIBRARY_API_H

#include "base/status.h"
#include "predictor/scoring/predictor.h"
#include "proto/files/dataset.h"
#include "search/spaces/space.h"

#include <sibyl/sibyl.h>

struct sibyl_graphs {
    struct arena names; /* owns the vocabulary */
    struct arena arena; /* owns the networks */
    struct vocabulary vocabulary;
    uint32_t attributes;
    struct graph *list; /* (count) */
    size_t count, capacity;
};

struct sibyl_dataset {
    struct dataset data;
};

struct sibyl_predictor {
    struct predictor predictor;
};

struct sibyl_space {
    struct space *space;
};

/* Ends a call: fills in `out` (NULL is fine) from the status and this thread's message. */
enum sibyl_code api_end(struct sibyl_status *out, enum status st);

/* Ends a call that is refused before anything is done. */
enum sibyl_code api_refuse(struct sibyl_status *out, enum sibyl_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a pointer that must not be NULL: `what` names it. */
enum sibyl_code api_null(struct sibyl_status *out, const char *what);

/* An empty list over this vocabulary. */
enum status api_graphs_make(struct sibyl_graphs **out, const char *const *operations,
                            uint32_t operation_count, uint32_t attributes);

/* Adds a copy of a graph whose operations are those of `from`, found in the list by their names.
 */
enum status api_graphs_append(struct sibyl_graphs *graphs, const struct graph *g,
                              const struct vocabulary *from);

/* Makes room for one more network. */
enum status api_graphs_reserve(struct sibyl_graphs *graphs);

#endif
