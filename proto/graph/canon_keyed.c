#include "proto/graph/canon_keyed.h"

#include <stdlib.h>

static int by_key(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

void keyed_sort(struct keyed *items, uint32_t count)
{
    if (count > 24) {
        qsort(items, count, sizeof(*items), by_key);
        return;
    }
    for (uint32_t i = 1; i < count; i++) {
        struct keyed item = items[i];
        uint32_t at = i;
        for (; at && items[at - 1].key > item.key; at--) items[at] = items[at - 1];
        items[at] = item;
    }
}
