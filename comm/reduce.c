#include "comm/reduce.h"

#include "base/memory.h"
#include "comm/team_internal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BUCKET_LEAST ((size_t)1 << 17)  /* numbers: below, a message's fixed cost is felt */
#define MESSAGE_LEAST ((size_t)1 << 13) /* numbers to each rank */

struct bucket {
    struct reducer_part whole, own;
    int64_t *others;            /* (ranks - 1, own) this rank's part of what the others added */
    MPI_Request *sums, *values; /* 2 * (ranks - 1) each: first those that receive */
};

struct reducer {
    struct team *team;
    size_t count, buckets, gathered; /* buckets gathered so far, from the first */
    size_t first_sent, last_summed;  /* from the last bucket down to these: sent, summed */
    struct bucket *bucket;
    bool expecting;        /* the others' sums of this round */
    int64_t *sums;         /* (count) */
    int64_t *others;       /* of all buckets */
    MPI_Request *requests; /* of all buckets */
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
    const struct reducer_part *whole = &r->bucket[bucket].whole;
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
    size_t step = bucket_length(r->team->size), peers = (size_t)r->team->size - 1, own = 0;
    r->buckets = (r->count + step - 1) / step;
    r->bucket = calloc(r->buckets + 1, sizeof(*r->bucket));
    if (!r->bucket) return err_memory("sums over ranks");
    for (size_t b = 0; b < r->buckets; b++) {
        struct bucket *k = &r->bucket[b];
        size_t end = (b + 1) * step;
        k->whole = (struct reducer_part){b * step, end < r->count ? end : r->count};
        k->own = reducer_part(r, r->team->rank, b);
        own += length(k->own);
    }
    r->requests = malloc((r->buckets * 4 * peers + 1) * sizeof(*r->requests));
    r->others = memory_large((own * peers + 1) * sizeof(*r->others));
    if (!r->requests || !r->others) return err_memory("sums over ranks");
    for (size_t i = 0; i < r->buckets * 4 * peers; i++) r->requests[i] = MPI_REQUEST_NULL;
    int64_t *others = r->others;
    for (size_t b = 0; b < r->buckets; b++) {
        struct bucket *k = &r->bucket[b];
        k->sums = r->requests + b * 4 * peers;
        k->values = k->sums + 2 * peers;
        k->others = others;
        others += peers * length(k->own);
    }
    return SIBYL_OK;
}

enum status reducer_new(struct reducer **out, struct team *t, size_t count)
{
    struct reducer *r = calloc(1, sizeof(*r));
    if (!r) return err_memory("sums over ranks");
    r->team = t;
    r->count = count;
    r->sums =
        count < SIZE_MAX / sizeof(*r->sums) ? memory_large_zeroed(count * sizeof(*r->sums)) : NULL;
    enum status st = r->sums ? buckets_make(r) : err_memory("sums over ranks");
    if (st) {
        reducer_free(r);
        return st;
    }
    r->gathered = r->first_sent = r->last_summed = r->buckets;
    *out = r;
    return SIBYL_OK;
}

void reducer_free(struct reducer *r)
{
    if (!r) return;
    free(r->bucket);
    free(r->sums);
    free(r->others);
    free(r->requests);
    free(r);
}

int64_t *reducer_sums(struct reducer *r)
{
    return r->sums;
}

/* The rank of peer i: all but this one, starting behind it, so that not all ranks send to the same
 * one first. */
static int peer_rank(const struct reducer *r, size_t i)
{
    return (int)(((size_t)r->team->rank + 1 + i) % (size_t)r->team->size);
}

static size_t peers_of(const struct reducer *r)
{
    return (size_t)r->team->size - 1;
}

static int sums_tag(size_t bucket)
{
    return (int)(2 * bucket);
}

static int values_tag(size_t bucket)
{
    return (int)(2 * bucket + 1);
}

static void expect_sums(struct reducer *r)
{
    for (size_t b = r->buckets; b-- > 0;) {
        struct bucket *k = &r->bucket[b];
        size_t own = length(k->own);
        for (size_t i = 0; own && i < peers_of(r); i++)
            MPI_Irecv(k->others + i * own, (int)own, MPI_INT64_T, peer_rank(r, i), sums_tag(b),
                      r->team->comm, &k->sums[i]);
    }
}

static void send_sums(struct reducer *r, size_t b)
{
    struct bucket *k = &r->bucket[b];
    for (size_t i = 0; i < peers_of(r); i++) {
        struct reducer_part part = reducer_part(r, peer_rank(r, i), b);
        if (length(part))
            MPI_Isend(r->sums + part.begin, (int)length(part), MPI_INT64_T, peer_rank(r, i),
                      sums_tag(b), r->team->comm, &k->sums[peers_of(r) + i]);
    }
}

/* Adds what the others sent of a bucket. */
static void add_others(struct reducer *r, struct bucket *k)
{
    size_t own = length(k->own);
    int64_t *restrict sums = r->sums + k->own.begin;
    for (size_t i = 0; i < peers_of(r); i++) {
        const int64_t *restrict others = k->others + i * own;
        for (size_t n = 0; n < own; n++) sums[n] += others[n];
    }
}

void reducer_ready(struct reducer *r, size_t from)
{
    int arrived = 1;
    if (peers_of(r) == 0) return;
    if (!r->expecting) expect_sums(r);
    r->expecting = true;
    while (r->first_sent > 0 && r->bucket[r->first_sent - 1].whole.begin >= from)
        send_sums(r, --r->first_sent);
    while (arrived && r->last_summed > r->first_sent) {
        struct bucket *k = &r->bucket[r->last_summed - 1];
        MPI_Testall((int)peers_of(r), k->sums, &arrived, MPI_STATUSES_IGNORE);
        if (!arrived) break;
        add_others(r, k);
        r->last_summed--;
    }
}

void reducer_wait(struct reducer *r)
{
    reducer_ready(r, 0);
    if (peers_of(r) == 0) return;
    team_enter(r->team);
    for (; r->last_summed > 0; r->last_summed--) {
        struct bucket *k = &r->bucket[r->last_summed - 1];
        MPI_Waitall((int)peers_of(r), k->sums, MPI_STATUSES_IGNORE);
        add_others(r, k);
    }
    for (size_t b = 0; b < r->buckets; b++)
        MPI_Waitall((int)peers_of(r), r->bucket[b].sums + peers_of(r), MPI_STATUSES_IGNORE);
    team_leave(r->team);
    r->first_sent = r->last_summed = r->buckets;
    r->expecting = false;
}

void reducer_clear(struct reducer *r)
{
    memset(r->sums, 0, r->count * sizeof(*r->sums));
}

void reducer_gather(struct reducer *r, float *values)
{
    for (size_t b = 0; b < r->buckets; b++) {
        struct bucket *k = &r->bucket[b];
        for (size_t i = 0; i < peers_of(r); i++) {
            struct reducer_part part = reducer_part(r, peer_rank(r, i), b);
            if (length(part))
                MPI_Irecv(values + part.begin, (int)length(part), MPI_FLOAT, peer_rank(r, i),
                          values_tag(b), r->team->comm, &k->values[i]);
        }
        for (size_t i = 0; length(k->own) && i < peers_of(r); i++)
            MPI_Isend(values + k->own.begin, (int)length(k->own), MPI_FLOAT, peer_rank(r, i),
                      values_tag(b), r->team->comm, &k->values[peers_of(r) + i]);
    }
    r->gathered = peers_of(r) ? 0 : r->buckets;
}

void reducer_gathered(struct reducer *r, size_t below)
{
    if (r->gathered == r->buckets || r->bucket[r->gathered].whole.begin >= below) return;
    team_enter(r->team);
    for (; r->gathered < r->buckets && r->bucket[r->gathered].whole.begin < below; r->gathered++)
        MPI_Waitall((int)(2 * peers_of(r)), r->bucket[r->gathered].values, MPI_STATUSES_IGNORE);
    team_leave(r->team);
}
