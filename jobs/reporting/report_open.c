#include "jobs/reporting/report_open.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>

extern char **environ;

/* Its streams are nobody's: what a browser prints is not this program's. */
static int start(const char *path)
{
    const char *words[] = {"xdg-open", path, NULL};
    pid_t child = 0;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int e = posix_spawn_file_actions_init(&files);
    if (e) return e;
    e = posix_spawnattr_init(&attributes);
    if (!e) {
        for (int i = 0; i < 3; i++)
            posix_spawn_file_actions_addopen(&files, i, "/dev/null", i ? O_WRONLY : O_RDONLY, 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        e = posix_spawnp(&child, words[0], &files, &attributes, (char *const *)words, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return e;
}

enum status report_open(const char *path)
{
    int e = start(path);
    if (e == ENOENT)
        return err_set(SIBYL_E_IO,
                       "--open needs the program xdg-open: install the package xdg-utils, or open "
                       "%s yourself",
                       path);
    if (e) return err_set(SIBYL_E_IO, "cannot start xdg-open: %s", strerror(e));
    return SIBYL_OK;
}
