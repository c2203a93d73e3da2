/* Whole files in, and files written so that a reader sees the old content or the new, never a part.
 *
 * Calling sequence of a write: file_write_begin -> fwrite/fprintf on ->stream ... ->
 * file_write_commit (flush, fsync, rename, fsync of the folder), or file_write_abandon, which
 * leaves the old file as it was. Local. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/status.h"

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

enum status file_write_begin(struct file_writer *w, const char *path);
/* After begin: a commit renames the old file to `kept_path` and does not lose it. Of the two names
 * at least one is a whole file at any time. */
enum status file_write_keep(struct file_writer *w, const char *kept_path);
enum status file_write_commit(struct file_writer *w); /* on failure the old file is intact */
void file_write_abandon(struct file_writer *w); /* fine after commit, and on a zeroed struct */

/* The three steps in one. */
enum status file_write(const char *path, const void *data, size_t bytes);

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
