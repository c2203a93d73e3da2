#define _GNU_SOURCE /* syscall() */
#include "base/process/descendants.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More processes of a machine are found by later calls, when those below are gone. */
#define PROCESSES_MAX 16384

struct processes {
    pid_t self[PROCESSES_MAX], parent[PROCESSES_MAX];
    bool below[PROCESSES_MAX];
    size_t count;
};

/* What getdents64() fills a buffer with. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t bytes;
    uint8_t type;
    char name[];
};

/* 0 where the text does not begin with a number. */
static long leading_number(const char *text)
{
    long n = 0;
    while (*text >= '0' && *text <= '9') n = 10 * n + (*text++ - '0');
    return n;
}

/* The parent is the second field behind the name, which stands in brackets and may hold any. */
static long parent_of(int proc, const char *name)
{
    char path[32] = "", text[512];
    if (strlen(name) > 20) return 0;
    strcat(strcat(path, name), "/stat");
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t bytes = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (bytes <= 0) return 0;
    text[bytes] = '\0';
    const char *end = strrchr(text, ')');
    return end && strlen(end) > 4 ? leading_number(end + 4) : 0;
}

static void processes_list(struct processes *p, int proc)
{
    union {
        struct entry align;
        char bytes[8192];
    } buffer;
    long got;
    p->count = 0;
    while ((got = syscall(SYS_getdents64, proc, buffer.bytes, sizeof(buffer.bytes))) > 0) {
        for (long at = 0; at < got;) {
            struct entry *e = (struct entry *)(void *)(buffer.bytes + at);
            long self = leading_number(e->name);
            long parent = self > 0 ? parent_of(proc, e->name) : 0;
            at += e->bytes;
            if (parent <= 0 || p->count == PROCESSES_MAX) continue;
            p->self[p->count] = (pid_t)self;
            p->parent[p->count] = (pid_t)parent;
            p->below[p->count++] = false;
        }
    }
}

static bool is_below(const struct processes *p, pid_t parent, pid_t top)
{
    if (parent == top) return true;
    for (size_t i = 0; i < p->count; i++)
        if (p->self[i] == parent) return p->below[i];
    return false;
}

void descendants_kill(void)
{
    struct processes p;
    pid_t top = getpid();
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0) return;
    processes_list(&p, proc);
    close(proc);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < p.count; i++) {
            if (p.below[i] || !is_below(&p, p.parent[i], top)) continue;
            p.below[i] = more = true;
        }
    }
    for (size_t i = 0; i < p.count; i++)
        if (p.below[i]) (void)kill(p.self[i], SIGKILL);
}

/* ---- by a mark; not between fork() and exec ---- */

static bool is_marked(const char *id, const char *variable)
{
    char path[64], *word = NULL;
    size_t room = 0;
    bool marked = false;
    snprintf(path, sizeof(path), "/proc/%.20s/environ", id);
    FILE *f = fopen(path, "re");
    if (!f) return false;
    while (!marked && getdelim(&word, &room, '\0', f) > 0) marked = strcmp(word, variable) == 0;
    free(word);
    fclose(f);
    return marked;
}

size_t descendants_kill_marked(const char *variable)
{
    size_t count = 0;
    DIR *proc = opendir("/proc");
    if (!proc) return 0;
    for (const struct dirent *e; (e = readdir(proc));) {
        long id = leading_number(e->d_name);
        if (id <= 0 || id == getpid() || !is_marked(e->d_name, variable)) continue;
        if (kill((pid_t)id, SIGKILL) == 0) count++;
    }
    closedir(proc);
    return count;
}
