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
#define SPACE_STRINGS_MANY UINT64_MAX /* 2^63 or more */
/* Room enough for a point of a built-in space. */
#define SPACE_GENES_BUILT_IN 64

struct space {
    const char *name;
    uint32_t genes;     /* of each point, 1 .. SPACE_GENES_MAX */
    uint64_t strings;   /* number of points that `at` enumerates; SPACE_STRINGS_MANY: too many */
    const char *points; /* their number in decimal, exact also where there are too many */
    const char *source; /* text of the file that describes the space; NULL: it is built in */
    struct vocabulary vocabulary;
    uint32_t attributes;                /* of each node of each network */
    const char *const *attribute_names; /* (attributes) */
    const float *attribute_absent;      /* (attributes) what a node has that is without it */
    uint32_t text_bytes;                /* enough for any text(), zero included */

    void (*at)(const struct space *s, uint64_t index, uint16_t *out);    /* index < strings */
    void (*sample)(const struct space *s, struct rng *r, uint16_t *out); /* a valid random point */
    /* One random edit; always valid; may be a no-op as a network. `out` may be the parent. */
    void (*edit)(const struct space *s, struct rng *r, const uint16_t *parent, uint16_t *out);
    /* The index-th of all edits of one gene (which may be a no-op); false: there are not so many.
     * NULL: the space cannot tell. `out` is not the parent. */
    bool (*edit_at)(const struct space *s, struct rng *r, const uint16_t *parent, uint64_t index,
                    uint16_t *out);
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
    /* The rest may be NULL: the space cannot tell. */
    /* The point whose genes have these values, as texts of a table, one for each gene; those of
     * genes that do not count are not looked at. SIBYL_E_FORMAT: *out_wrong is the gene whose value
     * is wrong, and the message names the values that there are; or it is `genes` where they are no
     * point together. */
    enum status (*from_values)(const struct space *s, const char *const *values, uint16_t *out,
                               uint32_t *out_wrong);
    void (*gene_name)(const struct space *s, uint32_t gene, char *out, size_t bytes);
    /* The value of a gene of a valid point; false: it does not count there. */
    bool (*gene_value)(const struct space *s, const uint16_t *g, uint32_t gene, char *out,
                       size_t bytes, bool *out_number);
    /* The point whose network has this canonical form; false: none has, or it is not known. */
    bool (*find)(const struct space *s, const struct graph *canonical, uint16_t *out);
    const void *detail;               /* the space's own */
    void (*release)(struct space *s); /* frees it; NULL: as space_new() made it */
};

/* By name: "nasbench201", "nasbench101", "digits201". Fails with a message that lists the names.
 * The space is freed by space_free(). */
enum status space_new(const char *name, struct space **out);
/* A space by what a job file says: one of these names, or the path of a space file, which has a
 * slash in it or ends in .yaml or .yml. */
enum status space_open(const char *what, struct space **out);
/* Whether `what` is a path, and not a name. */
bool space_is_path(const char *what);
/* From the text of a space file; `path` names it in messages. */
enum status space_from_text(const char *path, const char *text, size_t bytes, struct space **out);
void space_free(struct space *s);

/* Room for the genes of a point, not cleared; NULL with the message set. */
uint16_t *space_genes(const struct space *s, struct arena *arena);

/* Of the network alone; a search makes a candidate (candidate.h), which has the graph too. */
enum status space_hash(const struct space *s, const uint16_t *g, struct hash128 *out);

#endif
