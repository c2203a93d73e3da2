/* One line of JSON lines -> a network: what the importer and the reader of parts of a file share.
 * Untrusted input; messages name the fault, and callers put the place before them. Local. */
#ifndef PROTO_IMPORT_JSONL_H
#define PROTO_IMPORT_JSONL_H

#include "proto/graph/graph.h"

#include <jansson.h>

#define JSONL_NAME_BYTES_MAX 255 /* of an operation's name */

/* Bytes of the mark of UTF-8 that a file may begin with: 0 or 3. */
size_t jsonl_mark(const char *text, size_t bytes);

/* Nothing but white space: no row. */
bool jsonl_blank(const char *line, size_t bytes);

/* A line that is not blank as an object, which the caller owns. NaN, Infinity and numbers out of
 * range, which JSON does not have, are null in it. */
enum status jsonl_object(const char *line, size_t bytes, json_t **out);

/* The finite number under this key; false: there is none. */
bool jsonl_number(const json_t *object, const char *key, double *out);

/* What an object is called under this key, a text or a whole number; *out is the caller's to
 * free(), NULL where there is nothing of the kind. */
enum status jsonl_id(const json_t *object, const char *key, char **out);

/* The list "ops", all of whose entries are names; borrowed from the object. */
enum status jsonl_operations(const json_t *object, const json_t **out, uint32_t *out_count);

/* The network of "ops", "edges" and "attributes". An operation that the vocabulary lacks is an
 * error, behind which stands `advice`. */
enum status jsonl_graph(struct graph *out, struct arena *arena, const json_t *object,
                        const struct vocabulary *v, const char *advice);

#endif
