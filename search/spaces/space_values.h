/* Small values of a space file: texts, numbers, lists. Local; faults name file and line. */
#ifndef SEARCH_SPACES_SPACE_VALUES_H
#define SEARCH_SPACES_SPACE_VALUES_H

#include "base/arena.h"
#include "base/yaml/tree.h"

#include <stdint.h>

/* A list of words or of numbers, or one value. */
struct space_values {
    uint32_t count;
    const char **words;   /* (count) as they are written */
    const float *numbers; /* (count); NULL: at least one is no number */
    bool list;            /* it stood in brackets */
    bool mixed;           /* some are numbers, others not */
};

/* Each of `keys` (ended by NULL) may stand in the mapping `n`, and no other. `path` names it. */
enum status space_keys_check(const struct tree *t, const struct tree_node *n, const char *path,
                             const char *const *keys);
/* A text that is not empty and has at most `most` bytes, all of them printable. */
enum status space_text_read(const struct tree *t, const struct tree_node *n, const char *path,
                            size_t most, const char **out, struct arena *arena);
enum status space_integer_read(const struct tree *t, const struct tree_node *n, const char *path,
                               const uint32_t bounds[2], uint32_t *out);
/* Refuses an empty list, null, lists and mappings as values, and a value that is there twice
 * (unless `repeats`). */
enum status space_values_read(const struct tree *t, const struct tree_node *n, const char *path,
                              bool repeats, struct space_values *out, struct arena *arena);

#endif
