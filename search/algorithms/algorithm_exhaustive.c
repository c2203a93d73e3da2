#include "search/algorithms/algorithm.h"

#include <stdlib.h>
#include <string.h>

struct exhaustive {
    uint64_t next; /* index of the next point of the space */
};

static enum status exhaustive_start(void **out_state, const struct search_run *run)
{
    (void)run;
    struct exhaustive *e = calloc(1, sizeof(*e));
    if (!e) return err_memory("the search algorithm");
    *out_state = e;
    return SIBYL_OK;
}

static enum status exhaustive_propose(void *state, struct algorithm_round *r)
{
    struct exhaustive *e = state;
    const struct space *s = r->run->space;
    uint64_t wanted = r->batch < r->left ? r->batch : r->left;
    r->origin = "exhaustive";
    while (r->count < wanted && e->next < s->strings) {
        struct arena_mark mark = arena_mark(&r->arena);
        uint16_t *g = space_genes(s, &r->arena);
        struct candidate c;
        bool added = false;
        if (!g) return SIBYL_E_MEM;
        s->at(s, e->next++, g);
        if (!s->valid(s, g)) {
            arena_rewind(&r->arena, mark);
            continue;
        }
        enum status st = candidate_make(&c, &r->arena, s, g);
        if (!st) st = algorithm_propose(r, &c, &added);
        if (st) return st;
        if (!added) arena_rewind(&r->arena, mark);
    }
    r->exhausted = e->next >= s->strings;
    return SIBYL_OK;
}

static enum status exhaustive_save(const void *state, const struct search_run *run, FILE *out)
{
    const struct exhaustive *e = state;
    (void)run;
    fwrite(&e->next, sizeof(e->next), 1, out);
    return SIBYL_OK;
}

static enum status exhaustive_load(void *state, const struct search_run *run, const void *data,
                                   size_t bytes)
{
    struct exhaustive *e = state;
    (void)run;
    if (bytes != sizeof(e->next)) return err_set(SIBYL_E_FORMAT, "the state is of another program");
    memcpy(&e->next, data, sizeof(e->next));
    return SIBYL_OK;
}

const struct algorithm algorithm_exhaustive = {.kind = ALGORITHM_EXHAUSTIVE,
                                               .replays = true,
                                               .start = exhaustive_start,
                                               .propose = exhaustive_propose,
                                               .save = exhaustive_save,
                                               .load = exhaustive_load,
                                               .release = free};
