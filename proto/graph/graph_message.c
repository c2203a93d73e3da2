#include "proto/graph/graph_message.h"

#include "proto/graph/codec.h"

#include <stdlib.h>

enum status graph_message_pack(const struct graph *graphs, size_t count, void **out,
                               size_t *out_bytes)
{
    struct arena arena;
    Sibyl__ScoreBatch batch = SIBYL__SCORE_BATCH__INIT;
    unsigned char *packed = NULL;
    enum status st = SIBYL_OK;
    *out = NULL;
    *out_bytes = 0;
    if (count == 0) return SIBYL_OK;
    arena_init(&arena);
    Sibyl__GraphMessage *messages = arena_calloc(&arena, count, sizeof(*messages));
    Sibyl__GraphMessage **list = arena_calloc(&arena, count, sizeof(*list));
    if (!messages || !list) st = SIBYL_E_MEM;
    for (size_t i = 0; i < count && !st; i++) {
        list[i] = &messages[i];
        st = codec_graph_to_message(&messages[i], &arena, &graphs[i]);
    }
    batch.graphs = list;
    batch.n_graphs = count;
    if (!st) st = codec_pack(&batch.base, "networks for other ranks", &packed, out_bytes);
    if (!st) *out = packed;
    arena_release(&arena);
    return st;
}

enum status graph_message_open(const void *data, size_t bytes, int sender, uint32_t operations,
                               struct arena *arena, struct graph **out, size_t *out_count)
{
    enum status st = SIBYL_OK;
    *out = NULL;
    *out_count = 0;
    if (bytes == 0) return SIBYL_OK;
    Sibyl__ScoreBatch *batch = sibyl__score_batch__unpack(NULL, bytes, data);
    if (!batch) return err_set(SIBYL_E_FORMAT, "networks came damaged from rank %d", sender);
    struct graph *graphs = arena_calloc(arena, batch->n_graphs + 1, sizeof(*graphs));
    if (!graphs) st = SIBYL_E_MEM;
    for (size_t i = 0; i < batch->n_graphs && !st; i++) {
        st = codec_graph_from_message(&graphs[i], arena, batch->graphs[i], operations);
        if (st) err_prefix(st, "network %zu from rank %d", i, sender);
    }
    if (!st) {
        *out = graphs;
        *out_count = batch->n_graphs;
    }
    sibyl__score_batch__free_unpacked(batch, NULL);
    return st;
}
