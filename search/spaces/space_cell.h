/* Spaces of cells whose edges carry operations (NAS-Bench-201 and like ones). Local. */
#ifndef SEARCH_SPACES_SPACE_CELL_H
#define SEARCH_SPACES_SPACE_CELL_H

#include "search/spaces/space.h"

/* Fill in all of `s` but its name; memory belongs to `arena`. */
enum status space_cell_init_nasbench201(struct space *s, struct arena *arena);
enum status space_cell_init_digits201(struct space *s, struct arena *arena);

#endif
