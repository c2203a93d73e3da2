/* Local search (White, Nolen and Savani 2021, "Exploring the Loss Landscape in Neural Architecture
 * Search"): all networks one edit away from the present one are evaluated, the best of them is the
 * next one if it is better; else this one is a local optimum, and the search starts again from a
 * random network. Where a round has more than one evaluation, the best of so many random networks
 * is the start. In free pace random networks fill the time until a neighbourhood is measured; the
 * best of them is the next start. */
#include "search/algorithms/algorithm.h"

#include <stdlib.h>
#include <string.h>

#define SEED_OF_EDITS (UINT64_C(3) << 60) /* streams of rounds are numbered below it */
#define EDITS_MAX 100000
#define LOCAL_NEIGHBOUR "neighbour"

struct place {      /* without padding: it is saved as it is */
    uint64_t there; /* 0 or 1 */
    struct hash128 hash;
    double value;
};

struct local {
    struct place centre, start; /* start: the best network so far to begin anew from */
    uint16_t *genes;            /* (2, length) of the two */
    uint32_t length;            /* space->genes */
    bool founded;               /* on what is known beforehand */
};

static void local_release(void *state)
{
    struct local *l = state;
    if (l) free(l->genes);
    free(l);
}

static enum status local_start(void **out_state, const struct search_run *run)
{
    struct local *l = calloc(1, sizeof(*l));
    if (!l) return err_memory("the search algorithm");
    l->length = run->space->genes;
    l->genes = calloc(2 * (size_t)l->length, sizeof(*l->genes));
    if (!l->genes) {
        local_release(l);
        return err_memory("the search algorithm");
    }
    *out_state = l;
    return SIBYL_OK;
}

static void local_set(struct local *l, struct place *p, const struct candidate *c, double value)
{
    uint16_t *genes = p == &l->centre ? l->genes : l->genes + l->length;
    *p = (struct place){1, c->hash, value};
    memcpy(genes, c->genes, l->length * sizeof(*genes));
}

/* ---- the networks one edit away ---- */

struct neighbourhood {
    struct hashset set;
    struct candidate *items; /* (count) in the arena of the round */
    size_t count, capacity;
};

static void neighbourhood_release(struct neighbourhood *n)
{
    free(n->items);
    hashset_release(&n->set);
}

static enum status neighbourhood_add(struct neighbourhood *n, const struct candidate *c,
                                     bool *out_added)
{
    enum status st = hashset_add(&n->set, c->hash, (uint32_t)n->count, out_added);
    if (st || !*out_added) return st;
    if (n->count == n->capacity) {
        size_t capacity = n->capacity ? 2 * n->capacity : 64;
        struct candidate *items = realloc(n->items, capacity * sizeof(*items));
        if (!items) return err_memory("the neighbours of a network");
        n->items = items;
        n->capacity = capacity;
    }
    n->items[n->count++] = *c;
    return SIBYL_OK;
}

/* The next edit of the centre, listed by the space or drawn; false: there is no further one. */
static bool next_edit(const struct space *s, struct rng *rng, const uint16_t *centre, uint64_t k,
                      uint16_t *out)
{
    if (s->edit_at) return s->edit_at(s, rng, centre, k, out);
    s->edit(s, rng, centre, out);
    return true;
}

/* All networks one edit away from the centre, in an order that belongs to it. A space that cannot
 * list its edits is asked for random ones, until many in a row have brought no new network. */
static enum status neighbourhood_make(struct neighbourhood *n, const struct local *l,
                                      struct algorithm_round *r)
{
    const struct space *s = r->run->space;
    struct rng rng;
    bool added;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, SEED_OF_EDITS ^ (l->centre.hash.low >> 5));
    enum status st = hashset_add(&n->set, l->centre.hash, 0, &added);
    uint64_t old = 0;
    for (uint64_t k = 0; !st && k < EDITS_MAX && (s->edit_at || old < 64 + 8 * n->count); k++) {
        struct arena_mark mark = arena_mark(&r->arena);
        struct candidate c;
        uint16_t *g = space_genes(s, &r->arena);
        if (!g) return SIBYL_E_MEM;
        if (!next_edit(s, &rng, l->genes, k, g)) break;
        st = candidate_make(&c, &r->arena, s, g);
        if (!st) st = neighbourhood_add(n, &c, &added);
        if (!st && !added) arena_rewind(&r->arena, mark);
        old = added ? 0 : old + 1;
    }
    for (size_t i = n->count; !st && i > 1; i--) {
        size_t k = (size_t)rng_below(&rng, i);
        struct candidate c = n->items[i - 1];
        n->items[i - 1] = n->items[k];
        n->items[k] = c;
    }
    return st;
}

/* Proposes those that are not known. Where all are measured, *out_over says so, and the centre
 * moves to the best of them if that is better; else there is no centre any more. */
static enum status local_step(struct local *l, struct algorithm_round *r, uint64_t wanted,
                              bool *out_over)
{
    struct neighbourhood n = {0};
    const struct candidate *best = NULL;
    double best_value = l->centre.value;
    bool pending = false;
    enum status st = neighbourhood_make(&n, l, r);
    r->origin = LOCAL_NEIGHBOUR;
    for (size_t i = 0; i < n.count && !st && r->count < wanted; i++) {
        double value;
        uint32_t entry = history_find(r->history, n.items[i].hash);
        st = algorithm_propose(r, &n.items[i], NULL);
        if (entry != HASHSET_NONE && !r->history->entries[entry].measured) pending = true;
        if (!history_value(r->history, n.items[i].hash, &value) || value <= best_value) continue;
        best_value = value;
        best = &n.items[i];
    }
    *out_over = !st && r->count == 0 && !pending;
    if (*out_over && best) local_set(l, &l->centre, best, best_value);
    if (*out_over && !best) l->centre.there = 0;
    neighbourhood_release(&n);
    return st;
}

/* The best of what is known beforehand is the first start. */
static enum status local_found(struct local *l, const struct history *h)
{
    const size_t known = history_beforehand(h);
    if (l->founded || !known || h->count) return SIBYL_OK;
    l->founded = true;
    size_t best = 0;
    for (size_t i = 1; i < known; i++)
        if (h->known->list[i].value > h->known->list[best].value) best = i;
    local_set(l, &l->start, &h->known->list[best].candidate, h->known->list[best].value);
    return SIBYL_OK;
}

static enum status local_propose(void *state, struct algorithm_round *r)
{
    struct local *l = state;
    struct rng rng;
    bool over = true;
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, r->round);
    enum status st = local_found(l, r->history);
    while (!st && over && (l->centre.there || l->start.there)) {
        if (!l->centre.there) {
            memcpy(l->genes, l->genes + l->length, l->length * sizeof(*l->genes));
            l->centre = l->start;
            l->start.there = 0;
        }
        st = local_step(l, r, wanted, &over);
    }
    if (st || r->count) return st;
    r->origin = "random";
    return algorithm_propose_random(r, &rng, wanted);
}

static enum status local_told(void *state, const struct history *h, size_t entry)
{
    struct local *l = state;
    const struct history_entry *e = &h->entries[entry];
    bool neighbour = !strcmp(e->origin, LOCAL_NEIGHBOUR);
    if (e->failed || neighbour || (l->start.there && l->start.value >= e->value)) return SIBYL_OK;
    local_set(l, &l->start, &e->candidate, e->value);
    return SIBYL_OK;
}

/* ---- what it remembers ---- */

struct local_head {
    struct place centre, start;
    uint64_t founded;
};

static enum status local_save(const void *state, const struct search_run *run, FILE *out)
{
    const struct local *l = state;
    const struct local_head head = {l->centre, l->start, l->founded};
    (void)run;
    fwrite(&head, sizeof(head), 1, out);
    fwrite(l->genes, sizeof(*l->genes), 2 * (size_t)l->length, out);
    return SIBYL_OK;
}

static enum status local_load(void *state, const struct search_run *run, const void *data,
                              size_t bytes)
{
    struct local *l = state;
    struct local_head head;
    const size_t genes = 2 * (size_t)l->length * sizeof(*l->genes);
    (void)run;
    if (bytes != sizeof(head) + genes)
        return err_set(SIBYL_E_FORMAT, "the state is of another program");
    memcpy(&head, data, sizeof(head));
    memcpy(l->genes, (const unsigned char *)data + sizeof(head), genes);
    l->centre = head.centre;
    l->start = head.start;
    l->founded = head.founded;
    return SIBYL_OK;
}

const struct algorithm algorithm_local = {.kind = ALGORITHM_LOCAL,
                                          .replays = true,
                                          .start = local_start,
                                          .propose = local_propose,
                                          .told = local_told,
                                          .save = local_save,
                                          .load = local_load,
                                          .release = local_release};
