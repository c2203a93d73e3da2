#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status read_stream(FILE *f, const char *path, size_t most, char **out_data,
                               size_t *out_bytes)
{
    size_t capacity = 1 << 16, used = 0;
    char *data = malloc(capacity);
    if (!data) return err_memory(path);
    for (;;) {
        used += fread(data + used, 1, capacity - used - 1, f);
        if (ferror(f)) {
            free(data);
            return err_set(SIBYL_E_IO, "cannot read %s: %s", path, strerror(errno));
        }
        if (used > most) {
            free(data);
            return err_set(SIBYL_E_RANGE, "%s: more than %zu bytes", path, most);
        }
        if (feof(f)) break;
        char *grown = realloc(data, capacity * 2);
        if (!grown) {
            free(data);
            return err_memory(path);
        }
        data = grown;
        capacity *= 2;
    }
    data[used] = '\0';
    *out_data = data;
    *out_bytes = used;
    return SIBYL_OK;
}

enum status file_read(const char *path, char **out_data, size_t *out_bytes)
{
    return file_read_most(path, SIZE_MAX, out_data, out_bytes);
}

enum status file_read_most(const char *path, size_t most, char **out_data, size_t *out_bytes)
{
    FILE *f = fopen(path, "rbe");
    if (!f) return err_set(SIBYL_E_IO, "cannot open %s: %s", path, strerror(errno));
    enum status st = read_stream(f, path, most, out_data, out_bytes);
    fclose(f);
    return st;
}

enum status file_open_read(const char *path, int *out_fd, uint64_t *out_size)
{
    enum status st;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return err_set(SIBYL_E_IO, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fd, &info)) {
        st = err_set(SIBYL_E_IO, "cannot read %s: %s", path, strerror(errno));
    } else if (!S_ISREG(info.st_mode)) {
        st = err_set(SIBYL_E_IO, "%s is not a regular file", path);
    } else {
        *out_fd = fd;
        *out_size = (uint64_t)info.st_size;
        return SIBYL_OK;
    }
    close(fd);
    return st;
}

enum status file_read_at(int fd, const char *path, void *out, size_t bytes, uint64_t offset)
{
    unsigned char *to = out;
    while (bytes) {
        ssize_t got = pread(fd, to, bytes, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return err_set(SIBYL_E_IO, "cannot read %s at byte %" PRIu64 ": %s", path, offset,
                           strerror(errno));
        if (got == 0)
            return err_set(SIBYL_E_IO,
                           "%s became shorter while it was read: there is no byte %" PRIu64, path,
                           offset);
        to += got;
        bytes -= (size_t)got;
        offset += (uint64_t)got;
    }
    return SIBYL_OK;
}

bool file_is_same(const char *a, const char *b)
{
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What a whole file may take the place of: nothing, a file, or a link to one, which is replaced and
 * not followed. A device or a pipe (/dev/null, say) is not what a caller means to replace. */
static enum status check_replaceable(const char *path)
{
    struct stat info;
    if (stat(path, &info) || S_ISREG(info.st_mode)) return SIBYL_OK;
    return err_set(SIBYL_E_IO, "cannot write %s: it is a %s, not a file", path,
                   S_ISDIR(info.st_mode) ? "folder" : "device or a pipe");
}

/* Opens a new file under a name that nobody can foresee, so that nobody can have put a file or a
 * link there before; and two writers of one path never meet. -1 and errno where that fails. */
static int open_temporary(char *name, size_t bytes, const char *path)
{
    for (int tries = 0; tries < 100; tries++) {
        uint64_t word;
        if (getrandom(&word, sizeof(word), 0) != sizeof(word)) return -1;
        snprintf(name, bytes, "%s.%016" PRIx64 FILE_TEMPORARY_END, path, word);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) return fd;
    }
    return -1;
}

bool file_is_temporary(const char *name)
{
    size_t length = strlen(name), end = sizeof(FILE_TEMPORARY_END) - 1;
    if (length < end + 18 || strcmp(name + length - end, FILE_TEMPORARY_END) != 0) return false;
    const char *word = name + length - end - 17;
    return word[0] == '.' && strspn(word + 1, "0123456789abcdef") == 16;
}

enum status file_write_begin(struct file_writer *w, const char *path)
{
    *w = (struct file_writer){0};
    enum status st = check_replaceable(path);
    if (st) return st;
    size_t bytes = strlen(path) + 17 + sizeof(FILE_TEMPORARY_END);
    w->path = strdup(path);
    w->temporary_path = malloc(bytes);
    if (!w->path || !w->temporary_path) {
        file_write_abandon(w);
        return err_memory(path);
    }
    int fd = open_temporary(w->temporary_path, bytes, path);
    if (fd >= 0) w->stream = fdopen(fd, "wb");
    if (w->stream) return SIBYL_OK;
    st = err_set(SIBYL_E_IO, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0) {
        close(fd);
        unlink(w->temporary_path);
    }
    free(w->temporary_path); /* nothing to unlink any more */
    w->temporary_path = NULL;
    file_write_abandon(w);
    return st;
}

enum status file_open_append(const char *path, FILE **out)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "ab");
    if (f) {
        *out = f;
        return SIBYL_OK;
    }
    enum status st = err_set(SIBYL_E_IO, "cannot write %s: %s", path,
                             errno == ELOOP ? "it is a symbolic link; remove it" : strerror(errno));
    if (fd >= 0) close(fd);
    return st;
}

enum status file_write_keep(struct file_writer *w, const char *kept_path)
{
    free(w->kept_path);
    w->kept_path = strdup(kept_path);
    return w->kept_path ? SIBYL_OK : err_memory(kept_path);
}

static int move_into_place(const struct file_writer *w)
{
    bool kept = w->kept_path && rename(w->path, w->kept_path) == 0;
    if (w->kept_path && !kept && errno != ENOENT) return -1;
    if (rename(w->temporary_path, w->path) == 0) return 0;
    int cause = errno;
    if (kept) (void)rename(w->kept_path, w->path);
    errno = cause;
    return -1;
}

enum status file_write_commit(struct file_writer *w)
{
    enum status st = SIBYL_OK;
    int failed = ferror(w->stream) || fflush(w->stream) || fsync(fileno(w->stream));
    int cause = errno;
    if (fclose(w->stream) && !failed) {
        failed = 1;
        cause = errno;
    }
    w->stream = NULL;
    if (!failed && move_into_place(w)) {
        failed = 1;
        cause = errno;
    }
    if (failed)
        st = err_set(SIBYL_E_IO, "cannot write %s: %s (the older file, if any, is intact)", w->path,
                     strerror(cause));
    else {
        free(w->temporary_path);
        w->temporary_path = NULL;
        st = file_sync_folder_of(w->path);
    }
    file_write_abandon(w);
    return st;
}

void file_write_abandon(struct file_writer *w)
{
    if (w->stream) fclose(w->stream);
    if (w->temporary_path) unlink(w->temporary_path);
    free(w->temporary_path);
    free(w->kept_path);
    free(w->path);
    *w = (struct file_writer){0};
}

enum status file_write(const char *path, const void *data, size_t bytes)
{
    struct file_writer w;
    enum status st = file_write_begin(&w, path);
    if (st) return st;
    fwrite(data, 1, bytes, w.stream);
    return file_write_commit(&w);
}

enum status file_make_folder(const char *path)
{
    char *copy = strdup(path);
    if (!copy) return err_memory(path);
    enum status st = SIBYL_OK;
    for (char *p = copy + 1; !st; p++) {
        if (*p != '/' && *p != '\0') continue;
        char end = *p;
        *p = '\0';
        if (mkdir(copy, 0777) && errno != EEXIST)
            st = err_set(SIBYL_E_IO, "cannot make folder %s: %s", copy, strerror(errno));
        *p = end;
        if (end == '\0') break;
    }
    struct stat info;
    if (!st && (stat(path, &info) || !S_ISDIR(info.st_mode)))
        st = err_set(SIBYL_E_IO, "%s is not a folder", path);
    free(copy);
    return st;
}

enum status file_sync_folder_of(const char *path)
{
    char *folder = file_relative_to(path, ".");
    if (!folder) return err_memory(path);
    enum status st = SIBYL_OK;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some network file systems cannot sync a folder; EINVAL is theirs to answer with. */
    if (fd < 0 || (fsync(fd) && errno != EINVAL && errno != ENOTSUP))
        st = err_set(SIBYL_E_IO, "cannot sync folder %s: %s", folder, strerror(errno));
    if (fd >= 0) close(fd);
    free(folder);
    return st;
}

char *file_relative_to(const char *base_file, const char *path)
{
    const char *slash = strrchr(base_file, '/');
    if (path[0] == '/' || !slash) return strdup(path);
    size_t folder = (size_t)(slash - base_file) + 1, bytes = folder + strlen(path) + 1;
    char *joined = malloc(bytes);
    if (joined) snprintf(joined, bytes, "%.*s%s", (int)folder, base_file, path);
    return joined;
}

char *file_join(const char *folder, const char *name)
{
    size_t bytes = strlen(folder) + strlen(name) + 2;
    char *joined = malloc(bytes);
    if (joined) snprintf(joined, bytes, "%s/%s", folder, name);
    return joined;
}
