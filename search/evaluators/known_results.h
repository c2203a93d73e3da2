/* Values of networks that are known before a search begins: results of earlier searches, tables,
 * lists. They are learnt from and not evaluated again. Local. */
#ifndef SEARCH_EVALUATORS_KNOWN_RESULTS_H
#define SEARCH_EVALUATORS_KNOWN_RESULTS_H

#include "base/hashset.h"
#include "base/log.h"
#include "search/spaces/candidate.h"

struct known_result {
    struct candidate candidate; /* with its graph */
    double value;               /* larger is better */
};

struct known_results { /* all zero: none */
    struct known_result *list;
    size_t count, capacity;
    struct hashset set;     /* canonical hash -> number in the list */
    struct arena memory;    /* of the candidates */
    struct hash128 content; /* digest of all that was taken, in order */
};

struct known_request {
    const struct space *space;
    const char *value; /* label of datasets, column of CSV files; else their column value */
    bool minimise;
    const struct log *log; /* is told how many were taken of each source, and how many were not */
};

/* Adds what one source tells; of a network that is known already the first value stays.
 *
 * path: the folder of a search (its run.journal), a dataset file with the label, or a CSV file with
 * a column architecture (or arch, arch_str, cell) of the space's texts, or, of a space of at most
 * SPACE_PART_ENUMERATE_MAX points or a pool, a column hash. Rows with a column status that is not
 * ok, holes in the values, and networks that are not of the space are left out. SIBYL_E_USAGE or
 * SIBYL_E_FORMAT with file and line: it is none of these, has no such column, or a value is no
 * number. */
enum status known_results_add(struct known_results *k, const char *path,
                              const struct known_request *q);
/* The number of the result of a network, or HASHSET_NONE; NULL is fine. */
uint32_t known_results_find(const struct known_results *k, struct hash128 hash);
void known_results_release(struct known_results *k);

#endif
