/* Counts the distinct networks of NAS-Bench-101 by canonical hash: the published number is 423,624.
 * Then random cells in any labelling must be among them, since the enumeration takes one labelling
 * per class only. Exit status 1 if either fails. */
#include "base/clock.h"
#include "base/hashset.h"
#include "search/spaces/space.h"

#include <inttypes.h>
#include <stdio.h>

#define PUBLISHED 423624
#define CELLS 10000 /* random ones */

static enum status count_all(const struct space *s, struct hashset *set)
{
    for (uint64_t i = 0; i < s->strings; i++) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        struct hash128 h;
        s->at(s, i, g);
        if (!s->valid(s, g)) continue;
        enum status st = space_hash(s, g, &h);
        if (!st) st = hashset_add(set, h, 0, NULL);
        if (st) return st;
    }
    return SIBYL_OK;
}

/* A random matrix of 7 nodes and about 9 edges in the space's notation; most are not valid. */
static void random_text(struct rng *r, char *out)
{
    static const char *const ops[] = {"c1", "c3", "mp"};
    *out++ = '7';
    *out++ = ':';
    for (int i = 0; i < 21; i++) *out++ = rng_below(r, 21) < 9 ? '1' : '0';
    *out++ = ':';
    for (int k = 0; k < 5; k++) out += sprintf(out, "%s%s", k ? "," : "", ops[rng_below(r, 3)]);
}

static enum status count_missing(const struct space *s, const struct hashset *set, uint64_t *out)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 0);
    *out = 0;
    for (int found = 0; found < CELLS;) {
        uint16_t g[SPACE_GENES_BUILT_IN] = {0};
        struct hash128 h;
        char text[64];
        random_text(&r, text);
        if (s->parse(s, text, g)) continue;
        enum status st = space_hash(s, g, &h);
        if (st) return st;
        *out += hashset_find(set, h) == HASHSET_NONE;
        found++;
    }
    return SIBYL_OK;
}

int main(void)
{
    struct space *s = NULL;
    struct hashset set = {0};
    uint64_t missing = 0;
    double start = clock_s(), counted = start;
    enum status st = space_new("nasbench101", &s);
    if (!st) st = count_all(s, &set);
    counted = clock_s();
    if (!st) {
        printf("%" PRIu64 " points, %zu networks (published: %d) in %.2f s\n", s->strings,
               set.count, PUBLISHED, counted - start);
        st = count_missing(s, &set, &missing);
    }
    if (st)
        fprintf(stderr, "count_nasbench101: %s\n", err_message());
    else
        printf("%d random cells, %" PRIu64 " not among them, in %.2f s\n", CELLS, missing,
               clock_s() - counted);
    bool good = !st && set.count == PUBLISHED && !missing;
    hashset_release(&set);
    space_free(s);
    return good ? 0 : 1;
}
