#include "comm/watchdog.h"

#include "base/clock.h"
#include "comm/team_internal.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOST_BYTES 64
#define LOOKS 20.0 /* in the time after which a rank counts as stalled */
#define PERIOD_LONGEST_S 5.0
#define CPU_SHARE 0.02 /* of a CPU, that a computing rank uses at least */
#define LATE_S 1.0     /* a look that comes later: this process did not run */

struct report {
    double idle_s;
    int waiting; /* for other ranks */
};

/* What is known of a rank, or of rank 0 by the others. */
struct peer {
    struct report report;
    double heard_s; /* by the clock */
    struct report outgoing;
    MPI_Request request;
    bool sending;
};

struct watchdog {
    struct team *team; /* whose ranks are watched */
    struct team *talk; /* owned: the threads' own communicator */
    double stall_s, period_s;
    char *hosts;        /* (ranks, HOST_BYTES) */
    struct peer *peers; /* (ranks); those that are not rank 0 use [0] alone */
    double looked_s, progress_s, cpu_s;
    uint64_t calls;
    pthread_t thread;
    pthread_mutex_t lock; /* of `stopping` */
    pthread_cond_t wake;
    bool stopping;
};

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- what this rank does ---- */

/* If this process itself has not run, nobody's silence counts. */
static void forgive(struct watchdog *w, double now)
{
    double late = now - w->looked_s - w->period_s;
    if (late < LATE_S) return;
    w->progress_s += late;
    for (int r = 0; r < w->team->size; r++) w->peers[r].heard_s += late;
}

static struct report own_report(struct watchdog *w, double now)
{
    const struct pulse *pulse = w->team->pulse;
    uint64_t calls = atomic_load(&pulse->calls);
    bool waiting = atomic_load(&pulse->waiting) != 0;
    double cpu = cpu_s();
    bool computes = !waiting && cpu - w->cpu_s > CPU_SHARE * (now - w->looked_s);
    if (calls != w->calls || computes || atomic_load(&pulse->excused)) w->progress_s = now;
    w->calls = calls;
    w->cpu_s = cpu;
    return (struct report){now - w->progress_s, waiting};
}

/* ---- messages ---- */

/* Nothing, where the last one is still on its way. */
static void tell(struct watchdog *w, int rank, struct report report)
{
    struct peer *p = &w->peers[rank];
    int done = 1;
    if (p->sending) MPI_Test(&p->request, &done, MPI_STATUS_IGNORE);
    p->sending = !done;
    if (!done) return;
    p->outgoing = report;
    MPI_Isend(&p->outgoing, (int)sizeof(report), MPI_BYTE, rank, 0, w->talk->comm, &p->request);
    p->sending = true;
}

static void listen(struct watchdog *w, double now)
{
    for (int there = 1; there;) {
        MPI_Status status;
        struct report report;
        MPI_Iprobe(MPI_ANY_SOURCE, 0, w->talk->comm, &there, &status);
        if (!there) return;
        MPI_Recv(&report, (int)sizeof(report), MPI_BYTE, status.MPI_SOURCE, 0, w->talk->comm,
                 MPI_STATUS_IGNORE);
        w->peers[status.MPI_SOURCE].report = report;
        w->peers[status.MPI_SOURCE].heard_s = now;
    }
}

/* ---- the verdict ---- */

static void end_job(const struct watchdog *w, int rank, const char *what)
{
    char who[HOST_BYTES + 32] = "all ranks wait for each other";
    if (rank >= 0) snprintf(who, sizeof(who), "rank %d on %s", rank, w->hosts + rank * HOST_BYTES);
    fprintf(stderr,
            "sibyl: no progress for %.3g s: %s%s; the job is ended. The same command goes on from "
            "what it has saved (--stall-timeout sets the time)\n",
            w->stall_s, who, what);
    comm_abort(1);
}

/* On rank 0. */
static void judge(const struct watchdog *w, double now)
{
    bool all_wait = true;
    for (int r = 0; r < w->team->size; r++) {
        const struct peer *p = &w->peers[r];
        bool idle = p->report.idle_s >= w->stall_s;
        if (now - p->heard_s >= w->stall_s) end_job(w, r, " does not answer");
        if (idle && !p->report.waiting)
            end_job(w, r, " neither computes nor waits for others (a file system that hangs?)");
        all_wait &= idle;
    }
    if (all_wait) end_job(w, -1, "");
}

static void look(struct watchdog *w)
{
    double now = clock_s();
    forgive(w, now);
    struct report own = own_report(w, now);
    w->looked_s = now;
    listen(w, now);
    if (w->team->rank == 0) {
        w->peers[0].report = own;
        w->peers[0].heard_s = now;
        judge(w, now);
        for (int r = 1; r < w->team->size; r++) tell(w, r, own);
    } else {
        tell(w, 0, own);
        if (now - w->peers[0].heard_s >= w->stall_s) end_job(w, 0, " does not answer");
    }
}

/* Whether it is time to end. */
static bool pause_until_next(struct watchdog *w)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double at = (double)until.tv_nsec * 1e-9 + w->period_s;
    until.tv_sec += (time_t)floor(at);
    until.tv_nsec = (long)((at - floor(at)) * 1e9);
    pthread_mutex_lock(&w->lock);
    while (!w->stopping && pthread_cond_timedwait(&w->wake, &w->lock, &until) == 0) {
    }
    bool stopping = w->stopping;
    pthread_mutex_unlock(&w->lock);
    return stopping;
}

static void *watch(void *context)
{
    struct watchdog *w = context;
    while (!pause_until_next(w)) look(w);
    return NULL;
}

/* ---- start and stop ---- */

static void release(struct watchdog *w)
{
    if (!w) return;
    free(w->hosts);
    free(w->peers);
    free(w);
}

static enum status make(struct watchdog **out, struct team *t, double stall_s)
{
    size_t ranks = (size_t)t->size;
    struct watchdog *w = calloc(1, sizeof(*w));
    if (!w) return err_memory("the watchdog");
    *out = w;
    w->team = t;
    w->stall_s = stall_s;
    w->period_s = fmin(stall_s / LOOKS, PERIOD_LONGEST_S);
    w->hosts = calloc(ranks, HOST_BYTES);
    w->peers = calloc(ranks, sizeof(*w->peers));
    if (!w->hosts || !w->peers) return err_memory("the watchdog");
    gethostname(w->hosts + t->rank * HOST_BYTES, HOST_BYTES - 1);
    w->looked_s = w->progress_s = clock_s();
    w->cpu_s = cpu_s();
    for (size_t r = 0; r < ranks; r++) w->peers[r].heard_s = w->looked_s;
    return SIBYL_OK;
}

enum status watchdog_start(struct watchdog **out, struct team *t, double stall_s)
{
    int threads = 0;
    pthread_condattr_t steady;
    struct watchdog *w = NULL;
    *out = NULL;
    if (stall_s <= 0 || t->size == 1) return SIBYL_OK;
    MPI_Query_thread(&threads);
    if (threads < MPI_THREAD_MULTIPLE) return SIBYL_OK;
    enum status st = team_agree(t, make(&w, t, stall_s));
    if (!st) st = team_like(t, &w->talk);
    if (st) {
        release(w);
        return st;
    }
    MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, w->hosts, HOST_BYTES, MPI_BYTE,
                  w->talk->comm);
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &steady);
    pthread_condattr_destroy(&steady);
    int cause = pthread_create(&w->thread, NULL, watch, w);
    if (cause) st = err_set(SIBYL_E_IO, "cannot start a thread to watch: %s", strerror(cause));
    *out = w;
    st = team_agree(t, st);
    if (!st) return SIBYL_OK;
    if (t->rank == 0) fprintf(stderr, "sibyl: %s\n", err_message());
    comm_abort(1); /* some threads run: no way back, and as good as never */
}

void watchdog_stop(struct watchdog *w)
{
    if (!w) return;
    team_barrier(w->team); /* watched until all are here */
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    team_barrier(w->talk); /* all threads are gone: what they sent is there to be taken */
    listen(w, 0);
    for (int r = 0; r < w->team->size; r++)
        if (w->peers[r].sending) team_wait(&w->peers[r].request);
    team_barrier(w->talk);
    listen(w, 0);
    team_release(w->talk);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->wake);
    release(w);
}
