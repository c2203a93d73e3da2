/* The space of the networks in a dataset, whatever graphs they are: a search over a published
 * sample, or over candidates of one's own. Isomorphic rows are one network, the first of them names
 * it: by its id, else its text, else its number among the rows, from 0. An edit gives a network
 * that is like its parent (neighbours.h); there is no crossing. Local. */
#ifndef SEARCH_SPACES_SPACE_POOL_H
#define SEARCH_SPACES_SPACE_POOL_H

#include "search/spaces/space.h"

#define SPACE_POOL_NAME "pool" /* of every such space */

/* Freed by space_free(). SIBYL_E_FORMAT where two different networks have one name, or there is
 * none. Memory: the dataset, and some 150 bytes for each network. */
enum status space_pool_new(const char *file, struct space **out);

/* The digest of what is in the pool's file, 32 hex digits; NULL: this space is no pool. */
const char *space_pool_content(const struct space *s);

#endif
