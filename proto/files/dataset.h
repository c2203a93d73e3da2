/* A dataset: networks with labels, from a .sibyl file or an importer. Read whole into memory.
 * Local. */
#ifndef PROTO_FILES_DATASET_H
#define PROTO_FILES_DATASET_H

#include "base/digest.h"
#include "proto/files/records.h"
#include "proto/graph/graph.h"

#include <stddef.h>

#define DATASET_LABELS_MAX 1024

struct dataset_row {
    struct graph graph;   /* as read: zero and identity operations kept */
    const char *text;     /* the space's notation, "" if none */
    const char *id;       /* its name in the table that it came from, "" if none */
    const double *labels; /* (label_count), NaN where unknown */
};

struct dataset {
    struct arena arena; /* owns all below */
    char *space;        /* "" if unknown */
    struct vocabulary vocabulary;
    uint32_t label_count;
    char **label_names;
    uint32_t attributes; /* of each node of each network */
    size_t count, capacity;
    struct dataset_row *rows;
    struct hash128 content; /* of the file it was read from: of header and blocks; else zero */
};

/* Reads and checks a file; out is released by dataset_release(). */
enum status dataset_read(struct dataset *out, const char *path);

/* ---- reading a large file block by block, in any order ---- */
struct dataset_reader {
    struct record_reader records;
    struct dataset head; /* names and vocabulary, without rows */
    uint64_t count;      /* rows, as the header tells */
    uint64_t *blocks;    /* (block_count) offsets of the records of rows, owned */
    size_t block_count;
    struct hash128 content; /* of the header and, when indexed, of the blocks: as in a dataset */
};

/* Reads the header. */
enum status dataset_reader_open(struct dataset_reader *r, const char *path);
void dataset_reader_close(struct dataset_reader *r); /* fine on a zeroed struct */
/* Fills in r->blocks and completes r->content: reads the whole file's record heads, and finds a
 * file that is cut short. */
enum status dataset_reader_index(struct dataset_reader *r);
/* Empties `rows`, which are to be of this file: zeroed, or used for this before. They borrow the
 * names and the vocabulary of the reader. */
void dataset_reader_clear(const struct dataset_reader *r, struct dataset *rows);
/* Adds the rows of one block. */
enum status dataset_reader_block(struct dataset_reader *r, size_t block, struct dataset *rows);

/* Writes it, atomically. */
enum status dataset_write(const struct dataset *d, const char *path);

/* ---- writing a large file part by part, atomically ---- */
struct dataset_writer {
    struct record_writer records;
    struct arena scratch;
};
/* Names and vocabulary are those of `head`; `count` rows are to come. */
enum status dataset_writer_open(struct dataset_writer *w, const char *path,
                                const struct dataset *head, uint64_t count);
/* The rows of a dataset of the same names. */
enum status dataset_writer_add(struct dataset_writer *w, const struct dataset *rows);
enum status dataset_writer_close(struct dataset_writer *w);
void dataset_writer_abandon(struct dataset_writer *w); /* fine after close, or a failure */

/* What a row is called: its text, else its id, "" if it has neither. */
const char *dataset_row_name(const struct dataset_row *row);

/* Index of a label; fails with a message that lists the labels there are. */
enum status dataset_find_label(const struct dataset *d, const char *name, uint32_t *out);

void dataset_release(struct dataset *d); /* fine on a zeroed struct */

/* ---- making one, row by row ---- */
enum status dataset_begin(struct dataset *d, const char *space, const char *const *operations,
                          uint32_t operation_count, const char *const *labels,
                          uint32_t label_count);
/* Copies all it is given. All graphs must have as many attributes as the first. */
enum status dataset_add(struct dataset *d, const struct graph *g, const char *text,
                        const double *labels);
/* Gives the row that was added last an id, which is copied, and must be UTF-8. */
enum status dataset_set_id(struct dataset *d, const char *id);

#endif
