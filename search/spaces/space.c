#include "search/spaces/space.h"

#include "base/file.h"
#include "proto/graph/canon.h"
#include "search/spaces/space_cell.h"
#include "search/spaces/space_file.h"
#include "search/spaces/space_nasbench101.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct space_kind {
    const char *name;
    enum status (*init)(struct space *s, struct arena *arena);
};

static const struct space_kind space_kinds[] = {
    {"nasbench201", space_cell_init_nasbench201}, /* 4 nodes, 5 operations: 15,625 strings */
    {"nasbench101", space_nasbench101_init},      /* 7 nodes, 9 edges: 423,624 networks */
    {"digits201", space_cell_init_digits201},     /* 4 nodes, 3 operations: 729 strings */
};

#define SPACE_FILE_BYTES_MAX ((size_t)1 << 20)
#define SPACE_KINDS (sizeof(space_kinds) / sizeof(space_kinds[0]))

/* What space_new() really allocates; `space` is first, so that its address is the owner's. */
struct space_owner {
    struct space space;
    struct arena arena;
    char points[24];
};

static enum status space_made(struct space_owner *o, enum status st, struct space **out)
{
    if (st)
        space_free(&o->space);
    else
        *out = &o->space;
    return st;
}

static enum status space_unknown(const char *name)
{
    char names[256] = "";
    for (size_t i = 0, at = 0; i < SPACE_KINDS && at < sizeof(names); i++) {
        const char *comma = i ? ", " : "";
        at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", comma, space_kinds[i].name);
    }
    return err_set(SIBYL_E_USAGE,
                   "there is no search space named \"%.64s\"; choose one of %s, or give a space "
                   "file: its path, ending in .yaml",
                   name, names);
}

enum status space_new(const char *name, struct space **out)
{
    size_t kind = 0;
    while (kind < SPACE_KINDS && strcmp(name, space_kinds[kind].name) != 0) kind++;
    if (kind == SPACE_KINDS) return space_unknown(name);
    struct space_owner *o = calloc(1, sizeof(*o));
    if (!o) return err_memory("a search space");
    arena_init(&o->arena);
    o->space.name = space_kinds[kind].name;
    enum status st = space_kinds[kind].init(&o->space, &o->arena);
    snprintf(o->points, sizeof(o->points), "%" PRIu64, o->space.strings);
    o->space.points = o->points;
    return space_made(o, st, out);
}

bool space_is_path(const char *what)
{
    size_t length = strlen(what);
    return strchr(what, '/') || (length > 5 && !strcmp(what + length - 5, ".yaml")) ||
           (length > 4 && !strcmp(what + length - 4, ".yml"));
}

enum status space_from_text(const char *path, const char *text, size_t bytes, struct space **out)
{
    struct space_owner *o = calloc(1, sizeof(*o));
    if (!o) return err_memory("a search space");
    arena_init(&o->arena);
    return space_made(o, space_file_init(&o->space, &o->arena, path, text, bytes), out);
}

enum status space_open(const char *what, struct space **out)
{
    char *text = NULL;
    size_t bytes;
    if (!space_is_path(what)) return space_new(what, out);
    enum status st = file_read_most(what, SPACE_FILE_BYTES_MAX, &text, &bytes);
    if (st == SIBYL_E_RANGE) return err_set(SIBYL_E_USAGE, "space file %s: more than 1 MB", what);
    if (st) return err_prefix(SIBYL_E_USAGE, "space file");
    st = space_from_text(what, text, bytes, out);
    free(text);
    return st;
}

void space_free(struct space *s)
{
    if (!s) return;
    if (s->release) {
        s->release(s);
        return;
    }
    struct space_owner *o = (struct space_owner *)s;
    arena_release(&o->arena);
    free(o);
}

uint16_t *space_genes(const struct space *s, struct arena *arena)
{
    return arena_alloc(arena, s->genes * sizeof(uint16_t));
}

enum status space_hash(const struct space *s, const uint16_t *g, struct hash128 *out)
{
    struct arena arena;
    struct graph graph;
    arena_init(&arena);
    enum status st = s->graph(s, g, &graph, &arena);
    if (!st) st = graph_canonical_hash(out, &graph, &s->vocabulary);
    arena_release(&arena);
    return st;
}
