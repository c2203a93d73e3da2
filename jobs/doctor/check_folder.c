#include "jobs/doctor/checks.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define MIB (1024.0 * 1024.0)
#define LITTLE_ROOM_MIB 1024.0
#define FEW_FILES 10000
#define WRITES 9 /* of which the median is told */
#define SLOW_WRITE_S 0.2
#define MUCH_SKEW_S 2.0

/* By the numbers of statfs(2). */
static const struct {
    unsigned long magic;
    const char *name;
    bool memory; /* what is in it is gone when the node is */
} systems[] = {
    {0xEF53, "ext4", false},       {0x58465342, "XFS", false},     {0x9123683E, "Btrfs", false},
    {0x2FC12FC1, "ZFS", false},    {0x794C7630, "overlay", false}, {0x6969, "NFS", false},
    {0x0BD00BD0, "Lustre", false}, {0x47504653, "GPFS", false},    {0x19830326, "BeeGFS", false},
    {0x00C36400, "Ceph", false},   {0xFF534D42, "CIFS", false},    {0x65735546, "FUSE", false},
    {0x01021994, "tmpfs", true},   {0x858458F6, "ramfs", true},
};

static void check_system(struct findings *f, const char *folder)
{
    struct statfs info;
    const char *name = "not known by name";
    bool memory = false;
    if (statfs(folder, &info)) return;
    for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
        if (systems[i].magic != ((unsigned long)info.f_type & 0xFFFFFFFF)) continue;
        name = systems[i].name;
        memory = systems[i].memory;
    }
    finding_say(f, memory ? FINDING_WARN : FINDING_OK, "file system",
                memory ? "it is memory, and gone when the node is: give --out a folder on a disk"
                       : NULL,
                "%s", name);
}

static void check_room(struct findings *f, const char *folder)
{
    struct statvfs info;
    if (statvfs(folder, &info)) return;
    double mib = (double)info.f_bavail * (double)info.f_frsize / MIB;
    bool few = info.f_files > 0 && info.f_favail < FEW_FILES; /* 0: it does not count them */
    finding_say(f, mib < LITTLE_ROOM_MIB || few ? FINDING_WARN : FINDING_OK, "room",
                mib < LITTLE_ROOM_MIB || few
                    ? "make room: a run stops with a message when it has none, and goes on later"
                    : NULL,
                "%.1f GiB left%s", mib / 1024, few ? ", and hardly any new files" : "");
}

/* Write, fsync, rename, fsync of the folder: as each result of a run is kept. */
static enum status write_often(const char *path, double *out_median_s)
{
    double s[WRITES];
    for (int i = 0; i < WRITES; i++) {
        double began = clock_s();
        enum status st = file_write(path, "doctor\n", 7);
        if (st) return st;
        s[i] = clock_s() - began;
    }
    *out_median_s = statistics_quantile(s, WRITES, 0.5);
    return SIBYL_OK;
}

static bool check_writing(struct findings *f, const char *path)
{
    double median;
    if (write_often(path, &median)) {
        finding_say(f, FINDING_FAIL, "writing", "give --out a folder that takes files", "%s",
                    err_message());
        return false;
    }
    bool slow = median > SLOW_WRITE_S;
    finding_say(f, slow ? FINDING_WARN : FINDING_OK, "writing",
                slow ? "each evaluation waits for one: give --out a folder on a quicker disk"
                     : NULL,
                "a small file is written, synced and renamed in %.1f ms (median of %d)",
                median * 1000, WRITES);
    return true;
}

/* The time that a new file has, against this node's. */
static void check_clock(struct findings *f, const char *path)
{
    struct stat info;
    struct timespec now;
    if (stat(path, &info) || clock_gettime(CLOCK_REALTIME, &now)) return;
    double skew = fabs(difftime(info.st_mtim.tv_sec, now.tv_sec) +
                       (double)(info.st_mtim.tv_nsec - now.tv_nsec) * 1e-9);
    bool much = skew > MUCH_SKEW_S;
    finding_say(
        f, much ? FINDING_WARN : FINDING_OK, "file times",
        much ? "have the clocks of file server and nodes set (NTP): files of different nodes "
               "are told apart by their times"
             : NULL,
        "%.1f s from this node's clock", skew);
}

enum lock_end check_lock(const char *path, int *out_fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    *out_fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*out_fd < 0) return LOCK_IMPOSSIBLE;
    if (fcntl(*out_fd, F_SETLK, &whole) == 0) return LOCK_TAKEN;
    return errno == EACCES || errno == EAGAIN ? LOCK_BUSY : LOCK_IMPOSSIBLE;
}

static void check_locking(struct findings *f, const char *folder)
{
    int fd = -1;
    char *path = file_join(folder, "locked");
    if (!path) return;
    bool can = check_lock(path, &fd) == LOCK_TAKEN;
    finding_say(
        f, can ? FINDING_OK : FINDING_WARN, "locks",
        can ? NULL
            : "have it mounted with locks (Lustre: -o flock), or take care that no two runs "
              "are started in one folder",
        can ? "a file can be locked" : "a file cannot be locked: %s", strerror(errno));
    if (fd >= 0) close(fd);
    unlink(path);
    free(path);
}

void check_folder(struct findings *f, const char *folder)
{
    check_system(f, folder);
    check_room(f, folder);
    char *path = file_join(folder, "written");
    if (path && check_writing(f, path)) {
        check_clock(f, path);
        check_locking(f, folder);
    }
    if (path) unlink(path);
    free(path);
}
