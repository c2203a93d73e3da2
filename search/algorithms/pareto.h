/* Dominance among points of several objectives, of which larger values are better. Points are
 * (count, k) row-major, and finite. Local. */
#ifndef SEARCH_ALGORITHMS_PARETO_H
#define SEARCH_ALGORITHMS_PARETO_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `a` is no worse in all objectives, and better in one. */
bool pareto_dominates(const double *a, const double *b, uint32_t k);

struct pareto_points {
    const double *points;     /* (count, k) */
    const double *violations; /* (count) 0: the limits are met; NULL: there are none */
    size_t count;
    uint32_t k;
};

/* Fast non-dominated sorting (Deb, Pratap, Agarwal and Meyarivan 2002, "A fast and elitist
 * multiobjective genetic algorithm: NSGA-II"): rank 0 are those that no other dominates, rank 1
 * those that only rank 0 does, and so on. A point that meets the limits dominates one that does
 * not, and of two that do not the one that breaks them by less does. Time: quadratic in the count.
 */
enum status pareto_sort(const struct pareto_points *p, uint32_t *ranks);

/* Crowding distances, each among the points of its rank: how far the neighbours are apart, summed
 * over objectives, in parts of the rank's range; infinite at the ends. */
enum status pareto_crowding(const struct pareto_points *p, const uint32_t *ranks, double *out);

/* Points of which none dominates another, in the order of the first objective, the best first. */
struct pareto_front { /* all zero but k is an empty one */
    double *points;   /* (count, k) owned */
    size_t *names;    /* (count) owned: the numbers that they were added with */
    size_t count, capacity;
    uint32_t k;
};

/* Adds a point unless one dominates it, and takes those away that it dominates. Points that are
 * equal stay beside each other. *out_added (may be NULL) says whether. */
enum status pareto_front_add(struct pareto_front *f, const double *point, size_t name,
                             bool *out_added);
/* Whether a point of the front is at least as good in all objectives. */
bool pareto_front_covers(const struct pareto_front *f, const double *point);
enum status pareto_front_copy(struct pareto_front *out, const struct pareto_front *f);
void pareto_front_release(struct pareto_front *f);

#endif
