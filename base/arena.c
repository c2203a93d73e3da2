#include "base/arena.h"

#include "base/memory.h"
#include "base/status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define RED_ZONE 64
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define RED_ZONE 0
#endif

#define ALIGNMENT 64
#define BLOCK_BYTES ((size_t)1 << 16)

struct arena_block {
    struct arena_block *next;
    size_t size, used; /* of data, in bytes */
    unsigned char *data;
};

void arena_init(struct arena *a)
{
    a->first = a->current = NULL;
}

static struct arena_block *block_new(size_t bytes)
{
    struct arena_block *b = malloc(sizeof(*b));
    if (!b) return NULL;
    b->next = NULL;
    b->size = bytes;
    b->used = 0;
    b->data = memory_large(bytes);
    if (!b->data) {
        free(b);
        return NULL;
    }
    POISON(b->data, bytes);
    return b;
}

/* The first block from the current one on with room for `bytes`; a new one behind the last if there
 * is none. */
static struct arena_block *block_with_room(struct arena *a, size_t bytes)
{
    struct arena_block *b = a->current, *last = NULL;
    for (; b; last = b, b = b->next)
        if (b->size - b->used >= bytes) return b;
    size_t grown = !last                           ? BLOCK_BYTES
                   : last->size < MEMORY_HUGE_PAGE ? MEMORY_HUGE_PAGE
                                                   : last->size * 2;
    b = block_new(bytes > grown ? bytes : grown);
    if (!b) return NULL;
    if (last)
        last->next = b;
    else
        a->first = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX / 4) return err_memory("an arena"), NULL;
    size_t padded = (bytes + RED_ZONE + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (padded == 0) padded = ALIGNMENT;
    struct arena_block *b = block_with_room(a, padded);
    if (!b) return err_memory("an arena"), NULL;
    a->current = b;
    void *p = b->data + b->used;
    b->used += padded;
    UNPOISON(p, bytes);
    return p;
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size) return err_memory("an arena"), NULL;
    void *p = arena_alloc(a, count * size);
    if (p) memset(p, 0, count * size);
    return p;
}

char *arena_strdup(struct arena *a, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = arena_alloc(a, bytes);
    if (copy) memcpy(copy, text, bytes);
    return copy;
}

/* Bytes of a block from `used` on are free. */
static void give_back(struct arena_block *b, size_t used)
{
    b->used = used;
    POISON(b->data + used, b->size - used);
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){a->current, a->current ? a->current->used : 0};
}

void arena_rewind(struct arena *a, struct arena_mark to)
{
    struct arena_block *b = to.block ? to.block : a->first;
    a->current = b;
    if (b) give_back(b, to.used);
    while (b && (b = b->next)) give_back(b, 0);
}

void arena_reset(struct arena *a)
{
    arena_rewind(a, (struct arena_mark){NULL, 0});
}

void arena_release(struct arena *a)
{
    for (struct arena_block *b = a->first, *next; b; b = next) {
        next = b->next;
        UNPOISON(b->data, b->size);
        free(b->data);
        free(b);
    }
    arena_init(a);
}
