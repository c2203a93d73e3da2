/* Sums over ranks whose bits do not depend on the rank count, each rank getting its part of them,
 * and values made from the parts gathered on all ranks again.
 *
 * Numbers are cut into blocks of REDUCER_BLOCK, blocks into a few buckets, and each bucket evenly
 * over the ranks, whose parts do not stand in the order of the ranks. A rank writes or adds its
 * own addends to reducer_sums() in fixed point (base/fixed_point.h), from the last number to the
 * first, and says with reducer_ready() how far it has come: finished buckets are sent while it goes
 * on. After reducer_wait() the sums of its parts are whole. reducer_gather() sends the parts of an
 * array of floats to all others meanwhile; reducer_gathered() waits for the numbers that are
 * wanted.
 *
 * "Collective" means: every rank of the team calls it, in the same order. */
#ifndef COMM_REDUCE_H
#define COMM_REDUCE_H

#include "base/fixed_point.h"
#include "comm/team.h"

#define REDUCER_BLOCK 1024 /* numbers */

struct reducer;

/* Numbers begin .. end-1; begin is a multiple of REDUCER_BLOCK. */
struct reducer_part {
    size_t begin, end;
};

/* For `count` numbers, sums zero. `t` is borrowed. Local, but every rank of the team makes one. */
enum status reducer_new(struct reducer **out, struct team *t, size_t count);
/* Local; nothing may be on its way. Fine with NULL. */
void reducer_free(struct reducer *r);

/* (count) sums of this rank's addends; at most FIXED_ADDENDS_MAX over all ranks, each in range, so
 * that the totals stay in range. After reducer_wait() those in this rank's parts are the totals,
 * and the others are nobody's: all are set again, or cleared, before the next addends. */
int64_t *reducer_sums(struct reducer *r);

/* Local: this rank adds nothing more to numbers `from` and above. Moves what is on its way, too. */
void reducer_ready(struct reducer *r, size_t from);

/* Collective. Waits for the totals of this rank's parts. A rank that failed calls it too. */
void reducer_wait(struct reducer *r);

/* All sums are zero again. Local; after reducer_wait(). */
void reducer_clear(struct reducer *r);

/* Local. The parts of a rank, ascending: at most reducer_buckets(), of which some may be empty. */
size_t reducer_buckets(const struct reducer *r);
struct reducer_part reducer_part(const struct reducer *r, int rank, size_t bucket);

/* Collective. Starts to send this rank's parts of values (count) to all others and to fill in
 * theirs; `values` is not to be touched before reducer_gathered(). */
void reducer_gather(struct reducer *r, float *values);

/* Waits until the values below number `below` are there. Local, after each rank's
 * reducer_gather(). */
void reducer_gathered(struct reducer *r, size_t below);

#endif
