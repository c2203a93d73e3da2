/* Lists of networks, and the names by which networks are told apart.
 *
 * A network is a directed acyclic graph with an operation at each node. Operations are words. Some
 * say by themselves what they do: "input", "output", "identity" or "skip_connect" (which pass on
 * what they get), "none" or "zero" (which give nothing). Any other word that ends in @input,
 * @output, @identity, @zero or @ordinary does what it says behind the @. All else is an ordinary
 * operation. A node may also carry numbers, its attributes, such as a kernel size.
 *
 * A list of networks has one set of operations and one number of attributes for all of them. Those
 * of a predictor come from sibyl_predictor_graphs(), those of a search space from
 * sibyl_space_graphs(), those of a file from sibyl_dataset_graphs(). Networks are told by their
 * place in the list, from 0 on. */
#ifndef SIBYL_GRAPH_H
#define SIBYL_GRAPH_H

#include <sibyl/status.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sibyl_graphs;

/* Makes an empty list over `operation_count` operations (1..1024), all different, each a word of
 * 1..255 bytes, and `attributes` numbers (0..64) at each node. The words are copied.
 *
 * The list is to be freed by sibyl_graphs_free(). Fails with SIBYL_CODE_FORMAT where the operations
 * or the number of attributes are not as said, and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_graphs_new(struct sibyl_graphs **out, const char *const *operations,
                                           size_t operation_count, size_t attributes,
                                           struct sibyl_status *status);

/* Frees a list and all networks in it. Does nothing with NULL. */
SIBYL_API void sibyl_graphs_free(struct sibyl_graphs *graphs);

/* Takes all networks out of a list, which keeps its memory for the next ones. Does nothing with
 * NULL. */
SIBYL_API void sibyl_graphs_clear(struct sibyl_graphs *graphs);

/* A network as its caller has it. All arrays are the caller's, and are read only during a call. A
 * struct whose fields are zero where they are not wanted is right: {.nodes = 3, ...}. */
struct sibyl_network {
    size_t nodes; /* 1..1000000 */
    /* (nodes) The operation of each node, by its name. */
    const char *const *operations;
    size_t edge_count; /* 0..16000000 */
    /* (edge_count, 2) The nodes that an edge leads from and to, from 0 on. They may be in any
     * order; an edge that stands there twice counts twice. */
    const uint32_t *edges;
    /* (edge_count) How often each edge counts, 1..1000000. NULL: once. */
    const uint32_t *multiplicities;
    /* (nodes, attributes of the list) Finite numbers. May be NULL where the list has none. */
    const float *attributes;
};

/* Adds a copy of a network at the end of a list.
 *
 * Fails with SIBYL_CODE_FORMAT where the network has a cycle, an edge to itself or to a node that
 * it has not, an operation that the list has not, an attribute that is not finite, or more than is
 * allowed above; with SIBYL_CODE_ARGUMENT where an array is NULL that is needed; and with
 * SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_graphs_add(struct sibyl_graphs *graphs,
                                           const struct sibyl_network *network,
                                           struct sibyl_status *status);

/* The number of networks in a list; 0 of NULL. */
SIBYL_API size_t sibyl_graphs_count(const struct sibyl_graphs *graphs);

/* The number of attributes at each node of a list's networks; 0 of NULL. */
SIBYL_API size_t sibyl_graphs_attributes(const struct sibyl_graphs *graphs);

/* The number of nodes, and of different edges, of network `index`; 0 where there is none. */
SIBYL_API size_t sibyl_graphs_nodes(const struct sibyl_graphs *graphs, size_t index);
SIBYL_API size_t sibyl_graphs_edges(const struct sibyl_graphs *graphs, size_t index);

/* The operation of a node of network `index`; NULL where there is none. The text belongs to the
 * list, and stays until it is freed. */
SIBYL_API const char *sibyl_graphs_operation(const struct sibyl_graphs *graphs, size_t index,
                                             size_t node);

/* Copies the edges of network `index`, ordered by the nodes that they lead from and then to, into
 * `edges` (edges, 2), and how often each counts into `multiplicities` (edges). Either may be NULL
 * where it is not wanted. Fails with SIBYL_CODE_ARGUMENT where there is no such network. */
SIBYL_API enum sibyl_code sibyl_graphs_copy_edges(const struct sibyl_graphs *graphs, size_t index,
                                                  uint32_t *edges, uint32_t *multiplicities,
                                                  struct sibyl_status *status);

/* Copies the attributes of the nodes of network `index` into `out` (nodes, attributes). Fails with
 * SIBYL_CODE_ARGUMENT where there is no such network. */
SIBYL_API enum sibyl_code sibyl_graphs_copy_attributes(const struct sibyl_graphs *graphs,
                                                       size_t index, float *out,
                                                       struct sibyl_status *status);

/* Bytes of the text of a hash: 32 hexadecimal digits and a zero. */
#define SIBYL_HASH_BYTES 33

/* Writes the canonical hash of network `index` into `out`. It is the same for all networks that are
 * equal but for the order of their nodes, for nodes that no path from the input to the output uses,
 * for operations that give nothing and for those that pass on what they get; and it is different
 * for others. It is the hash that `sibyl search` and its files show, for lists with the same
 * operations in the same order. (Networks of more than 64 nodes with an extreme symmetry, such as a
 * Fourier transform's, may share theirs with another network that looks alike.)
 *
 * Takes microseconds for a cell, and up to some seconds for the largest and most symmetric
 * networks. Fails with SIBYL_CODE_ARGUMENT where there is no such network; with SIBYL_CODE_FORMAT
 * where nothing of it is left, since the list has inputs or outputs and the network has none; with
 * SIBYL_CODE_RANGE where joined edges count more than 1000000 times; and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_graphs_hash(const struct sibyl_graphs *graphs, size_t index,
                                            char out[SIBYL_HASH_BYTES],
                                            struct sibyl_status *status);

#ifdef __cplusplus
}
#endif

#endif
