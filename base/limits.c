#define _GNU_SOURCE /* sched_getaffinity, getline */
#include "base/limits.h"

#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATH_BYTES 8192

static FILE *open_at(const char *root, const char *folder, const char *name)
{
    char path[PATH_BYTES];
    int bytes = snprintf(path, sizeof(path), "%s%s%s", root, folder, name);
    return bytes > 0 && (size_t)bytes < sizeof(path) ? fopen(path, "re") : NULL;
}

/* The number that stands first in a file; false where there is none, such as "max" or "-1". */
static bool read_number(const char *root, const char *folder, const char *name, uint64_t *out)
{
    char text[64] = "";
    FILE *f = open_at(root, folder, name);
    if (!f) return false;
    bool found = fgets(text, sizeof(text), f) && *text >= '0' && *text <= '9' &&
                 sscanf(text, "%" SCNu64, out) == 1;
    fclose(f);
    return found;
}

/* The number behind `key` in a file of lines "key number" or "key: number kB"; 0: not there. */
static uint64_t read_field(const char *root, const char *folder, const char *name, const char *key)
{
    char *line = NULL;
    size_t room = 0, length = strlen(key);
    uint64_t value = 0;
    FILE *f = open_at(root, folder, name);
    while (f && getline(&line, &room, f) >= 0)
        if (!strncmp(line, key, length) && line[length] == ' ') {
            sscanf(line + length, "%" SCNu64, &value);
            break;
        }
    free(line);
    if (f) fclose(f);
    return value;
}

/* ---- one cgroup ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Where files of one version are missing, the cgroup has none of this limit. */
static void take_memory(struct limits *l, const char *root, const char *folder)
{
    static const struct {
        const char *limit, *usage, *cache;
    } versions[] = {
        {"/memory.max", "/memory.current", "inactive_file"},
        {"/memory.high", "/memory.current", "inactive_file"},
        {"/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file"},
    };
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        uint64_t limit = 0, used = 0;
        if (!read_number(root, folder, versions[i].limit, &limit)) continue;
        read_number(root, folder, versions[i].usage, &used);
        uint64_t cache = read_field(root, folder, "/memory.stat", versions[i].cache);
        used = used > cache ? used - cache : 0;
        l->memory_bytes = least(l->memory_bytes, limit);
        l->available_bytes = least(l->available_bytes, limit > used ? limit - used : 0);
    }
}

static void take_cpus(struct limits *l, const char *root, const char *folder)
{
    uint64_t quota = 0, period = 0;
    FILE *f = open_at(root, folder, "/cpu.max");
    bool known = f && fscanf(f, "%" SCNu64 " %" SCNu64, &quota, &period) == 2;
    if (f) fclose(f);
    if (!known)
        known = read_number(root, folder, "/cpu.cfs_quota_us", &quota) &&
                read_number(root, folder, "/cpu.cfs_period_us", &period);
    if (known && quota && period) l->cpus = fmin(l->cpus, (double)quota / (double)period);
}

/* The cgroup whose folder this is, and all above it, down to the first `top` characters. */
static void take_path(struct limits *l, const char *root, char *folder, size_t top)
{
    for (;;) {
        take_memory(l, root, folder);
        take_cpus(l, root, folder);
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= top || (size_t)(slash - folder) < top) return;
        *slash = '\0';
    }
}

/* ---- where cgroups are mounted ---- */

/* In place: mountinfo writes a blank as \040. */
static void decode(char *text)
{
    char *out = text;
    for (char *in = text; *in; out++) {
        unsigned byte = 0;
        if (in[0] == '\\' && sscanf(in + 1, "%3o", &byte) == 1 && byte < 256 && in[1] && in[2] &&
            in[3]) {
            *out = (char)byte;
            in += 4;
        } else {
            *out = *in++;
        }
    }
    *out = '\0';
}

/* Whether a list "a,b,c" has the word. */
static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; at && *at; at = strchr(at, ',')) {
        if (*at == ',') at++;
        if (!strncmp(at, word, length) && (at[length] == ',' || !at[length] || at[length] == '\n'))
            return true;
    }
    return false;
}

/* A line of mountinfo, cut up in place. */
struct mount {
    char *root, *point, *type, *options;
};

static bool mount_of(char *line, struct mount *out)
{
    char *save = NULL, *word = strtok_r(line, " \n", &save), *words[3] = {NULL};
    *out = (struct mount){NULL};
    for (int i = 0; word && strcmp(word, "-") != 0; i++) {
        if (i == 3) out->root = word;
        if (i == 4) out->point = word;
        word = strtok_r(NULL, " \n", &save);
    }
    for (int i = 0; i < 3 && word; i++) words[i] = word = strtok_r(NULL, " \n", &save);
    if (!out->root || !out->point || !words[0]) return false;
    out->type = words[0];
    out->options = words[2] ? words[2] : words[0] + strlen(words[0]);
    decode(out->root);
    decode(out->point);
    return true;
}

/* What of a cgroup's path lies below the root of a mount; NULL: another part is mounted. */
static const char *below(const char *path, const char *mounted)
{
    size_t length = strcmp(mounted, "/") ? strlen(mounted) : 0;
    if (strncmp(path, mounted, length) != 0 || (path[length] && path[length] != '/')) return NULL;
    return strcmp(path + length, "/") ? path + length : "";
}

/* The limits of a cgroup, of the hierarchy of `controller` (NULL: version 2's), wherever that is
 * mounted. A container may see only a mount of whose root the path tells nothing: its own. */
static void take_cgroup(struct limits *l, const char *root, const char *controller,
                        const char *path)
{
    char *line = NULL, folder[PATH_BYTES], other[PATH_BYTES] = "";
    size_t room = 0;
    bool found = false;
    struct mount m;
    FILE *f = open_at(root, "/proc/self/mountinfo", "");
    while (f && getline(&line, &room, f) >= 0) {
        if (!mount_of(line, &m) || strcmp(m.type, controller ? "cgroup" : "cgroup2") != 0) continue;
        if (controller && !lists(m.options, controller)) continue;
        const char *rest = below(path, m.root);
        int bytes = snprintf(folder, sizeof(folder), "%s%s", m.point, rest ? rest : "");
        if (bytes < 0 || (size_t)bytes >= sizeof(folder)) continue;
        if (rest)
            take_path(l, root, folder, strlen(m.point));
        else
            memcpy(other, folder, (size_t)bytes + 1);
        found = found || rest;
    }
    if (!found && *other) take_path(l, root, other, strlen(other));
    free(line);
    if (f) fclose(f);
}

/* ---- all limits ---- */

static void take_process(struct limits *l, const char *root)
{
    struct rlimit address;
    uint64_t pages = 0;
    if (getrlimit(RLIMIT_AS, &address) || address.rlim_cur == RLIM_INFINITY) return;
    read_number(root, "/proc/self/statm", "", &pages);
    uint64_t used = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    l->process_bytes = address.rlim_cur;
    l->process_left_bytes = l->process_bytes > used ? l->process_bytes - used : 0;
}

void limits_read(struct limits *out, const char *root)
{
    uint64_t total = read_field(root, "/proc/meminfo", "", "MemTotal:");
    uint64_t available = read_field(root, "/proc/meminfo", "", "MemAvailable:");
    struct limits l = {total ? total * 1024 : UINT64_MAX, available ? available * 1024 : UINT64_MAX,
                       UINT64_MAX, UINT64_MAX, INFINITY};
    char *line = NULL;
    size_t room = 0;
    FILE *f = open_at(root, "/proc/self/cgroup", "");
    while (f && getline(&line, &room, f) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':'), *path = NULL;
        if (controllers) path = strchr(++controllers, ':');
        if (!path) continue;
        *path++ = '\0';
        if (!*controllers) take_cgroup(&l, root, NULL, path);
        if (lists(controllers, "memory")) take_cgroup(&l, root, "memory", path);
        if (lists(controllers, "cpu")) take_cgroup(&l, root, "cpu", path);
    }
    free(line);
    if (f) fclose(f);
    take_process(&l, root);
    *out = l;
}

/* ---- sets of CPUs ---- */

int limits_affinity(pid_t pid, size_t bytes, void *set)
{
    return sched_getaffinity(pid, bytes, set);
}

void limits_cpu_set(int (*get)(pid_t pid, size_t bytes, void *set),
                    unsigned char set[LIMITS_CPU_BYTES])
{
    unsigned long words[LIMITS_CPU_BYTES / sizeof(unsigned long)] = {0};
    bool known = get(0, sizeof(words), words) == 0;
    memcpy(set, words, LIMITS_CPU_BYTES);
    if (known && limits_cpu_count(set)) return;
    memset(words, 0, sizeof(words));
    words[0] = 1;
    memcpy(set, words, LIMITS_CPU_BYTES);
}

int limits_cpu_count(const unsigned char set[LIMITS_CPU_BYTES])
{
    int count = 0;
    for (size_t i = 0; i < LIMITS_CPU_BYTES; i++) count += __builtin_popcount(set[i]);
    return count;
}
