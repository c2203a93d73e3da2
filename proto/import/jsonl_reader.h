/* JSON lines read unit by unit, in any order: a unit is the lines that begin in a range of bytes.
 * No line need be read to find another, so any rank can read any unit by itself.
 *
 *   range of unit u:  [u * unit_bytes, (u + 1) * unit_bytes)
 *   a line:           begins at byte 0 or behind a '\n'; its last byte may be in a later range
 *
 * Operations and attributes are those of someone else, say a predictor; the format is that of
 * import_graph_jsonl(). Memory: a unit and the longest line, with what they are turned into.
 * Untrusted input; errors name file, line and byte. Local. */
#ifndef PROTO_IMPORT_JSONL_READER_H
#define PROTO_IMPORT_JSONL_READER_H

#include "proto/files/dataset.h"

#define JSONL_UNIT_BYTES ((size_t)256 << 10)
#define JSONL_LINE_BYTES_MAX ((size_t)64 << 20)
#define JSONL_NUMBERS_MAX 64

struct jsonl_form {
    const struct vocabulary *vocabulary; /* copied */
    uint32_t attributes;                 /* of each node */
    const char
        *label; /* key of a line's number; where there is none, the label is NaN. NULL: none */
    const char *const *numbers; /* keys of further numbers, which become labels behind that one */
    uint32_t number_count;      /* borrowed until the reader is closed; at most JSONL_NUMBERS_MAX */
    const char *advice;         /* what to do where operations or attributes are others; borrowed */
    size_t unit_bytes, line_bytes_max; /* 0: as above */
};

struct jsonl_reader {
    char *path; /* owned; NULL: not open */
    int fd;
    uint64_t size;      /* in bytes, when it was opened */
    int64_t changed_ns; /* when it had last been written to by then */
    struct jsonl_form form;
    struct dataset head; /* the vocabulary, the labels, and no rows */
    struct arena scratch;
    char *text; /* owned; the present unit and the end of its last line */
    size_t capacity;
};

/* Opens a file whose first lines are looked at only as far as to say that it is something else.
 * SIBYL_E_FORMAT where it is empty. */
enum status jsonl_reader_open(struct jsonl_reader *r, const char *path,
                              const struct jsonl_form *form);
void jsonl_reader_close(struct jsonl_reader *r); /* fine on a zeroed struct */

uint64_t jsonl_reader_units(const struct jsonl_reader *r);

/* Empties `rows`, which are to be of this file: zeroed, or used for this before. They borrow the
 * names and the vocabulary of the reader. */
void jsonl_reader_clear(const struct jsonl_reader *r, struct dataset *rows);
/* Adds the rows of one unit, with "" as their text. */
enum status jsonl_reader_unit(struct jsonl_reader *r, uint64_t unit, struct dataset *rows);

/* When all is read: SIBYL_E_IO if the file was written to meanwhile. */
enum status jsonl_reader_unchanged(const struct jsonl_reader *r);

#endif
