/* What train, score and search have in common: the job file read once, the result folder, the log,
 * result.json. */
#ifndef JOBS_RUN_RUN_H
#define JOBS_RUN_RUN_H

#include "base/folder_lock.h"
#include "base/identity.h"
#include "base/log.h"
#include "comm/team.h"
#include "jobs/config/config.h"
#include "jobs/run/command_line.h"
#include "jobs/run/result.h"
#include "search/spaces/space.h"

struct run {
    struct team *team;
    const struct options *options;
    struct config config;
    struct log log;
    struct result result;
    char *job_file, *folder;
    char *text; /* of the job file */
    size_t text_bytes;
    bool root;   /* this is rank 0 */
    int ranks;   /* of the job, also with --dry-run, which one of them does alone */
    int threads; /* of this rank */
    /* of rank 0 */
    struct folder_lock *lock;
    struct json_t *earlier; /* the folder's result.json as it was; NULL: none */
    bool settled;           /* the time of this run is in result.json, or need not be */
};

/* Collective. Rank 0 reads the job file and all ranks parse the same text; then (not with
 * --dry-run) DIR is made and locked, and refused where another run is in it, or another job's
 * results. All ranks return the same. */
enum status run_open(struct run *r, struct team *t, const struct options *o, enum config_verb verb);
/* A run within another one: of an experiment, say. All but `config` is borrowed until run_close().
 */
struct run_part {
    const struct run *outer;
    struct team *team; /* of the ranks that work on it: part of the outer run's */
    const struct log *log;
    const struct options *options; /* of the same verb; without --only */
    struct config *config;         /* is taken over, and emptied */
    const char *folder;
};
/* Collective over the part's team. Like run_open(), of a job that was read already. */
enum status run_open_part(struct run *r, const struct run_part *part);
/* Whether this is an ask or a tell: a short visit to the folder of a search, which waits for its
 * turn and whose time does not count. Local. */
bool run_is_visit(const struct run *r);
void run_close(struct run *r); /* fine on a zeroed struct */

/* Local, for the one rank of a --dry-run. Says where the job would write, or refuses DIR as
 * run_open() would; makes and locks nothing. */
enum status run_would_write(struct run *r);

/* Local, for rank 0. Saves the job's values as DIR/config.yaml, and begins to count the run's time:
 * when it is clear that what DIR holds is of this job. `run` is a struct run; it is a callback of
 * those who find that out. */
enum status run_save_config(void *run);

/* Collective. Does DIR hold the finished results of this job, with the files that are there now?
 * `files` names those that the last step of the job has written, NULL behind the last: all must be
 * there. `own` goes into result.json, for later runs. SIBYL_E_USAGE: the job's values are the same,
 * but a file that they name has another content than then; the message names it. */
enum status run_is_finished(struct run *r, const struct identity *own, const char *const *files,
                            bool *out);
/* Local. Sets the message for a file that has another content than the one that DIR's results are
 * of; SIBYL_E_USAGE. */
enum status run_file_changed(const struct run *r, const struct identity_file *changed);
/* Local, for rank 0. Says that DIR's results stand as they are. Nothing was run, and nothing is
 * written. */
void run_tell_finished(struct run *r);

/* Local, for rank 0. Writes result.json as it is now, with this status. */
enum status run_save_result(struct run *r, const char *status);

/* The same with `running`, while the run is at work; with when this session began (`started`, UTC),
 * and with what of wall_s the sessions before it have used (`wall_before_s`). */
enum status run_save_running(struct run *r);

/* Collective. Writes result.json with `done` or, for SIBYL_E_STOPPED, `stopped`; other failures
 * pass through. */
enum status run_finish(struct run *r, enum status st);

/* DIR/name, the caller's to free(); NULL: no memory, message set. Local. */
char *run_path(const struct run *r, const char *name);

#endif
