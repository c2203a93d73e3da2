#define _GNU_SOURCE /* closefrom(), pipe2() */
#include "base/process/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the keeper: only calls that are safe after fork(). It has a group of its own and no ear for
 * polite signals, so that what ends a rank's group does not end it first. */
static void __attribute__((noreturn)) keep(int life)
{
    static const int polite[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    pid_t group = 0, told;
    ssize_t got;
    (void)setpgid(0, 0);
    sigemptyset(&ignore.sa_mask);
    for (size_t i = 0; i < sizeof(polite) / sizeof(*polite); i++)
        (void)sigaction(polite[i], &ignore, NULL);
    if (dup2(life, 0) != 0) _exit(1);
    closefrom(1); /* close_range(2), where the kernel has it */
    while ((got = read(0, &told, sizeof(told))) != 0) { /* its end is the end of the rank */
        if (got == (ssize_t)sizeof(told)) group = told;
        if (got < 0 && errno != EINTR) break;
    }
    if (group > 0) (void)kill(-group, SIGKILL);
    _exit(0);
}

bool keeper_start(struct keeper *k)
{
    int ends[2];
    *k = (struct keeper){0};
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    pid_t pid = fork();
    if (pid == 0) keep(ends[0]);
    int cause = errno;
    close(ends[0]);
    if (pid > 0) {
        *k = (struct keeper){pid, ends[1]};
        return true;
    }
    close(ends[1]);
    errno = cause;
    return false;
}

void keeper_watch(const struct keeper *k, pid_t group)
{
    while (write(k->life, &group, sizeof(group)) < 0 && errno == EINTR) {
    }
}

void keeper_stop(struct keeper *k)
{
    if (k->pid <= 0) return;
    (void)kill(k->pid, SIGKILL); /* before the pipe is closed: the group is no more its business */
    while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close(k->life);
    *k = (struct keeper){0};
}
