#include "library/api.h"

#include "proto/graph/canon.h"
#include "search/spaces/space_networks.h"
#include "search/spaces/space_pool.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* Numbers in texts have a decimal point, whatever locale the caller's process is in. */
struct in_c_locale {
    locale_t own, before;
};

static enum status enter(struct in_c_locale *l)
{
    *l = (struct in_c_locale){newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), (locale_t)0};
    if (!l->own) return err_memory("a locale");
    l->before = uselocale(l->own);
    return SIBYL_OK;
}

static void leave(struct in_c_locale *l)
{
    uselocale(l->before);
    freelocale(l->own);
}

/* ---- opening ---- */

static enum sibyl_code open_by(struct sibyl_space **out, const char *what,
                               enum status (*how)(const char *what, struct space **out),
                               struct sibyl_status *status)
{
    struct in_c_locale locale;
    if (!out || !what) return api_null(status, out ? "the name of a space" : "out");
    struct sibyl_space *made = calloc(1, sizeof(*made));
    enum status st = made ? enter(&locale) : err_memory("a search space");
    if (!st) {
        st = how(what, &made->space);
        leave(&locale);
    }
    if (st)
        free(made);
    else
        *out = made;
    return api_end(status, st);
}

enum sibyl_code sibyl_space_open(struct sibyl_space **out, const char *what,
                                 struct sibyl_status *status)
{
    return open_by(out, what, space_open, status);
}

enum sibyl_code sibyl_space_open_pool(struct sibyl_space **out, const char *path,
                                      struct sibyl_status *status)
{
    return open_by(out, path, space_pool_new, status);
}

void sibyl_space_free(struct sibyl_space *space)
{
    if (!space) return;
    space_free(space->space);
    free(space);
}

/* ---- what it is ---- */

const char *sibyl_space_name(const struct sibyl_space *space)
{
    return space ? space->space->name : NULL;
}

const char *sibyl_space_points(const struct sibyl_space *space)
{
    return space ? space->space->points : NULL;
}

uint64_t sibyl_space_size(const struct sibyl_space *space)
{
    return space && space->space->strings != SPACE_STRINGS_MANY ? space->space->strings : 0;
}

size_t sibyl_space_text_bytes(const struct sibyl_space *space)
{
    return space ? (size_t)space->space->text_bytes + 1 : 0;
}

static enum status give_text(const struct sibyl_text *out, const char *text)
{
    size_t bytes = strlen(text) + 1;
    if (bytes > out->size)
        return err_set(SIBYL_E_RANGE, "a text of %zu bytes, and room for %zu", bytes, out->size);
    memcpy(out->bytes, text, bytes);
    return SIBYL_OK;
}

static enum sibyl_code check(const struct sibyl_space *space, const struct sibyl_text *out,
                             struct sibyl_status *status)
{
    if (!space || !out) return api_null(status, space ? "out" : "space");
    return out->bytes ? SIBYL_CODE_OK : api_null(status, "out->bytes");
}

enum sibyl_code sibyl_space_networks(const struct sibyl_space *space, const struct sibyl_text *out,
                                     struct sibyl_status *status)
{
    char text[BIG_COUNT_TEXT_BYTES];
    struct big_count count;
    bool known = false;
    enum sibyl_code bad = check(space, out, status);
    if (bad) return bad;
    enum status st = space_networks(space->space, &known, &count);
    if (!st && !known)
        return api_refuse(status, SIBYL_CODE_UNSUPPORTED,
                          "the networks of %s are too many to be counted in some seconds",
                          space->space->name);
    if (st) return api_end(status, st);
    big_count_text(&count, text);
    return api_end(status, give_text(out, text));
}

/* ---- points ---- */

/* Writes the text of a point. */
static enum status point_text(const struct space *s, const uint16_t *genes, struct arena *arena,
                              const struct sibyl_text *out)
{
    struct in_c_locale locale;
    char *text = arena_calloc(arena, (size_t)s->text_bytes + 1, 1);
    if (!text) return SIBYL_E_MEM;
    enum status st = enter(&locale);
    if (st) return st;
    s->text(s, genes, text);
    leave(&locale);
    return give_text(out, text);
}

enum sibyl_code sibyl_space_at(const struct sibyl_space *space, uint64_t index,
                               const struct sibyl_text *out, struct sibyl_status *status)
{
    struct arena arena;
    enum sibyl_code bad = check(space, out, status);
    if (bad) return bad;
    const struct space *s = space->space;
    if (index >= sibyl_space_size(space))
        return api_refuse(status, SIBYL_CODE_ARGUMENT,
                          "point %llu of %s: its points with a number are 0 .. %llu, less 1",
                          (unsigned long long)index, s->name,
                          (unsigned long long)sibyl_space_size(space));
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    enum status st = genes ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) {
        s->at(s, index, genes);
        if (!s->valid(s, genes))
            st = err_set(SIBYL_E_RANGE, "point %llu of %s is no network", (unsigned long long)index,
                         s->name);
    }
    if (!st) st = point_text(s, genes, &arena, out);
    arena_release(&arena);
    return api_end(status, st);
}

enum sibyl_code sibyl_space_sample(const struct sibyl_space *space, uint64_t seed, uint64_t draw,
                                   const struct sibyl_text *out, struct sibyl_status *status)
{
    struct arena arena;
    struct rng r;
    enum sibyl_code bad = check(space, out, status);
    if (bad) return bad;
    arena_init(&arena);
    uint16_t *genes = space_genes(space->space, &arena);
    enum status st = genes ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) {
        rng_init(&r, seed, RNG_SAMPLE, draw);
        space->space->sample(space->space, &r, genes);
        st = point_text(space->space, genes, &arena, out);
    }
    arena_release(&arena);
    return api_end(status, st);
}

/* ---- networks ---- */

enum sibyl_code sibyl_space_graphs(const struct sibyl_space *space, struct sibyl_graphs **out,
                                   struct sibyl_status *status)
{
    if (!space || !out) return api_null(status, space ? "out" : "space");
    const struct vocabulary *v = &space->space->vocabulary;
    return api_end(status, api_graphs_make(out, (const char *const *)v->names, v->count,
                                           space->space->attributes));
}

static enum status graph_of_text(const struct space *s, const char *text, struct arena *arena,
                                 struct graph *out)
{
    struct in_c_locale locale;
    uint16_t *genes = space_genes(s, arena);
    enum status st = genes ? enter(&locale) : SIBYL_E_MEM;
    if (st) return st;
    st = s->parse(s, text, genes);
    leave(&locale);
    return st ? st : s->graph(s, genes, out, arena);
}

enum sibyl_code sibyl_graphs_add_text(struct sibyl_graphs *graphs, const struct sibyl_space *space,
                                      const char *text, struct sibyl_status *status)
{
    struct arena scratch;
    struct graph graph;
    if (!graphs || !space) return api_null(status, graphs ? "space" : "graphs");
    if (!text) return api_null(status, "text");
    arena_init(&scratch);
    struct arena_mark before = arena_mark(&graphs->arena);
    enum status st = graph_of_text(space->space, text, &scratch, &graph);
    if (!st) st = api_graphs_append(graphs, &graph, &space->space->vocabulary);
    if (st) arena_rewind(&graphs->arena, before);
    arena_release(&scratch);
    return api_end(status, st);
}

static enum status find_point(const struct space *s, const struct graph *g,
                              const struct sibyl_text *out)
{
    struct arena arena;
    struct graph canonical;
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    enum status st = genes ? SIBYL_OK : SIBYL_E_MEM;
    if (!st) st = graph_canonical(&canonical, &arena, g, &s->vocabulary);
    if (!st && !s->find(s, &canonical, genes))
        st = err_set(SIBYL_E_FORMAT, "no point of %s has this network", s->name);
    if (!st) st = point_text(s, genes, &arena, out);
    arena_release(&arena);
    return st;
}

enum sibyl_code sibyl_space_find(const struct sibyl_space *space, const struct sibyl_graphs *graphs,
                                 size_t index, const struct sibyl_text *out,
                                 struct sibyl_status *status)
{
    enum sibyl_code bad = check(space, out, status);
    if (bad) return bad;
    if (!graphs) return api_null(status, "graphs");
    const struct space *s = space->space;
    if (index >= graphs->count)
        return api_refuse(status, SIBYL_CODE_ARGUMENT, "network %zu of a list of %zu", index,
                          graphs->count);
    if (!vocabulary_equal(&graphs->vocabulary, &s->vocabulary) ||
        graphs->attributes != s->attributes)
        return api_refuse(status, SIBYL_CODE_ARGUMENT,
                          "the list has other operations or attributes than %s; "
                          "sibyl_space_graphs() makes one that fits",
                          s->name);
    if (!s->find)
        return api_refuse(status, SIBYL_CODE_UNSUPPORTED,
                          "%s cannot tell which of its points a network is", s->name);
    return api_end(status, find_point(s, &graphs->list[index], out));
}
