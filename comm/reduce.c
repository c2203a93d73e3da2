#include "comm/reduce.h"

#include "base/memory.h"
#include "comm/team_internal.h"

#include <stdlib.h>
#include <string.h>

#define BUCKET_LEAST ((size_t)1 << 17) /* numbers: below, a message's fixed cost is felt */
#define MESSAGE_MEAN ((size_t)1 << 14) /* numbers, or more */
#define WINDOW 16                      /* exchanges of a leg on their way at a time */
#define TAGS 16000                     /* of buckets */

/* Ranks stand in a grid, row by row. A bucket is cut into a slice for each column, and a slice into
 * a part for each row. Sums go along the rows first, each rank getting the slice of its column,
 * then along the columns; values the other way round. So a rank speaks to (columns - 1) + (rows -
 * 1) others instead of rows * columns - 1, and only slices already summed up leave the row. */
enum way { ALONG_ROW, ALONG_COLUMN };

/* Exchanges in a fixed order, the same on all ranks: bucket by bucket, and in each with the ranks
 * at distance 1, 2 .. on the way: something goes to the one so far ahead, and something comes from
 * the one so far behind. */
struct leg {
    enum way way;
    size_t posted, done;
    MPI_Request requests[WINDOW][2]; /* of exchange i at i % WINDOW: to receive, to send */
    int64_t *others; /* sums: (WINDOW, longest share of this rank) what others have added */
    size_t longest;
};

/* A bucket's second leg begins when its first is done. */
struct travel {
    struct leg first, second;
    bool last_bucket_first;
};

struct reducer {
    struct team *team;
    struct process_grid_shape grid;
    size_t count, buckets;
    struct reducer_part *whole; /* (buckets) */
    size_t ready;               /* the first bucket whose sums are final on this rank */
    struct travel sums, values;
    float *gathering; /* the values on their way; NULL: none */
    int64_t *totals;  /* (count) */
};

static size_t blocks(size_t numbers)
{
    return (numbers + REDUCER_BLOCK - 1) / REDUCER_BLOCK;
}

/* One row where messages stay long enough: on few ranks a second round of them costs more than it
 * saves. */
static struct process_grid_shape process_grid_of(int ranks)
{
    if (BUCKET_LEAST / (size_t)ranks >= MESSAGE_MEAN) return (struct process_grid_shape){1, ranks};
    return process_grid_shape_of(ranks);
}

/* Numbers in a bucket: enough for messages of some length, and the same for each rank. */
static size_t bucket_length(struct process_grid_shape g)
{
    size_t each = (size_t)g.rows * (size_t)g.columns * REDUCER_BLOCK;
    size_t length = (size_t)(g.rows + g.columns) * MESSAGE_MEAN;
    if (length < BUCKET_LEAST) length = BUCKET_LEAST;
    return (length + each - 1) / each * each;
}

size_t reducer_buckets(const struct reducer *r)
{
    return r->buckets;
}

/* Parts first .. first + count - 1 of a bucket, which stand side by side. */
static struct reducer_part parts(const struct reducer *r, int first, int count, size_t bucket)
{
    const struct reducer_part *whole = &r->whole[bucket];
    size_t all = blocks(whole->end - whole->begin);
    uint64_t begin, end, unused;
    team_slice(all, first, r->team->size, &begin, &unused);
    team_slice(all, first + count - 1, r->team->size, &unused, &end);
    struct reducer_part part = {whole->begin + begin * REDUCER_BLOCK,
                                whole->begin + end * REDUCER_BLOCK};
    if (part.begin > whole->end) part.begin = whole->end;
    if (part.end > whole->end) part.end = whole->end;
    return part;
}

struct reducer_part reducer_part(const struct reducer *r, int rank, size_t bucket)
{
    int row = rank / r->grid.columns, column = rank % r->grid.columns;
    return parts(r, column * r->grid.rows + row, 1, bucket);
}

/* What a rank sums up, or gives to the others, on the way: the slice of its column, or its part. */
static struct reducer_part share(const struct reducer *r, enum way way, int rank, size_t bucket)
{
    if (way == ALONG_COLUMN) return reducer_part(r, rank, bucket);
    return parts(r, rank % r->grid.columns * r->grid.rows, r->grid.rows, bucket);
}

static size_t length(struct reducer_part p)
{
    return p.end - p.begin;
}

/* Others whom this rank speaks to. */
static size_t peers(const struct reducer *r, enum way way)
{
    return (size_t)(way == ALONG_ROW ? r->grid.columns : r->grid.rows) - 1;
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
    }
    return SIBYL_OK;
}

static enum status leg_make(const struct reducer *r, struct leg *l)
{
    size_t window = peers(r, l->way) ? WINDOW : 0;
    for (size_t b = 0; b < r->buckets; b++) {
        size_t own = length(share(r, l->way, r->team->rank, b));
        if (own > l->longest) l->longest = own;
    }
    l->others = memory_large((window * l->longest + 1) * sizeof(*l->others));
    return l->others ? SIBYL_OK : err_memory("sums over ranks");
}

enum status reducer_new(struct reducer **out, struct team *t, size_t count)
{
    struct reducer *r = calloc(1, sizeof(*r));
    if (!r) return err_memory("sums over ranks");
    r->team = t;
    r->grid = process_grid_of(t->size);
    r->count = count;
    r->sums = (struct travel){{.way = ALONG_ROW}, {.way = ALONG_COLUMN}, true};
    r->values = (struct travel){{.way = ALONG_COLUMN}, {.way = ALONG_ROW}, false};
    if (count < SIZE_MAX / sizeof(*r->totals))
        r->totals = memory_large_zeroed(count * sizeof(*r->totals));
    enum status st = r->totals ? buckets_make(r) : err_memory("sums over ranks");
    if (!st) st = leg_make(r, &r->sums.first);
    if (!st) st = leg_make(r, &r->sums.second);
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
    free(r->sums.first.others);
    free(r->sums.second.others);
    free(r);
}

int64_t *reducer_sums(struct reducer *r)
{
    return r->totals;
}

/* ---- exchanges ---- */

/* The rank so far ahead on the way. */
static int rank_ahead(const struct reducer *r, enum way way, size_t distance)
{
    int row = r->team->rank / r->grid.columns, column = r->team->rank % r->grid.columns;
    if (way == ALONG_ROW)
        column = (column + (int)distance) % r->grid.columns;
    else
        row = (row + (int)distance) % r->grid.rows;
    return row * r->grid.columns + column;
}

static size_t bucket_of(const struct reducer *r, const struct travel *t, const struct leg *l,
                        size_t i)
{
    size_t n = i / peers(r, l->way);
    return t->last_bucket_first ? r->buckets - 1 - n : n;
}

static int64_t *others_of(const struct leg *l, size_t i)
{
    return l->others + i % WINDOW * l->longest;
}

/* The tag says which bucket and what, as far as MPI promises to tell tags apart (up to 32,767).
 * Beyond that buckets share tags: exchanges between two ranks are in order, and are told apart by
 * that. */
static int tag_of(size_t bucket, bool values)
{
    return (int)(2 * (bucket % TAGS)) + values;
}

static void post(struct reducer *r, const struct travel *t, struct leg *l)
{
    size_t i = l->posted++, bucket = bucket_of(r, t, l, i), distance = i % peers(r, l->way) + 1;
    int to = rank_ahead(r, l->way, distance);
    int from = rank_ahead(r, l->way, peers(r, l->way) + 1 - distance);
    struct reducer_part own = share(r, l->way, r->team->rank, bucket);
    MPI_Request *request = l->requests[i % WINDOW];
    MPI_Comm comm = r->team->comm;
    int tag = tag_of(bucket, t == &r->values);
    if (t == &r->sums) {
        struct reducer_part theirs = share(r, l->way, to, bucket);
        MPI_Irecv(others_of(l, i), (int)length(own), MPI_INT64_T, from, tag, comm, &request[0]);
        MPI_Isend(r->totals + theirs.begin, (int)length(theirs), MPI_INT64_T, to, tag, comm,
                  &request[1]);
        return;
    }
    struct reducer_part come = share(r, l->way, from, bucket);
    MPI_Irecv(r->gathering + come.begin, (int)length(come), MPI_FLOAT, from, tag, comm,
              &request[0]);
    MPI_Isend(r->gathering + own.begin, (int)length(own), MPI_FLOAT, to, tag, comm, &request[1]);
}

/* Begins exchanges of the first so many buckets to go, as far as the window allows. */
static void post_more(struct reducer *r, const struct travel *t, struct leg *l, size_t buckets)
{
    while (l->posted < buckets * peers(r, l->way) && l->posted < l->done + WINDOW) post(r, t, l);
}

/* What another rank has added to this rank's share. */
static void add_others(struct reducer *r, const struct leg *l, size_t i)
{
    struct reducer_part own = share(r, l->way, r->team->rank, bucket_of(r, &r->sums, l, i));
    int64_t *restrict totals = r->totals + own.begin;
    const int64_t *restrict others = others_of(l, i);
    for (size_t n = 0; n < length(own); n++) /* a failed rank's may be anything */
        totals[n] = (int64_t)((uint64_t)totals[n] + (uint64_t)others[n]);
}

/* Ends the oldest exchange of a leg; false: there is none, or it has not arrived. */
static bool take(struct reducer *r, const struct travel *t, struct leg *l, bool wait)
{
    int arrived = 1;
    if (l->done == l->posted) return false;
    MPI_Request *oldest = l->requests[l->done % WINDOW];
    if (wait)
        MPI_Waitall(2, oldest, MPI_STATUSES_IGNORE);
    else
        MPI_Testall(2, oldest, &arrived, MPI_STATUSES_IGNORE);
    if (!arrived) return false;
    if (t == &r->sums) add_others(r, l, l->done);
    l->done++;
    return true;
}

/* Buckets whose first leg is done. */
static size_t half_way(const struct reducer *r, const struct travel *t, size_t allowed)
{
    size_t each = peers(r, t->first.way);
    return each > 0 ? t->first.done / each : allowed;
}

/* Goes on with the first `allowed` buckets to go, and waits for the first `wanted` of them. */
static void advance(struct reducer *r, struct travel *t, size_t allowed, size_t wanted)
{
    struct leg *first = &t->first, *second = &t->second;
    bool more = true;
    while (more) {
        post_more(r, t, first, allowed);
        post_more(r, t, second, half_way(r, t, allowed));
        if (first->done < wanted * peers(r, first->way))
            take(r, t, first, true);
        else if (second->done < wanted * peers(r, second->way))
            take(r, t, second, true);
        else
            more = take(r, t, first, false) || take(r, t, second, false);
    }
}

static void start(struct travel *t)
{
    t->first.posted = t->first.done = t->second.posted = t->second.done = 0;
}

void reducer_ready(struct reducer *r, size_t from)
{
    while (r->ready > 0 && r->whole[r->ready - 1].begin >= from) r->ready--;
    advance(r, &r->sums, r->buckets - r->ready, 0);
}

void reducer_wait(struct reducer *r)
{
    team_enter(r->team);
    advance(r, &r->sums, r->buckets, r->buckets);
    team_leave(r->team);
    start(&r->sums);
    r->ready = r->buckets;
}

void reducer_clear(struct reducer *r)
{
    memset(r->totals, 0, r->count * sizeof(*r->totals));
}

void reducer_gather(struct reducer *r, float *values)
{
    r->gathering = values;
    start(&r->values);
    advance(r, &r->values, r->buckets, 0);
}

void reducer_gathered(struct reducer *r, size_t below)
{
    size_t wanted = 0;
    if (!r->gathering) return;
    while (wanted < r->buckets && r->whole[wanted].begin < below) wanted++;
    team_enter(r->team);
    advance(r, &r->values, r->buckets, wanted);
    team_leave(r->team);
    if (wanted == r->buckets) r->gathering = NULL;
}
