/* A search space: a table of functions that each space fills in.
 *
 * A point of a space is its genes, an array of `genes` small numbers whose meaning only the space
 * knows; it lives in an arena or in a buffer of the caller's. Equal points are equal arrays.
 * Points are named by text (the space's own notation), compared as networks by canonical hash, and
 * looked at as graphs. Local, no state: all randomness comes from the caller's stream. */
#ifndef SEARCH_SPACES_SPACE_H
#define SEARCH_SPACES_SPACE_H

#include "base/digest.h"
#include "base/rng.h"
#include "proto/graph/graph.h"

#include <stdbool.h>

#define SPACE_GENES_MAX 65536
/* Room enough for a point of a built-in space. */
#define SPACE_GENES_BUILT_IN 64

struct space {
    const char *name;
    uint32_t genes;   /* of each point, 1 .. SPACE_GENES_MAX */
    uint64_t strings; /* number of points that `at` enumerates */
    struct vocabulary vocabulary;
    uint32_t text_bytes; /* enough for any text(), zero included */

    void (*at)(const struct space *s, uint64_t index, uint16_t *out);    /* index < strings */
    void (*sample)(const struct space *s, struct rng *r, uint16_t *out); /* a valid random point */
    /* One random edit; always valid; may be a no-op as a network. `out` may be the parent. */
    void (*edit)(const struct space *s, struct rng *r, const uint16_t *parent, uint16_t *out);
    /* A valid child of two; NULL where the space has no sensible one. */
    void (*cross)(const struct space *s, struct rng *r, const uint16_t *a, const uint16_t *b,
                  uint16_t *out);
    bool (*valid)(const struct space *s, const uint16_t *g);
    /* The raw graph (zero and identity operations kept). */
    enum status (*graph)(const struct space *s, const uint16_t *g, struct graph *out,
                         struct arena *arena);
    void (*text)(const struct space *s, const uint16_t *g, char *out); /* out[text_bytes] */
    enum status (*parse)(const struct space *s, const char *text,
                         uint16_t *out); /* SIBYL_E_FORMAT: not of this space */
    /* The number of the value that a field of a table names for one gene; SIBYL_E_FORMAT with the
     * values that there are. NULL: points are named by their text alone. */
    enum status (*value)(const struct space *s, uint32_t gene, const char *field, uint16_t *out);
    /* Whether a gene of this point is part of its network. NULL: all are. */
    bool (*counts)(const struct space *s, const uint16_t *g, uint32_t gene);
    /* The point whose network has this canonical form; false: none has, or it is not known. NULL:
     * the space cannot tell. */
    bool (*find)(const struct space *s, const struct graph *canonical, uint16_t *out);
    const void *detail;               /* the space's own */
    void (*release)(struct space *s); /* frees it; NULL: as space_new() made it */
};

/* By name: "nasbench201", "nasbench101", "digits201". Fails with a message that lists the names.
 * The space is freed by space_free(). */
enum status space_new(const char *name, struct space **out);
void space_free(struct space *s);

/* Room for the genes of a point, not cleared; NULL with the message set. */
uint16_t *space_genes(const struct space *s, struct arena *arena);

/* Of the network alone; a search makes a candidate (candidate.h), which has the graph too. */
enum status space_hash(const struct space *s, const uint16_t *g, struct hash128 *out);

#endif
