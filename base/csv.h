/* CSV files with a header line: quoted fields ("" is a quote), CRLF or LF, an UTF-8 byte order
 * mark. Every line must have as many fields as the header; a field cannot span lines. Errors name
 * file and line. Local. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CSV_COLUMNS_MAX 4096

struct csv {
    FILE *stream;
    char *path; /* owned */
    size_t line_number;
    size_t columns;
    char **names;  /* (columns) owned, distinct unless empty */
    char **fields; /* (columns) of the present line, until the next call */
    char *line;    /* owned; the fields point into it */
    size_t line_bytes;
};

enum status csv_open(struct csv *c, const char *path);
/* The next line that is not empty; *out_more is false at the end of the file. */
enum status csv_next(struct csv *c, bool *out_more);
/* Back to the line behind the header. */
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
