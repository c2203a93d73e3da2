#include "comm/reduce.h"

#include "base/memory.h"
#include "comm/team_internal.h"

#include <stdlib.h>
#include <string.h>

#define BUCKET_LEAST ((size_t)1 << 17)  /* numbers: below, a message's fixed cost is felt */
#define MESSAGE_LEAST ((size_t)1 << 13) /* numbers, the mean of a bucket's messages */
#define WINDOW 64                       /* exchanges on their way at a time */

/* Ranks stand in a grid, row by row. A bucket is cut into a slice for each column, and a slice into
 * a part for each row. Sums go along the rows first, each rank getting the slice of its column,
 * then along the columns; values the other way round. So a rank speaks to (columns - 1) + (rows -
 * 1) others instead of rows * columns - 1, and only slices already summed up leave the row. */
struct grid {
    size_t rows, columns; /* rows <= columns */
};

enum leg { ALONG_ROW, ALONG_COLUMN };

/* Exchanges in a fixed order, the same on all ranks: the first leg of the first bucket; the first
 * leg of each other, and then the second leg of the one before; the second leg of the last. In each
 * leg with the ranks at distance 1, 2 ..: something goes to the one so far ahead, and something
 * comes from the one so far behind. */
struct exchanges {
    enum leg first, second;
    size_t posted, done;
    MPI_Request requests[WINDOW][2]; /* of exchange i at i % WINDOW: to receive, to send */
};

struct reducer {
    struct team *team;
    struct grid grid;
    size_t row, column; /* of this rank */
    size_t count, buckets;
    struct reducer_part *whole; /* (buckets) */
    size_t ready;               /* the first bucket whose sums are final on this rank */
    struct exchanges sums;      /* from the last bucket to the first */
    struct exchanges values;    /* from the first to the last */
    float *gathering;           /* the values on their way; NULL: none */
    int64_t *totals;            /* (count) */
    int64_t *others;            /* (WINDOW, longest slice of this rank) what others have added */
    size_t longest;
};

/* As near to a square as the number of ranks allows; of a prime number, one row. */
static struct grid grid_of(size_t ranks)
{
    size_t rows = 1;
    for (size_t n = 2; n * n <= ranks; n++)
        if (ranks % n == 0) rows = n;
    return (struct grid){rows, ranks / rows};
}

static size_t blocks(size_t numbers)
{
    return (numbers + REDUCER_BLOCK - 1) / REDUCER_BLOCK;
}

/* Numbers in a bucket: enough for messages of some length. */
static size_t bucket_length(struct grid g)
{
    size_t length = (g.rows + g.columns) * MESSAGE_LEAST;
    if (length < BUCKET_LEAST) length = BUCKET_LEAST;
    return blocks(length) * REDUCER_BLOCK;
}

size_t reducer_buckets(const struct reducer *r)
{
    return r->buckets;
}

/* Parts first .. first + count - 1 of a bucket, which stand side by side. */
static struct reducer_part parts(const struct reducer *r, size_t first, size_t count, size_t bucket)
{
    const struct reducer_part *whole = &r->whole[bucket];
    uint64_t begin, end, unused;
    team_slice(blocks(whole->end - whole->begin), (int)first, r->team->size, &begin, &unused);
    team_slice(blocks(whole->end - whole->begin), (int)(first + count - 1), r->team->size, &unused,
               &end);
    struct reducer_part part = {whole->begin + begin * REDUCER_BLOCK,
                                whole->begin + end * REDUCER_BLOCK};
    if (part.begin > whole->end) part.begin = whole->end;
    if (part.end > whole->end) part.end = whole->end;
    return part;
}

struct reducer_part reducer_part(const struct reducer *r, int rank, size_t bucket)
{
    size_t row = (size_t)rank / r->grid.columns, column = (size_t)rank % r->grid.columns;
    return parts(r, column * r->grid.rows + row, 1, bucket);
}

/* What a rank sums up, and gives to the others, on a leg: the slice of its column, or its part. */
static struct reducer_part share(const struct reducer *r, enum leg leg, int rank, size_t bucket)
{
    if (leg == ALONG_COLUMN) return reducer_part(r, rank, bucket);
    return parts(r, (size_t)rank % r->grid.columns * r->grid.rows, r->grid.rows, bucket);
}

static size_t length(struct reducer_part p)
{
    return p.end - p.begin;
}

static enum status buckets_make(struct reducer *r)
{
    size_t step = bucket_length(r->grid);
    r->buckets = (r->count + step - 1) / step;
    r->whole = malloc((r->buckets + 1) * sizeof(*r->whole));
    if (!r->whole) return err_memory("sums over ranks");
    for (size_t b = 0; b < r->buckets; b++) {
        size_t end = (b + 1) * step;
        r->whole[b] = (struct reducer_part){b * step, end < r->count ? end : r->count};
        size_t own = length(share(r, ALONG_ROW, r->team->rank, b));
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
    r->grid = grid_of((size_t)t->size);
    r->row = (size_t)t->rank / r->grid.columns;
    r->column = (size_t)t->rank % r->grid.columns;
    r->sums.first = r->values.second = ALONG_ROW;
    r->sums.second = r->values.first = ALONG_COLUMN;
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

/* Exchanges of a leg, of one bucket. */
static size_t peers(const struct reducer *r, enum leg leg)
{
    return (leg == ALONG_ROW ? r->grid.columns : r->grid.rows) - 1;
}

static size_t peers_of_both(const struct reducer *r)
{
    return r->grid.rows + r->grid.columns - 2;
}

static size_t all_exchanges(const struct reducer *r)
{
    return r->buckets * peers_of_both(r);
}

/* Where exchanges of the first leg of bucket n begin, or with n = r->buckets would begin. */
static size_t begin_of(const struct reducer *r, const struct exchanges *x, size_t n)
{
    return n == 0 ? 0 : peers(r, x->first) + (n - 1) * peers_of_both(r);
}

/* What exchange `i` is about. */
struct turn {
    size_t bucket;
    enum leg leg;
    size_t after; /* so many exchanges are done before this one begins */
    int to, from; /* ranks */
};

/* The rank that is so far ahead on a leg. */
static int rank_ahead(const struct reducer *r, enum leg leg, size_t distance)
{
    size_t row = r->row, column = r->column;
    if (leg == ALONG_ROW)
        column = (column + distance) % r->grid.columns;
    else
        row = (row + distance) % r->grid.rows;
    return (int)(row * r->grid.columns + column);
}

static struct turn turn_of(const struct reducer *r, const struct exchanges *x, size_t i)
{
    size_t first = peers(r, x->first), n = i < first ? 0 : (i - first) / peers_of_both(r) + 1;
    size_t k = i - begin_of(r, x, n); /* of the first leg of bucket n, and the second of n - 1 */
    struct turn t = {.leg = x->first};
    if (n == r->buckets || k >= first) {
        k -= n == r->buckets ? 0 : first;
        t.leg = x->second;
        n--;
        t.after = first == 0 ? 0 : begin_of(r, x, n) + first;
    }
    t.bucket = x == &r->sums ? r->buckets - 1 - n : n;
    t.to = rank_ahead(r, t.leg, k + 1);
    t.from = rank_ahead(r, t.leg, peers(r, t.leg) - k);
    return t;
}

static int64_t *others_of(const struct reducer *r, size_t i)
{
    return r->others + i % WINDOW * r->longest;
}

/* The tag says which bucket and what; exchanges between two ranks are in order besides. */
static void post(struct reducer *r, struct exchanges *x, size_t i, const struct turn *t)
{
    struct reducer_part own = share(r, t->leg, r->team->rank, t->bucket);
    MPI_Request *request = x->requests[i % WINDOW];
    MPI_Comm comm = r->team->comm;
    int tag = (int)(2 * t->bucket) + (x == &r->values);
    if (x == &r->sums) {
        struct reducer_part theirs = share(r, t->leg, t->to, t->bucket);
        MPI_Irecv(others_of(r, i), (int)length(own), MPI_INT64_T, t->from, tag, comm, &request[0]);
        MPI_Isend(r->totals + theirs.begin, (int)length(theirs), MPI_INT64_T, t->to, tag, comm,
                  &request[1]);
        return;
    }
    struct reducer_part come = share(r, t->leg, t->from, t->bucket);
    MPI_Irecv(r->gathering + come.begin, (int)length(come), MPI_FLOAT, t->from, tag, comm,
              &request[0]);
    MPI_Isend(r->gathering + own.begin, (int)length(own), MPI_FLOAT, t->to, tag, comm, &request[1]);
}

/* Begins exchanges below `allowed`, as far as those done allow. */
static void post_more(struct reducer *r, struct exchanges *x, size_t allowed)
{
    while (x->posted < allowed && x->posted < x->done + WINDOW) {
        struct turn t = turn_of(r, x, x->posted);
        if (x->done < t.after) return;
        post(r, x, x->posted++, &t);
    }
}

/* What another rank has added to this rank's share. */
static void add_others(struct reducer *r, size_t i)
{
    struct turn t = turn_of(r, &r->sums, i);
    struct reducer_part own = share(r, t.leg, r->team->rank, t.bucket);
    int64_t *restrict totals = r->totals + own.begin;
    const int64_t *restrict others = others_of(r, i);
    for (size_t n = 0; n < length(own); n++) /* a failed rank's may be anything */
        totals[n] = (int64_t)((uint64_t)totals[n] + (uint64_t)others[n]);
}

/* Goes on with exchanges below `allowed`, and waits for those below `wanted`. */
static void advance(struct reducer *r, struct exchanges *x, size_t allowed, size_t wanted)
{
    for (;;) {
        int arrived = 1;
        post_more(r, x, allowed);
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
    size_t ready = r->buckets - r->ready;
    advance(r, &r->sums, r->ready > 0 ? begin_of(r, &r->sums, ready) : all_exchanges(r), 0);
}

void reducer_wait(struct reducer *r)
{
    team_enter(r->team);
    advance(r, &r->sums, all_exchanges(r), all_exchanges(r));
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
    advance(r, &r->values, all_exchanges(r), 0);
}

void reducer_gathered(struct reducer *r, size_t below)
{
    size_t buckets = 0, all = all_exchanges(r), wanted = 0;
    if (!r->gathering) return;
    while (buckets < r->buckets && r->whole[buckets].begin < below) buckets++;
    if (buckets > 0) wanted = buckets < r->buckets ? begin_of(r, &r->values, buckets + 1) : all;
    team_enter(r->team);
    advance(r, &r->values, all, wanted);
    team_leave(r->team);
    if (r->values.done == all) r->gathering = NULL;
}
