#include "jobs/doctor/checks.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/process/program.h"
#include "predictor/kernels/kernels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SEEN_WITHIN_S 30.0 /* NFS clients look again after 3 to 60 s; runs wait for no file */
#define LOOK_AGAIN_NS 20000000
#define LATE_S 5.0
#define MUCH_SKEW_S 1.0
#define MPIRUN_TIMEOUT_S 60

/* Whether all ranks have the bytes that the first has. Collective. */
static bool all_the_same(struct team *t, const void *mine, size_t bytes)
{
    struct hash128 own = digest_xxh128(mine, bytes), first = own;
    team_broadcast(t, 0, &first, sizeof(first));
    return team_sum_u64(t, hash128_compare(own, first) != 0) == 0;
}

/* The file that this process runs, and the kernels that its CPU gets. */
static void check_program(struct team *t, struct findings *f)
{
    char *data = NULL;
    size_t bytes = 0;
    bool readable = !file_read("/proc/self/exe", &data, &bytes);
    bool same = all_the_same(t, readable ? data : "", readable ? bytes : 0);
    free(data);
    finding_say(f, same ? FINDING_OK : FINDING_FAIL, "program",
                same ? NULL : "install one build where all nodes see it, and start that",
                same ? "the same file on all ranks" : "ranks run different builds");
    const char *level = kernels_level(0)->level;
    bool alike = all_the_same(t, level, strlen(level));
    finding_say(
        f, alike ? FINDING_OK : FINDING_WARN, "kernels",
        alike ? NULL : "ask for nodes of one kind (Slurm: --constraint), if the last digits matter",
        alike ? "of one kind on all ranks"
              : "CPUs differ: another split of the ranks gives other last digits");
}

static double wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void check_clocks(struct team *t, struct findings *f)
{
    team_barrier(t);
    double own = wall_s(), first = own;
    team_broadcast(t, 0, &first, sizeof(first));
    double skew = team_max(t, fabs(own - first));
    bool much = skew > MUCH_SKEW_S;
    finding_say(f, much ? FINDING_WARN : FINDING_OK, "clocks",
                much ? "have the nodes' clocks set (NTP)" : NULL, "%.2f s apart at most", skew);
}

/* Waits until a file that another rank has written is there with its content; the seconds that
 * took, INFINITY where it does not come. */
static double wait_for(const char *path, const char *content)
{
    double began = clock_s();
    for (;;) {
        char *data = NULL;
        size_t bytes;
        bool seen = path && !file_read_most(path, 64, &data, &bytes) && !strcmp(data, content);
        free(data);
        if (seen) return clock_s() - began;
        if (!path || clock_s() - began > SEEN_WITHIN_S) return INFINITY;
        nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_NS}, NULL);
    }
}

static bool check_shared(struct team *t, struct findings *f, const char *path)
{
    const char *content = "seen by all ranks\n";
    bool written = team_rank(t) || (path && !file_write(path, content, strlen(content)));
    team_barrier(t);
    double s = team_max(t, written ? wait_for(path, content) : INFINITY);
    if (!isfinite(s))
        finding_say(f, FINDING_FAIL, "shared",
                    "give --out a folder that is the same on all nodes (NFS, Lustre), not /tmp",
                    "a file that the first rank writes is not seen by all others");
    else
        finding_say(f, s > LATE_S ? FINDING_WARN : FINDING_OK, "shared",
                    s > LATE_S ? "mount it with shorter attribute caches (NFS: actimeo)" : NULL,
                    "all ranks see what the first writes, after %.2f s at most", s);
    return isfinite(s);
}

/* The first rank has a lock: do the others find it taken? */
static void check_heeded(struct team *t, struct findings *f, const char *path)
{
    int fd = -1;
    enum lock_end end = LOCK_IMPOSSIBLE;
    if (team_rank(t) == 0 && path) end = check_lock(path, &fd);
    uint64_t taken = team_sum_u64(t, team_rank(t) == 0 && end == LOCK_TAKEN);
    if (team_rank(t) && path) end = check_lock(path, &fd);
    uint64_t unheeded = team_sum_u64(t, team_rank(t) && end != LOCK_BUSY);
    if (fd >= 0) close(fd);
    bool well = taken && !unheeded;
    finding_say(
        f, well ? FINDING_OK : FINDING_WARN, "locks",
        well ? NULL
             : "have it mounted with locks across nodes (Lustre: -o flock), or take care that "
               "no two runs are started in one folder",
        well ? "all ranks heed the first one's"
             : "a lock of the first rank does not keep the others away");
}

enum status check_ranks(struct team *t, struct findings *f, const char *folder)
{
    int here, cpus;
    team_node(t, &here, &cpus);
    double most = team_max(t, here), crowded = team_max(t, (double)here / cpus);
    bool many = crowded > 1;
    finding_say(f, many ? FINDING_WARN : FINDING_OK, "ranks",
                many ? "start at most as many a node as it has CPUs" : NULL,
                "%d, at most %.0f of them on a node%s", team_size(t), most,
                many ? ", more than it gives them CPUs" : "");
    check_program(t, f);
    check_clocks(t, f);
    char *seen = file_join(folder, "shared"), *locked = file_join(folder, "locked");
    if (check_shared(t, f, seen)) check_heeded(t, f, locked);
    team_barrier(t);
    if (team_rank(t) == 0 && seen) unlink(seen);
    if (team_rank(t) == 0 && locked) unlink(locked);
    free(seen);
    free(locked);
    return team_agree(t, SIBYL_OK);
}

/* ---- started by mpirun ---- */

/* The last line that is not empty. */
static const char *last_line(char *said)
{
    size_t end = strlen(said);
    while (end && (said[end - 1] == '\n' || said[end - 1] == '-' || said[end - 1] == ' ')) end--;
    said[end] = 0;
    const char *at = strrchr(said, '\n');
    return at ? at + 1 : said;
}

void check_mpirun(struct findings *f, const char *folder)
{
    static char ranks_alone[] = DOCTOR_RANKS_ALONE "=1", mpirun[] = "mpirun",
                oversubscribe[] = "--oversubscribe", n[] = "-n", two[] = "2", verb[] = "doctor",
                quiet[] = "--quiet";
    char *self = program_own_path(), *place = strdup(folder);
    char *const words[] = {ranks_alone, mpirun, oversubscribe, n,     two,
                           self,        verb,   place,         quiet, NULL};
    struct program_answer a = {0};
    enum status st =
        self && place ? program_ask(&a, words, MPIRUN_TIMEOUT_S) : err_memory("mpirun");
    free(self);
    free(place);
    if (st)
        finding_say(f, FINDING_WARN, "mpirun", NULL, "%s", err_message());
    else if (!a.found)
        finding_say(f, FINDING_WARN, "mpirun", "install Open MPI's programs (openmpi-bin)",
                    "there is no mpirun in PATH: one rank is what you can have");
    else if (a.well)
        finding_say(f, FINDING_OK, "mpirun", NULL, "starts two ranks and ends them in %.1f s",
                    a.seconds);
    else
        finding_say(f, FINDING_FAIL, "mpirun",
                    strstr(a.said, "as root")
                        ? "as another user, or in a container with OMPI_ALLOW_RUN_AS_ROOT=1 and "
                          "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 in the environment"
                        : "look at what it says: mpirun -n 2 sibyl doctor",
                    "does not start two ranks: %.300s", last_line(a.said));
}
