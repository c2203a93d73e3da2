/* A run's state in a record file of kind RECORDS_CHECKPOINT. The last two are kept, the last in
 * `path` and the one before beside it; one of them is whole on the disk at any time. Local. */
#ifndef PROTO_FILES_CHECKPOINT_FILE_H
#define PROTO_FILES_CHECKPOINT_FILE_H

#include "base/identity.h"
#include "base/log.h"
#include "proto/files/records.h"

/* Begins a new one; record_writer_close() makes it the last. */
enum status checkpoint_file_begin(struct record_writer *w, const char *path);

/* Has `read` read the last one. Where that is damaged (SIBYL_E_FORMAT, SIBYL_E_IO) it reads the one
 * before, and says so in the log; also where the last is missing (killed between two renames).
 * None is not an error: *out_found says. */
enum status checkpoint_file_read(const char *path, const struct log *log,
                                 enum status (*read)(void *context, const char *path),
                                 void *context, bool *out_found);

/* Whether a checkpoint is this run's. `text`: the identity that it holds. SIBYL_E_USAGE, with what
 * to do: it is another job's, or was begun with another file. */
enum status checkpoint_file_is_of(const char *path, const struct identity *own, const char *text);

/* The run is over: both files go. A missing one is fine. */
void checkpoint_file_remove(const char *path);

#endif
