#include "search/spaces/space_pool.h"

#include "base/hashset.h"
#include "proto/files/dataset.h"
#include "proto/graph/canon.h"
#include "search/spaces/neighbours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POOL_GENES 2 /* the network's number, its low half first */
#define NUMBER_BYTES 24

struct pool {
    struct space space; /* first, so that its address is the pool's */
    struct dataset data;
    char *file;
    char content[HASH128_TEXT_BYTES], points[NUMBER_BYTES];
    struct hashset set;   /* canonical hash -> network */
    struct hashset names; /* digest of a row's name -> row */
    uint32_t *network_of; /* (rows) */
    uint32_t *first_row;  /* (networks) */
    uint32_t count;
    struct neighbours near;
};

static void pool_free(struct space *s)
{
    struct pool *p = (struct pool *)s;
    dataset_release(&p->data);
    hashset_release(&p->set);
    hashset_release(&p->names);
    neighbours_release(&p->near);
    free(p->network_of);
    free(p->first_row);
    free(p->file);
    free(p);
}

/* ---- points ---- */

static void pool_genes(uint32_t network, uint16_t *out)
{
    out[0] = (uint16_t)(network & 0xffff);
    out[1] = (uint16_t)(network >> 16);
}

static uint32_t pool_network(const uint16_t *g)
{
    return (uint32_t)g[1] << 16 | g[0];
}

static void pool_at(const struct space *s, uint64_t index, uint16_t *out)
{
    SIBYL_BUG_IF(index >= s->strings);
    pool_genes((uint32_t)index, out);
}

static void pool_sample(const struct space *s, struct rng *r, uint16_t *out)
{
    pool_genes((uint32_t)rng_below(r, s->strings), out);
}

static void pool_edit(const struct space *s, struct rng *r, const uint16_t *parent, uint16_t *out)
{
    const struct pool *p = s->detail;
    pool_genes((uint32_t)neighbours_draw(&p->near, r, pool_network(parent)), out);
}

static bool pool_valid(const struct space *s, const uint16_t *g)
{
    return pool_network(g) < s->strings;
}

static enum status pool_graph(const struct space *s, const uint16_t *g, struct graph *out,
                              struct arena *arena)
{
    const struct pool *p = s->detail;
    if (!pool_valid(s, g))
        return err_set(SIBYL_E_FORMAT, "this is no network of the pool %s: its number is too large",
                       p->file);
    return graph_copy(out, arena, &p->data.rows[p->first_row[pool_network(g)]].graph);
}

/* ---- names ---- */

/* Of a row; in `number` where it has neither id nor text. */
static const char *pool_name(const struct pool *p, size_t row, char number[NUMBER_BYTES])
{
    const struct dataset_row *d = &p->data.rows[row];
    if (*d->id) return d->id;
    if (*d->text) return d->text;
    snprintf(number, NUMBER_BYTES, "%zu", row);
    return number;
}

static void pool_text(const struct space *s, const uint16_t *g, char *out)
{
    const struct pool *p = s->detail;
    char number[NUMBER_BYTES];
    if (pool_valid(s, g))
        snprintf(out, s->text_bytes, "%s", pool_name(p, p->first_row[pool_network(g)], number));
    else
        snprintf(out, s->text_bytes, "(invalid)");
}

static enum status pool_parse(const struct space *s, const char *text, uint16_t *out)
{
    const struct pool *p = s->detail;
    char number[NUMBER_BYTES];
    uint32_t row = hashset_find(&p->names, digest_xxh128(text, strlen(text)));
    if (row == HASHSET_NONE)
        return err_set(SIBYL_E_FORMAT,
                       "\"%.100s\" is no network of the pool %s, which has %u of them, such as "
                       "\"%.100s\"",
                       text, p->file, p->count, pool_name(p, 0, number));
    pool_genes(p->network_of[row], out);
    return SIBYL_OK;
}

static bool pool_find(const struct space *s, const struct graph *canonical, uint16_t *out)
{
    const struct pool *p = s->detail;
    uint32_t network = hashset_find(&p->set, graph_hash(canonical));
    if (network != HASHSET_NONE) pool_genes(network, out);
    return network != HASHSET_NONE;
}

/* ---- making one ---- */

static enum status pool_add_name(struct pool *p, uint32_t row)
{
    char number[NUMBER_BYTES];
    bool added = false;
    const char *name = pool_name(p, row, number);
    size_t bytes = strlen(name) + 1;
    const struct hash128 key = digest_xxh128(name, bytes - 1);
    enum status st = hashset_add(&p->names, key, row, &added);
    if (st) return st;
    if (bytes > UINT32_MAX / 2) return err_set(SIBYL_E_RANGE, "row %u: its name is too long", row);
    if (bytes > p->space.text_bytes) p->space.text_bytes = (uint32_t)bytes;
    if (added) return SIBYL_OK;
    uint32_t other = hashset_find(&p->names, key);
    if (p->network_of[other] == p->network_of[row]) return SIBYL_OK;
    return err_set(SIBYL_E_FORMAT,
                   "rows %u and %u (from 0) are different networks with one name, \"%.100s\": give "
                   "each its own id, or leave one out",
                   other, row, name);
}

static enum status pool_add_row(struct pool *p, uint32_t row, struct arena *scratch)
{
    struct graph canonical;
    bool added = false;
    arena_reset(scratch);
    enum status st =
        graph_canonical(&canonical, scratch, &p->data.rows[row].graph, &p->data.vocabulary);
    if (st) return err_prefix(st, "row %u", row);
    const struct hash128 hash = graph_hash(&canonical);
    st = hashset_add(&p->set, hash, p->count, &added);
    if (st) return st;
    p->network_of[row] = hashset_find(&p->set, hash);
    if (added) {
        p->first_row[p->count++] = row;
        st = neighbours_add(&p->near, &canonical);
    }
    return st ? st : pool_add_name(p, row);
}

static enum status pool_fill(struct pool *p)
{
    struct arena scratch;
    enum status st = dataset_read(&p->data, p->file);
    if (st) return st;
    if (p->data.count == 0 || p->data.count >= HASHSET_NONE)
        return err_set(SIBYL_E_FORMAT, "%s: %s", p->file,
                       p->data.count ? "too many networks for a pool" : "a pool without networks");
    p->network_of = calloc(p->data.count, sizeof(*p->network_of));
    p->first_row = calloc(p->data.count, sizeof(*p->first_row));
    if (!p->network_of || !p->first_row) return err_memory("a pool of networks");
    p->space.text_bytes = NUMBER_BYTES;
    arena_init(&scratch);
    for (uint32_t row = 0; !st && row < p->data.count; row++) st = pool_add_row(p, row, &scratch);
    arena_release(&scratch);
    hash128_text(p->data.content, p->content);
    return st ? err_prefix(st, "%s", p->file) : SIBYL_OK;
}

enum status space_pool_new(const char *file, struct space **out)
{
    struct pool *p = calloc(1, sizeof(*p));
    if (!p || !(p->file = strdup(file))) {
        free(p);
        return err_memory("a pool of networks");
    }
    enum status st = pool_fill(p);
    if (st) {
        pool_free(&p->space);
        return st;
    }
    const uint32_t text_bytes = p->space.text_bytes;
    snprintf(p->points, sizeof(p->points), "%u", p->count);
    p->space = (struct space){.name = "pool",
                              .genes = POOL_GENES,
                              .strings = p->count,
                              .points = p->points,
                              .vocabulary = p->data.vocabulary,
                              .attributes = p->data.attributes,
                              .text_bytes = text_bytes,
                              .at = pool_at,
                              .sample = pool_sample,
                              .edit = pool_edit,
                              .valid = pool_valid,
                              .graph = pool_graph,
                              .text = pool_text,
                              .parse = pool_parse,
                              .find = pool_find,
                              .detail = p,
                              .release = pool_free};
    *out = &p->space;
    return SIBYL_OK;
}

const char *space_pool_content(const struct space *s)
{
    return s->at == pool_at ? ((const struct pool *)s->detail)->content : NULL;
}
