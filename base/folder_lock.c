#include "base/folder_lock.h"

#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RECORD                                                                                     \
    128 /* bytes; part number k has those from k * RECORD on, for its lock and its text */
#define BEAT_NS 250000000
#define HOST_MAX 64
#define WAIT_LEAST_US 1000 /* of pauses before a lock is tried again */
#define WAIT_MOST_US 50000
#define WAIT_TOLD_S 5.0 /* then it is told who is waited for */

struct folder_lock {
    char *path;
    int fd;
    bool locked; /* false: the file system has no locks */
    bool whole;
    off_t begin, bytes;  /* what is locked; 0 bytes: all from there on */
    char before[RECORD]; /* this run's record as it was, zeros: none */
    double before_s, started_s;
    pthread_t thread;
    pthread_mutex_t mutex; /* of `over` */
    pthread_cond_t wake;
    bool counts, beats, over;
};

/* ---- the text ---- */

struct holder {
    char host[HOST_MAX + 1];
    long pid;
    double used_s;
};

static bool record_parse(const char *record, struct holder *out)
{
    char text[RECORD + 1];
    memcpy(text, record, RECORD);
    text[RECORD] = '\0';
    return sscanf(text, "%64s pid %ld used_s %lf", out->host, &out->pid, &out->used_s) == 3 &&
           out->used_s >= 0 && out->used_s < 1e12;
}

static bool record_read(int fd, off_t at, struct holder *out)
{
    char record[RECORD];
    return pread(fd, record, RECORD, at) == RECORD && record_parse(record, out);
}

/* A disk that is full loses the text, not the lock. */
static void record_write(const struct folder_lock *l)
{
    char host[HOST_MAX + 1] = "", record[RECORD + 1];
    double own_s = l->counts ? clock_s() - l->started_s : 0;
    if (gethostname(host, sizeof(host) - 1) || !*host) snprintf(host, sizeof(host), "?");
    int length = snprintf(record, sizeof(record), "%s pid %ld used_s %.3f", host, (long)getpid(),
                          l->before_s + own_s);
    memset(record + length, ' ', (size_t)(RECORD - length));
    record[RECORD - 1] = '\n';
    ssize_t unused = pwrite(l->fd, record, RECORD, l->begin);
    (void)unused;
}

/* ---- the lock ---- */

static struct flock range_of(const struct folder_lock *l, short type)
{
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = l->begin, .l_len = l->bytes};
}

static enum status taken(const struct folder_lock *l, const char *folder)
{
    struct flock other = range_of(l, F_WRLCK);
    struct holder h;
    bool known = fcntl(l->fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK;
    if (known && record_read(l->fd, other.l_start, &h) &&
        (other.l_pid <= 0 || other.l_pid == h.pid))
        return err_set(SIBYL_E_IO,
                       "%s is in use by process %ld on %s; wait for it, or choose another --out",
                       folder, h.pid, h.host);
    if (known && other.l_pid > 0)
        return err_set(SIBYL_E_IO,
                       "%s is in use by process %ld; wait for it, or choose another --out", folder,
                       (long)other.l_pid);
    return err_set(SIBYL_E_IO,
                   "%s is in use by another process; wait for it, or choose another --out", folder);
}

/* Is the open file still the one of that name? The run before may have taken it away meanwhile. */
static bool is_current(const struct folder_lock *l)
{
    struct stat own, named;
    return fstat(l->fd, &own) == 0 && stat(l->path, &named) == 0 && own.st_dev == named.st_dev &&
           own.st_ino == named.st_ino;
}

static enum status open_and_lock(struct folder_lock *l, const char *folder, const struct log *log,
                                 bool *busy)
{
    for (;;) {
        l->fd = open(l->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (l->fd < 0)
            return err_set(SIBYL_E_IO, "%s cannot take results; give another folder with --out: %s",
                           folder, strerror(errno));
        struct flock own = range_of(l, F_WRLCK);
        l->locked = fcntl(l->fd, F_SETLK, &own) == 0;
        *busy = !l->locked && (errno == EACCES || errno == EAGAIN);
        if (*busy) return taken(l, folder);
        if (!l->locked)
            log_warn(log,
                     "%s: its file system has no locks (%s): take care that no other run writes to "
                     "it meanwhile",
                     folder, strerror(errno));
        if (!l->locked || is_current(l)) return SIBYL_OK;
        close(l->fd);
    }
}

/* *busy: it failed because another process has the lock. */
static enum status take_lock(struct folder_lock **out, const char *folder, const uint64_t part[2],
                             const struct log *log, bool *busy)
{
    const uint64_t first = part[0], end = part[1];
    struct holder h;
    *out = NULL;
    if (end && first >= end) return SIBYL_OK;
    struct folder_lock *l = calloc(1, sizeof(*l));
    if (!l) return err_memory("a lock");
    l->fd = -1;
    l->whole = !end;
    l->begin = end ? (off_t)first * RECORD : 0;
    l->bytes = end ? (off_t)(end - first) * RECORD : 0;
    l->started_s = clock_s();
    l->path = file_join(folder, ".lock");
    enum status st = l->path ? open_and_lock(l, folder, log, busy) : err_memory("a lock");
    if (st) {
        if (l->fd >= 0) close(l->fd);
        free(l->path);
        free(l);
        return st;
    }
    if (pread(l->fd, l->before, RECORD, l->begin) != RECORD) memset(l->before, 0, RECORD);
    if (record_parse(l->before, &h)) l->before_s = h.used_s;
    record_write(l);
    *out = l;
    return SIBYL_OK;
}

enum status folder_lock_take(struct folder_lock **out, const char *folder, uint64_t first,
                             uint64_t end, const struct log *log)
{
    bool busy = false;
    return take_lock(out, folder, (const uint64_t[2]){first, end}, log, &busy);
}

/* A lock that is waited for in the kernel could not be given up in time, and over NFS others that
 * wait may be served in any order; so it is tried again, after pauses that are unlike. */
enum status folder_lock_wait(struct folder_lock **out, const char *folder, double wait_s,
                             const struct log *log)
{
    double begin = clock_s();
    unsigned turn = (unsigned)getpid();
    bool told = false;
    for (long pause_us = WAIT_LEAST_US;; pause_us += pause_us < WAIT_MOST_US ? pause_us / 4 : 0) {
        bool busy = false;
        enum status st = take_lock(out, folder, (const uint64_t[2]){0, 0}, log, &busy);
        double waited = clock_s() - begin;
        if (!st || !busy || waited >= wait_s) return st;
        if (!told && waited >= WAIT_TOLD_S) log_warn(log, "waiting: %s", err_message());
        told |= waited >= WAIT_TOLD_S;
        turn = turn * 1103515245u + 12345u;
        long us = pause_us / 2 + (long)(turn >> 16) % pause_us;
        const struct timespec pause = {us / 1000000, us % 1000000 * 1000};
        (void)nanosleep(&pause, NULL);
    }
}

/* ---- looking ---- */

/* Whether one process or more have a part of the file; `at`: where the first of those parts is. */
static bool is_held(int fd, off_t *at)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_GETLK, &all) == 0 && all.l_type != F_UNLCK;
    *at = held ? all.l_start : 0;
    return held;
}

void folder_lock_look(struct folder_holder *out, const char *folder)
{
    struct holder h;
    struct stat info;
    off_t held_at;
    char *path = file_join(folder, ".lock");
    int fd = path ? open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    *out = (struct folder_holder){.there = fd >= 0};
    free(path);
    if (fd < 0) return;
    out->held = is_held(fd, &held_at);
    off_t size = fstat(fd, &info) ? 0 : info.st_size;
    for (off_t at = 0; at + RECORD <= size; at += RECORD) {
        if (!record_read(fd, at, &h)) continue;
        out->used_s += h.used_s;
        if (*out->host && at != held_at) continue;
        snprintf(out->host, sizeof(out->host), "%s", h.host);
        out->pid = h.pid;
    }
    close(fd);
}

/* ---- time ---- */

static void *beat(void *lock)
{
    struct folder_lock *l = lock;
    pthread_mutex_lock(&l->mutex);
    while (!l->over) {
        struct timespec until;
        record_write(l);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += BEAT_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&l->wake, &l->mutex, &until);
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

void folder_lock_count_time(struct folder_lock *l)
{
    sigset_t all, before;
    if (!l || l->counts) return;
    l->counts = true;
    pthread_mutex_init(&l->mutex, NULL);
    pthread_cond_init(&l->wake, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are the main thread's */
    l->beats = pthread_create(&l->thread, NULL, beat, l) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop_beating(struct folder_lock *l)
{
    if (l->beats) {
        pthread_mutex_lock(&l->mutex);
        l->over = true;
        pthread_cond_signal(&l->wake);
        pthread_mutex_unlock(&l->mutex);
        pthread_join(l->thread, NULL);
    }
    if (l->counts) {
        pthread_cond_destroy(&l->wake);
        pthread_mutex_destroy(&l->mutex);
    }
    l->beats = false;
}

double folder_lock_before_s(const struct folder_lock *l)
{
    struct stat info;
    struct holder h;
    double sum = 0;
    if (!l) return 0;
    off_t size = fstat(l->fd, &info) ? 0 : info.st_size;
    for (off_t at = 0; at + RECORD <= size; at += RECORD)
        if (at != l->begin && record_read(l->fd, at, &h)) sum += h.used_s;
    return sum + l->before_s;
}

/* ---- the end ---- */

/* Takes the file away, where nobody else has a part of it. */
static bool take_away(const struct folder_lock *l)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!l->locked || (!l->whole && fcntl(l->fd, F_SETLK, &all)) || !is_current(l)) return false;
    return unlink(l->path) == 0;
}

static bool holds_other_records(const struct folder_lock *l)
{
    struct stat info;
    struct holder h;
    off_t size = fstat(l->fd, &info) ? 0 : info.st_size;
    for (off_t at = 0; at + RECORD <= size; at += RECORD)
        if (at != l->begin && record_read(l->fd, at, &h)) return true;
    return false;
}

void folder_lock_release(struct folder_lock *l, bool settled)
{
    if (!l) return;
    stop_beating(l);
    bool empty = !l->before[0] && !holds_other_records(l);
    bool forget = settled || (!l->counts && empty);
    ssize_t unused = 0;
    if (forget && !take_away(l)) {
        const char none[RECORD] = "";
        unused = pwrite(l->fd, none, RECORD, l->begin);
    } else if (!forget && l->counts) {
        record_write(l);
    } else if (!forget) {
        unused = pwrite(l->fd, l->before, RECORD, l->begin);
    }
    (void)unused;
    close(l->fd);
    free(l->path);
    free(l);
}
