/* Record files: the one framing under every binary file that Sibyl writes.
 *
 *   file   = magic "SIBYL01\n" (8), kind (u32), 0 (u32), record...
 *   record = type (u32), stored bytes (u32), raw bytes (u32), 0 (u32), XXH3-64 of the four words
 * and the payload (u64), payload
 *
 * Little-endian. `stored` < `raw` means the payload is zstd-compressed. Types are the caller's;
 * RECORD_END (0) ends a complete file and carries the count of records before it as u64. A payload
 * is at most RECORD_BYTES_MAX raw; a compressed one of more than RECORD_EXPAND_BYTES raw is at most
 * RECORD_EXPAND_MAX times as large as stored (else it is stored as it is), so that a small file
 * cannot ask for much memory. Every read is bounds-checked; errors name the file and the
 * record's number and offset. Local. */
#ifndef PROTO_FILES_RECORDS_H
#define PROTO_FILES_RECORDS_H

#include "base/file.h"

#include <stdbool.h>
#include <stdint.h>

#define RECORD_BYTES_MAX (1u << 30)
#define RECORD_EXPAND_BYTES (1u << 16)
#define RECORD_EXPAND_MAX 100

enum record_file_kind {
    RECORDS_DATASET = 1,
    RECORDS_PREDICTOR = 2,
    RECORDS_JOURNAL = 3,
    RECORDS_CHECKPOINT = 4
};
enum record_type {
    RECORD_END = 0,
    RECORD_HEADER = 1,
    RECORD_BLOCK = 2,
    RECORD_TENSOR = 3,
    RECORD_STATE = 4,
    RECORD_PROPOSAL = 5,
    RECORD_MEASUREMENT = 6,
    RECORD_JOURNAL_END = 7,
    RECORD_GAUSSIAN_PROCESS = 8,
    RECORD_IDENTITY = 9,
    RECORD_ASKED = 10
};

/* -- writing a whole file, atomically -- */
struct record_writer {
    struct file_writer file;
    uint64_t records;
};
enum status record_writer_open(struct record_writer *w, const char *path,
                               enum record_file_kind kind);
enum status record_writer_put(struct record_writer *w, uint32_t type, const void *payload,
                              size_t bytes);
enum status record_writer_close(struct record_writer *w); /* writes RECORD_END, commits */
void record_writer_abandon(struct record_writer *w); /* fine after close and on a zeroed struct */

/* -- reading -- */
struct record_reader {
    int fd;
    char *path; /* owned; NULL when closed */
    enum record_file_kind kind;
    uint64_t size;           /* of the file, when it was opened */
    uint64_t record, offset; /* of the next record */
    unsigned char *payload;  /* owned; of the last record read */
    size_t capacity;
    unsigned char *stored; /* owned; its compressed bytes */
    size_t stored_capacity;
};
struct record {
    uint32_t type;
    size_t bytes;
    const unsigned char *payload; /* valid until the next read */
    uint64_t checksum;            /* of the frame, as its head tells */
};
/* Fails if the file is missing, is no record file, or is of another kind (the message says which it
 * is). */
enum status record_reader_open(struct record_reader *r, const char *path,
                               enum record_file_kind kind);
/* The next record; type RECORD_END at the end of a complete file. A file cut short, or a wrong
 * checksum, fails. A journal has no end record: RECORD_END is what follows its last whole record.
 */
enum status record_reader_next(struct record_reader *r, struct record *out);
struct record_mark {
    uint32_t type;
    uint64_t checksum; /* of its payload, as its head tells */
};
/* Goes past the next record without reading its payload, whose checksum is not looked at. At the
 * end, the type is RECORD_END, which is checked as record_reader_next() does. */
enum status record_reader_skip(struct record_reader *r, struct record_mark *out);
/* The next record is number `record`, at `offset`: where a reader of the same file was. */
void record_reader_seek(struct record_reader *r, uint64_t record, uint64_t offset);
void record_reader_close(struct record_reader *r); /* fine on a zeroed struct */
/* Which kind a file is, for `inspect`. */
enum status record_file_kind_of(const char *path, enum record_file_kind *out);
/* Whether a file begins as record files do; not whether it is sound. */
enum status record_file_is(const char *path, bool *out);

/* -- appending (a journal): every record is on the disk (fsync) before the call returns -- */
/* A place between two records of a file, and the head of the record before it, by which it is known
 * again. */
struct record_place {
    uint64_t record, offset; /* of the record behind it */
    uint64_t before;         /* offset of the record before it; 0: there is none */
    uint64_t largest;        /* bytes of the largest record so far, the first not counted */
    unsigned char head[24];  /* of the record before it */
};
struct record_appender {
    int fd;
    char *path;                /* owned */
    uint64_t offset;           /* where the next record goes */
    uint64_t cut_bytes;        /* of an unfinished record that opening cut off */
    struct record_place place; /* the end */
    /* Where a power cut may take the last records, as of values that cost nothing: records are on
     * the disk after so many seconds, and when the file is closed. 0: each at once. */
    double sync_s;
    double synced_s; /* on the clock */
    bool dirty;
};
/* Opens or creates. `replay` is called for each whole record. One unfinished record behind them, as
 * a kill leaves it, is cut off (cut_bytes says how much of it there was). Any other end is damage
 * (record_tail.h) and an error, and the file stays as it is. Fails if another process has it open
 * for appending. */
enum status record_appender_open(struct record_appender *a, const char *path,
                                 enum record_file_kind kind,
                                 enum status (*replay)(void *context, const struct record *r),
                                 void *context);
/* The same from `from` on, which must fit: what stands before it is neither read nor checked. NULL:
 * from the beginning. */
enum status record_appender_open_at(struct record_appender *a, const char *path,
                                    enum record_file_kind kind, const struct record_place *from,
                                    enum status (*replay)(void *context, const struct record *r),
                                    void *context);
/* Is the place one of this file? False also where the file cannot be read. */
bool record_place_fits(const struct record_place *place, const char *path,
                       enum record_file_kind kind);
enum status record_appender_put(struct record_appender *a, uint32_t type, const void *payload,
                                size_t bytes);
void record_appender_close(struct record_appender *a); /* fine on a struct with path NULL */

#endif
