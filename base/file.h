/* Whole files in, and files written so that a reader sees the old content or the new, never a part.
 *
 * Calling sequence of a write: file_write_begin -> fwrite/fprintf on ->stream ... ->
 * file_write_commit (flush, fsync, rename, fsync of the folder), or file_write_abandon, which
 * leaves the old file as it was. A symbolic link in the file's place is replaced, not followed; a
 * folder, a device or a pipe there is an error. A run that is killed in between leaves the new file
 * under its temporary name (file_is_temporary). No file is inherited by programs that are started
 * later. Local. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct file_writer {
    FILE *stream;
    char *path, *temporary_path; /* owned */
    char *kept_path;             /* owned; NULL: the old file is not kept */
};

/* Read a whole file. *out_data is the caller's to free(), and has a zero byte behind its
 * `*out_bytes`. */
enum status file_read(const char *path, char **out_data, size_t *out_bytes);

/* The same of at most `most` bytes: SIBYL_E_RANGE, and no more is read, where there are more. */
enum status file_read_most(const char *path, size_t most, char **out_data, size_t *out_bytes);

/* Open a regular file (nothing else: a pipe never blocks here) for file_read_at(). *out_fd is the
 * caller's to close(); *out_size its size in bytes. */
enum status file_open_read(const char *path, int *out_fd, uint64_t *out_size);
/* Exactly `bytes` from `offset` on; SIBYL_E_IO where the file ends before. */
enum status file_read_at(int fd, const char *path, void *out, size_t bytes, uint64_t offset);

/* Whether two paths lead to one file that is there: another spelling, a symbolic or a hard link. */
bool file_is_same(const char *a, const char *b);

enum status file_write_begin(struct file_writer *w, const char *path);
/* After begin: a commit renames the old file to `kept_path` and does not lose it. Of the two names
 * at least one is a whole file at any time. */
enum status file_write_keep(struct file_writer *w, const char *kept_path);
enum status file_write_commit(struct file_writer *w); /* on failure the old file is intact */
void file_write_abandon(struct file_writer *w); /* fine after commit, and on a zeroed struct */

/* The three steps in one. */
enum status file_write(const char *path, const void *data, size_t bytes);

/* PATH.<16 hex digits of chance>.sibyl-tmp, until the commit. */
#define FILE_TEMPORARY_END ".sibyl-tmp"
/* Is this the name of a file that was written and neither committed nor abandoned? */
bool file_is_temporary(const char *name);

/* Open a file to write at its end; it is made where it is missing. A symbolic link is an error.
 * *out is the caller's to fclose(). */
enum status file_open_append(const char *path, FILE **out);

/* Make a folder and its parents; fine if it exists. */
enum status file_make_folder(const char *path);

/* fsync the folder that holds `path`, so that a rename or a new file survives a power cut. */
enum status file_sync_folder_of(const char *path);

/* `path` as seen from the folder of `base_file`: absolute paths stay. The result is the caller's to
 * free(); NULL if there is no memory. */
char *file_relative_to(const char *base_file, const char *path);

/* "folder/name", the caller's to free(); NULL if there is no memory. */
char *file_join(const char *folder, const char *name);

#endif
