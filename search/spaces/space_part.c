#include "search/spaces/space_part.h"

#include "proto/graph/canon.h"
#include "search/spaces/candidate.h"
#include "search/spaces/space_pool.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLE_TRIES 16 /* points of the space, before one is picked from the list */
#define EDIT_TRIES 16   /* edits of the parent, */
#define WALK_TRIES 16   /* and then steps away from it, before a network like it is picked */
#define CROSS_TRIES 4

struct part_space {
    struct space space; /* first, so that its address is the owner's */
    struct space *whole;
    struct space_part part;
};

void space_part_release(struct space_part *p)
{
    hashset_release(&p->set);
    neighbours_release(&p->near);
    free(p->genes);
    *p = (struct space_part){0};
}

bool space_part_is_whole(const struct space_part *p)
{
    return p->networks > 0 && p->count == p->networks;
}

/* ---- which networks ---- */

static enum status part_list(struct space_part *p, const struct space *s, const uint16_t *genes,
                             const struct graph *canonical)
{
    const size_t row = s->genes * sizeof(*genes);
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 256;
        uint16_t *grown = realloc(p->genes, capacity * row);
        if (!grown) return err_memory("the part of a space");
        p->genes = grown;
        p->capacity = capacity;
    }
    memcpy(p->genes + p->count++ * s->genes, genes, row);
    return neighbours_add(&p->near, canonical);
}

static enum status part_visit(struct space_part *p, const struct space *s,
                              const struct hashset *has, struct hashset *seen, uint16_t *genes,
                              struct arena *arena)
{
    struct candidate c;
    bool added = false;
    enum status st = candidate_make(&c, arena, s, genes);
    if (!st) st = hashset_add(seen, c.hash, 0, &added);
    if (st || !added) return st;
    p->networks++;
    if (hashset_find(has, c.hash) == HASHSET_NONE) return SIBYL_OK;
    st = hashset_add(&p->set, c.hash, (uint32_t)p->count, NULL);
    return st ? st : part_list(p, s, genes, &c.graph);
}

enum status space_part_enumerate(struct space_part *p, const struct space *s,
                                 const struct hashset *has)
{
    struct hashset seen = {0};
    struct arena arena;
    enum status st = SIBYL_OK;
    if (s->strings > SPACE_PART_ENUMERATE_MAX && !space_pool_content(s)) return SIBYL_OK;
    arena_init(&arena);
    for (uint64_t i = 0; !st && i < s->strings; i++) {
        arena_reset(&arena);
        uint16_t *genes = space_genes(s, &arena);
        if (!genes) {
            st = SIBYL_E_MEM;
            break;
        }
        s->at(s, i, genes);
        if (s->valid(s, genes)) st = part_visit(p, s, has, &seen, genes, &arena);
    }
    arena_release(&arena);
    hashset_release(&seen);
    return st;
}

/* The point that a text names, if that is the network at hand. */
static bool part_parse(const struct space *s, const char *text, struct hash128 hash,
                       uint16_t *genes)
{
    struct hash128 found;
    return *text && !s->parse(s, text, genes) && !space_hash(s, genes, &found) &&
           !hash128_compare(found, hash);
}

enum status space_part_add(struct space_part *p, const struct space *s,
                           const struct graph *canonical, const char *text)
{
    const struct hash128 hash = graph_hash(canonical);
    struct arena arena;
    bool added = false;
    if (hashset_find(&p->set, hash) != HASHSET_NONE) return SIBYL_OK;
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    enum status st = genes ? SIBYL_OK : SIBYL_E_MEM;
    bool listed =
        genes && (part_parse(s, text, hash, genes) || (s->find && s->find(s, canonical, genes)));
    if (!st)
        st = hashset_add(&p->set, hash, listed ? (uint32_t)p->count : SPACE_PART_UNLISTED, &added);
    if (!st && listed) st = part_list(p, s, genes, canonical);
    arena_release(&arena);
    return st;
}

/* ---- the space of them ---- */

static bool part_has(const struct part_space *p, const uint16_t *genes, uint32_t *out_number)
{
    struct hash128 hash;
    *out_number = HASHSET_NONE;
    if (space_hash(p->whole, genes, &hash)) return false;
    *out_number = hashset_find(&p->part.set, hash);
    return *out_number != HASHSET_NONE;
}

static void part_at(const struct space *s, uint64_t index, uint16_t *out)
{
    const struct part_space *p = s->detail;
    SIBYL_BUG_IF(index >= s->strings);
    memcpy(out, p->part.genes + index * s->genes, s->genes * sizeof(*out));
}

/* Of a space that was gone through whole and is not whole in the part, from the list at once. */
static void part_sample(const struct space *s, struct rng *r, uint16_t *out)
{
    const struct part_space *p = s->detail;
    uint32_t number;
    for (int i = 0; !p->part.networks && i < SAMPLE_TRIES; i++) {
        p->whole->sample(p->whole, r, out);
        if (part_has(p, out, &number)) return;
    }
    part_at(s, rng_below(r, s->strings), out);
}

static void part_edit(const struct space *s, struct rng *r, const uint16_t *parent, uint16_t *out)
{
    const struct part_space *p = s->detail;
    uint32_t number, own;
    struct arena arena;
    arena_init(&arena);
    uint16_t *from = space_genes(s, &arena);
    bool found = false;
    (void)part_has(p, parent, &own);
    if (!from) {
        memcpy(out, parent, s->genes * sizeof(*out)); /* no memory: the next call tells */
        return;
    }
    memcpy(from, parent, s->genes * sizeof(*from));
    for (int i = 0; i < EDIT_TRIES + WALK_TRIES && !found; i++) {
        p->whole->edit(p->whole, r, from, out);
        /* The first edit counts even where it is a no-op: the whole space would give it too. */
        found = part_has(p, out, &number) && (i == 0 || number != own);
        if (i >= EDIT_TRIES) memcpy(from, out, s->genes * sizeof(*from));
    }
    if (!found)
        part_at(
            s, own < s->strings ? neighbours_draw(&p->part.near, r, own) : rng_below(r, s->strings),
            out);
    arena_release(&arena);
}

static void part_cross(const struct space *s, struct rng *r, const uint16_t *a, const uint16_t *b,
                       uint16_t *out)
{
    const struct part_space *p = s->detail;
    uint32_t number;
    for (int i = 0; i < CROSS_TRIES; i++) {
        p->whole->cross(p->whole, r, a, b, out);
        if (part_has(p, out, &number)) return;
    }
    part_edit(s, r, a, out);
}

static bool part_valid(const struct space *s, const uint16_t *g)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    return whole->valid(whole, g);
}

static enum status part_graph(const struct space *s, const uint16_t *g, struct graph *out,
                              struct arena *arena)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    return whole->graph(whole, g, out, arena);
}

static void part_text(const struct space *s, const uint16_t *g, char *out)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    whole->text(whole, g, out);
}

static enum status part_parse_text(const struct space *s, const char *text, uint16_t *out)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    return whole->parse(whole, text, out);
}

static bool part_find(const struct space *s, const struct graph *canonical, uint16_t *out)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    return whole->find(whole, canonical, out);
}

static void part_gene_name(const struct space *s, uint32_t gene, char *out, size_t bytes)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    whole->gene_name(whole, gene, out, bytes);
}

static bool part_gene_value(const struct space *s, const uint16_t *g, uint32_t gene, char *out,
                            size_t bytes, bool *out_number)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    return whole->gene_value(whole, g, gene, out, bytes, out_number);
}

static enum status part_from_values(const struct space *s, const char *const *values, uint16_t *out,
                                    uint32_t *out_wrong)
{
    const struct space *whole = ((const struct part_space *)s->detail)->whole;
    return whole->from_values(whole, values, out, out_wrong);
}

static void part_free(struct space *s)
{
    struct part_space *p = (struct part_space *)s;
    space_free(p->whole);
    space_part_release(&p->part);
    free(p);
}

bool space_part_is(const struct space *s)
{
    return s->release == part_free;
}

bool space_part_is_listed(const struct space *s)
{
    if (!space_part_is(s)) return true;
    const struct space_part *part = &((const struct part_space *)s->detail)->part;
    return part->count == part->set.count;
}

enum status space_part_keep_to(struct space **space, struct space_part *part)
{
    struct part_space *p = calloc(1, sizeof(*p));
    if (!p) {
        space_part_release(part);
        return err_memory("the part of a space");
    }
    SIBYL_BUG_IF(part->count == 0);
    p->whole = *space;
    p->part = *part;
    *part = (struct space_part){0};
    p->space = *p->whole;
    p->space.strings = p->part.count;
    p->space.at = part_at;
    p->space.sample = part_sample;
    p->space.edit = part_edit;
    p->space.cross = p->whole->cross ? part_cross : NULL;
    p->space.valid = part_valid;
    p->space.graph = part_graph;
    p->space.text = part_text;
    p->space.parse = part_parse_text;
    if (p->space.find) p->space.find = part_find;
    if (p->space.from_values) p->space.from_values = part_from_values;
    if (p->space.gene_name) p->space.gene_name = part_gene_name;
    if (p->space.gene_value) p->space.gene_value = part_gene_value;
    p->space.edit_at = NULL; /* of edits that lead out of the part there is no counting */
    p->space.detail = p;
    p->space.release = part_free;
    *space = &p->space;
    return SIBYL_OK;
}
