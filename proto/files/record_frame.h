/* One record's frame, as bytes: what the writer, the reader and the appender of record files share.
 * See records.h for the layout. Local. */
#ifndef PROTO_FILES_RECORD_FRAME_H
#define PROTO_FILES_RECORD_FRAME_H

#include "proto/files/records.h"

#define RECORD_FILE_HEAD_BYTES 16
#define RECORD_FRAME_BYTES 24

struct record_frame {
    unsigned char head[RECORD_FRAME_BYTES];
    const unsigned char *payload; /* what goes to the file: the caller's bytes, or `owned` */
    size_t bytes;
    unsigned char *owned; /* NULL, or the compressed payload: free() it */
};

/* Compresses if that helps. `path` is for messages. */
enum status record_frame_make(struct record_frame *out, const char *path, uint32_t type,
                              const void *payload, size_t bytes);

/* The record at r->offset, checked; moves r on. SIBYL_E_FORMAT says that it is broken or cut short.
 */
enum status record_frame_read(struct record_reader *r, struct record *out);

/* What the head of the record at r->offset says, and where the next one begins; no more is read. */
enum status record_frame_measure(struct record_reader *r, struct record_mark *out,
                                 uint64_t *out_next);

/* Does a whole record with the right checksum begin at `data`? */
bool record_frame_is_whole(const unsigned char *data, size_t bytes);

/* How many bytes the record that begins at `data` has, head and all, as its head tells; they may be
 * more than the `bytes` that are there. False: record_frame_make() makes no such head. */
bool record_frame_size(const unsigned char *data, size_t bytes, uint64_t *out);

void record_frame_file_head(unsigned char out[RECORD_FILE_HEAD_BYTES], enum record_file_kind kind);

/* Do these first bytes name a record file, of whatever version? */
bool record_frame_is_file(const unsigned char *head, size_t bytes);

/* Kind of the file whose first bytes these are. */
enum status record_frame_file_kind(const unsigned char *head, size_t bytes, const char *path,
                                   enum record_file_kind *out);

/* The same, but it must be `kind`. */
enum status record_frame_check_kind(const unsigned char *head, size_t bytes, const char *path,
                                    enum record_file_kind kind);

uint64_t record_frame_u64(const unsigned char *p);
void record_frame_put_u64(unsigned char *p, uint64_t value);

#endif
