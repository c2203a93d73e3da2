#define _GNU_SOURCE /* closefrom(), pipe2(), _Fork() */
#include "base/process/keeper.h"

#include "base/clock.h"
#include "base/process/descendants.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ORDER_ASK = 'a', ORDER_END = 'e' };

/* Files of the keeper. */
enum { ORDERS, NEWS, CHILDREN, START, FILES };

/* Both ends above the three streams, so that dup2() cannot overwrite one that is still needed. */
static bool pipe_above(int ends[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0) return false;
    for (int k = 0; k < 2; k++) ends[k] = fcntl(low[k], F_DUPFD_CLOEXEC, FILES);
    int cause = errno;
    for (int k = 0; k < 2; k++) close(low[k]);
    errno = cause;
    if (ends[0] >= 0 && ends[1] >= 0) return true;
    for (int k = 0; k < 2; k++)
        if (ends[k] >= 0) close(ends[k]);
    errno = cause;
    return false;
}

/* ---- in the program's process, before it begins ---- */

static void calm_signals(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    sigemptyset(&plain.sa_mask);
    for (int s = 1; s < 32; s++) (void)sigaction(s, &plain, NULL);
    /* By these batch systems warn of a time limit, some all processes: the program goes on. */
    plain.sa_handler = SIG_IGN;
    (void)sigaction(SIGUSR1, &plain, NULL);
    (void)sigaction(SIGUSR2, &plain, NULL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __attribute__((noreturn)) become(const struct keeper_program *p, int start)
{
    bool ok = true;
    calm_signals();
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive a killed keeper */
    for (int i = 0; ok && i < 3; i++) ok = dup2(p->streams[i], i) == i;
    ok = ok && (start == START || dup3(start, START, O_CLOEXEC) == START);
    if (ok) {
        start = START;
        closefrom(START + 1); /* close_range(2), where the kernel has it */
    }
    if (ok && p->data_bytes_max) {
        const struct rlimit bound = {p->data_bytes_max, p->data_bytes_max};
        ok = setrlimit(RLIMIT_DATA, &bound) == 0;
    }
    if (ok && p->folder) ok = chdir(p->folder) == 0;
    if (ok) execve(p->path, p->arguments, p->environment);
    int cause = errno;
    ssize_t unused = write(start, &cause, sizeof(cause));
    (void)unused;
    _exit(127);
}

/* ---- in the keeper: only calls that are safe after fork() ---- */

static void keep_tell(enum keeper_event event, int value)
{
    const struct keeper_news news = {event, value};
    while (write(NEWS, &news, sizeof(news)) < 0 && errno == EINTR) {
    }
}

/* Reaps orphans; true if the program itself has ended, which is left unreaped, so that the number
 * of its group stays its own. */
static bool keep_reap(pid_t program)
{
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return errno != EINTR;
        if (info.si_pid == 0) return false;
        if (info.si_pid == program) return true;
        (void)waitpid(info.si_pid, NULL, WNOHANG);
    }
}

/* Until the program has ended, or is to end. */
static void keep_watch(pid_t program)
{
    struct pollfd files[2] = {{ORDERS, POLLIN, 0}, {CHILDREN, POLLIN, 0}};
    while (!keep_reap(program)) {
        char order = ORDER_END;
        struct signalfd_siginfo unused;
        if (poll(files, 2, -1) < 0) continue;
        if (files[1].revents && read(CHILDREN, &unused, sizeof(unused)) < 0 && errno == EBADF)
            return;
        if (!files[0].revents) continue;
        ssize_t got = read(ORDERS, &order, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || order == ORDER_END) return; /* its end is the end of the rank */
        (void)kill(-program, SIGTERM);
    }
}

/* Kills all that is below this process; *how is the program's end. false: one does not end. */
static bool keep_end(pid_t program, int *how)
{
    struct timespec pause = {0, 500000};
    double begin = clock_s();
    (void)kill(-program, SIGKILL);
    (void)kill(program, SIGKILL);
    for (bool walk = false; clock_s() - begin < KEEPER_REAP_S; walk = true) {
        int end = 0;
        pid_t reaped;
        while ((reaped = waitpid(-1, &end, WNOHANG)) > 0)
            if (reaped == program) *how = end;
        if (reaped < 0 && errno == ECHILD) return true;
        if (walk) descendants_kill();
        (void)nanosleep(&pause, NULL);
        if (pause.tv_nsec < 20000000) pause.tv_nsec *= 2;
    }
    return false;
}

static void __attribute__((noreturn)) keep_leave(const char *scratch)
{
    char *const words[] = {(char *)"rm", (char *)"-rf", (char *)"--", (char *)(uintptr_t)scratch,
                           NULL};
    char *const none[] = {NULL};
    if (scratch) execve("/bin/rm", words, none);
    _exit(0);
}

/* It has a group of its own and no ear for polite signals, so that what ends a rank's group does
 * not end it first. */
static bool keep_begin(const struct keeper_program *p, const int ends[2], pid_t *out_program)
{
    static const int polite[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, plain = {.sa_handler = SIG_DFL};
    sigset_t child;
    int start[2];
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&ignore.sa_mask);
    sigemptyset(&plain.sa_mask);
    for (size_t i = 0; i < sizeof(polite) / sizeof(*polite); i++)
        (void)sigaction(polite[i], &ignore, NULL);
    (void)sigaction(SIGCHLD, &plain, NULL); /* ignored, ends would pass unseen */
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_SETMASK, &child, NULL);
    int children = pipe_above(start) ? signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK) : -1;
    *out_program = children >= 0 ? _Fork() : -1;
    if (*out_program == 0) become(p, start[1]);
    int cause = errno;
    if (*out_program > 0) (void)setpgid(*out_program, *out_program); /* whoever comes first */
    bool ok = dup2(ends[0], ORDERS) >= 0 && dup2(ends[1], NEWS) >= 0;
    if (ok && *out_program > 0)
        ok = dup2(children, CHILDREN) >= 0 && dup2(start[0], START) >= 0 &&
             fcntl(START, F_SETFL, O_NONBLOCK) == 0;
    closefrom(FILES); /* close_range(2), where the kernel has it */
    if (*out_program < 0) keep_tell(KEEPER_NOT_STARTED, cause);
    return ok && *out_program > 0;
}

static void __attribute__((noreturn)) keep(const struct keeper_program *p, const int ends[2])
{
    pid_t program = -1;
    int how = 0, cause = 0;
    bool ok = keep_begin(p, ends, &program);
    if (ok) keep_watch(program);
    if (program > 0 && !keep_end(program, &how))
        keep_tell(KEEPER_STUCK, (int)program);
    else if (ok && read(START, &cause, sizeof(cause)) == (ssize_t)sizeof(cause))
        keep_tell(KEEPER_NOT_STARTED, cause);
    else if (ok)
        keep_tell(KEEPER_ENDED, how);
    keep_leave(p->scratch);
}

/* ---- in this process ---- */

bool keeper_start(struct keeper *k, const struct keeper_program *p)
{
    int orders[2], news[2];
    *k = (struct keeper){0};
    if (!pipe_above(orders)) return false;
    if (!pipe_above(news)) {
        int cause = errno;
        close(orders[0]);
        close(orders[1]);
        errno = cause;
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) keep(p, (const int[2]){orders[0], news[1]});
    int cause = errno;
    close(orders[0]);
    close(news[1]);
    if (pid > 0) {
        (void)fcntl(news[0], F_SETFL, O_NONBLOCK);
        *k = (struct keeper){pid, orders[1], news[0]};
        return true;
    }
    close(orders[1]);
    close(news[0]);
    errno = cause;
    return false;
}

static void keeper_tell(const struct keeper *k, char order)
{
    while (write(k->orders, &order, 1) < 0 && errno == EINTR) {
    }
}

void keeper_ask(const struct keeper *k)
{
    keeper_tell(k, ORDER_ASK);
}

void keeper_end(const struct keeper *k)
{
    keeper_tell(k, ORDER_END);
}

bool keeper_has_news(const struct keeper *k, struct keeper_news *out)
{
    ssize_t got = read(k->news, out, sizeof(*out));
    if (got < 0) return false;
    if (got != (ssize_t)sizeof(*out)) *out = (struct keeper_news){KEEPER_LOST, 0};
    return true;
}

void keeper_stop(struct keeper *k)
{
    if (k->pid <= 0) return;
    close(k->orders);
    while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close(k->news);
    *k = (struct keeper){0};
}

void keeper_remove(const char *scratch)
{
    pid_t pid = fork();
    if (pid == 0) keep_leave(scratch);
    while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}
