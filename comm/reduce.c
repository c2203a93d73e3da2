#include "comm/reduce.h"

#include "base/memory.h"
#include "comm/team_internal.h"

#include <stdlib.h>
#include <string.h>

#define BUCKET_LEAST ((size_t)1 << 17)  /* numbers: below, a message's fixed cost is felt */
#define MESSAGE_LEAST ((size_t)1 << 13) /* numbers to each rank */
#define WINDOW 16                       /* exchanges on their way at a time */

/* Exchanges in a fixed order, the same on all ranks: bucket by bucket, and in each with the ranks
 * at distance 1, 2 .. ranks - 1: something goes to the one so far ahead, and something comes from
 * the one so far behind. */
struct exchanges {
    size_t posted, done;
    MPI_Request requests[WINDOW][2]; /* of exchange i at i % WINDOW: to receive, to send */
};

struct reducer {
    struct team *team;
    size_t count, buckets;
    struct reducer_part *whole; /* (buckets) */
    size_t ready;               /* the first bucket whose sums are final on this rank */
    struct exchanges sums;      /* from the last bucket to the first */
    struct exchanges values;    /* from the first to the last */
    float *gathering;           /* the values on their way; NULL: none */
    int64_t *totals;            /* (count) */
    int64_t *others;            /* (WINDOW, longest part of this rank) what others have added */
    size_t longest;
};

static size_t blocks(size_t numbers)
{
    return (numbers + REDUCER_BLOCK - 1) / REDUCER_BLOCK;
}

/* Numbers in a bucket: enough for a message of some length to each rank. */
static size_t bucket_length(int ranks)
{
    size_t length = (size_t)ranks * MESSAGE_LEAST;
    if (length < BUCKET_LEAST) length = BUCKET_LEAST;
    return blocks(length) * REDUCER_BLOCK;
}

size_t reducer_buckets(const struct reducer *r)
{
    return r->buckets;
}

struct reducer_part reducer_part(const struct reducer *r, int rank, size_t bucket)
{
    const struct reducer_part *whole = &r->whole[bucket];
    uint64_t first, end;
    team_slice(blocks(whole->end - whole->begin), rank, r->team->size, &first, &end);
    struct reducer_part part = {whole->begin + first * REDUCER_BLOCK,
                                whole->begin + end * REDUCER_BLOCK};
    if (part.begin > whole->end) part.begin = whole->end;
    if (part.end > whole->end) part.end = whole->end;
    return part;
}

static size_t length(struct reducer_part p)
{
    return p.end - p.begin;
}

static enum status buckets_make(struct reducer *r)
{
    size_t step = bucket_length(r->team->size);
    r->buckets = (r->count + step - 1) / step;
    r->whole = malloc((r->buckets + 1) * sizeof(*r->whole));
    if (!r->whole) return err_memory("sums over ranks");
    for (size_t b = 0; b < r->buckets; b++) {
        size_t end = (b + 1) * step;
        r->whole[b] = (struct reducer_part){b * step, end < r->count ? end : r->count};
        size_t own = length(reducer_part(r, r->team->rank, b));
        if (own > r->longest) r->longest = own;
    }
    r->others = memory_large((WINDOW * r->longest + 1) * sizeof(*r->others));
    return r->others ? SIBYL_OK : err_memory("sums over ranks");
}

enum status reducer_new(struct reducer **out, struct team *t, size_t count)
{
    struct reducer *r = calloc(1, sizeof(*r));
    if (!r) return err_memory("sums over ranks");
    r->team = t;
    r->count = count;
    if (count < SIZE_MAX / sizeof(*r->totals))
        r->totals = memory_large_zeroed(count * sizeof(*r->totals));
    enum status st = r->totals ? buckets_make(r) : err_memory("sums over ranks");
    if (st) {
        reducer_free(r);
        return st;
    }
    r->ready = r->buckets;
    *out = r;
    return SIBYL_OK;
}

void reducer_free(struct reducer *r)
{
    if (!r) return;
    free(r->whole);
    free(r->totals);
    free(r->others);
    free(r);
}

int64_t *reducer_sums(struct reducer *r)
{
    return r->totals;
}

/* ---- exchanges ---- */

static size_t peers(const struct reducer *r)
{
    return (size_t)r->team->size - 1;
}

/* What exchange `i` is about. */
struct turn {
    size_t bucket;
    int to, from; /* ranks */
};

static struct turn turn_of(const struct reducer *r, const struct exchanges *x, size_t i)
{
    size_t bucket = i / peers(r), ranks = peers(r) + 1, rank = (size_t)r->team->rank,
           distance = i % peers(r) + 1;
    return (struct turn){x == &r->sums ? r->buckets - 1 - bucket : bucket,
                         (int)((rank + distance) % ranks),
                         (int)((rank + ranks - distance) % ranks)};
}

static int64_t *others_of(const struct reducer *r, size_t i)
{
    return r->others + i % WINDOW * r->longest;
}

/* The tag says which bucket and what; exchanges between two ranks are in order besides. */
static void post(struct reducer *r, struct exchanges *x, size_t i)
{
    struct turn t = turn_of(r, x, i);
    struct reducer_part own = reducer_part(r, r->team->rank, t.bucket);
    struct reducer_part theirs = reducer_part(r, t.to, t.bucket);
    MPI_Request *request = x->requests[i % WINDOW];
    MPI_Comm comm = r->team->comm;
    int tag = (int)(2 * t.bucket) + (x == &r->values);
    if (x == &r->sums) {
        MPI_Irecv(others_of(r, i), (int)length(own), MPI_INT64_T, t.from, tag, comm, &request[0]);
        MPI_Isend(r->totals + theirs.begin, (int)length(theirs), MPI_INT64_T, t.to, tag, comm,
                  &request[1]);
        return;
    }
    struct reducer_part come = reducer_part(r, t.from, t.bucket);
    MPI_Irecv(r->gathering + come.begin, (int)length(come), MPI_FLOAT, t.from, tag, comm,
              &request[0]);
    MPI_Isend(r->gathering + own.begin, (int)length(own), MPI_FLOAT, t.to, tag, comm, &request[1]);
}

/* What another rank has added to this rank's part. */
static void add_others(struct reducer *r, size_t i)
{
    struct reducer_part own = reducer_part(r, r->team->rank, turn_of(r, &r->sums, i).bucket);
    int64_t *restrict totals = r->totals + own.begin;
    const int64_t *restrict others = others_of(r, i);
    for (size_t n = 0; n < length(own); n++) totals[n] += others[n];
}

/* Goes on with exchanges below `allowed`, and waits for those below `wanted`. */
static void advance(struct reducer *r, struct exchanges *x, size_t allowed, size_t wanted)
{
    for (;;) {
        int arrived = 1;
        while (x->posted < allowed && x->posted < x->done + WINDOW) post(r, x, x->posted++);
        if (x->done == x->posted) return;
        MPI_Request *oldest = x->requests[x->done % WINDOW];
        if (x->done < wanted)
            MPI_Waitall(2, oldest, MPI_STATUSES_IGNORE);
        else
            MPI_Testall(2, oldest, &arrived, MPI_STATUSES_IGNORE);
        if (!arrived) return;
        if (x == &r->sums) add_others(r, x->done);
        x->done++;
    }
}

void reducer_ready(struct reducer *r, size_t from)
{
    while (r->ready > 0 && r->whole[r->ready - 1].begin >= from) r->ready--;
    advance(r, &r->sums, (r->buckets - r->ready) * peers(r), 0);
}

void reducer_wait(struct reducer *r)
{
    size_t all = r->buckets * peers(r);
    team_enter(r->team);
    advance(r, &r->sums, all, all);
    team_leave(r->team);
    r->sums.posted = r->sums.done = 0;
    r->ready = r->buckets;
}

void reducer_clear(struct reducer *r)
{
    memset(r->totals, 0, r->count * sizeof(*r->totals));
}

void reducer_gather(struct reducer *r, float *values)
{
    r->gathering = values;
    r->values.posted = r->values.done = 0;
    advance(r, &r->values, r->buckets * peers(r), 0);
}

void reducer_gathered(struct reducer *r, size_t below)
{
    size_t buckets = 0, all = r->buckets * peers(r);
    if (!r->gathering) return;
    while (buckets < r->buckets && r->whole[buckets].begin < below) buckets++;
    team_enter(r->team);
    advance(r, &r->values, all, buckets * peers(r));
    team_leave(r->team);
    if (r->values.done == all) r->gathering = NULL;
}
