#include "comm/farm_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 2 /* tasks that one worker can have: in hand and waiting */

struct worker {
    struct sending slots[SLOTS], stop;
    unsigned outstanding; /* tasks without an answer */
    uint64_t sent;        /* tasks in all */
};

struct queued {
    uint64_t index;
    struct farm_bytes task;
};

struct ready {
    bool full;
    unsigned char *owned;
    const unsigned char *payload; /* in `owned` */
    size_t bytes;
};

/* Rank 0's side of one farm. */
struct farm {
    struct team *team;
    const struct farm_job *job;
    struct worker *workers; /* (ranks); [0] stays unused */
    struct queued *queue;   /* (queue_room) ring of tasks that next() gave and nobody has yet */
    size_t queue_room, queue_first, queue_count;
    /* (ready_room, a power of two) results awaiting their turn, at index % ready_room. */
    struct ready *ready;
    size_t ready_room;
    uint64_t next_task, next_result;
    bool exhausted, stop_sent;
    bool stopping; /* no more tasks; those in hand are given up */
    bool failing;  /* nor results, if any still come */
    int byes;
    enum status st;                     /* rank 0's own outcome; a worker's comes by team_agree() */
    char message[STATUS_MESSAGE_BYTES]; /* of `st`: work may set others behind it */
};

static void farm_fail(struct farm *f, enum status st)
{
    if (!f->st) {
        f->st = st;
        snprintf(f->message, sizeof(f->message), "%s", err_message());
    }
    f->stopping = f->failing = true;
}

static enum status farm_init(struct farm *f, struct team *t, const struct farm_job *job)
{
    size_t ranks = (size_t)t->size;
    *f = (struct farm){.team = t, .job = job, .queue_room = 2 * ranks + 1, .ready_room = 64};
    if (ranks == 1 || job->supply) f->queue_room = 1;
    f->workers = calloc(ranks, sizeof(*f->workers));
    f->queue = calloc(f->queue_room, sizeof(*f->queue));
    f->ready = calloc(f->ready_room, sizeof(*f->ready));
    return f->workers && f->queue && f->ready ? SIBYL_OK : err_memory("a task farm");
}

static void farm_release(struct farm *f)
{
    for (size_t i = 0; f->queue && i < f->queue_room; i++) free(f->queue[i].task.data);
    for (size_t i = 0; f->ready && i < f->ready_room; i++) free(f->ready[i].owned);
    free(f->queue);
    free(f->ready);
    free(f->workers);
}

/* Whether a free farm has a task to give. */
static bool supplied(struct farm *f)
{
    enum farm_supply supply = FARM_LATER;
    enum status st = f->job->supply(f->job->context, &supply);
    if (st) farm_fail(f, st);
    f->exhausted |= !st && supply == FARM_OVER;
    return !st && supply == FARM_READY;
}

/* Read ahead, so that it is known whether many tasks are left. */
static void queue_fill(struct farm *f)
{
    while (!f->exhausted && !f->stopping && f->queue_count < f->queue_room) {
        if (f->job->supply && !supplied(f)) return;
        struct queued *q = &f->queue[(f->queue_first + f->queue_count) % f->queue_room];
        *q = (struct queued){.index = f->next_task};
        enum status st = f->job->next(f->job->context, q->index, &q->task, &f->exhausted);
        if (st) farm_fail(f, st);
        if (st || f->exhausted) {
            free(q->task.data);
            q->task = (struct farm_bytes){0};
            return;
        }
        f->queue_count++;
        f->next_task++;
    }
}

/* The oldest task; its memory is the caller's. */
static struct queued queue_take(struct farm *f)
{
    struct queued q = f->queue[f->queue_first];
    f->queue[f->queue_first].task = (struct farm_bytes){0};
    f->queue_first = (f->queue_first + 1) % f->queue_room;
    f->queue_count--;
    return q;
}

static enum status ready_grow(struct farm *f)
{
    size_t room = f->ready_room * 2;
    struct ready *grown = calloc(room, sizeof(*grown));
    if (!grown) return err_memory("results of the task farm");
    for (uint64_t i = f->next_result; i < f->next_result + f->ready_room; i++)
        grown[i & (room - 1)] = f->ready[i & (f->ready_room - 1)];
    free(f->ready);
    f->ready = grown;
    f->ready_room = room;
    return SIBYL_OK;
}

/* A result is in: pass it on now as arrived, and in its turn as result. Takes `r.owned`. */
static enum status ready_put(struct farm *f, uint64_t index, struct ready r)
{
    const struct farm_job *job = f->job;
    enum status st =
        job->arrived ? job->arrived(job->context, index, r.payload, r.bytes) : SIBYL_OK;
    while (!st && index - f->next_result >= f->ready_room) st = ready_grow(f);
    if (st) {
        free(r.owned);
        return st;
    }
    r.full = true;
    f->ready[index & (f->ready_room - 1)] = r;
    for (;;) {
        struct ready *first = &f->ready[f->next_result & (f->ready_room - 1)];
        if (st || !first->full) return st;
        st = job->result(job->context, f->next_result, first->payload, first->bytes);
        free(first->owned);
        *first = (struct ready){0};
        f->next_result++;
    }
}

/* Give the oldest task to a worker with a free slot. */
static void send_task(struct farm *f, int rank)
{
    struct worker *w = &f->workers[rank];
    struct sending *slot = w->slots[0].busy ? &w->slots[1] : &w->slots[0];
    struct queued q = queue_take(f);
    enum status st = farm_send(slot, f->team, rank, TAG_TASK, q.index, &q.task);
    free(q.task.data);
    if (st) {
        farm_fail(f, st);
        return;
    }
    w->outstanding++;
    w->sent++;
}

/* A task for each worker that has none. */
static void dispatch_free(struct farm *f)
{
    for (int r = f->job->helpers + 1; r < f->team->size && !f->stopping; r++) {
        if (f->workers[r].outstanding) continue;
        queue_fill(f);
        if (f->queue_count == 0 || f->stopping) return;
        send_task(f, r);
    }
}

/* One task for each worker; a second one only while plenty are left, so that the end stays even. */
static void dispatch(struct farm *f)
{
    size_t plenty = 2 * (size_t)f->team->size;
    if (f->job->supply) {
        dispatch_free(f);
        return;
    }
    queue_fill(f);
    for (unsigned depth = 0; depth < SLOTS; depth++)
        for (int r = 1; r < f->team->size && !f->stopping; r++) {
            if (f->workers[r].outstanding > depth) continue;
            if (f->queue_count <= (depth ? plenty : 0)) return;
            send_task(f, r);
            queue_fill(f);
        }
}

/* The slot through which the worker got task `index`, or NULL if it did not. */
static struct sending *find_slot(struct worker *w, uint64_t index)
{
    for (int i = 0; i < SLOTS; i++)
        if (w->slots[i].busy && w->slots[i].index == index) return &w->slots[i];
    return NULL;
}

/* A result of a farm that has failed elsewhere is no more delivered, but still written down. */
static void save_late(struct farm *f, uint64_t index, const unsigned char *result, size_t bytes)
{
    if (f->st || !f->job->arrived) return;
    enum status st = f->job->arrived(f->job->context, index, result, bytes);
    if (st) farm_fail(f, st);
}

/* Takes m->data. */
static void take_answer(struct farm *f, struct message *m)
{
    struct worker *w = &f->workers[m->source];
    if (m->tag == TAG_WISH || m->tag == TAG_BYE) {
        f->stopping |= m->tag == TAG_WISH;
        f->byes += m->tag == TAG_BYE;
        free(m->data);
        return;
    }
    bool gave_up = m->tag == TAG_FAILED || m->tag == TAG_SKIPPED;
    struct sending *slot = m->malformed ? NULL : find_slot(w, m->index);
    if ((slot || gave_up) && w->outstanding > 0)
        w->outstanding--; /* a stray message is no answer */
    if (slot) farm_sent(slot, f->team);
    if (m->tag == TAG_FAILED) f->stopping = f->failing = true; /* the worker knows why */
    if (f->failing || gave_up) {
        if (slot && m->tag == TAG_RESULT)
            save_late(f, m->index, m->data + FARM_HEAD_BYTES, m->bytes - FARM_HEAD_BYTES);
        free(m->data);
        return;
    }
    if (slot && m->tag == TAG_RESULT) {
        struct ready r = {.owned = m->data,
                          .payload = m->data + FARM_HEAD_BYTES,
                          .bytes = m->bytes - FARM_HEAD_BYTES};
        enum status st = ready_put(f, m->index, r);
        if (st) farm_fail(f, st);
        return;
    }
    farm_fail(f, m->malformed
                     ? farm_malformed(m)
                     : err_set(SIBYL_E_FORMAT, "rank %d answers task %llu, which it was not given",
                               m->source, (unsigned long long)m->index));
    free(m->data);
}

static bool take_answers(struct farm *f)
{
    struct message m;
    bool any = false;
    while (f->team->size > 1 && farm_receive(f->team, MPI_ANY_SOURCE, MPI_ANY_TAG, &m)) {
        take_answer(f, &m);
        any = true;
    }
    return any;
}

/* Rank 0 does the oldest task itself. */
static void do_own(struct farm *f)
{
    struct queued q = queue_take(f);
    struct farm_call call = {.farm = f};
    struct farm_bytes result = {0};
    enum status st = SIBYL_OK;
    if (q.task.bytes > FARM_PAYLOAD_MAX)
        st = err_set(SIBYL_E_RANGE, "task %llu has %zu bytes, at most %u are possible",
                     (unsigned long long)q.index, q.task.bytes, FARM_PAYLOAD_MAX);
    else
        st = farm_do_task(f->team, f->job, &call, q.task.data, q.task.bytes, &result);
    free(q.task.data);
    if (st == SIBYL_E_STOPPED && f->stopping) return; /* given up */
    if (!st && result.bytes > FARM_PAYLOAD_MAX)
        st = err_set(SIBYL_E_RANGE, "task %llu: a result of %zu bytes, at most %u are possible",
                     (unsigned long long)q.index, result.bytes, FARM_PAYLOAD_MAX);
    if (!st && f->failing) save_late(f, q.index, result.data, result.bytes);
    if (st || f->failing)
        free(result.data);
    else
        st = ready_put(
            f, q.index,
            (struct ready){.owned = result.data, .payload = result.data, .bytes = result.bytes});
    if (st) farm_fail(f, st);
}

static void send_stops(struct farm *f)
{
    if (f->stop_sent) return;
    f->stop_sent = true;
    for (int r = 1 + f->job->helpers; r < f->team->size; r++)
        (void)farm_send(&f->workers[r].stop, f->team, r, TAG_STOP, f->workers[r].sent, NULL);
}

/* One round of rank 0's duties; whether there was anything to do. */
static bool attend(struct farm *f)
{
    bool busy = take_answers(f);
    if (farm_stop_asked(f->job)) f->stopping = true;
    if (!f->stopping) dispatch(f);
    if (f->stopping) send_stops(f);
    return busy;
}

bool farm_given_up(struct farm_call *call)
{
    if (call->serving) return farm_serving_stops(call->serving);
    attend(call->farm);
    return call->farm->stopping;
}

static bool finished(const struct farm *f)
{
    for (int r = 1; r < f->team->size; r++)
        if (f->workers[r].outstanding) return false;
    return f->stopping || (f->exhausted && f->queue_count == 0);
}

/* Rank 0 of a free farm has time. Whether it was of use. */
static bool prepare(struct farm *f)
{
    struct farm_call call = {.farm = f};
    bool busy = false;
    if (!f->job->prepare || f->stopping) return false;
    team_work(f->team);
    enum status st = f->job->prepare(f->job->context, &call, &busy);
    if (st == SIBYL_E_STOPPED)
        f->stopping = true;
    else if (st)
        farm_fail(f, st);
    return busy || st;
}

/* Whether there was a task for rank 0 itself. */
static bool take_own(struct farm *f)
{
    if (f->stopping) return false;
    if (f->job->supply) queue_fill(f);
    if (f->queue_count == 0 || f->stopping) return false;
    team_leave(f->team);
    do_own(f); /* dispatch() left it, so all workers have work */
    return true;
}

static enum status farm_coordinate(struct farm *f)
{
    struct team_backoff backoff = {0};
    bool works = f->job->coordinator_works || f->team->size == 1;
    for (;;) {
        bool busy = attend(f);
        if (finished(f)) break;
        bool made = prepare(f); /* other ranks come first, at the next turn */
        busy |= made;
        if (works && !made) busy |= take_own(f);
        if (busy) {
            backoff = (struct team_backoff){0};
        } else {
            team_enter(f->team);
            team_backoff_pause(&backoff);
        }
    }
    team_leave(f->team);
    send_stops(f);
    backoff = (struct team_backoff){0};
    while (f->byes < f->team->size - 1 - f->job->helpers) {
        if (take_answers(f)) continue;
        team_enter(f->team);
        team_backoff_pause(&backoff);
    }
    for (int r = 1; r < f->team->size; r++) {
        for (int i = 0; i < SLOTS; i++) farm_sent(&f->workers[r].slots[i], f->team);
        farm_sent(&f->workers[r].stop, f->team);
    }
    team_leave(f->team);
    if (f->job->dismiss) f->job->dismiss(f->job->context);
    return f->st ? err_set(f->st, "%s", f->message) : SIBYL_OK;
}

static enum status farm_follow(struct team *t, const struct farm_job *job)
{
    return t->rank <= job->helpers ? job->help(job->context) : farm_serve(t, job);
}

enum status farm_run(struct team *t, const struct farm_job *job)
{
    struct farm f = {0};
    enum status st = t->rank == 0 ? farm_init(&f, t, job) : SIBYL_OK;
    st = team_agree(t, st);
    if (!st) st = team_agree(t, t->rank == 0 ? farm_coordinate(&f) : farm_follow(t, job));
    farm_release(&f);
    return st;
}
