#define _GNU_SOURCE /* pipe2() */
#include "base/process/child.h"

#include "base/clock.h"
#include "base/process/descendants.h"
#include "base/process/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TURN_MS 5  /* between two looks at the clock and at who may give the program up */
#define LATE_S 1.0 /* a turn that takes so much longer than it should: we did not run */

enum { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPES };

struct child {
    const struct child_task *task;
    struct child_result *result;
    struct keeper keeper;
    struct keeper_news news;
    int parent[PIPES], own[PIPES]; /* our ends and the child's, -1 when closed */
    size_t written;
};

static void child_close(int *fd)
{
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static void child_close_all(struct child *c)
{
    for (int i = 0; i < PIPES; i++) {
        child_close(&c->parent[i]);
        child_close(&c->own[i]);
    }
}

/* Both ends above the three streams, so that dup2() in the child cannot overwrite one that is still
 * needed. */
static bool child_open_pipe(struct child *c, int which)
{
    int ends[2], moved[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    for (int k = 0; k < 2; k++) {
        moved[k] = fcntl(ends[k], F_DUPFD_CLOEXEC, 3);
        int cause = errno;
        close(ends[k]);
        errno = cause;
    }
    c->own[which] = moved[which == PIPE_IN ? 0 : 1];
    c->parent[which] = moved[which == PIPE_IN ? 1 : 0];
    return moved[0] >= 0 && moved[1] >= 0 && fcntl(c->parent[which], F_SETFL, O_NONBLOCK) == 0;
}

static bool child_open_pipes(struct child *c)
{
    for (int i = 0; i < PIPES; i++)
        if (!child_open_pipe(c, i)) return false;
    return true;
}

/* There is no room for another process or pipe now, as errno tells. */
static bool child_not_started(struct child *c)
{
    c->result->end = CHILD_NOT_STARTED;
    c->result->code = errno;
    return false;
}

static bool child_start(struct child *c)
{
    const struct child_task *t = c->task;
    if (!child_open_pipes(c)) return child_not_started(c);
    const struct keeper_program p = {
        .path = t->program,
        .arguments = t->arguments,
        .environment = t->environment,
        .folder = t->folder,
        .streams = {c->own[PIPE_IN], c->own[PIPE_OUT], c->own[PIPE_ERR]},
        .data_bytes_max = t->data_bytes_max,
        .scratch = t->scratch};
    if (!keeper_start(&c->keeper, &p)) return child_not_started(c);
    for (int i = 0; i < PIPES; i++) child_close(&c->own[i]);
    return true;
}

static void child_write(struct child *c)
{
    while (c->parent[PIPE_IN] >= 0) {
        size_t left = c->task->input_bytes - c->written;
        if (left == 0) {
            child_close(&c->parent[PIPE_IN]);
            return;
        }
        ssize_t n = write(c->parent[PIPE_IN], c->task->input + c->written, left);
        if (n > 0) {
            c->written += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno == EAGAIN) {
            return;
        } else {
            child_close(&c->parent[PIPE_IN]); /* it does not want to read: not our fault */
        }
    }
}

static void child_keep_tail(struct child_result *r, const char *data, size_t bytes)
{
    if (bytes > CHILD_TAIL_BYTES) {
        data += bytes - CHILD_TAIL_BYTES;
        bytes = CHILD_TAIL_BYTES;
    }
    size_t over =
        r->tail_bytes + bytes > CHILD_TAIL_BYTES ? r->tail_bytes + bytes - CHILD_TAIL_BYTES : 0;
    memmove(r->tail, r->tail + over, r->tail_bytes - over);
    memcpy(r->tail + r->tail_bytes - over, data, bytes);
    r->tail_bytes += bytes - over;
    r->tail[r->tail_bytes] = '\0';
}

static bool must_end(const struct child *c)
{
    enum child_end end = c->result->end;
    return end == CHILD_TIMED_OUT || end == CHILD_GIVEN_UP;
}

/* What is there now, but never so much that a flood could hold us here. */
static void child_read(struct child *c, int which)
{
    char data[16384];
    for (int turn = 0; turn < 128 && c->parent[which] >= 0; turn++) {
        ssize_t n = read(c->parent[which], data, sizeof(data));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n <= 0) {
            child_close(&c->parent[which]);
            return;
        }
        if (which == PIPE_ERR) child_keep_tail(c->result, data, (size_t)n);
        if (c->task->said)
            c->task->said(c->task->context, which == PIPE_ERR ? 2 : 1, data, (size_t)n);
    }
}

/* Moves bytes for up to `wait_ms`. */
static void child_turn(struct child *c, int wait_ms)
{
    struct pollfd fds[PIPES + 1];
    for (int i = 0; i < PIPES; i++)
        fds[i] = (struct pollfd){c->parent[i], i == PIPE_IN ? POLLOUT : POLLIN, 0};
    fds[PIPES] = (struct pollfd){c->keeper.news, POLLIN, 0};
    /* negative ones are passed over; a signal only shortens the wait */
    (void)poll(fds, PIPES + 1, wait_ms);
    child_write(c);
    child_read(c, PIPE_OUT);
    child_read(c, PIPE_ERR);
}

/* Until all that the program has begun is gone. */
static void child_watch(struct child *c)
{
    const struct child_task *t = c->task;
    double begin = clock_s(), before = begin, ended = 0;
    bool asked = false, killed = false;
    while (!keeper_has_news(&c->keeper, &c->news)) {
        child_turn(c, TURN_MS);
        double now = clock_s();
        if (now - before > LATE_S) begin += now - before; /* a suspended job is no slow program */
        before = now;
        if (!asked && t->timeout_s > 0 && now - begin >= t->timeout_s)
            c->result->end = CHILD_TIMED_OUT;
        if (!asked && t->given_up && t->given_up(t->context)) c->result->end = CHILD_GIVEN_UP;
        if (must_end(c) && !asked) {
            asked = true;
            ended = now;
            keeper_ask(&c->keeper);
        } else if (asked && !killed && now - ended >= t->grace_s) {
            killed = true;
            keeper_end(&c->keeper);
        }
    }
    child_turn(c, 0);
}

static enum status child_take_news(struct child *c)
{
    struct child_result *r = c->result;
    switch (c->news.event) {
    case KEEPER_STUCK:
        return err_set(SIBYL_E_IO,
                       "process %d of %s cannot be killed: it hangs in the kernel, as on a file "
                       "system or a device that does not answer, or is another user's",
                       c->news.value, c->task->program);
    case KEEPER_NOT_STARTED:
        r->end = CHILD_NOT_STARTED;
        r->code = c->news.value;
        break;
    case KEEPER_LOST:
        if (!must_end(c)) r->end = CHILD_LOST;
        break;
    case KEEPER_ENDED:
        if (must_end(c)) break;
        r->end = WIFSIGNALED(c->news.value) ? CHILD_SIGNALLED : CHILD_EXITED;
        r->code = WIFSIGNALED(c->news.value) ? WTERMSIG(c->news.value) : WEXITSTATUS(c->news.value);
        break;
    }
    return SIBYL_OK;
}

/* What a keeper would have done that was killed. */
static void child_sweep(const struct child_task *t)
{
    const struct timespec pause = {0, 2000000};
    double begin = clock_s();
    while (t->mark && descendants_kill_marked(t->mark) && clock_s() - begin < KEEPER_REAP_S)
        (void)nanosleep(&pause, NULL);
    if (t->scratch) keeper_remove(t->scratch);
}

enum status child_run(const struct child_task *task, struct child_result *out)
{
    struct child c = {.task = task, .result = out};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, plain = {.sa_handler = SIG_DFL};
    struct sigaction pipe_before, child_before;
    enum status st = SIBYL_OK;
    double begin = clock_s();
    *out = (struct child_result){0};
    sigemptyset(&ignore.sa_mask);
    sigemptyset(&plain.sa_mask);
    if (sigaction(SIGPIPE, &ignore, &pipe_before) != 0 ||
        sigaction(SIGCHLD, &plain, &child_before) != 0) /* ignored, ends would pass unseen */
        return err_set(SIBYL_E_IO, "cannot set a signal aside: %s", strerror(errno));
    for (int i = 0; i < PIPES; i++) c.parent[i] = c.own[i] = -1;
    if (child_start(&c)) {
        child_watch(&c);
        st = child_take_news(&c);
        keeper_stop(&c.keeper);
        if (c.news.event == KEEPER_LOST) child_sweep(task);
    } else if (task->scratch) {
        (void)rmdir(task->scratch);
    }
    child_close_all(&c);
    (void)sigaction(SIGPIPE, &pipe_before, NULL);
    (void)sigaction(SIGCHLD, &child_before, NULL);
    out->seconds = clock_s() - begin;
    return st;
}
