/* A dataset: networks with labels, from a .sibyl file or an importer. Read whole into memory.
 * Local. */
#ifndef PROTO_DATASET_H
#define PROTO_DATASET_H

#include "proto/graph.h"

#include <stddef.h>

#define DATASET_LABELS_MAX 1024

struct dataset_row {
    struct graph graph;   /* as read: zero and identity operations kept */
    const char *text;     /* the space's notation, "" if none */
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
};

/* Reads and checks a file; out is released by dataset_release(). */
enum status dataset_read(struct dataset *out, const char *path);

/* Writes it, atomically. */
enum status dataset_write(const struct dataset *d, const char *path);

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

#endif
