/* How many different networks a space has. Local. */
#ifndef SEARCH_SPACES_SPACE_NETWORKS_H
#define SEARCH_SPACES_SPACE_NETWORKS_H

#include "base/big_count.h"
#include "search/spaces/space.h"

/* Of a larger space the points are not gone through. */
#define SPACE_NETWORKS_POINTS_MAX 2000000

/* Distinct by canonical hash: chains by their language, other spaces by going through all points.
 * *out_known is false where that would take more than some seconds. */
enum status space_networks(const struct space *s, bool *out_known, struct big_count *out);

#endif
