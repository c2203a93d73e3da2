/* Which networks of a space remain, for spaces that can be listed and for those that cannot. */
#include "tests/unit/unit.h"

#include "search/algorithms/remaining.h"

#include <string.h>

#define CHAIN(blocks, operations)                                                                  \
    "name: chain\nidentity: skip\nparts:\n  - chain: " blocks                                      \
    "\n    block: {operation: " operations "}\n"

struct case_run {
    struct space *space;
    struct search_options options;
    struct search_run run;
    struct history history;
    struct remaining remaining;
};

static void begin(struct case_run *c, const char *text)
{
    memset(c, 0, sizeof(*c));
    CHECK_OK(space_from_text("chain.yaml", text, strlen(text), &c->space));
    search_options_default(&c->options);
    c->options.seed = 7;
    c->run = (struct search_run){.options = &c->options, .space = c->space};
    c->history.genes = c->space->genes;
}

static void end(struct case_run *c)
{
    history_release(&c->history);
    remaining_release(&c->remaining);
    space_free(c->space);
}

/* Takes up to `wanted` that remain, as measured ones. Returns how many there were. */
static uint32_t take(struct case_run *c, uint64_t round, uint64_t wanted, bool *out_certain)
{
    struct algorithm_round r = {
        .run = &c->run, .history = &c->history, .round = round, .left = UINT64_MAX};
    CHECK_OK(remaining_propose(&c->remaining, &r, wanted, out_certain));
    CU_ASSERT(r.count <= wanted);
    for (uint32_t i = 0; i < r.count; i++) {
        const struct history_entry e = {.candidate = r.items[i].candidate};
        CU_ASSERT(!history_knows(&c->history, e.candidate.hash));
        CHECK_OK(history_add(&c->history, &e));
        history_measure(&c->history, c->history.count - 1, false, 0);
    }
    uint32_t count = r.count;
    algorithm_round_release(&r);
    return count;
}

/* 4^5 points, and the words of up to five of three letters: 1 + 3 + 9 + 27 + 81 + 243. */
static void test_listed(void)
{
    struct case_run c;
    bool certain = true;
    uint32_t taken = 0, last = 1;
    begin(&c, CHAIN("5", "[skip, a, b, c]"));
    for (uint64_t round = 0; last; round++) {
        last = take(&c, round, 50, &certain);
        CU_ASSERT(certain == !last);
        taken += last;
    }
    CU_ASSERT_EQUAL(taken, 364);
    end(&c);
}

/* Too many points to go through, and few networks: 2^22 points, of the lengths 0 to 22. Some are
 * met once in 4 million draws, but each is one edit away from another. */
static void test_counted(void)
{
    struct case_run c;
    bool certain = true;
    uint32_t taken = 0, last = 1;
    begin(&c, CHAIN("22", "[skip, a]"));
    CU_ASSERT(c.space->strings > REMAINING_POINTS_MAX);
    for (uint64_t round = 0; last; round++) {
        last = take(&c, round, 5, &certain);
        CU_ASSERT(certain == !last);
        taken += last;
    }
    CU_ASSERT_EQUAL(taken, 23);
    end(&c);
}

/* The same networks again for the same seed, round and history. */
static void test_repeatable(void)
{
    struct case_run a, b;
    bool certain;
    begin(&a, CHAIN("5", "[skip, a, b, c]"));
    begin(&b, CHAIN("5", "[skip, a, b, c]"));
    for (uint64_t round = 3; round < 6; round++) {
        CU_ASSERT_EQUAL(take(&a, round, 20, &certain), 20);
        remaining_release(&b.remaining); /* what it keeps is no part of it */
        CU_ASSERT_EQUAL(take(&b, round, 20, &certain), 20);
    }
    for (size_t i = 0; i < a.history.count; i++)
        CU_ASSERT(!hash128_compare(a.history.entries[i].candidate.hash,
                                   b.history.entries[i].candidate.hash));
    end(&a);
    end(&b);
}

int main(void)
{
    CU_TestInfo tests[] = {{"a space that is listed", test_listed},
                           {"a space whose networks are counted", test_counted},
                           {"repeatable", test_repeatable},
                           CU_TEST_INFO_NULL};
    return unit_run("remaining", tests);
}
