/* Which networks of a list are like one another, without an edit that leads from one to the other.
 *
 * A network is described by NEIGHBOURS_FEATURES counts: of its operations, of the operations at
 * both ends of its edges, of its nodes' degrees, and of its attributes, each put into a bin by its
 * hash. Two networks are as far apart as these counts differ in all. Local. */
#ifndef SEARCH_SPACES_NEIGHBOURS_H
#define SEARCH_SPACES_NEIGHBOURS_H

#include "base/rng.h"
#include "proto/graph/graph.h"

#define NEIGHBOURS_FEATURES 48

struct neighbours {     /* all zero is an empty one */
    uint16_t *features; /* (count, NEIGHBOURS_FEATURES) */
    size_t count, capacity;
};

/* Adds a network, in its canonical form: number `count` before the call. */
enum status neighbours_add(struct neighbours *n, const struct graph *canonical);
void neighbours_release(struct neighbours *n);

/* A network near number `i`, and another one where there are two: the nearest of a sixteenth of
 * them drawn with replacement (of NEIGHBOURS_DRAWN_MAX at most), so one of the some sixteen nearest
 * as a rule. Ties: the first drawn. */
#define NEIGHBOURS_DRAWN_MAX 4096
size_t neighbours_draw(const struct neighbours *n, struct rng *r, size_t i);

#endif
