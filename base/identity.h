/* What a run was begun with: its job, and the content of the files that it reads. A checkpoint, a
 * journal or a row keeps it as text, and is not gone on from by a run of another. Local. */
#ifndef BASE_IDENTITY_H
#define BASE_IDENTITY_H

#include "base/digest.h"

#include <stdbool.h>

#define IDENTITY_FILES_MAX 4
#define IDENTITY_TEXT_BYTES 512

struct identity_file {
    const char *what, *path;        /* such as "table"; both borrowed */
    char digest[SHA256_TEXT_BYTES]; /* of its content */
};
struct identity_files { /* all zero: none */
    size_t count;
    struct identity_file list[IDENTITY_FILES_MAX];
};
struct identity {
    const char *job_digest;             /* borrowed; without spaces */
    const struct identity_files *files; /* borrowed; NULL: none */
};

void identity_files_add(struct identity_files *files, const char *what, const char *path,
                        const char *digest);

/* The digests of the job and of each file, with spaces between them. */
void identity_text(const struct identity *own, char out[IDENTITY_TEXT_BYTES]);

/* Is this that text? */
bool identity_is(const struct identity *own, const char *text);

/* `text`, which differs from that of `own`: is it of the same job with another file? The first such
 * file, or NULL where the job is another. */
const struct identity_file *identity_changed_file(const struct identity *own, const char *text);

#endif
