/* Rows of an import without a number for a label: counted, and told of. Local. */
#ifndef PROTO_IMPORT_LABEL_HOLES_H
#define PROTO_IMPORT_LABEL_HOLES_H

#include "base/log.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct label_hole {
    size_t count, first_line;
    char text[48]; /* what stands there in the first line, cut short */
};

/* A row, in this line, has `text` in place of a number. */
void label_hole_add(struct label_hole *h, size_t line, const char *text);

/* A warning for each label that some of the rows lack. `log` may be NULL. */
void label_holes_tell(const struct label_hole *holes, const char *const *labels, uint32_t count,
                      const char *path, size_t rows, const struct log *log);

#endif
