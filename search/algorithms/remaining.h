/* Which networks of a space are not known yet, for a search whose algorithm has found none: it must
 * not end before its budget while there is one. On rank 0. Local.
 *
 * A space that can be gone through point by point is listed once, and the answer is exact. Of a
 * larger one it is certain that nothing remains where the number of its networks can be told
 * (space_networks.h) and all are known; else networks are drawn at random, and sought one edit away
 * from those that are known, and the answer is the best that is to be had. */
#ifndef SEARCH_ALGORITHMS_REMAINING_H
#define SEARCH_ALGORITHMS_REMAINING_H

#include "search/algorithms/algorithm.h"

/* A space of at most so many points is listed; a pool of networks is up to the second. */
#define REMAINING_POINTS_MAX 2000000
#define REMAINING_POOL_MAX 100000000
/* Of another one, draws and edits that are looked at before the search gives up. */
#define REMAINING_DRAWS 100000
#define REMAINING_EDITS 200000
/* And where it is certain that there is an unknown network. */
#define REMAINING_DRAWS_SURE 3000000

struct remaining {            /* all zero: nothing is known of the space yet */
    bool listed;              /* the list is made */
    bool whole;               /* and has all networks of the space */
    uint64_t *points;         /* (count) the first point of each network */
    struct hash128 *networks; /* (count) */
    size_t count, capacity;
    bool counted; /* the number of networks was asked for */
    uint64_t all; /* it; 0: it cannot be told */
};

/* Adds up to `wanted` networks that are not known, drawn evenly where they can be listed. Where
 * there is none, *out_certain says whether there really is none. A function of the run's seed, the
 * round's number and the history. */
enum status remaining_propose(struct remaining *m, struct algorithm_round *r, uint64_t wanted,
                              bool *out_certain);
void remaining_release(struct remaining *m); /* fine with a zeroed one */

#endif
