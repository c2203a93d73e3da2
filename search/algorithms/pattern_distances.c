#include "search/algorithms/pattern_distances.h"

#include "base/hashset.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 256

/* The distances from one of a view's patterns. */
struct from {
    uint32_t *to; /* (room), the first `count` are known */
    size_t count, room;
};

struct view {
    struct hashset known;        /* digests of patterns */
    struct graph_patterns *list; /* (count) with this view alone */
    struct from *from;           /* (count) */
    size_t count, capacity;
    struct hashset different; /* bits of distances */
    double *values;           /* (value_count) */
    size_t value_count, value_capacity;
};

struct pattern_distances {
    struct arena arena; /* of the patterns */
    struct view views[PATTERN_VIEWS];
    size_t kept;
};

static enum status no_memory(void)
{
    return err_memory("the distances between networks");
}

enum status pattern_distances_new(struct pattern_distances **out)
{
    struct pattern_distances *d = calloc(1, sizeof(*d));
    *out = d;
    if (!d) return no_memory();
    arena_init(&d->arena);
    return SIBYL_OK;
}

static void view_release(struct view *v)
{
    for (size_t i = 0; i < v->count; i++) free(v->from[i].to);
    hashset_release(&v->known);
    hashset_release(&v->different);
    free(v->list);
    free(v->from);
    free(v->values);
    *v = (struct view){0};
}

static void forget(struct pattern_distances *d)
{
    for (int v = 0; v < PATTERN_VIEWS; v++) view_release(&d->views[v]);
    arena_release(&d->arena);
    d->kept = 0;
}

void pattern_distances_free(struct pattern_distances *d)
{
    if (d) forget(d);
    free(d);
}

void pattern_distances_trim(struct pattern_distances *d, size_t most)
{
    if (d->kept > most) forget(d);
}

/* ---- patterns ---- */

static enum status make_room(struct view *v)
{
    if (v->count < v->capacity) return SIBYL_OK;
    size_t capacity = v->capacity ? 2 * v->capacity : FIRST_ROOM;
    struct graph_patterns *list = realloc(v->list, capacity * sizeof(*list));
    if (!list) return no_memory();
    v->list = list;
    struct from *from = realloc(v->from, capacity * sizeof(*from));
    if (!from) return no_memory();
    v->from = from;
    v->capacity = capacity;
    return SIBYL_OK;
}

/* A copy of one view of a network. */
static enum status add(struct pattern_distances *d, int view, const struct graph_patterns *p)
{
    struct view *v = &d->views[view];
    const size_t count = p->start[view + 1] - p->start[view];
    enum status st = make_room(v);
    if (st) return st;
    struct graph_patterns *own = &v->list[v->count];
    *own = (struct graph_patterns){.patterns =
                                       arena_calloc(&d->arena, count + 1, sizeof(*own->patterns))};
    if (!own->patterns) return SIBYL_E_MEM;
    if (count) memcpy(own->patterns, p->patterns + p->start[view], count * sizeof(*own->patterns));
    own->start[view + 1] = (uint32_t)count;
    own->square[view] = p->square[view];
    v->from[v->count++] = (struct from){0};
    d->kept += count;
    return SIBYL_OK;
}

enum status pattern_distances_number(struct pattern_distances *d, const struct graph_patterns *p,
                                     uint32_t numbers[PATTERN_VIEWS])
{
    enum status st = SIBYL_OK;
    for (int view = 0; view < PATTERN_VIEWS && !st; view++) {
        struct view *v = &d->views[view];
        const size_t count = p->start[view + 1] - p->start[view];
        const struct hash128 key =
            digest_xxh128(p->patterns + p->start[view], count * sizeof(*p->patterns));
        numbers[view] = hashset_find(&v->known, key);
        if (numbers[view] != HASHSET_NONE) continue;
        numbers[view] = (uint32_t)v->count;
        st = add(d, view, p);
        if (!st) st = hashset_add(&v->known, key, numbers[view], NULL);
    }
    return st;
}

/* ---- distances ---- */

static enum status number_of_value(struct view *v, double value, uint32_t *out)
{
    struct hash128 key = {0};
    memcpy(&key.high, &value, sizeof(value));
    key.low = key.high * UINT64_C(0x9e3779b97f4a7c15) >> 32; /* a set looks at the lowest bits */
    *out = hashset_find(&v->different, key);
    if (*out != HASHSET_NONE) return SIBYL_OK;
    if (v->value_count == v->value_capacity) {
        size_t capacity = v->value_capacity ? 2 * v->value_capacity : FIRST_ROOM;
        double *values = realloc(v->values, capacity * sizeof(*values));
        if (!values) return no_memory();
        v->values = values;
        v->value_capacity = capacity;
    }
    *out = (uint32_t)v->value_count;
    v->values[v->value_count++] = value;
    return hashset_add(&v->different, key, *out, NULL);
}

enum status pattern_distances_from(struct pattern_distances *d, enum pattern_view view, uint32_t a,
                                   const uint32_t **out)
{
    struct view *v = &d->views[view];
    struct from *f = &v->from[a];
    enum status st = SIBYL_OK;
    if (f->count < v->count && f->room < v->count) {
        uint32_t *to = realloc(f->to, v->capacity * sizeof(*to));
        if (!to) return no_memory();
        d->kept += v->capacity - f->room;
        f->to = to;
        f->room = v->capacity;
    }
    for (; f->count < v->count && !st; f->count += !st)
        st = number_of_value(v, graph_patterns_distance(&v->list[a], &v->list[f->count], view),
                             &f->to[f->count]);
    *out = f->to;
    return st;
}

const double *pattern_distances_values(const struct pattern_distances *d, enum pattern_view view,
                                       size_t *out_count)
{
    *out_count = d->views[view].value_count;
    return d->views[view].values;
}
