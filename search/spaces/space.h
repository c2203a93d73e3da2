/* A search space: a table of functions that each space fills in.
 *
 * A point of a space is a genome, an array of small numbers whose meaning only the space knows.
 * Points are named by text (the space's own notation), compared as networks by canonical hash, and
 * looked at as graphs. Local, no state: all randomness comes from the caller's stream. */
#ifndef SEARCH_SPACES_SPACE_H
#define SEARCH_SPACES_SPACE_H

#include "base/digest.h"
#include "base/rng.h"
#include "proto/graph/graph.h"

#include <stdbool.h>

#define GENOME_MAX 64

struct genome {
    uint8_t gene[GENOME_MAX]; /* unused ones are 0, so that equal points are equal bytes */
};

struct space {
    const char *name;
    uint64_t strings; /* number of points that `at` enumerates */
    struct vocabulary vocabulary;
    uint32_t text_bytes; /* enough for any text(), zero included */

    void (*at)(const struct space *s, uint64_t index, struct genome *out); /* index < strings */
    void (*sample)(const struct space *s, struct rng *r,
                   struct genome *out); /* a valid random point */
    /* One random edit; always valid; may be a no-op as a network. */
    void (*edit)(const struct space *s, struct rng *r, const struct genome *parent,
                 struct genome *out);
    /* A valid child of two; NULL where the space has no sensible one. */
    void (*cross)(const struct space *s, struct rng *r, const struct genome *a,
                  const struct genome *b, struct genome *out);
    bool (*valid)(const struct space *s, const struct genome *g);
    /* The raw graph (zero and identity operations kept). */
    enum status (*graph)(const struct space *s, const struct genome *g, struct graph *out,
                         struct arena *arena);
    void (*text)(const struct space *s, const struct genome *g, char *out); /* out[text_bytes] */
    enum status (*parse)(const struct space *s, const char *text,
                         struct genome *out); /* SIBYL_E_FORMAT: not of this space */
    const void *detail;                       /* the space's own */
};

/* By name: "nasbench201", "nasbench101", "digits201". Fails with a message that lists the names.
 * The space is freed by space_free(). */
enum status space_new(const char *name, struct space **out);
void space_free(struct space *s);

/* Of the network alone; a search makes a candidate (candidate.h), which has the graph too. */
enum status space_hash(const struct space *s, const struct genome *g, struct hash128 *out);

#endif
