/* A point of a space as JSON, for people and for evaluating programs. Local. */
#ifndef SEARCH_SPACES_ARCHITECTURE_H
#define SEARCH_SPACES_ARCHITECTURE_H

#include "search/spaces/candidate.h"

struct json_t;

/* A new object (json_decref() it): {"space", "architecture", "ops": [names], "edges": [[from,
 * to]...], "hash"}; edges are those of the raw graph, in order of `from`, then `to`. Of a space
 * whose nodes have attributes also "attributes": for each node an object of names to numbers, null
 * where the node is without; of a space from a file also "choices": an object of the names of the
 * genes that count to their values. The candidate may be without its graph. */
enum status architecture_json(const struct space *s, const struct candidate *c,
                              struct json_t **out);

/* The space's notation, the caller's to free(); NULL with the message set. */
char *architecture_text(const struct space *s, const uint16_t *g);

#endif
