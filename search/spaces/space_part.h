/* A part of a search space, such as the networks that a table has, as a space of its own: it gives
 * no other networks. Local.
 *
 * Where all networks are in the part, the same random stream gives the same points as of the whole
 * space: what the space gives is taken if it is in the part, and only else another one. */
#ifndef SEARCH_SPACES_SPACE_PART_H
#define SEARCH_SPACES_SPACE_PART_H

#include "base/hashset.h"
#include "search/spaces/neighbours.h"
#include "search/spaces/space.h"

/* A space of at most so many points is gone through whole, so that it is known which of its
 * networks are in the part; of a larger one only those are listed whose points are told. */
#define SPACE_PART_ENUMERATE_MAX 20000

struct space_part {         /* all zero is an empty one */
    struct hashset set;     /* the part's networks -> their numbers, or SPACE_PART_UNLISTED */
    uint16_t *genes;        /* (count, space->genes) a point of each that is listed */
    struct neighbours near; /* of those */
    size_t count, capacity;
    uint64_t networks; /* of the whole space; 0: too many to count */
};
#define SPACE_PART_UNLISTED (HASHSET_NONE - 1)

/* Fills the part with those networks of a small space that are in `has`, in the space's order.
 * Leaves it empty, with no error, where the space is too large for that. */
enum status space_part_enumerate(struct space_part *p, const struct space *s,
                                 const struct hashset *has);
/* Of a large space: adds a network, of which the space's text may be known ("": it is not). */
enum status space_part_add(struct space_part *p, const struct space *s,
                           const struct graph *canonical, const char *text);
void space_part_release(struct space_part *p);

/* Whether it is known that no network of the space is outside. */
bool space_part_is_whole(const struct space_part *p);

/* Makes *space the space of its networks that are in the part, of which one at least is listed. It
 * takes over the space, and on failure leaves it as it is; the part is emptied. */
enum status space_part_keep_to(struct space **space, struct space_part *p);

/* Whether a space is one that space_part_keep_to() made. */
bool space_part_is(const struct space *s);
/* Whether `at` gives all networks of a space: of a part the points of some may be unknown. */
bool space_part_is_listed(const struct space *s);

#endif
