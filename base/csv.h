/* CSV files with a header line, plain or compressed, from a file or a pipe (base/input.h). Quoted
 * fields ("" is a quote) may span lines; blanks (spaces, tabs) around fields and around quotes are
 * left out. Lines end with LF, CRLF or CR. Every line must have as many fields as the header.
 * Errors name file and line. Local. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/input.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CSV_COLUMNS_MAX 4096

struct csv {
    struct input *input;
    char *path;         /* owned */
    size_t line_number; /* of the present row, whose first line it is */
    size_t columns;
    char **names;  /* (columns) owned, distinct unless empty */
    char **fields; /* (columns) of the present row, until the next call */
    char *joined;  /* owned; a row of several lines */
};

enum status csv_open(struct csv *c, const char *path);
/* The next row, without empty lines before it; *out_more is false at the end of the file. */
enum status csv_next(struct csv *c, bool *out_more);
/* Back to the row behind the header. */
enum status csv_rewind(struct csv *c);
void csv_close(struct csv *c); /* fine on a zeroed struct */

/* Index of a column, or -1. */
int csv_find(const struct csv *c, const char *name);

/* Names of all columns, for messages. */
void csv_list(const struct csv *c, char *out, size_t bytes);

/* Writes one field, in quotes where it needs them (RFC 4180). */
void csv_print(FILE *f, const char *text);

/* A finite decimal number and nothing else but blanks around it. */
bool csv_number(const char *text, double *out);

#endif
