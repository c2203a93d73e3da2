/* The files of bases (predictor/training/network_base.h): FOLDER/base-DIGEST.sibyl, a predictor
 * file that names the digest of all that it was made of. Many jobs may read and write one folder at
 * a time. What cannot be read or written costs no more than the work of making the base again.
 * Local.
 */
#ifndef PREDICTOR_TRAINING_BASE_FILES_H
#define PREDICTOR_TRAINING_BASE_FILES_H

#include "base/log.h"
#include "predictor/scoring/predictor.h"

#include <stdbool.h>

/* So many bases are kept in a folder that many jobs share; the oldest go first. */
#define BASE_FILES_KEPT 100

/* Reads the base of this digest into *out, which is the caller's to release. False where there is
 * none: no file, or one that is damaged, is none or is another one, which is said by a warning. */
bool base_files_read(struct predictor *out, const char *folder, const char *digest,
                     const struct log *log);

/* Writes a base, whose digest it has, under its name; the folder is made where it is missing. */
enum status base_files_write(const struct predictor *base, const char *folder);

/* Removes all but the BASE_FILES_KEPT newest bases, and what killed writers have left for a day.
 * Other files stay. */
void base_files_prune(const char *folder);

/* One maker of a base at a time, among the processes that share a folder. */
struct base_lock {
    int fd; /* -1: nothing is held */
};
/* Tries to become the maker. False: another process is, and it is worth while to ask again soon.
 * True also where the folder cannot be locked: better made twice than not at all. The lock goes
 * with the process, however that ends. No other lock of the same folder may be held. */
bool base_lock_try(struct base_lock *out, const char *folder, const char *digest);
void base_lock_release(struct base_lock *l); /* fine where nothing is held */

#endif
