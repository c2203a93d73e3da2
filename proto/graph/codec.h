/* Messages -> bytes, and graph <-> message. Every field of a message is untrusted. Local. */
#ifndef PROTO_GRAPH_CODEC_H
#define PROTO_GRAPH_CODEC_H

#include "proto/graph/architecture.pb-c.h"
#include "proto/graph/graph.h"

/* Any message, packed; *out is the caller's to free(). `what` names it where there is no memory. */
enum status codec_pack(const ProtobufCMessage *m, const char *what, unsigned char **out,
                       size_t *out_bytes);

/* Fills `out` with pointers into `arena` (no free_unpacked on it). */
enum status codec_graph_to_message(Sibyl__GraphMessage *out, struct arena *arena,
                                   const struct graph *g);

/* Checks everything that graph_make() and graph_set_attributes() check. */
enum status codec_graph_from_message(struct graph *out, struct arena *arena,
                                     const Sibyl__GraphMessage *m, uint32_t vocabulary_count);

#endif
