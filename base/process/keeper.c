#include "base/process/keeper.h"

#include "base/process/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the keeper: only calls that are safe after fork(). It has a group of its own and no ear for
 * polite signals, so that what ends a rank's group does not end it first. */
static void __attribute__((noreturn)) keep(pid_t group, int life, int highest)
{
    static const int polite[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    char byte;
    (void)setpgid(0, 0);
    sigemptyset(&ignore.sa_mask);
    for (size_t i = 0; i < sizeof(polite) / sizeof(*polite); i++)
        (void)sigaction(polite[i], &ignore, NULL);
    descriptors_close(0, highest, life);
    while (read(life, &byte, 1) < 0 && errno == EINTR) {
    } /* nobody writes: the end of the file is the end of the rank */
    (void)kill(-group, SIGKILL);
    _exit(0);
}

enum status keeper_start(struct keeper *k, pid_t group)
{
    int ends[2];
    if (pipe(ends) != 0) return err_set(SIBYL_E_IO, "cannot make a pipe: %s", strerror(errno));
    (void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    int highest = descriptors_highest();
    k->pid = fork();
    if (k->pid == 0) keep(group, ends[0], highest);
    int cause = errno;
    close(ends[0]);
    k->life = ends[1];
    if (k->pid > 0) return SIBYL_OK;
    close(ends[1]);
    return err_set(SIBYL_E_IO, "cannot start a process beside an evaluation: %s", strerror(cause));
}

void keeper_stop(struct keeper *k)
{
    (void)kill(k->pid, SIGKILL); /* before the pipe is closed: the group is no more its business */
    while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close(k->life);
}
