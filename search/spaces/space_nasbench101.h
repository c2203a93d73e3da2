/* The space of NAS-Bench-101: cells of at most 7 nodes and 9 edges, an operation per inner node.
 * Local. */
#ifndef SEARCH_SPACES_SPACE_NASBENCH101_H
#define SEARCH_SPACES_SPACE_NASBENCH101_H

#include "search/spaces/space.h"

/* Fills in all of `s` but its name; memory belongs to `arena`. */
enum status space_nasbench101_init(struct space *s, struct arena *arena);

#endif
