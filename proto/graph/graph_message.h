/* Lists of graphs as bytes, for other ranks. Local. */
#ifndef PROTO_GRAPH_GRAPH_MESSAGE_H
#define PROTO_GRAPH_GRAPH_MESSAGE_H

#include "proto/graph/graph.h"

/* *out is the caller's to free(); no graphs are no bytes. */
enum status graph_message_pack(const struct graph *graphs, size_t count, void **out,
                               size_t *out_bytes);
/* Graphs in `arena` from such bytes, which are untrusted; `sender`: the rank they came from. */
enum status graph_message_open(const void *data, size_t bytes, int sender, uint32_t operations,
                               struct arena *arena, struct graph **out, size_t *out_count);

#endif
