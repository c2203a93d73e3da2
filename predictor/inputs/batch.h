/* Many graphs as packed rows, without padding, and what the kernels need to know of their
 * structure.
 *
 * Row r is a node; with tokens each graph has its class token in front of the nodes and its depth
 * token behind them. Graph b has rows start[b] .. start[b+1]-1. Lists hold row numbers, ascending.
 * Memory is the arena's; graphs are borrowed only during the call. Local. */
#ifndef PREDICTOR_INPUTS_BATCH_H
#define PREDICTOR_INPUTS_BATCH_H

#include "predictor/inputs/options.h"
#include "predictor/inputs/real.h"

#include <stddef.h>

/* For each row a list of rows: row[start[r]] .. row[end[r] - 1]. Rows of equal lists may share the
 * same entries, so that memory does not grow with the square of a wide fan. */
struct row_lists {
    uint32_t *start, *end; /* (rows) each */
    uint32_t *row;         /* (stored) */
    uint32_t stored;
    real *log_copies; /* (stored) logarithm of how often an entry counts; NULL: once */
    /* (rows + 1) lengths of the lists of all rows before, as if none were shared; of topologies
     * only. NULL: too many to count in 31 bits, far too many to train on. */
    uint32_t *before;
};

struct batch {
    uint32_t graphs, rows;
    bool tokens;
    uint32_t *start;     /* (graphs + 1) */
    uint16_t *embedding; /* (rows) row of the embedding table */
    real *attribute;     /* (rows, attributes) standardised; tokens have zeros */
    uint32_t attributes;
    struct row_lists successors, predecessors;   /* by adjacency */
    real *successor_weight, *predecessor_weight; /* multiplicities beside the lists */
    struct row_lists
        topology[TOPOLOGY_COUNT]; /* only those asked for; start is NULL in the others */
    real *copies;                 /* (rows) nodes that a row stands for (twins.h); NULL: one each */
};

/* `index` picks the graphs: graph b is graphs[index[b]], or graphs[b] where index is NULL.
 * SIBYL_E_FORMAT where a graph has other attributes than the options say. */
enum status batch_pack(struct batch *out, struct arena *arena, const struct graph *graphs,
                       const uint32_t *index, uint32_t count, const struct predictor_options *o);

/* SIBYL_E_FORMAT where a row wants an embedding that a table of `embeddings` rows does not have. */
enum status batch_check(const struct batch *b, size_t embeddings);

/* Features of the attributes of rows first .. end-1, out (end - first, padded columns): zeros for
 * tokens. */
void batch_encode(const struct batch *b, const struct attribute_encoding *e, size_t first,
                  size_t end, real *out);

#endif
