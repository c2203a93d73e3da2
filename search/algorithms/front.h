/* The Pareto front of a search, of several objectives or of one with limits. On rank 0. Local. */
#ifndef SEARCH_ALGORITHMS_FRONT_H
#define SEARCH_ALGORITHMS_FRONT_H

#include "search/algorithms/history.h"
#include "search/algorithms/hypervolume.h"
#include "search/algorithms/pareto.h"

/* Of the networks that were evaluated with success, with the whole budget, and meet the limits. */
struct front {
    struct pareto_front points;       /* larger is better; names are entries of the history */
    double reference[OBJECTIVES_MAX]; /* likewise */
    double hypervolume;
};

/* The objectives of an entry that has not failed: (objectives) larger is better. */
void front_point(const struct history *h, const struct history_entry *e, double *out);

/* What hypervolumes are measured from: what the job says or, of an objective of which it says
 * nothing, the worst value of all networks that were evaluated with success. (objectives) larger is
 * better. */
void front_reference(const struct history *h, double *out);

/* The front's points alone; the caller releases them. No networks: an empty front. */
enum status front_points(const struct history *h, struct pareto_front *out);
/* From that reference. */
enum status front_of(const struct history *h, struct front *out);
/* One entry more, with what it adds to the hypervolume; one that has failed, or breaks a limit,
 * adds nothing. */
enum status front_add(struct front *f, struct hypervolume *scratch, const struct history *h,
                      size_t entry);
void front_release(struct front *f); /* fine with a zeroed one */

/* The entries that have not failed, best first: by non-dominated sorting, of equal rank the less
 * crowded first. out[h->measured - h->failed]. */
enum status front_rank(const struct history *h, size_t *out);

#endif
