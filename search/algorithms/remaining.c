#include "search/algorithms/remaining.h"

#include "search/spaces/space_networks.h"
#include "search/spaces/space_part.h"
#include "search/spaces/space_pool.h"

#include <stdlib.h>

#define SEED_OF_REMAINING (UINT64_C(1) << 61) /* streams of rounds are numbered below it */

void remaining_release(struct remaining *m)
{
    free(m->points);
    free(m->networks);
    *m = (struct remaining){0};
}

/* ---- spaces that can be listed ---- */

static enum status list_add(struct remaining *m, uint64_t point, struct hash128 hash)
{
    if (m->count == m->capacity) {
        size_t capacity = m->capacity ? 2 * m->capacity : 256;
        uint64_t *points = realloc(m->points, capacity * sizeof(*points));
        if (points) m->points = points;
        struct hash128 *networks = realloc(m->networks, capacity * sizeof(*networks));
        if (networks) m->networks = networks;
        if (!points || !networks) return err_memory("the networks of a space");
        m->capacity = capacity;
    }
    m->points[m->count] = point;
    m->networks[m->count++] = hash;
    return SIBYL_OK;
}

static enum status list_space(struct remaining *m, const struct space *s)
{
    struct hashset seen = {0};
    struct arena arena;
    enum status st = SIBYL_OK;
    arena_init(&arena);
    uint16_t *genes = space_genes(s, &arena);
    if (!genes) st = SIBYL_E_MEM;
    for (uint64_t i = 0; i < s->strings && !st; i++) {
        struct hash128 hash;
        bool added = false;
        s->at(s, i, genes);
        if (!s->valid(s, genes)) continue;
        st = space_hash(s, genes, &hash);
        if (!st) st = hashset_add(&seen, hash, 0, &added);
        if (!st && added) st = list_add(m, i, hash);
    }
    hashset_release(&seen);
    arena_release(&arena);
    m->listed = !st;
    m->whole = space_part_is_listed(s);
    return st;
}

static bool can_be_listed(const struct space *s)
{
    return s->strings <= (space_pool_content(s) ? REMAINING_POOL_MAX : REMAINING_POINTS_MAX);
}

static enum status propose_point(struct algorithm_round *r, uint64_t point)
{
    const struct space *s = r->run->space;
    struct candidate c;
    uint16_t *g = space_genes(s, &r->arena);
    if (!g) return SIBYL_E_MEM;
    s->at(s, point, g);
    enum status st = candidate_make(&c, &r->arena, s, g);
    return st ? st : algorithm_propose(r, &c, NULL);
}

static enum status propose_listed(const struct remaining *m, struct algorithm_round *r,
                                  struct rng *rng, uint64_t wanted)
{
    size_t count = 0, *left = malloc((m->count + 1) * sizeof(*left));
    enum status st = left ? SIBYL_OK : err_memory("the networks of a space");
    for (size_t i = 0; left && i < m->count; i++)
        if (!history_knows(r->history, m->networks[i])) left[count++] = i;
    while (!st && count && r->count < wanted) {
        size_t drawn = (size_t)rng_below(rng, count);
        st = propose_point(r, m->points[left[drawn]]);
        left[drawn] = left[--count];
    }
    free(left);
    return st;
}

/* ---- others ---- */

/* The number of networks, where it can be told without going through them. */
static enum status count_networks(struct remaining *m, const struct space *s)
{
    struct big_count count;
    bool known = false;
    if (m->counted || space_part_is(s)) return SIBYL_OK;
    enum status st = space_networks(s, &known, &count);
    m->counted = !st;
    if (st || !known || !big_count_small(&count, &m->all)) m->all = 0;
    return st;
}

/* Makes a candidate of `g`, which is in the round's arena since `mark`, and proposes it. */
static enum status propose_genes(struct algorithm_round *r, const uint16_t *g,
                                 struct arena_mark mark)
{
    struct candidate c;
    bool added = false;
    enum status st = candidate_make(&c, &r->arena, r->run->space, g);
    if (!st) st = algorithm_propose(r, &c, &added);
    if (!added) arena_rewind(&r->arena, mark);
    return st;
}

static enum status propose_drawn(struct algorithm_round *r, struct rng *rng, uint64_t wanted,
                                 uint32_t draws)
{
    const struct space *s = r->run->space;
    enum status st = SIBYL_OK;
    for (uint32_t i = 0; i < draws && !st && r->count < wanted; i++) {
        struct arena_mark mark = arena_mark(&r->arena);
        uint16_t *g = space_genes(s, &r->arena);
        if (!g) return SIBYL_E_MEM;
        s->sample(s, rng, g);
        st = propose_genes(r, g, mark);
    }
    return st;
}

/* One edit away from what is known, the latest first. */
static enum status propose_edited(struct algorithm_round *r, struct rng *rng, uint64_t wanted)
{
    const struct space *s = r->run->space;
    enum status st = SIBYL_OK;
    uint32_t looked = 0;
    for (size_t i = r->history->count; i-- > 0 && !st && looked < REMAINING_EDITS;) {
        const uint16_t *from = r->history->entries[i].candidate.genes;
        bool more = true;
        for (uint64_t k = 0; more && !st && r->count < wanted; k++, looked++) {
            struct arena_mark mark = arena_mark(&r->arena);
            uint16_t *g = space_genes(s, &r->arena);
            if (!g) return SIBYL_E_MEM;
            if (s->edit_at)
                more = s->edit_at(s, rng, from, k, g);
            else if ((more = k < 4 * (uint64_t)s->genes))
                s->edit(s, rng, from, g);
            if (more) st = propose_genes(r, g, mark);
        }
    }
    return st;
}

enum status remaining_propose(struct remaining *m, struct algorithm_round *r, uint64_t wanted,
                              bool *out_certain)
{
    const struct space *s = r->run->space;
    struct rng rng;
    enum status st = SIBYL_OK;
    if (wanted > r->left) wanted = r->left;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, SEED_OF_REMAINING | r->round);
    r->origin = "remaining";
    *out_certain = false;
    if (!m->listed && can_be_listed(s)) st = list_space(m, s);
    if (!st && m->listed) st = propose_listed(m, r, &rng, wanted);
    if (st || r->count || (m->listed && m->whole)) {
        *out_certain = !st && !r->count;
        return st;
    }
    st = m->listed ? SIBYL_OK : count_networks(m, s);
    size_t known = r->history->count + history_beforehand(r->history);
    *out_certain = !st && m->all && known >= m->all;
    if (st || *out_certain) return st;
    st = propose_drawn(r, &rng, wanted, REMAINING_DRAWS);
    if (!st && !r->count) st = propose_edited(r, &rng, wanted);
    /* There is one, somewhere. */
    if (!st && !r->count && m->all) st = propose_drawn(r, &rng, wanted, REMAINING_DRAWS_SURE);
    return st;
}
