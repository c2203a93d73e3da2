/* Messages -> bytes, and graph <-> message. Every field of a message is untrusted. Local. */
#ifndef PROTO_GRAPH_CODEC_H
#define PROTO_GRAPH_CODEC_H

#include "proto/graph/architecture.pb-c.h"
#include "proto/graph/graph.h"

#define CODEC_MEMORY_FACTOR 16
#define CODEC_MEMORY_BYTES ((size_t)4 << 20)

/* Any message, packed; *out is the caller's to free(). `what` names it where there is no memory. */
enum status codec_pack(const ProtobufCMessage *m, const char *what, unsigned char **out,
                       size_t *out_bytes);

/* The reverse, of bytes that may be anything: NULL where they are no such message, or one that
 * would take more memory than CODEC_MEMORY_FACTOR times its bytes and CODEC_MEMORY_BYTES (as
 * millions of empty messages in a message would). Freed by protobuf_c_message_free_unpacked(m,
 * NULL), or the message's own function of that name. */
void *codec_unpack(const ProtobufCMessageDescriptor *kind, const void *data, size_t bytes);

/* Fills `out` with pointers into `arena` (no free_unpacked on it). */
enum status codec_graph_to_message(Sibyl__GraphMessage *out, struct arena *arena,
                                   const struct graph *g);

/* Checks everything that graph_make() and graph_set_attributes() check. */
enum status codec_graph_from_message(struct graph *out, struct arena *arena,
                                     const Sibyl__GraphMessage *m, uint32_t vocabulary_count);

#endif
