#include "comm/team.h"

#include "base/clock.h"
#include "comm/launch.h"
#include "comm/team_internal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPIN_S 50e-6
#define SLEEP_FIRST_NS 20000L
#define SLEEP_LONGEST_NS 1000000L
#define CHUNK_BYTES ((size_t)1 << 30) /* per MPI call, below INT_MAX */
#define SLEEPY_BYTES ((size_t)1 << 16)
#define MESSAGE_BYTES 1024

static void abort_all(void)
{
    int up = 0, down = 0;
    MPI_Initialized(&up);
    MPI_Finalized(&down);
    if (up && !down) MPI_Abort(MPI_COMM_WORLD, 1);
}

enum status comm_start(int *argc, char ***argv)
{
    int provided = 0;
    /* Open MPI would fork a daemon, for programs that start others through MPI; the daemon looks
     * for ssh, and where there is none MPI_Init ends the process. */
    if (!launch_read().launched) setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    if (MPI_Init_thread(argc, argv, MPI_THREAD_MULTIPLE, &provided) != MPI_SUCCESS)
        return err_set(
            SIBYL_E_IO,
            "MPI did not start: check the MPI installation and how the program is launched");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_ARE_FATAL);
    bug_set_hook(abort_all);
    if (provided < MPI_THREAD_FUNNELED)
        return err_set(
            SIBYL_E_IO,
            "MPI has no thread support: an MPI built with MPI_THREAD_FUNNELED is needed");
    return SIBYL_OK;
}

void comm_stop(void)
{
    int up = 0, down = 0;
    MPI_Initialized(&up);
    MPI_Finalized(&down);
    if (!up || down) return;
    MPI_Finalize();
    bug_set_hook(NULL);
}

void comm_abort(int exit_status)
{
    int up = 0, down = 0;
    MPI_Initialized(&up);
    MPI_Finalized(&down);
    if (up && !down) MPI_Abort(MPI_COMM_WORLD, exit_status);
    _Exit(exit_status);
}

void team_backoff_pause(struct team_backoff *b)
{
    if (b->sleep_ns == 0) {
        double now_s = clock_s();
        if (b->started_s == 0.0) b->started_s = now_s;
        if (now_s - b->started_s < SPIN_S) return;
        b->sleep_ns = SLEEP_FIRST_NS;
    }
    struct timespec pause = {.tv_sec = 0, .tv_nsec = b->sleep_ns};
    nanosleep(&pause, NULL); /* a signal may end it early: no harm */
    b->sleep_ns = b->sleep_ns * 2 < SLEEP_LONGEST_NS ? b->sleep_ns * 2 : SLEEP_LONGEST_NS;
}

void team_wait(MPI_Request *request)
{
    struct team_backoff backoff = {0};
    for (int done = 0;;) {
        MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (done) return;
        team_backoff_pause(&backoff);
    }
}

/* Sleeps while it waits: workers idle in such a call between two commands of rank 0. */
static void reduce_few(struct team *t, const void *mine, void *all, int count, MPI_Datatype type,
                       MPI_Op op)
{
    MPI_Request request;
    if (t->size == 1) return; /* `all` is a copy of `mine` */
    team_enter(t);
    MPI_Iallreduce(mine, all, count, type, op, t->comm, &request);
    team_wait(&request);
    team_leave(t);
}

/* Takes made->comm, if there is one. Collective over it. */
static enum status team_make(struct team made, struct team **out)
{
    struct team *t = malloc(sizeof(*t));
    bool own = !made.pulse;
    if (own) made.pulse = &made.own_pulse;
    made.counts = malloc(2 * (size_t)made.size * sizeof(*made.counts));
    enum status st = team_agree(&made, t && made.counts ? SIBYL_OK : err_memory("a team"));
    if (st) {
        if (made.comm != MPI_COMM_NULL) MPI_Comm_free(&made.comm);
        free(made.counts);
        free(t);
        return st;
    }
    made.offsets = made.counts + made.size;
    *t = made;
    if (own) t->pulse = &t->own_pulse;
    *out = t;
    return SIBYL_OK;
}

static enum status team_of(MPI_Comm parent, struct team **out)
{
    struct team made = {.comm = MPI_COMM_NULL};
    MPI_Comm_dup(parent, &made.comm);
    MPI_Comm_rank(made.comm, &made.rank);
    MPI_Comm_size(made.comm, &made.size);
    return team_make(made, out);
}

enum status team_world(struct team **out)
{
    return team_of(MPI_COMM_WORLD, out);
}

enum status team_like(struct team *t, struct team **out)
{
    return team_of(t->comm, out);
}

enum status team_self(struct team **out)
{
    return team_make((struct team){.comm = MPI_COMM_NULL, .size = 1}, out);
}

enum status team_part(struct team *t, bool member, struct team **out)
{
    struct team made = {.comm = MPI_COMM_NULL, .size = 1, .pulse = t->pulse};
    enum status st = SIBYL_OK;
    *out = NULL;
    if (t->size > 1) MPI_Comm_split(t->comm, member ? 0 : MPI_UNDEFINED, t->rank, &made.comm);
    if (made.comm != MPI_COMM_NULL) {
        MPI_Comm_rank(made.comm, &made.rank);
        MPI_Comm_size(made.comm, &made.size);
    }
    if (member) st = team_make(made, out);
    st = team_agree(t, st);
    if (st && *out) team_release(*out);
    if (st) *out = NULL;
    return st;
}

enum status team_need_comm(struct team *t)
{
    int up = 0;
    if (t->comm != MPI_COMM_NULL) return SIBYL_OK;
    MPI_Initialized(&up);
    enum status st = up ? SIBYL_OK : comm_start(NULL, NULL);
    if (!st) MPI_Comm_dup(MPI_COMM_SELF, &t->comm);
    return st;
}

void team_release(struct team *t)
{
    if (!t) return;
    if (t->comm != MPI_COMM_NULL) MPI_Comm_free(&t->comm);
    free(t->counts);
    free(t);
}

int team_rank(const struct team *t)
{
    return t->rank;
}

int team_size(const struct team *t)
{
    return t->size;
}

/* All take the status and the message of rank `first`, which failed. */
static enum status take_fault(struct team *t, enum status mine, int first)
{
    struct {
        int status;
        char message[MESSAGE_BYTES];
    } fault = {0};
    if (t->size == 1) return mine;
    if (t->rank == first) {
        fault.status = (int)mine;
        strncpy(fault.message, err_message(), MESSAGE_BYTES - 1);
    }
    team_enter(t);
    MPI_Bcast(&fault, (int)sizeof(fault), MPI_BYTE, first, t->comm);
    team_leave(t);
    fault.message[MESSAGE_BYTES - 1] = '\0';
    if (first == 0) return err_set((enum status)fault.status, "%s", fault.message);
    return err_set((enum status)fault.status, "rank %d: %s", first, fault.message);
}

enum status team_agree(struct team *t, enum status mine)
{
    unsigned unused;
    return team_agree_wishes(t, mine, 0, &unused);
}

enum status team_agree_wishes(struct team *t, enum status mine, unsigned wishes,
                              unsigned *out_wishes)
{
    int own[1 + TEAM_WISHES] = {mine ? t->rank : INT_MAX}, least[1 + TEAM_WISHES];
    for (int i = 0; i < TEAM_WISHES; i++) own[1 + i] = (wishes >> i & 1) ? 0 : 1;
    memcpy(least, own, sizeof(least));
    if (t->size > 1) reduce_few(t, own, least, 1 + TEAM_WISHES, MPI_INT, MPI_MIN);
    if (least[0] != INT_MAX) return take_fault(t, mine, least[0]);
    *out_wishes = 0;
    for (int i = 0; i < TEAM_WISHES; i++) *out_wishes |= least[1 + i] ? 0 : 1u << i;
    return SIBYL_OK;
}

void team_barrier(struct team *t)
{
    MPI_Request request;
    if (t->size == 1) return;
    team_enter(t);
    MPI_Ibarrier(t->comm, &request);
    team_wait(&request);
    team_leave(t);
}

/* Small ones sleep as they wait; large ones are announced first, then move at full speed. */
static void broadcast(struct team *t, int root, unsigned char *data, size_t bytes)
{
    MPI_Request request;
    unsigned char token = 0;
    bool large = bytes > SLEEPY_BYTES;
    MPI_Ibcast(large ? &token : data, large ? 1 : (int)bytes, MPI_BYTE, root, t->comm, &request);
    team_wait(&request);
    while (large && bytes > 0) {
        size_t part = bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES;
        MPI_Bcast(data, (int)part, MPI_BYTE, root, t->comm);
        data += part;
        bytes -= part;
    }
}

void team_broadcast(struct team *t, int root, void *data, size_t bytes)
{
    if (bytes == 0 || t->size == 1) return;
    team_enter(t);
    broadcast(t, root, data, bytes);
    team_leave(t);
}

enum status team_broadcast_buffer(struct team *t, int root, void **data, size_t *bytes)
{
    uint64_t size = t->rank == root ? *bytes : 0;
    team_broadcast(t, root, &size, sizeof(size));
    void *mine = t->rank == root ? *data : NULL;
    enum status st = SIBYL_OK;
    if (t->rank != root) {
        if (size <= SIZE_MAX) mine = malloc(size ? (size_t)size : 1);
        if (!mine) st = err_memory("a broadcast buffer");
    }
    st = team_agree(t, st);
    if (st) {
        if (t->rank != root) free(mine);
        return st;
    }
    team_broadcast(t, root, mine, (size_t)size);
    if (t->rank != root) {
        *data = mine;
        *bytes = (size_t)size;
    }
    return SIBYL_OK;
}

/* As an MPI_Allgatherv whose total does not fit an int: each rank's part is broadcast. */
static void allgather_large(struct team *t, const double *mine, double *all, const size_t *counts)
{
    for (int r = 0; r < t->size; r++) {
        if (r == t->rank && counts[r]) memmove(all, mine, counts[r] * sizeof(double));
        team_broadcast(t, r, all, counts[r] * sizeof(double));
        all += counts[r];
    }
}

void team_allgather_doubles(struct team *t, const double *mine, double *all, const size_t *counts)
{
    size_t total = 0;
    if (t->size == 1) {
        if (counts[0]) memmove(all, mine, counts[0] * sizeof(double));
        return;
    }
    for (int r = 0; r < t->size; r++) total += counts[r]; /* all ranks go the same way */
    if (total > INT_MAX) {
        allgather_large(t, mine, all, counts);
        return;
    }
    for (int r = 0, offset = 0; r < t->size; r++) {
        t->counts[r] = (int)counts[r];
        t->offsets[r] = offset;
        offset += t->counts[r];
    }
    team_enter(t);
    MPI_Allgatherv(mine, t->counts[t->rank], MPI_DOUBLE, all, t->counts, t->offsets, MPI_DOUBLE,
                   t->comm);
    team_leave(t);
}

/* Offsets of parts that stand one behind the other, as MPI wants them; false: too many bytes. */
static bool lay_out(const size_t *bytes, int ranks, int *counts, int *offsets, size_t *out_total)
{
    size_t total = 0;
    for (int r = 0; r < ranks; r++) {
        if (bytes[r] > INT_MAX || total > INT_MAX - bytes[r]) return false;
        counts[r] = (int)bytes[r];
        offsets[r] = (int)total;
        total += bytes[r];
    }
    *out_total = total;
    return true;
}

/* bytes[r] from each rank r, of what it sends to this one. */
static void exchange_sizes(struct team *t, const size_t *send_bytes, size_t *out_bytes)
{
    if (t->size == 1) {
        *out_bytes = *send_bytes;
        return;
    }
    team_enter(t);
    MPI_Alltoall(send_bytes, sizeof(*send_bytes), MPI_BYTE, out_bytes, sizeof(*out_bytes), MPI_BYTE,
                 t->comm);
    team_leave(t);
}

/* layout: counts and offsets of what is sent, then of what comes. */
static void exchange_bytes(struct team *t, const void *send, void *got, const int *layout)
{
    int ranks = t->size;
    if (ranks == 1) {
        if (layout[0]) memcpy(got, send, (size_t)layout[0]);
        return;
    }
    team_enter(t);
    MPI_Alltoallv(send, layout, layout + ranks, MPI_BYTE, got, layout + 2 * ranks,
                  layout + 3 * ranks, MPI_BYTE, t->comm);
    team_leave(t);
}

enum status team_exchange(struct team *t, const void *send, const size_t *send_bytes, void **out,
                          size_t *out_bytes)
{
    size_t ranks = (size_t)t->size, total = 0, unused;
    enum status st = SIBYL_OK;
    int *layout = malloc(4 * ranks * sizeof(*layout));
    void *got = NULL;
    exchange_sizes(t, send_bytes, out_bytes);
    if (!layout) {
        st = err_memory("messages between ranks");
    } else if (!lay_out(send_bytes, t->size, layout, layout + ranks, &unused) ||
               !lay_out(out_bytes, t->size, layout + 2 * ranks, layout + 3 * ranks, &total)) {
        st = err_set(SIBYL_E_RANGE, "more than 2 GiB in one exchange of messages between ranks");
    } else {
        got = malloc(total ? total : 1);
        if (!got) st = err_memory("messages between ranks");
    }
    st = team_agree(t, st);
    if (!st && layout) {
        exchange_bytes(t, send, got, layout);
        *out = got;
        got = NULL;
    }
    free(got);
    free(layout);
    return st;
}

double team_max(struct team *t, double x)
{
    double y = x;
    if (t->size > 1) reduce_few(t, &x, &y, 1, MPI_DOUBLE, MPI_MAX);
    return y;
}

uint64_t team_sum_u64(struct team *t, uint64_t x)
{
    uint64_t y = x;
    if (t->size > 1) reduce_few(t, &x, &y, 1, MPI_UINT64_T, MPI_SUM);
    return y;
}

void team_excuse(struct team *t, bool excused)
{
    atomic_store(&t->pulse->excused, excused);
}

struct process_grid_shape process_grid_shape_of(int ranks)
{
    int rows = 1;
    for (int r = 1; r <= ranks / r; r++)
        if (ranks % r == 0) rows = r;
    return (struct process_grid_shape){rows, ranks / rows};
}

void team_slice(uint64_t count, int rank, int size, uint64_t *begin, uint64_t *end)
{
    uint64_t r = (uint64_t)rank, parts = (uint64_t)size, share = count / parts,
             rest = count % parts;
    *begin = r * share + (r < rest ? r : rest);
    *end = *begin + share + (r < rest);
}
