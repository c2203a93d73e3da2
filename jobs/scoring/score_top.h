/* The best few of very many scores. */
#ifndef JOBS_SCORING_SCORE_TOP_H
#define JOBS_SCORING_SCORE_TOP_H

#include "comm/team.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct score_entry {
    double value;
    uint64_t index; /* of the row or the point */
    char *text;     /* owned */
};

struct score_top {
    struct score_entry *entries; /* (count) owned; of more than `most` only between calls */
    size_t count, most, capacity;
    bool lowest; /* the best are the lowest, not the highest */
};

/* Local. `most`: how many to keep. `lowest`: the lowest are the best. */
void score_top_init(struct score_top *t, size_t most, bool lowest);
void score_top_release(struct score_top *t); /* fine on a zeroed struct */

/* Local. Copies the text of what may be among the best. */
enum status score_top_add(struct score_top *t, double value, uint64_t index, const char *text);
/* Local. The best, in order: the better value first, the lower index where two are equal. NaN is
 * behind every number, infinite ones too. */
void score_top_sort(struct score_top *t);

/* Local. As bytes, the caller's to free(), and entries from such bytes (untrusted) added. */
enum status score_top_pack(struct score_top *t, void **out, size_t *out_bytes);
enum status score_top_unpack(struct score_top *t, const void *data, size_t bytes);

/* Collective. All ranks' entries move to rank 0, rank by rank along a tree. */
enum status score_top_reduce(struct score_top *t, struct team *team);

#endif
