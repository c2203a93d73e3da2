#include "jobs/jobs.h"

#include "base/file.h"
#include "comm/launch.h"
#include "jobs/doctor/checks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define OWN_FOLDER "/.sibyl-doctor-XXXXXX"

/* A folder of the doctor's own within that of the user; SIBYL_E_IO where there can be none. */
static enum status make_own(char *own, size_t bytes, const char *folder)
{
    struct stat info;
    int length = snprintf(own, bytes, "%s" OWN_FOLDER, folder);
    if (length < 0 || (size_t)length >= bytes)
        return err_set(SIBYL_E_USAGE, "doctor: the folder's path is too long");
    if (stat(folder, &info) || !S_ISDIR(info.st_mode))
        return err_set(SIBYL_E_IO, "%s: there is no such folder; make it, or name another", folder);
    if (!mkdtemp(own))
        return err_set(SIBYL_E_IO, "%s takes no files: %s; name a folder that does", folder,
                       strerror(errno));
    return SIBYL_OK;
}

static enum status examine(struct team *t, struct findings *f, const char *own)
{
    bool first = team_rank(t) == 0;
    if (getenv(DOCTOR_RANKS_ALONE)) return check_ranks(t, f, own);
    if (first) check_node(f);
    if (first) check_folder(f, own);
    enum status st = SIBYL_OK;
    if (launch_read().launched)
        st = check_ranks(t, f, own);
    else
        check_mpirun(f, own);
    if (first) check_batch(f);
    return st;
}

enum status job_doctor(struct team *t, const struct options *o)
{
    enum status st = options_operands(o, 0, 1, "[FOLDER]");
    if (st || o->dry_run) return st;
    bool first = team_rank(t) == 0;
    char own[PATH_BYTES] = "";
    struct findings f = {.speaks = first, .quiet = o->level == LOG_QUIET};
    if (first) st = make_own(own, sizeof(own), o->operand_count ? o->operands[0] : ".");
    st = team_agree(t, st);
    if (st) return st;
    team_broadcast(t, 0, own, sizeof(own));
    st = examine(t, &f, own);
    if (first) rmdir(own);
    if (!st && first && f.counts[FINDING_FAIL])
        st = err_set(SIBYL_E_IO, "doctor: %u of %u things are not as runs need them",
                     f.counts[FINDING_FAIL],
                     f.counts[FINDING_FAIL] + f.counts[FINDING_WARN] + f.counts[FINDING_OK]);
    return team_agree(t, st);
}
