/* The operations of a search space: names, and what the engine must know of some of them.
 *
 * Roles follow from the name alone: "input", "output", "skip_connect" or "identity" (passes its
 * input on), "none" or "zero" (gives nothing). All else is an ordinary operation. A name that ends
 * in @input, @output, @identity, @zero or @ordinary has that role: "skip@identity". */
#ifndef PROTO_GRAPH_VOCABULARY_H
#define PROTO_GRAPH_VOCABULARY_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum op_role { OP_ORDINARY, OP_INPUT, OP_OUTPUT, OP_IDENTITY, OP_ZERO };

#define VOCABULARY_MAX 1024 /* operations */

struct vocabulary {
    uint32_t count;
    char **names;        /* (count), distinct */
    enum op_role *roles; /* (count) */
};

/* Copies `names` into `arena`. Fails on an empty, repeated or over-long name (more than 255 bytes),
 * or more than VOCABULARY_MAX of them. Local. */
enum status vocabulary_init(struct vocabulary *v, struct arena *arena, const char *const *names,
                            uint32_t count);

/* Index of a name, or -1. */
int vocabulary_find(const struct vocabulary *v, const char *name);

/* How many of a name's characters are the operation's own: all, or those before its @ROLE. */
size_t vocabulary_word_bytes(const char *name);

/* Whether a name alone, without an @ROLE, has this role. */
enum op_role vocabulary_role_of(const char *name);

bool vocabulary_equal(const struct vocabulary *a, const struct vocabulary *b);

#endif
