/* The path encoding of networks (White, Neiswanger and Savani 2021, "BANANAS"): which sequences of
 * operations lead from the input of a network to its output. Here a sequence is a number, of those
 * that were met in the networks to learn from; others are left out. Local. */
#ifndef SEARCH_ALGORITHMS_PATHS_H
#define SEARCH_ALGORITHMS_PATHS_H

#include "base/hashset.h"
#include "proto/graph/graph.h"

#define PATHS_MAX 1024           /* that are told apart: those that were met first */
#define PATHS_OF_NETWORK_MAX 256 /* that are looked at of one network, the first ones */

struct paths { /* all zero is an empty one */
    struct hashset set;
};

/* Numbers of the paths of a network in canonical form, each once, ascending;
 * out[PATHS_OF_NETWORK_MAX]. `learn`: new paths get the next numbers. */
enum status paths_of(struct paths *p, const struct graph *g, bool learn, uint16_t *out,
                     uint32_t *out_count);
void paths_release(struct paths *p);

#endif
