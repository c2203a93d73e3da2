/* For LD_PRELOAD: the first process that gives a file the name HOLD_AT by rename() writes its
 * process id to the file HOLD_PID and stops (SIGSTOP) until it gets SIGCONT. So a test can do
 * something in the midst of a run, however fast the machine is. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int rename(const char *from, const char *to)
{
    int status = (int)syscall(SYS_rename, from, to);
    const char *name = strrchr(to, '/'), *at = getenv("HOLD_AT"), *told = getenv("HOLD_PID");
    if (status != 0 || !at || !told || strcmp(name ? name + 1 : to, at) != 0) return status;
    int file = open(told, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (file < 0) return status; /* has been held */
    dprintf(file, "%ld\n", (long)getpid());
    close(file);
    kill(getpid(), SIGSTOP);
    return status;
}
