/* What a file is that turns up where text or a file of sibyl is wanted, by its first bytes. One
 * table. Local. */
#ifndef BASE_CONTENT_H
#define BASE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#define CONTENT_HEAD_BYTES 512 /* as many of a file's first bytes as are looked at */

struct content {
    const char *what;   /* "a Git LFS pointer, not the file itself" */
    const char *advice; /* what to do; a whole clause */
};

/* False: the bytes are of nothing that is known, such as plain text. */
bool content_recognise(const void *head, size_t bytes, struct content *out);

/* The columns of this first line are separated by semicolons or tabs, not by commas. */
bool content_other_separator(const char *header, struct content *out);

#endif
