/* Sums over ranks whose bits do not depend on the rank count.
 *
 * Addends are in fixed point (base/fixed_point.h). One that is out of range, or NaN, is an error
 * and never a wrong number. */
#ifndef COMM_REDUCE_H
#define COMM_REDUCE_H

#include "base/fixed_point.h"
#include "comm/team.h"

struct reducer; /* fixed-point accumulator for `count` numbers */

enum status reducer_new(struct reducer **out, size_t count);
void reducer_free(struct reducer *r);
void reducer_clear(struct reducer *r);

/* Add `count` floats of one shard. Local. SIBYL_E_RANGE if one is NaN or its magnitude is 2^16 or
 * more. At most 2^6 addends in all over all ranks, so that the sum stays in range. */
enum status reducer_add(struct reducer *r, const float *values);

/* The sums themselves (count), for a caller that adds `addends` shards of its own, each in range.
 * Local. */
int64_t *reducer_sums(struct reducer *r, uint32_t addends);

/* Collective. Sums over the ranks; every rank gets the same bits in out[count]. `mine`: this rank's
 * outcome so far; the call agrees on it, so a failed rank calls it too. */
enum status reducer_allreduce(struct reducer *r, struct team *t, enum status mine, float *out);

#endif
