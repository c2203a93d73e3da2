#define _GNU_SOURCE /* closefrom(), pipe2() */
#include "base/process/child.h"

#include "base/clock.h"
#include "base/process/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LATE_S 1.0  /* a turn that takes so much longer than it should: we did not run */
#define REAP_S 30.0 /* that a killed process may take to be gone */

enum { PIPE_IN, PIPE_OUT, PIPE_ERR, PIPE_START, PIPES };

struct child {
    const struct child_task *task;
    struct child_result *result;
    pid_t pid;
    struct keeper keeper;
    int parent[PIPES], own[PIPES]; /* our ends and the child's, -1 when closed */
    size_t written;
    bool exited;
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

static void __attribute__((noreturn)) child_become(const struct child *c)
{
    const struct child_task *t = c->task;
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    sigemptyset(&plain.sa_mask);
    for (int s = 1; s < 32; s++) (void)sigaction(s, &plain, NULL);
    /* By these batch systems warn of a time limit, some all processes: the child goes on. */
    plain.sa_handler = SIG_IGN;
    (void)sigaction(SIGUSR1, &plain, NULL);
    (void)sigaction(SIGUSR2, &plain, NULL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive a killed rank */
    bool ok = dup2(c->own[PIPE_IN], 0) == 0 && dup2(c->own[PIPE_OUT], 1) == 1 &&
              dup2(c->own[PIPE_ERR], 2) == 2;
    int start = c->own[PIPE_START];
    ok = ok && (start == 3 || dup3(start, 3, O_CLOEXEC) == 3);
    if (ok) {
        start = 3;
        closefrom(4); /* close_range(2), where the kernel has it */
    }
    if (ok && t->folder) ok = chdir(t->folder) == 0;
    if (ok) execve(t->program, t->arguments, t->environment);
    int cause = errno;
    ssize_t unused = write(start, &cause, sizeof(cause));
    (void)unused;
    _exit(127);
}

/* Takes note of the leader's end. A killed process may hang in the kernel: not for ever, here. */
static enum status child_reap(struct child *c, int *how)
{
    double begin = clock_s();
    struct timespec pause = {0, 1000000};
    for (;;) {
        pid_t reaped = waitpid(c->pid, how, WNOHANG);
        if (reaped == c->pid) return SIBYL_OK;
        if (reaped < 0 && errno != EINTR)
            return err_set(SIBYL_E_IO, "the end of %s was lost: %s", c->task->program,
                           strerror(errno));
        if (clock_s() - begin > REAP_S)
            return err_set(SIBYL_E_IO,
                           "process %ld of %s cannot be killed: it hangs in the kernel, as on a "
                           "file system or a device that does not answer",
                           (long)c->pid, c->task->program);
        (void)nanosleep(&pause, NULL);
        if (pause.tv_nsec < 20000000) pause.tv_nsec *= 2;
    }
}

/* There is no room for another process or pipe now, as errno tells. */
static enum status child_not_started(struct child *c)
{
    c->result->end = CHILD_NOT_STARTED;
    c->result->code = errno;
    return SIBYL_OK;
}

/* The keeper first: a program that has begun must not be ended for want of it. */
static enum status child_start(struct child *c)
{
    if (!child_open_pipes(c) || !keeper_start(&c->keeper)) return child_not_started(c);
    c->pid = fork();
    if (c->pid == 0) child_become(c);
    if (c->pid < 0) {
        enum status st = child_not_started(c);
        keeper_stop(&c->keeper);
        return st;
    }
    (void)setpgid(c->pid, c->pid); /* also here: whoever comes first */
    keeper_watch(&c->keeper, c->pid);
    for (int i = 0; i < PIPES; i++) child_close(&c->own[i]);
    return SIBYL_OK;
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

static enum status child_keep_output(struct child_result *r, const char *data, size_t bytes)
{
    if (r->output_bytes + bytes > CHILD_OUTPUT_MAX) {
        r->end = CHILD_FLOODED;
        return SIBYL_OK;
    }
    if (r->output_bytes + bytes + 1 > r->output_capacity) {
        size_t capacity = r->output_capacity ? r->output_capacity : 4096;
        while (capacity < r->output_bytes + bytes + 1) capacity *= 2;
        char *output = realloc(r->output, capacity);
        if (!output) return err_memory("the answer of an evaluating program");
        r->output = output;
        r->output_capacity = capacity;
    }
    memcpy(r->output + r->output_bytes, data, bytes);
    r->output_bytes += bytes;
    r->output[r->output_bytes] = '\0';
    return SIBYL_OK;
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
    return end == CHILD_TIMED_OUT || end == CHILD_FLOODED || end == CHILD_GIVEN_UP;
}

/* What is there now, but never so much that a flood could hold us here. */
static enum status child_read(struct child *c, int which)
{
    char data[16384];
    for (int turn = 0; turn < 128 && c->parent[which] >= 0; turn++) {
        ssize_t n = read(c->parent[which], data, sizeof(data));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return SIBYL_OK;
        if (n <= 0) {
            child_close(&c->parent[which]);
            return SIBYL_OK;
        }
        if (which == PIPE_ERR) {
            child_keep_tail(c->result, data, (size_t)n);
        } else if (!must_end(c)) {
            enum status st = child_keep_output(c->result, data, (size_t)n);
            if (st) return st;
        }
    }
    return SIBYL_OK;
}

/* Sees the end of the leader without reaping it: as a zombie it keeps the group's number from being
 * given away. */
static bool child_has_exited(struct child *c)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    if (!c->exited)
        c->exited = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
                    info.si_pid == c->pid; /* an error: it is not there */
    return c->exited;
}

/* Moves bytes for up to `wait_ms`. */
static enum status child_turn(struct child *c, int wait_ms)
{
    struct pollfd fds[3];
    for (int i = 0; i < 3; i++)
        fds[i] = (struct pollfd){c->parent[i], i == PIPE_IN ? POLLOUT : POLLIN, 0};
    (void)poll(fds, 3,
               wait_ms); /* negative ones are passed over; a signal only shortens the wait */
    child_write(c);
    enum status st = child_read(c, PIPE_OUT);
    if (!st) st = child_read(c, PIPE_ERR);
    return st;
}

static enum status child_watch(struct child *c)
{
    double begin = clock_s(), before = begin, ended = 0;
    int wait_ms = 1;
    bool ending = false;
    while (!child_has_exited(c)) {
        bool open = c->parent[PIPE_OUT] >= 0;
        enum status st = child_turn(c, wait_ms);
        if (st) return st;
        if (wait_ms < 20) wait_ms++;
        if (open && c->parent[PIPE_OUT] < 0) wait_ms = 1; /* as a rule it exits now */
        double now = clock_s();
        if (now - before > LATE_S) begin += now - before; /* a suspended job is no slow program */
        before = now;
        if (!ending && c->task->timeout_s > 0 && now - begin >= c->task->timeout_s)
            c->result->end = CHILD_TIMED_OUT;
        if (!ending && c->task->given_up && c->task->given_up(c->task->context))
            c->result->end = CHILD_GIVEN_UP;
        if (must_end(c) && !ending) {
            ending = true;
            ended = now;
            (void)kill(-c->pid, SIGTERM);
        } else if (ending && now - ended >= CHILD_GRACE_S) {
            return SIBYL_OK;
        }
    }
    return child_turn(c, 0);
}

/* Kills all that is left of the group and reaps the leader. */
static enum status child_finish(struct child *c)
{
    int how = 0, cause = 0;
    (void)kill(-c->pid, SIGKILL);
    (void)kill(c->pid, SIGKILL);
    keeper_stop(&c->keeper);
    enum status st = child_reap(c, &how);
    if (st || must_end(c)) return st;
    if (read(c->parent[PIPE_START], &cause, sizeof(cause)) == (ssize_t)sizeof(cause)) {
        c->result->end = CHILD_NOT_STARTED;
        c->result->code = cause;
    } else if (WIFSIGNALED(how)) {
        c->result->end = CHILD_SIGNALLED;
        c->result->code = WTERMSIG(how);
    } else {
        c->result->end = CHILD_EXITED;
        c->result->code = WEXITSTATUS(how);
    }
    return SIBYL_OK;
}

enum status child_run(const struct child_task *task, struct child_result *out)
{
    struct child c = {.task = task, .result = out};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, plain = {.sa_handler = SIG_DFL};
    struct sigaction pipe_before, child_before;
    double begin = clock_s();
    *out = (struct child_result){0};
    sigemptyset(&ignore.sa_mask);
    sigemptyset(&plain.sa_mask);
    if (sigaction(SIGPIPE, &ignore, &pipe_before) != 0 ||
        sigaction(SIGCHLD, &plain, &child_before) != 0) /* ignored, ends would pass unseen */
        return err_set(SIBYL_E_IO, "cannot set a signal aside: %s", strerror(errno));
    for (int i = 0; i < PIPES; i++) c.parent[i] = c.own[i] = -1;
    enum status st = child_start(&c);
    if (!st && c.pid > 0) {
        st = child_watch(&c);
        enum status finished = child_finish(&c);
        if (!st) st = finished;
    }
    child_close_all(&c);
    (void)sigaction(SIGPIPE, &pipe_before, NULL);
    (void)sigaction(SIGCHLD, &child_before, NULL);
    out->seconds = clock_s() - begin;
    if (st) child_result_release(out);
    return st;
}

void child_result_release(struct child_result *r)
{
    free(r->output);
    r->output = NULL;
    r->output_bytes = r->output_capacity = 0;
}
