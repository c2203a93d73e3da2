#include "comm/reduce.h"

#include "base/memory.h"
#include "comm/team_internal.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)1 << 20) /* numbers per allreduce */
#define FAILED_UNIT                                                                                \
    ((int64_t)1 << 32) /* head: addends in the low half, failed ranks in the high half */

struct reducer {
    size_t count;
    int64_t addends;
    bool out_of_range;
    int64_t *sums; /* (1 + count): the head travels with the first chunk */
};

enum status reducer_new(struct reducer **out, size_t count)
{
    if (count > SIZE_MAX / sizeof(int64_t) - 1) return err_memory("a reducer");
    struct reducer *r = calloc(1, sizeof(*r));
    int64_t *sums = memory_large_zeroed((1 + count) * sizeof(*sums));
    if (!r || !sums) {
        free(r);
        free(sums);
        return err_memory("a reducer");
    }
    r->count = count;
    r->sums = sums;
    *out = r;
    return SIBYL_OK;
}

void reducer_free(struct reducer *r)
{
    if (!r) return;
    free(r->sums);
    free(r);
}

void reducer_clear(struct reducer *r)
{
    memset(r->sums, 0, (1 + r->count) * sizeof(*r->sums));
    r->addends = 0;
    r->out_of_range = false;
}

int64_t *reducer_sums(struct reducer *r, uint32_t addends)
{
    r->addends += addends;
    return r->sums + 1;
}

enum status reducer_add(struct reducer *r, const float *values)
{
    if (r->addends >= FIXED_ADDENDS_MAX) {
        r->out_of_range = true;
        return err_set(SIBYL_E_RANGE, "more than %d addends in one sum over ranks",
                       FIXED_ADDENDS_MAX);
    }
    size_t bad = 0;
    for (size_t i = 0; i < r->count; i++) bad += !fixed_add(&r->sums[1 + i], (double)values[i]);
    r->addends++;
    if (!bad) return SIBYL_OK;
    r->out_of_range = true;
    size_t at = 0;
    while (fabsf(values[at]) < FIXED_MAGNITUDE_MAX) at++;
    return err_set(SIBYL_E_RANGE,
                   "number %zu of %zu in a sum over ranks is %g: not finite or too large (try a "
                   "lower learning rate)",
                   at, r->count, (double)values[at]);
}

/* Sum over the ranks; *head gets the totals of addends and failures. Stops after the first chunk,
 * on all ranks, where any rank failed or there are too many addends. */
static bool sum_chunks(struct reducer *r, struct team *t)
{
    size_t total = 1 + r->count;
    for (size_t begin = 0; begin < total; begin += CHUNK) {
        size_t part = total - begin < CHUNK ? total - begin : CHUNK;
        team_enter(t);
        MPI_Allreduce(MPI_IN_PLACE, r->sums + begin, (int)part, MPI_INT64_T, MPI_SUM, t->comm);
        team_leave(t);
        if (r->sums[0] > FIXED_ADDENDS_MAX) return false;
    }
    return true;
}

enum status reducer_allreduce(struct reducer *r, struct team *t, enum status mine, float *out)
{
    if (!mine && r->out_of_range)
        mine = err_set(SIBYL_E_RANGE, "a sum over ranks has an addend that is out of range");
    r->sums[0] = r->addends + (mine ? FAILED_UNIT : 0);
    bool fine = sum_chunks(r, t);
    int64_t head = r->sums[0];
    if (fine)
        for (size_t i = 0; i < r->count; i++) out[i] = (float)fixed_value(r->sums[1 + i]);
    reducer_clear(r);
    if (fine) return SIBYL_OK;
    if (head >= FAILED_UNIT) return team_agree(t, mine);
    return err_set(SIBYL_E_RANGE, "%lld addends in one sum over ranks, at most %d keep it in range",
                   (long long)head, FIXED_ADDENDS_MAX);
}
