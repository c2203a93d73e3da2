/* Regularised evolution (Real, Aggarwal, Huang and Le 2019, "Regularized Evolution for Image
 * Classifier Architecture Search"): tournaments choose parents, the oldest dies. */
#include "search/algorithms/algorithm.h"
#include "search/spaces/variation.h"

#include <stdlib.h>
#include <string.h>

struct individual {
    struct candidate candidate; /* without its graph; its genes stand in `genes` */
    double value;
};

struct aging {
    struct individual *members; /* (size) a ring, oldest at `oldest` */
    uint16_t *genes;            /* (size, space->genes) of the members */
    uint32_t length;            /* space->genes */
    uint32_t size, count, oldest, sample;
    /* as they were before the last known networks in a row: (size), (size, space->genes) */
    struct individual *kept_members;
    uint16_t *kept_genes;
    uint32_t kept_count, kept_oldest;
    bool founded; /* on what is known beforehand */
};

static void aging_release(void *state)
{
    struct aging *a = state;
    if (!a) return;
    free(a->members);
    free(a->genes);
    free(a->kept_members);
    free(a->kept_genes);
    free(a);
}

static enum status aging_start(void **out_state, const struct search_run *run)
{
    struct aging *a = calloc(1, sizeof(*a));
    if (!a) return err_memory("the search algorithm");
    a->size = run->options->population;
    a->sample = run->options->sample;
    a->members = calloc(a->size, sizeof(*a->members));
    a->length = run->space->genes;
    a->genes = calloc(a->size, a->length * sizeof(*a->genes));
    a->kept_members = calloc(a->size, sizeof(*a->members));
    a->kept_genes = calloc(a->size, a->length * sizeof(*a->genes));
    if (!a->members || !a->genes || !a->kept_members || !a->kept_genes) {
        aging_release(a);
        return err_memory("the population");
    }
    *out_state = a;
    return SIBYL_OK;
}

static void aging_push(struct aging *a, const struct candidate *c, double value)
{
    uint32_t at = a->oldest;
    if (a->count < a->size)
        at = a->count++;
    else
        a->oldest = (a->oldest + 1) % a->size;
    uint16_t *genes = a->genes + (size_t)at * a->length;
    memcpy(genes, c->genes, a->length * sizeof(*genes));
    a->members[at] = (struct individual){{.genes = genes, .hash = c->hash}, value};
}

static void aging_keep(struct aging *a)
{
    memcpy(a->kept_members, a->members, a->count * sizeof(*a->members));
    memcpy(a->kept_genes, a->genes, (size_t)a->count * a->length * sizeof(*a->genes));
    a->kept_count = a->count;
    a->kept_oldest = a->oldest;
}

/* The genes of members stand at their own places still. */
static void aging_take_back(struct aging *a)
{
    a->count = a->kept_count;
    a->oldest = a->kept_oldest;
    memcpy(a->members, a->kept_members, a->count * sizeof(*a->members));
    memcpy(a->genes, a->kept_genes, (size_t)a->count * a->length * sizeof(*a->genes));
}

/* The best of `sample` draws with replacement; of equal ones the first drawn. */
static const struct individual *aging_tournament(const struct aging *a, struct rng *rng)
{
    const struct individual *best = NULL;
    for (uint32_t i = 0; i < a->sample; i++) {
        const struct individual *drawn = &a->members[rng_below(rng, a->count)];
        if (!best || drawn->value > best->value) best = drawn;
    }
    return best;
}

static enum status aging_breed(struct aging *a, struct algorithm_round *r, struct rng *rng,
                               uint64_t wanted)
{
    const struct space *s = r->run->space;
    uint32_t known = 0;
    while (r->count < wanted && !r->exhausted) {
        struct arena_mark mark = arena_mark(&r->arena);
        struct candidate child;
        bool added = false;
        const struct candidate *parent = &aging_tournament(a, rng)->candidate;
        enum status st = variation_mutate(s, rng, parent, &child, &r->arena);
        if (!st) st = algorithm_propose(r, &child, &added);
        if (st) return st;
        if (!added && known == 0 && r->count > 0) aging_keep(a);
        known = added ? 0 : known + 1;
        r->exhausted = known >= ALGORITHM_KNOWN_MAX;
        double value;
        /* A known network lives again with the value it has, and costs nothing. */
        if (history_value(r->history, child.hash, &value)) aging_push(a, &child, value);
        if (!added) arena_rewind(&r->arena, mark);
    }
    /* A journal does not tell that more were wanted, so these must leave no trace. */
    if (r->exhausted && r->count > 0) aging_take_back(a);
    return SIBYL_OK;
}

/* The first population: the best of what is known beforehand, the best of them the youngest. */
static enum status aging_found(struct aging *a, const struct history *h)
{
    const size_t known = history_beforehand(h);
    if (a->founded || !known) return SIBYL_OK;
    SIBYL_BUG_IF(h->count > 0);
    a->founded = true;
    size_t *order = calloc(known, sizeof(*order));
    if (!order) return err_memory("the population");
    enum status st = history_rank(h, order);
    for (size_t i = known < a->size ? known : a->size; !st && i-- > 0;)
        aging_push(a, history_candidate(h, order[i]), h->known->list[order[i]].value);
    free(order);
    return st;
}

static enum status aging_propose(void *state, struct algorithm_round *r)
{
    struct aging *a = state;
    struct rng rng;
    enum status st = aging_found(a, r->history);
    if (st) return st;
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    rng_init(&rng, r->run->options->seed, RNG_SEARCH, r->round);
    /* Networks that are pending are on their way into the population. */
    uint64_t sure = a->count + r->history->count - r->history->measured;
    uint64_t missing = sure < a->size ? a->size - sure : 0;
    if (a->count == 0 && missing == 0) missing = wanted; /* none to breed from yet */
    if (missing > 0) {
        r->origin = "random";
        st = algorithm_propose_random(r, &rng, wanted < missing ? wanted : missing);
        if (st || r->count > 0 || a->count == 0) return st;
        r->exhausted = false; /* a space with fewer networks than the population holds */
    }
    r->origin = "mutation";
    st = aging_breed(a, r, &rng, wanted);
    if (st || r->count > 0) return st;
    /* All neighbours of the living are known, pending or failed: new blood. */
    r->exhausted = false;
    r->origin = "random";
    return algorithm_propose_random(r, &rng, wanted);
}

static enum status aging_told(void *state, const struct history *h, size_t entry)
{
    const struct history_entry *e = &h->entries[entry];
    if (!e->failed) aging_push(state, &e->candidate, e->value);
    return SIBYL_OK;
}

/* The ring as it is: this head, then each member. */
struct aging_head {
    uint32_t count, oldest, founded;
};

static enum status aging_save(const void *state, const struct search_run *run, FILE *out)
{
    const struct aging *a = state;
    const struct aging_head head = {a->count, a->oldest, a->founded};
    (void)run;
    fwrite(&head, sizeof(head), 1, out);
    for (uint32_t i = 0; i < a->count; i++) {
        const struct individual *m = &a->members[i];
        fwrite(&m->value, sizeof(m->value), 1, out);
        fwrite(&m->candidate.hash, sizeof(m->candidate.hash), 1, out);
        fwrite(m->candidate.genes, sizeof(*a->genes), a->length, out);
    }
    return SIBYL_OK;
}

static enum status aging_load(void *state, const struct search_run *run, const void *data,
                              size_t bytes)
{
    struct aging *a = state;
    struct aging_head head = {0};
    const unsigned char *at = data;
    const size_t genes = a->length * sizeof(*a->genes);
    const size_t each = sizeof(double) + sizeof(struct hash128) + genes;
    (void)run;
    if (bytes >= sizeof(head)) memcpy(&head, at, sizeof(head));
    if (head.count > a->size || head.oldest >= a->size || bytes != sizeof(head) + head.count * each)
        return err_set(SIBYL_E_FORMAT, "the state is of another program");
    at += sizeof(head);
    a->count = head.count;
    a->oldest = head.oldest;
    a->founded = head.founded;
    for (uint32_t i = 0; i < a->count; i++) {
        struct individual m = {.candidate.genes = a->genes + (size_t)i * a->length};
        memcpy(&m.value, at, sizeof(m.value));
        memcpy(&m.candidate.hash, at + sizeof(m.value), sizeof(m.candidate.hash));
        memcpy(a->genes + (size_t)i * a->length, at + each - genes, genes);
        a->members[i] = m;
        at += each;
    }
    return SIBYL_OK;
}

const struct algorithm algorithm_aging = {.kind = ALGORITHM_AGING,
                                          .replays = true,
                                          .start = aging_start,
                                          .propose = aging_propose,
                                          .told = aging_told,
                                          .save = aging_save,
                                          .load = aging_load,
                                          .release = aging_release};
