/* Who does what in a search on many ranks: worked out in one place, the same on all ranks. Local.
 */
#ifndef SEARCH_ALGORITHMS_SEARCH_ROLES_H
#define SEARCH_ALGORITHMS_SEARCH_ROLES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct search_options; /* search/algorithms/search_options.h */

/* Rank 0 keeps the books. In free pace it and `helpers` more train, and the ranks behind them
 * evaluate; in rounds all train, and all but rank 0 evaluate. Rank 0 evaluates too where `shared`.
 */
struct search_roles {
    bool free; /* else rounds */
    bool shared;
    uint32_t helpers;    /* 0 in rounds */
    uint32_t evaluating; /* ranks, at least one */
};

/* `program`: values do not come from a table. SIBYL_E_USAGE: the numbers that were asked for are
 * not those of so many ranks. */
enum status search_roles_of(const struct search_options *o, bool program, uint32_t ranks,
                            struct search_roles *out);

bool search_roles_evaluates(const struct search_roles *r, uint32_t rank);

/* How many of `ranks` ranks train and score, if anything is trained. */
uint32_t search_roles_training(const struct search_roles *r, uint32_t ranks);

/* The same in words, of these roles of `ranks` ranks, cut to fit. */
void search_roles_text(char *out, size_t bytes, const struct search_roles *r,
                       const struct search_options *o, uint32_t ranks);

#endif
