/* A batch's rows in another order, in which those with successors stand together, and so do those
 * with predecessors: a product over neighbours' sums then leaves out the rows that have none.
 * Local. */
#ifndef PREDICTOR_INPUTS_ROW_ORDER_H
#define PREDICTOR_INPUTS_ROW_ORDER_H

#include "predictor/inputs/batch.h"

struct row_order {
    struct batch batch;    /* `start` counts graphs' rows but does not say where they stand */
    const uint32_t *place; /* (rows) where row i of the batch as it was stands */
    uint32_t forward_end;  /* rows 0 .. forward_end-1 are those with successors */
    uint32_t backward_first, backward_end; /* those with predecessors */
};

/* Lists keep the order of their entries, so that sums over them keep their bits. Memory is the
 * arena's; what stays as it is, `b` still owns. */
enum status row_order_make(struct row_order *out, struct arena *arena, const struct batch *b);

#endif
