#include "predictor/training/base_files.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_BEGIN "base-"
#define NAME_END ".sibyl"
#define LEFT_OVER_S 86400 /* a file that is still being written is younger */

static char *path_of(const char *folder, const char *digest)
{
    char name[sizeof(NAME_BEGIN) + HASH128_TEXT_BYTES + sizeof(NAME_END)];
    snprintf(name, sizeof(name), NAME_BEGIN "%s" NAME_END, digest);
    char *path = file_join(folder, name);
    if (!path) err_memory("a base");
    return path;
}

bool base_files_read(struct predictor *out, const char *folder, const char *digest,
                     const struct log *log)
{
    struct predictor p = {0};
    char *path = path_of(folder, digest);
    if (!path || access(path, F_OK)) {
        free(path);
        return false;
    }
    enum status st = predictor_read(&p, path);
    if (!st && strcmp(p.base, digest) != 0)
        st = err_set(SIBYL_E_FORMAT, "%s: it is not the base that its name says", path);
    if (st) {
        log_warn(log, "%s; the base is made anew", err_message());
        predictor_release(&p);
    } else {
        *out = p;
    }
    free(path);
    return !st;
}

enum status base_files_write(const struct predictor *base, const char *folder)
{
    char *path = path_of(folder, base->base);
    enum status st = path ? file_make_folder(folder) : SIBYL_E_MEM;
    if (!st) st = predictor_write(base, path);
    free(path);
    return st;
}

/* ---- old ones ---- */

struct kept {
    char *name; /* owned */
    struct timespec when;
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && !strcmp(text + length - tail, end);
}

/* The newest first. */
static int by_time(const void *a, const void *b)
{
    const struct timespec *x = &((const struct kept *)a)->when,
                          *y = &((const struct kept *)b)->when;
    if (x->tv_sec != y->tv_sec) return x->tv_sec > y->tv_sec ? -1 : 1;
    if (x->tv_nsec != y->tv_nsec) return x->tv_nsec > y->tv_nsec ? -1 : 1;
    return strcmp(((const struct kept *)a)->name, ((const struct kept *)b)->name);
}

/* Bases into *list; what a writer has left goes. False: no memory. */
static bool take_entry(int folder, const char *name, struct kept **list, size_t *count)
{
    struct stat s;
    if (strncmp(name, NAME_BEGIN, strlen(NAME_BEGIN)) != 0) return true;
    if (fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) || !S_ISREG(s.st_mode)) return true;
    if (file_is_temporary(name)) {
        if (s.st_mtim.tv_sec + LEFT_OVER_S < time(NULL)) unlinkat(folder, name, 0);
        return true;
    }
    if (!ends_with(name, NAME_END)) return true;
    struct kept *more = realloc(*list, (*count + 1) * sizeof(**list));
    if (more) *list = more;
    char *copy = more ? strdup(name) : NULL;
    if (copy) (*list)[(*count)++] = (struct kept){copy, s.st_mtim};
    return copy;
}

void base_files_prune(const char *folder)
{
    struct kept *list = NULL;
    size_t count = 0;
    bool whole = true;
    DIR *d = opendir(folder);
    if (!d) return;
    for (struct dirent *e = readdir(d); e && whole; e = readdir(d))
        whole = take_entry(dirfd(d), e->d_name, &list, &count);
    if (whole && count > BASE_FILES_KEPT) {
        qsort(list, count, sizeof(*list), by_time);
        for (size_t i = BASE_FILES_KEPT; i < count; i++) unlinkat(dirfd(d), list[i].name, 0);
    }
    for (size_t i = 0; i < count; i++) free(list[i].name);
    free(list);
    closedir(d);
}

/* ---- one maker ---- */

/* A byte of the file for each digest. */
static struct flock lock_of(const char *digest, short type)
{
    struct hash128 h = digest_xxh128(digest, strlen(digest));
    return (struct flock){
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)(h.low >> 24), .l_len = 1};
}

bool base_lock_try(struct base_lock *out, const char *folder, const char *digest)
{
    struct flock lock = lock_of(digest, F_WRLCK);
    char *path = file_join(folder, ".making");
    *out = (struct base_lock){-1};
    if (!path || file_make_folder(folder)) {
        free(path);
        return true;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    free(path);
    if (fd < 0) return true;
    if (!fcntl(fd, F_SETLK, &lock)) {
        out->fd = fd;
        return true;
    }
    bool other = errno == EACCES || errno == EAGAIN;
    close(fd);
    return !other;
}

void base_lock_release(struct base_lock *l)
{
    if (l->fd >= 0) close(l->fd);
    l->fd = -1;
}
