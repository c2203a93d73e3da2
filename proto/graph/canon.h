/* Canonical form of a network, and its hash: the same for isomorphic networks, different for
 * others.
 *
 * `graph_live` drops zero operations and every node that no path from an input to an output uses
 * (inputs and outputs themselves stay). `graph_canonical` also takes identity operations out: every
 * predecessor p and successor s of the identity k gain A[p][s] += A[p][k] * A[k][s]; multiplicities
 * add. Then the nodes are put in a canonical order. A graph whose vocabulary has no input or output
 * role keeps all its nodes. Kept nodes keep their attributes, which are part of the network.
 *
 * Large graphs of extreme symmetry (that of a Fourier transform of 4,096 numbers, say) pass a
 * budget of steps (some seconds). Nodes of theirs that look alike are in any order, and their hash
 * is one of what colour refinement finds: still the same for isomorphic networks, but others may
 * share it. graph_is_exact() says so. Graphs of at most CANON_EXACT_NODES nodes are always exact.
 * Local.
 */
#ifndef PROTO_GRAPH_CANON_H
#define PROTO_GRAPH_CANON_H

#include "base/digest.h"
#include "proto/graph/graph.h"

/* No larger graph is searched for all its symmetries without a budget. */
#define CANON_EXACT_NODES 64

/* What a predictor sees of a network (`data.graph` in a job file). */
enum graph_form { GRAPH_CANONICAL, GRAPH_LIVE, GRAPH_RAW };

enum status graph_live(struct graph *out, struct arena *arena, const struct graph *g,
                       const struct vocabulary *v);
enum status graph_canonical(struct graph *out, struct arena *arena, const struct graph *g,
                            const struct vocabulary *v);

/* One of the two above, or a plain copy. */
enum status graph_in_form(struct graph *out, struct arena *arena, const struct graph *g,
                          const struct vocabulary *v, enum graph_form form);

/* Of a graph that graph_canonical() made: whether its order is canonical in full. */
bool graph_is_exact(const struct graph *canonical);

/* XXH3-128 over the canonical bytes of a graph that graph_canonical() made, or its sketch where it
 * is not exact. */
struct hash128 graph_hash(const struct graph *canonical);

/* Canonical form and hash in one, scratch only: for callers that want just the name of a network.
 */
enum status graph_canonical_hash(struct hash128 *out, const struct graph *g,
                                 const struct vocabulary *v);

#endif
