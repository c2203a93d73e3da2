#include "base/standard_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void standard_streams_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
        /* The lowest free number is this one. Not for writing, unless for errors: a failed write to
         * standard output is to be noticed. */
        (void)open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
    }
}

enum status standard_streams_close(void)
{
    bool failed = ferror(stdout) != 0;
    errno = 0;
    if (fclose(stdout) == 0 && !failed) return SIBYL_OK;
    /* After an earlier failure nobody knows the cause any more. */
    const char *cause = errno == EBADF ? "it is closed"
                        : errno        ? strerror(errno)
                                       : "is its disk full, or its reader gone?";
    return err_set(SIBYL_E_IO,
                   "standard output: what was to be printed could not all be written: %s", cause);
}
