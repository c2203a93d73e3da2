#include "comm/farm.h"

#include "comm/team_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every TASK gets exactly one answer (RESULT, FAILED, or SKIPPED once the farm is stopping), so
 * rank 0 knows when nothing is on the way. A message is an index and the payload; in STOP the index
 * is the number of TASKs the worker was sent. STOP overtakes TASKs that wait, so that a failing
 * farm ends soon. WISH is a worker that was asked to stop. BYE is a worker's last message, so that
 * rank 0 leaves none behind. */
enum farm_tag { TAG_TASK = 1, TAG_RESULT, TAG_FAILED, TAG_SKIPPED, TAG_STOP, TAG_WISH, TAG_BYE };

#define HEAD_BYTES sizeof(uint64_t)
#define SLOTS 2 /* tasks that one worker can have: in hand and waiting */

/* A message that came in. */
struct message {
    int source, tag;
    bool malformed; /* too short or too long; `index` and payload are not to be used */
    uint64_t index;
    unsigned char *data; /* all of it, owned; the payload is behind the head */
    size_t bytes;        /* all of it */
};

/* A message that goes out. */
struct sending {
    MPI_Request request;
    bool busy;
    uint64_t index;
    unsigned char head[HEAD_BYTES], *data; /* `data` is `head` if there is no payload */
};

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
    struct ready *
        ready; /* (ready_room, a power of two) results awaiting their turn, at index % ready_room */
    size_t ready_room;
    uint64_t next_task, next_result;
    bool exhausted, stop_sent;
    bool stopping; /* no more tasks; those in hand are given up */
    bool failing;  /* nor results, if any still come */
    int byes;
    enum status st;                     /* rank 0's own outcome; a worker's comes by team_agree() */
    char message[STATUS_MESSAGE_BYTES]; /* of `st`: work may set others behind it */
};

static enum status sending_start(struct sending *s, struct team *t, int to, enum farm_tag tag,
                                 uint64_t index, const struct farm_bytes *payload)
{
    size_t bytes = payload ? payload->bytes : 0;
    unsigned char *data = s->head;
    if (bytes > FARM_PAYLOAD_MAX)
        return err_set(SIBYL_E_RANGE, "task %llu: %zu bytes to send, at most %u are possible",
                       (unsigned long long)index, bytes, FARM_PAYLOAD_MAX);
    if (bytes > 0) {
        data = malloc(HEAD_BYTES + bytes);
        if (!data) return err_memory("a message of the task farm");
        memcpy(data + HEAD_BYTES, payload->data, bytes);
    }
    memcpy(data, &index, HEAD_BYTES);
    s->index = index;
    s->data = data;
    s->busy = true;
    MPI_Isend(data, (int)(HEAD_BYTES + bytes), MPI_BYTE, to, (int)tag, t->comm, &s->request);
    return SIBYL_OK;
}

static void sending_finish(struct sending *s, struct team *t)
{
    if (!s->busy) return;
    team_enter(t);
    team_wait(&s->request);
    team_leave(t);
    if (s->data != s->head) free(s->data);
    s->busy = false;
}

/* Take a message if there is one. */
static bool receive(struct team *t, int source, int tag, struct message *m)
{
    MPI_Message handle;
    MPI_Status status;
    MPI_Request request;
    int there = 0, bytes = 0;
    MPI_Improbe(source, tag, t->comm, &there, &handle, &status);
    if (!there) return false;
    team_leave(t);
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    *m = (struct message){
        .source = status.MPI_SOURCE, .tag = status.MPI_TAG, .bytes = (size_t)bytes};
    m->data = malloc(bytes > 0 ? (size_t)bytes : 1);
    if (!m->data) { /* it cannot be taken off the line, so the ranks cannot come to an agreement
                       either */
        fprintf(stderr, "sibyl: rank %d: out of memory for a message of %d bytes from rank %d\n",
                t->rank, bytes, m->source);
        comm_abort(1);
    }
    MPI_Imrecv(m->data, bytes, MPI_BYTE, &handle, &request);
    team_wait(&request);
    m->malformed = m->bytes < HEAD_BYTES || m->bytes > HEAD_BYTES + FARM_PAYLOAD_MAX;
    if (!m->malformed) memcpy(&m->index, m->data, HEAD_BYTES);
    return true;
}

static enum status malformed(const struct message *m)
{
    return err_set(SIBYL_E_FORMAT,
                   "the task farm got %zu bytes from rank %d, not %zu to %zu: do all ranks run the "
                   "same program?",
                   m->bytes, m->source, HEAD_BYTES, HEAD_BYTES + FARM_PAYLOAD_MAX);
}

static bool stop_asked(const struct farm_job *job)
{
    return job->stop_asked && job->stop_asked(job->context);
}

static enum status do_task(struct team *t, const struct farm_job *job, struct farm_call *call,
                           const unsigned char *task, size_t bytes, struct farm_bytes *result)
{
    team_excuse(t, job->outside);
    enum status st = job->work(job->context, call, task, bytes, result);
    team_excuse(t, false);
    return st;
}

/* --- a worker --- */

struct serving {
    struct team *team;
    const struct farm_job *job;
    struct sending answer, wish, bye;
    bool stopping, wished;
    uint64_t taken, total; /* tasks so far; in all, once stopping */
    enum status st;
};

struct farm_call { /* one of the two */
    struct farm *farm;
    struct serving *serving;
};

/* Passes on that this rank was asked to stop; takes a STOP if there is one. */
static bool serving_stops(struct serving *s)
{
    struct message m;
    if (!s->wished && stop_asked(s->job)) {
        s->wished = true;
        (void)sending_start(&s->wish, s->team, 0, TAG_WISH, 0, NULL); /* cannot fail: no payload */
    }
    if (s->stopping || !receive(s->team, 0, TAG_STOP, &m)) return s->stopping;
    s->stopping = true;
    s->total = m.malformed ? s->taken : m.index;
    if (m.malformed && !s->st) s->st = malformed(&m);
    free(m.data);
    return true;
}

/* Do the task, unless this worker has failed or the farm is stopping, and answer it. */
static void serving_answer(struct serving *s, const struct message *m)
{
    struct farm_bytes result = {0};
    enum farm_tag tag = TAG_SKIPPED;
    if (!s->st && !s->stopping) {
        struct farm_call call = {.serving = s};
        enum status st = m->malformed ? malformed(m)
                                      : do_task(s->team, s->job, &call, m->data + HEAD_BYTES,
                                                m->bytes - HEAD_BYTES, &result);
        bool given_up = s->stopping && st == SIBYL_E_STOPPED;
        if (!s->st && !given_up) s->st = st;
        tag = given_up ? TAG_SKIPPED : st ? TAG_FAILED : TAG_RESULT;
    }
    sending_finish(&s->answer, s->team);
    enum status sent =
        sending_start(&s->answer, s->team, 0, tag, m->index, tag == TAG_RESULT ? &result : NULL);
    if (sent) {
        s->st = sent;
        (void)sending_start(&s->answer, s->team, 0, TAG_FAILED, m->index,
                            NULL); /* cannot fail without a payload */
    }
    free(result.data);
}

static enum status farm_serve(struct team *t, const struct farm_job *job)
{
    struct serving s = {.team = t, .job = job};
    struct team_backoff backoff = {0};
    struct message m;
    while (!serving_stops(&s) || s.taken < s.total) {
        if (!receive(t, 0, TAG_TASK, &m)) {
            team_enter(t);
            team_backoff_pause(&backoff);
            continue;
        }
        s.taken++;
        serving_answer(&s, &m);
        free(m.data);
        backoff = (struct team_backoff){0};
    }
    sending_finish(&s.answer, t);
    sending_finish(&s.wish, t);
    (void)sending_start(&s.bye, t, 0, TAG_BYE, 0, NULL);
    sending_finish(&s.bye, t);
    return s.st;
}

/* --- rank 0 --- */

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
    *f = (struct farm){
        .team = t, .job = job, .queue_room = ranks == 1 ? 1 : 2 * ranks + 1, .ready_room = 64};
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

/* Read ahead, so that it is known whether many tasks are left. */
static void queue_fill(struct farm *f)
{
    while (!f->exhausted && !f->stopping && f->queue_count < f->queue_room) {
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
    enum status st = sending_start(slot, f->team, rank, TAG_TASK, q.index, &q.task);
    free(q.task.data);
    if (st) {
        farm_fail(f, st);
        return;
    }
    w->outstanding++;
    w->sent++;
}

/* One task for each worker; a second one only while plenty are left, so that the end stays even. */
static void dispatch(struct farm *f)
{
    size_t plenty = 2 * (size_t)f->team->size;
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
    if (slot) sending_finish(slot, f->team);
    if (m->tag == TAG_FAILED) f->stopping = f->failing = true; /* the worker knows why */
    if (f->failing || gave_up) {
        free(m->data);
        return;
    }
    if (slot && m->tag == TAG_RESULT) {
        struct ready r = {
            .owned = m->data, .payload = m->data + HEAD_BYTES, .bytes = m->bytes - HEAD_BYTES};
        enum status st = ready_put(f, m->index, r);
        if (st) farm_fail(f, st);
        return;
    }
    farm_fail(f, m->malformed
                     ? malformed(m)
                     : err_set(SIBYL_E_FORMAT, "rank %d answers task %llu, which it was not given",
                               m->source, (unsigned long long)m->index));
    free(m->data);
}

static bool take_answers(struct farm *f)
{
    struct message m;
    bool any = false;
    while (f->team->size > 1 && receive(f->team, MPI_ANY_SOURCE, MPI_ANY_TAG, &m)) {
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
        st = do_task(f->team, f->job, &call, q.task.data, q.task.bytes, &result);
    free(q.task.data);
    if (st == SIBYL_E_STOPPED && f->stopping) return; /* given up */
    if (!st && result.bytes > FARM_PAYLOAD_MAX)
        st = err_set(SIBYL_E_RANGE, "task %llu: a result of %zu bytes, at most %u are possible",
                     (unsigned long long)q.index, result.bytes, FARM_PAYLOAD_MAX);
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
    for (int r = 1; r < f->team->size; r++)
        (void)sending_start(&f->workers[r].stop, f->team, r, TAG_STOP, f->workers[r].sent, NULL);
}

/* One round of rank 0's duties; whether there was anything to do. */
static bool attend(struct farm *f)
{
    bool busy = take_answers(f);
    if (stop_asked(f->job)) f->stopping = true;
    if (!f->stopping) dispatch(f);
    if (f->stopping) send_stops(f);
    return busy;
}

bool farm_given_up(struct farm_call *call)
{
    if (call->serving) return serving_stops(call->serving);
    attend(call->farm);
    return call->farm->stopping;
}

static bool finished(const struct farm *f)
{
    for (int r = 1; r < f->team->size; r++)
        if (f->workers[r].outstanding) return false;
    return f->stopping || (f->exhausted && f->queue_count == 0);
}

static enum status farm_coordinate(struct farm *f)
{
    struct team_backoff backoff = {0};
    bool works = f->job->coordinator_works || f->team->size == 1;
    for (;;) {
        bool busy = attend(f);
        if (finished(f)) break;
        if (works && !f->stopping && f->queue_count > 0) {
            team_leave(f->team);
            do_own(f); /* dispatch() left it, so all workers have work */
            busy = true;
        }
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
    while (f->byes < f->team->size - 1) {
        if (take_answers(f)) continue;
        team_enter(f->team);
        team_backoff_pause(&backoff);
    }
    for (int r = 1; r < f->team->size; r++) {
        for (int i = 0; i < SLOTS; i++) sending_finish(&f->workers[r].slots[i], f->team);
        sending_finish(&f->workers[r].stop, f->team);
    }
    team_leave(f->team);
    return f->st ? err_set(f->st, "%s", f->message) : SIBYL_OK;
}

enum status farm_run(struct team *t, const struct farm_job *job)
{
    struct farm f = {0};
    enum status st = t->rank == 0 ? farm_init(&f, t, job) : SIBYL_OK;
    st = team_agree(t, st);
    if (!st) st = team_agree(t, t->rank == 0 ? farm_coordinate(&f) : farm_serve(t, job));
    farm_release(&f);
    return st;
}
