#include "search/evaluators/command_log.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOTE_BYTES 512

static void log_write(struct command_log *l, const char *data, size_t bytes)
{
    while (l->fd > 0 && bytes > 0) {
        ssize_t n = write(l->fd, data, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) { /* a full disk: what is there stays */
            close(l->fd);
            l->fd = 0;
            return;
        }
        data += n;
        bytes -= (size_t)n;
    }
}

/* The file's name without its folder is `number`. */
static char *log_path(const char *run, uint64_t number)
{
    char name[64];
    snprintf(name, sizeof(name), "evaluations/%" PRIu64 ".log", number);
    return file_join(run, name);
}

bool command_log_open(struct command_log *l, const char *run, uint64_t number, uint64_t bound)
{
    *l = (struct command_log){.bound = bound};
    char *folder = file_join(run, "evaluations"), *path = log_path(run, number);
    int fd = -1;
    errno = ENOMEM;
    if (folder && path && (mkdir(folder, 0777) == 0 || errno == EEXIST)) {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
        if (fd >= 0 && fd < 3) { /* the standard streams are never a log */
            int moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
            close(fd);
            fd = moved;
        }
    }
    int cause = errno;
    free(folder);
    free(path);
    l->tail = fd >= 0 ? malloc(bound / 2 + 1) : NULL;
    if (fd >= 0 && !l->tail) close(fd);
    errno = cause;
    if (!l->tail) return false;
    l->fd = fd;
    char node[256] = "?";
    (void)gethostname(node, sizeof(node) - 1);
    command_log_note(l, "evaluation %" PRIu64 " on %s", number, node);
    return true;
}

/* The older half of the tail gives way. */
static void log_cut(struct command_log *l)
{
    size_t keep = l->tail_bytes / 2, gone = l->tail_bytes - keep;
    char note[NOTE_BYTES];
    memmove(l->tail, l->tail + gone, keep);
    l->tail_bytes = keep;
    l->left_out += gone;
    int bytes = snprintf(note, sizeof(note), "\n[sibyl] %" PRIu64 " bytes are left out here\n",
                         l->left_out);
    if (l->fd <= 0 || ftruncate(l->fd, (off_t)l->head) != 0 ||
        lseek(l->fd, (off_t)l->head, SEEK_SET) < 0)
        return;
    log_write(l, note, (size_t)bytes);
    log_write(l, l->tail, keep);
}

void command_log_put(struct command_log *l, const char *data, size_t bytes)
{
    size_t room = (size_t)(l->bound / 2);
    if (l->fd <= 0) return;
    if (l->head < room) {
        size_t part = bytes < room - l->head ? bytes : (size_t)(room - l->head);
        log_write(l, data, part);
        l->head += part;
        data += part;
        bytes -= part;
    }
    while (bytes > 0) {
        size_t part = bytes < room - l->tail_bytes ? bytes : room - l->tail_bytes;
        memcpy(l->tail + l->tail_bytes, data, part);
        l->tail_bytes += part;
        log_write(l, data, part);
        data += part;
        bytes -= part;
        if (l->tail_bytes == room) log_cut(l);
    }
}

void command_log_note(struct command_log *l, const char *format, ...)
{
    char note[NOTE_BYTES], stamp[32];
    time_t now = time(NULL);
    struct tm local;
    va_list list;
    if (l->fd <= 0 || !localtime_r(&now, &local)) return;
    strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local);
    int begin = snprintf(note, sizeof(note), "%s[sibyl] %s ", l->head ? "\n" : "", stamp);
    va_start(list, format);
    vsnprintf(note + begin, sizeof(note) - (size_t)begin - 1, format, list);
    va_end(list);
    strcat(note, "\n");
    command_log_put(l, note, strlen(note));
}

void command_log_close(struct command_log *l)
{
    if (l->fd > 0) close(l->fd);
    free(l->tail);
    *l = (struct command_log){0};
}
