/* One run at a time in a folder, and how long runs have been there: the file FOLDER/.lock.
 *
 * The lock is the kernel's (fcntl, which works across the nodes of NFS) and goes with the process,
 * however that ends: a killed run never blocks the next one. The file tells who has it, and how
 * many seconds the runs before have used that no result.json counts yet; a run that is killed
 * leaves it behind, and a run that comes to its end takes it away. Several runs may share a folder
 * where each has a part of its own.
 *
 * Calling sequence: folder_lock_take -> folder_lock_count_time (the folder is this run's) ->
 * folder_lock_before_s -> folder_lock_release. Local. No other code of the process may open the
 * file: closing it would give the lock away. */
#ifndef BASE_FOLDER_LOCK_H
#define BASE_FOLDER_LOCK_H

#include "base/log.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct folder_lock;

/* Parts first .. end-1 of whatever the folder's runs share; end 0: all of it. SIBYL_E_IO where
 * another run has one of them: the message says which host and process. A file system without locks
 * is a warning. *out is the caller's to release; NULL (which the others take) for an empty part. */
enum status folder_lock_take(struct folder_lock **out, const char *folder, uint64_t first,
                             uint64_t end, const struct log *log);

/* The same of the whole folder, for short visits: waits up to `wait_s` seconds until it is free. */
enum status folder_lock_wait(struct folder_lock **out, const char *folder, double wait_s,
                             const struct log *log);

/* From now on the time that this run has had the lock is kept in the file, some times a second. */
void folder_lock_count_time(struct folder_lock *l);

/* Seconds that other runs have used, as their part of the file tells, and this one's part before.
 */
double folder_lock_before_s(const struct folder_lock *l);

/* `settled`: the time is told elsewhere now, and the file goes. Else it stays, with the time where
 * it is counted; and where it is not, it is as it was before. */
void folder_lock_release(struct folder_lock *l, bool settled);

#define FOLDER_HOST_BYTES 65

struct folder_holder {
    bool there;                   /* the file is: a run is at work, or one was killed or stopped */
    bool held;                    /* a process has the lock now */
    char host[FOLDER_HOST_BYTES]; /* of the holder, else of the last one; "": not known */
    long pid;
    double used_s; /* what the file counts, of all parts */
};

/* Who is at work in a folder, for those who only look: takes nothing, changes nothing, and needs no
 * right to write. Not for a process that has the lock itself. */
void folder_lock_look(struct folder_holder *out, const char *folder);

#endif
