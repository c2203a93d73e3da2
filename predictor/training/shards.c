#include "predictor/training/shards.h"

#include "comm/team.h"

#include <stdlib.h>

/* Which rank has the shard dealt in turn i: the ranks take one each, and then one each the other
 * way round, so that who came last in one round comes first in the next. */
static uint32_t rank_of_turn(const struct shards *s, uint32_t i)
{
    uint32_t round = i / s->ranks, place = i % s->ranks;
    return round % 2 ? s->ranks - 1 - place : place;
}

enum status shards_init(struct shards *s, uint32_t count, uint32_t ranks)
{
    *s = (struct shards){.count = count, .ranks = ranks};
    s->memory =
        calloc(1, count * sizeof(uint64_t) + (2 * (size_t)count + ranks + 2) * sizeof(uint32_t));
    if (!s->memory) return err_memory("training");
    s->sizes = s->memory;
    s->of_rank = (uint32_t *)(s->sizes + count);
    s->dealt = s->of_rank + ranks + 1;
    s->begin = s->dealt + count;
    for (uint32_t i = 0; i < count; i++) s->of_rank[rank_of_turn(s, i) + 1]++;
    for (uint32_t r = 0; r < ranks; r++) s->of_rank[r + 1] += s->of_rank[r];
    return SIBYL_OK;
}

void shards_release(struct shards *s)
{
    free(s->memory);
    *s = (struct shards){0};
}

static int descending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

void shards_deal(struct shards *s, const struct graph *graphs, const uint32_t *rows, uint32_t count)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint64_t begin, end, nodes = 0;
        team_slice(count, (int)i, (int)s->count, &begin, &end);
        for (uint64_t g = begin; g < end; g++) nodes += graphs[rows[g]].nodes;
        s->begin[i] = (uint32_t)begin;
        s->sizes[i] = nodes * s->count + i;
    }
    s->begin[s->count] = count;
    qsort(s->sizes, s->count, sizeof(*s->sizes), descending);
    for (uint32_t i = 0; i < s->count; i++)
        s->dealt[s->of_rank[rank_of_turn(s, i)] + i / s->ranks] =
            (uint32_t)(s->sizes[i] % s->count);
}
