/* Search spaces: the built-in ones, those of space files, and pools of known networks.
 *
 * A point of a space is told by a text in the space's own notation, such as a cell's string or a
 * genotype. A space never changes once it is open; any number of threads may use it. All numbers in
 * texts have a decimal point, whatever the locale is. */
#ifndef SIBYL_SPACE_H
#define SIBYL_SPACE_H

#include <sibyl/graph.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sibyl_space;

/* Where a text goes: a buffer of the caller's. */
struct sibyl_text {
    char *bytes;
    size_t size;
};

/* Opens a space by its name (nasbench201, nasbench101, digits201), or by the path of a space file:
 * what has a slash in it, or ends in .yaml or .yml. It is to be freed by sibyl_space_free().
 *
 * Fails with SIBYL_CODE_ARGUMENT where there is no such name (the message lists the names), where
 * the file cannot be read, or where it is wrong (the message begins with the file and the line);
 * and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_space_open(struct sibyl_space **out, const char *what,
                                           struct sibyl_status *status);

/* Opens the space of the networks in a dataset file. Their texts are their ids, or where they have
 * none their notations, or their numbers among the rows. Isomorphic networks are one point.
 *
 * Fails as sibyl_dataset_read() does, and with SIBYL_CODE_FORMAT where two different networks have
 * one name, or there is no network. */
SIBYL_API enum sibyl_code sibyl_space_open_pool(struct sibyl_space **out, const char *path,
                                                struct sibyl_status *status);

/* Frees a space, and all texts that it gave. Does nothing with NULL. */
SIBYL_API void sibyl_space_free(struct sibyl_space *space);

/* The name of the space, and the number of its points in decimal, which may have hundreds of
 * digits. NULL of NULL. */
SIBYL_API const char *sibyl_space_name(const struct sibyl_space *space);
SIBYL_API const char *sibyl_space_points(const struct sibyl_space *space);

/* How many points sibyl_space_at() knows by number: all of them, or 0 where they are 2^63 or
 * more. */
SIBYL_API uint64_t sibyl_space_size(const struct sibyl_space *space);

/* Bytes that the text of any point takes at most, with its zero. 0 of NULL. */
SIBYL_API size_t sibyl_space_text_bytes(const struct sibyl_space *space);

/* Writes the number of different networks of a space in decimal into `out`; 1200 bytes are
 * always enough. Networks are counted by their canonical hash, which takes up to
 * some seconds.
 *
 * Fails with SIBYL_CODE_UNSUPPORTED where counting would take much longer, with SIBYL_CODE_RANGE
 * where `out` is too small, and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_space_networks(const struct sibyl_space *space,
                                               const struct sibyl_text *out,
                                               struct sibyl_status *status);

/* Writes the text of point `index`, counted from 0 as in the column `index` of scores.csv, into
 * `out`; sibyl_space_text_bytes() bytes are enough.
 *
 * Fails with SIBYL_CODE_RANGE where that number stands for no network, which some spaces have, or
 * where `out` is too small; with SIBYL_CODE_ARGUMENT where it is not below
 * sibyl_space_size(); and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_space_at(const struct sibyl_space *space, uint64_t index,
                                         const struct sibyl_text *out, struct sibyl_status *status);

/* Writes the text of a point that is drawn at random, in the same way. The same seed and number
 * give the same point on every machine: the one that `sibyl score` draws as number `draw` with this
 * `seed` and input.sample. Fails with SIBYL_CODE_RANGE where `out` is too small, and with
 * SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_space_sample(const struct sibyl_space *space, uint64_t seed,
                                             uint64_t draw, const struct sibyl_text *out,
                                             struct sibyl_status *status);

/* Makes an empty list of networks over the operations and attributes of a space. It does not need
 * the space any longer, and is to be freed by sibyl_graphs_free(). Fails with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_space_graphs(const struct sibyl_space *space,
                                             struct sibyl_graphs **out,
                                             struct sibyl_status *status);

/* Adds the network of the point that a text tells at the end of a list. Operations are told by
 * their names, so that the list may have them in another order. All of the network is kept, also
 * operations that give nothing or pass on what they get.
 *
 * Fails with SIBYL_CODE_FORMAT where the text is no point of the space, or where the list lacks one
 * of its operations or has other attributes; and with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_graphs_add_text(struct sibyl_graphs *graphs,
                                                const struct sibyl_space *space, const char *text,
                                                struct sibyl_status *status);

/* Writes the text of a point whose network is isomorphic to network `index` of a list into `out`.
 * The list has the operations of the space in the same order.
 *
 * Fails with SIBYL_CODE_FORMAT where the space has no such network, with SIBYL_CODE_UNSUPPORTED
 * where the space cannot tell, with SIBYL_CODE_ARGUMENT where there is no such network in the list
 * or the list has other operations, with SIBYL_CODE_RANGE where `out` is too small, and
 * with SIBYL_CODE_MEMORY. */
SIBYL_API enum sibyl_code sibyl_space_find(const struct sibyl_space *space,
                                           const struct sibyl_graphs *graphs, size_t index,
                                           const struct sibyl_text *out,
                                           struct sibyl_status *status);

#ifdef __cplusplus
}
#endif

#endif
