/* The state that is kept beside a journal: a ledger opened from it is the one that the whole
 * journal gives, and proposes the same; one that is damaged, or of another search or journal, is
 * none. */
#include "tests/unit/visit_case.h"

#include <math.h>

#define KEPT_AGAIN 64 /* records behind a state, after which it is made anew */

static void read_in(const struct visit_case *k, const char *name, char **out, size_t *bytes)
{
    char *path = file_join(k->folder, name);
    *out = NULL;
    CHECK_OK(file_read(path, out, bytes));
    free(path);
}

static void write_in(const struct visit_case *k, const char *name, const char *data, size_t bytes)
{
    char *path = file_join(k->folder, name);
    FILE *f = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    CU_ASSERT_EQUAL(fwrite(data, 1, bytes, f), bytes);
    CU_ASSERT_EQUAL(fclose(f), 0);
    free(path);
}

static bool is_in(const struct visit_case *k, const char *name)
{
    char *path = file_join(k->folder, name);
    bool is = access(path, F_OK) == 0;
    free(path);
    return is;
}

/* Is there a state that is any good? */
static bool has_state(const struct visit_case *k)
{
    struct ledger_state *brief = NULL, *whole = NULL;
    CHECK_OK(ledger_state_read(&brief, &k->run, true));
    CHECK_OK(ledger_state_read(&whole, &k->run, false));
    CU_ASSERT_EQUAL(brief == NULL, whole == NULL);
    bool has = whole != NULL;
    ledger_state_free(brief);
    ledger_state_free(whole);
    return has;
}

/* Both have the same tasks, with the same measurements, and propose the same `wanted` networks. */
static void expect_same(struct ledger *a, struct ledger *b, uint64_t wanted, bool brief)
{
    const struct ledger_wish wish = {.wanted = wanted, .free = true};
    size_t first = a->history.count, count[2] = {0, 0};
    CU_ASSERT(a->pending == b->pending && a->rounds == b->rounds);
    CU_ASSERT(a->reached == b->reached && a->journal.ended == b->journal.ended);
    CU_ASSERT_EQUAL(a->evaluations_to_target, b->evaluations_to_target);
    CU_ASSERT_EQUAL(ledger_left(a), ledger_left(b));
    CU_ASSERT_EQUAL(ledger_known(a), ledger_known(b));
    CU_ASSERT_EQUAL(a->replayed, b->replayed);
    CHECK_OK(ledger_propose(a, &wish, &count[0]));
    CHECK_OK(ledger_propose(b, &wish, &count[1]));
    CU_ASSERT_EQUAL(count[0], count[1]);
    CU_ASSERT_EQUAL_FATAL(a->history.count, b->history.count);
    CU_ASSERT_EQUAL(a->history.count, first + count[0]);
    for (size_t i = 0; i < a->history.count; i++) {
        const struct history_entry *x = &a->history.entries[i], *y = &b->history.entries[i];
        const Sibyl__Measurement *m = a->tasks[i].measurement, *n = b->tasks[i].measurement;
        CU_ASSERT_EQUAL(hash128_compare(x->candidate.hash, y->candidate.hash), 0);
        CU_ASSERT_EQUAL(memcmp(x->candidate.genes, y->candidate.genes,
                               a->history.genes * sizeof(*x->candidate.genes)),
                        0);
        CU_ASSERT(x->round == y->round && x->measured == y->measured && x->failed == y->failed);
        CU_ASSERT_STRING_EQUAL(x->origin, y->origin);
        CU_ASSERT_DOUBLE_EQUAL(x->value, y->value, 0);
        CU_ASSERT(a->tasks[i].asked == b->tasks[i].asked && a->tasks[i].free == b->tasks[i].free);
        CU_ASSERT_EQUAL(m == NULL, n == NULL);
        if (!m || !n || brief) continue;
        CU_ASSERT(m->task == i && n->task == i);
        CU_ASSERT_DOUBLE_EQUAL(m->value, n->value, 0);
        CU_ASSERT_STRING_EQUAL(m->error, n->error);
    }
}

/* The state against the journal alone: the folder's files are put back in between, for proposals
 * are written. */
static void state_against_journal(struct visit_case *k, bool brief)
{
    struct ledger_state *state = NULL;
    struct ledger with = {0}, without = {0};
    struct visit_case copy = *k;
    char *journal;
    size_t bytes;
    read_in(k, "run.journal", &journal, &bytes);
    snprintf(copy.folder, sizeof(copy.folder), "/tmp/sibyl_visit_XXXXXX");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(copy.folder));
    copy.run.folder = copy.folder;
    write_in(&copy, "run.journal", journal, bytes);
    CHECK_OK(ledger_state_read(&state, &k->run, brief));
    CU_ASSERT_PTR_NOT_NULL_FATAL(state);
    CHECK_OK(ledger_open_state(&with, &k->run, state));
    CHECK_OK(ledger_open(&without, &copy.run, NULL));
    expect_same(&with, &without, 9, brief);
    ledger_close(&with);
    ledger_close(&without);
    ledger_state_free(state);
    visit_case_remove(&copy, "run.journal");
    CU_ASSERT_EQUAL(rmdir(copy.folder), 0);
    write_in(k, "run.journal", journal, bytes);
    free(journal);
}

/* Known beforehand, every 40th network. */
static void add_known(struct visit_case *k)
{
    struct known_request q = {.space = k->space, .value = "value", .log = k->run.log};
    char path[128];
    snprintf(path, sizeof(path), "%s/known.csv", k->folder);
    FILE *f = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    fputs("architecture,value\n", f);
    for (uint64_t i = 0; i < k->space->strings; i += 40) {
        uint16_t genes[SPACE_GENES_BUILT_IN] = {0};
        char text[512];
        CU_ASSERT_FATAL(k->space->text_bytes <= sizeof(text));
        k->space->at(k->space, i, genes);
        k->space->text(k->space, genes, text);
        fprintf(f, "%s,%g\n", text, 0.001 * (double)i);
    }
    CU_ASSERT_EQUAL(fclose(f), 0);
    CHECK_OK(known_results_add(&k->known, path, &q));
    CU_ASSERT_FATAL(k->known.count > 5);
    k->evaluator.known = &k->known;
}

static void goes_on_as_the_journal(enum search_algorithm a, bool known)
{
    struct visit_case k;
    struct rng r;
    rng_init(&r, 9, RNG_SEARCH, 0);
    visit_case_open(&k, a, 200);
    k.options.target = TARGET_VALUE;
    k.options.target_value = 0.999;
    if (known) add_known(&k);
    for (int i = 0; i < 32; i++) {
        size_t pending = k.given - k.told;
        if (i % 3 == 0 || !pending)
            (void)visit_case_ask(&k, 1 + rng_below(&r, 5), NULL);
        else
            (void)visit_case_tell_one(&k, rng_below(&r, pending), i % 5 ? 0.001 * i : (double)NAN);
        if (i % 5 == 1) state_against_journal(&k, i % 4 == 1);
    }
    (void)visit_case_ask(&k, 4, NULL);
    (void)visit_case_tell_one(&k, 0, 1);
    state_against_journal(&k, false);
    visit_case_close(&k);
}

static void test_same_as_journal(void)
{
    goes_on_as_the_journal(ALGORITHM_RANDOM, false);
    goes_on_as_the_journal(ALGORITHM_AGING, false);
    goes_on_as_the_journal(ALGORITHM_EXHAUSTIVE, false);
    goes_on_as_the_journal(ALGORITHM_RANDOM, true);
    goes_on_as_the_journal(ALGORITHM_AGING, true);
}

static void some_visits(struct visit_case *k, enum search_algorithm a)
{
    visit_case_open(k, a, 300);
    (void)visit_case_ask(k, 6, NULL);
    for (size_t i = 0; i < 3; i++) (void)visit_case_tell_one(k, i, 0.5);
}

/* Whichever byte is another, and wherever the file ends, it is none; and the next visit goes on by
 * the journal alone, and makes a new one. */
static void test_damaged(void)
{
    struct visit_case k;
    char *data;
    size_t bytes;
    some_visits(&k, ALGORITHM_AGING);
    CU_ASSERT_TRUE(has_state(&k));
    read_in(&k, "run.state", &data, &bytes);
    for (size_t i = 0; i < bytes; i++) {
        data[i] ^= 4;
        write_in(&k, "run.state", data, bytes);
        CU_ASSERT_FALSE(has_state(&k));
        data[i] ^= 4;
        write_in(&k, "run.state", data, i);
        CU_ASSERT_FALSE(has_state(&k));
    }
    CU_ASSERT_EQUAL(visit_case_ask(&k, 2, NULL), 2);
    CU_ASSERT_TRUE(has_state(&k));
    state_against_journal(&k, false);
    free(data);
    visit_case_close(&k);
}

static void test_of_another(void)
{
    struct visit_case k, other;
    char *own, *journal;
    size_t bytes, journal_bytes;
    some_visits(&k, ALGORITHM_AGING);
    k.options.seed++;
    CU_ASSERT_FALSE(has_state(&k));
    k.options.seed--;
    k.options.algorithm = ALGORITHM_RANDOM;
    CU_ASSERT_FALSE(has_state(&k));
    k.options.algorithm = ALGORITHM_AGING;
    k.space->genes++;
    CU_ASSERT_FALSE(has_state(&k));
    k.space->genes--;
    CU_ASSERT_TRUE(has_state(&k));
    /* A state of another journal, and one that knows more than the journal has. */
    read_in(&k, "run.journal", &journal, &journal_bytes);
    some_visits(&other, ALGORITHM_AGING);
    (void)visit_case_ask(&other, 1, NULL);
    visit_case_remove(&other, "run.state");
    (void)visit_case_ask(&other, 1, NULL);
    read_in(&other, "run.state", &own, &bytes);
    write_in(&k, "run.state", own, bytes);
    CU_ASSERT_FALSE(has_state(&k));
    CU_ASSERT_EQUAL(visit_case_ask(&k, 1, NULL), 1);
    CU_ASSERT_TRUE(has_state(&k));
    free(own);
    read_in(&k, "run.state", &own, &bytes);
    write_in(&k, "run.journal", journal, journal_bytes - 1);
    CU_ASSERT_FALSE(has_state(&k));
    free(own);
    free(journal);
    visit_case_close(&other);
    visit_case_close(&k);
}

/* It is made anew when so many records stand behind it, and no sooner. */
static void test_made_anew(void)
{
    static const size_t steps[] = {KEPT_AGAIN - 2, KEPT_AGAIN - 1, KEPT_AGAIN};
    struct visit_case k;
    char *before, *after;
    size_t bytes, more, told = 0, tasks[KEPT_AGAIN];
    double values[KEPT_AGAIN];
    for (size_t i = 0; i < KEPT_AGAIN; i++) {
        tasks[i] = i;
        values[i] = 0.5;
    }
    visit_case_open(&k, ALGORITHM_RANDOM, 300);
    CU_ASSERT_EQUAL(visit_case_ask(&k, 100, NULL), 100);
    read_in(&k, "run.state", &before, &bytes);
    for (size_t i = 0; i < 3; told = steps[i++]) {
        (void)visit_case_tell(&k, tasks + told, values + told, steps[i] - told);
        read_in(&k, "run.state", &after, &more);
        CU_ASSERT_EQUAL(more == bytes && !memcmp(before, after, bytes), steps[i] < KEPT_AGAIN);
        free(after);
    }
    CU_ASSERT_FALSE(is_in(&k, "run.state.0000000000000000" FILE_TEMPORARY_END));
    state_against_journal(&k, true);
    free(before);
    visit_case_close(&k);
}

/* A task that failed for the machine's sake is pending again, which the journal alone tells. */
static void test_temporary(void)
{
    struct visit_case k;
    struct visit v;
    uint64_t *tasks = NULL;
    size_t pending = 0;
    char error[] = "no GPU";
    visit_case_open(&k, ALGORITHM_RANDOM, 300);
    CU_ASSERT_EQUAL(visit_case_ask(&k, 3, NULL), 3);
    CHECK_OK(visit_open(&v, NULL, &k.run, false));
    Sibyl__Measurement m = SIBYL__MEASUREMENT__INIT;
    m.task = 1;
    m.failed = m.temporary = true;
    m.error = error;
    CHECK_OK(visit_tell(&v, &m));
    CHECK_OK(visit_end(&v, true));
    visit_close(&v);
    for (int i = 0; i < 2; i++) { /* with the state that was kept before, and with none */
        CHECK_OK(visit_open(&v, NULL, &k.run, i == 0));
        CHECK_OK(visit_pending(&v, &tasks, &pending));
        CU_ASSERT_EQUAL(pending, 3);
        CU_ASSERT_EQUAL(visit_task(&v, 1), VISIT_PENDING);
        free(tasks);
        CHECK_OK(visit_end(&v, false));
        visit_close(&v);
        if (is_in(&k, "run.state")) visit_case_remove(&k, "run.state");
    }
    CU_ASSERT_FALSE(has_state(&k));
    visit_case_close(&k);
}

int main(void)
{
    CU_TestInfo tests[] = {{"the same as the journal", test_same_as_journal},
                           {"damaged", test_damaged},
                           {"of another search or journal", test_of_another},
                           {"made anew", test_made_anew},
                           {"temporary failures", test_temporary},
                           CU_TEST_INFO_NULL};
    return unit_run("ledger_state", tests);
}
