/* Search spaces that a YAML file describes (docs/spaces.md). Local. */
#ifndef SEARCH_SPACES_SPACE_FILE_H
#define SEARCH_SPACES_SPACE_FILE_H

#include "search/spaces/space.h"

#include <stdio.h>

/* Fills in all of `s`; memory belongs to `arena`. `path` names the file in messages, and the space
 * where the text gives no name. SIBYL_E_USAGE: "path:line: what". */
enum status space_file_init(struct space *s, struct arena *arena, const char *path,
                            const char *text, size_t bytes);

/* What `sibyl inspect` tells of the space beside its counts: a line for each part, and the
 * attributes. */
void space_file_describe(const struct space *s, FILE *out);

#endif
