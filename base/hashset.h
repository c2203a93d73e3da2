/* Networks by hash: a map from a canonical hash to a small number. Open addressing. Local. */
#ifndef BASE_HASHSET_H
#define BASE_HASHSET_H

#include "base/digest.h"
#include "base/status.h"

#include <stdbool.h>

#define HASHSET_NONE UINT32_MAX

struct hashset { /* all zero is an empty one */
    struct hash128 *keys;
    uint32_t *values; /* HASHSET_NONE: a free place */
    size_t capacity, count;
};

/* Adds `key` with `value` (not HASHSET_NONE) unless it is there; *out_added (may be NULL) says
 * which. */
enum status hashset_add(struct hashset *s, struct hash128 key, uint32_t value, bool *out_added);
/* The value of `key`, or HASHSET_NONE. */
uint32_t hashset_find(const struct hashset *s, struct hash128 key);
void hashset_release(struct hashset *s);

#endif
