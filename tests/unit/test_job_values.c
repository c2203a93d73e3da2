/* The keys of a job, one by one: which may change between runs, and what differs. */
#include "tests/unit/unit.h"

#include "jobs/config/job_values.h"

#include <string.h>

static void digest_of(const char *text, char out[HASH128_TEXT_BYTES])
{
    CHECK_OK(job_values_digest(text, CONFIG_TRAIN, out));
}

static void test_read(void)
{
    struct job_values k = {0};
    CHECK_OK(job_values_read(&k, "seed: 1\npredictor:\n  heads: [a, b]\n  layers: 2\nsettings:\n"
                                 "  base: {}\n  other: {training.rate: 0.1}\n"));
    CU_ASSERT_EQUAL_FATAL(k.count, 5);
    const char *want[][2] = {{"seed", "1"},
                             {"predictor.heads", "[a, b]"},
                             {"predictor.layers", "2"},
                             {"settings.base", "{}"},
                             {"settings.other.training.rate", "0.1"}};
    for (size_t i = 0; i < k.count; i++) {
        CU_ASSERT_STRING_EQUAL(k.list[i].path, want[i][0]);
        CU_ASSERT_STRING_EQUAL(k.list[i].value, want[i][1]);
    }
    job_values_release(&k);
    CHECK_OK(job_values_read(&k, ""));
    CU_ASSERT_EQUAL(k.count, 0);
    CU_ASSERT_EQUAL(job_values_read(&k, "a: [b"), SIBYL_E_FORMAT);
}

/* Budgets, time limits and intervals are no part of the digest, nor is where a file lies. */
static void test_digest(void)
{
    char first[HASH128_TEXT_BYTES], other[HASH128_TEXT_BYTES];
    digest_of("data: {file: a.sibyl}\ntraining: {epochs: 3, checkpoint_s: 60}\nseed: 1\n", first);
    digest_of(
        "data: {file: /x/b.sibyl}\ntraining: {epochs: 3, checkpoint_s: 1}\nseed: 1\nrepeat: 9\n",
        other);
    CU_ASSERT_STRING_EQUAL(first, other);
    const char *changed[] = {
        "data: {file: a.sibyl}\ntraining: {epochs: 4, checkpoint_s: 60}\nseed: 1\n",
        "data: {file: a.sibyl}\ntraining: {epochs: 3, checkpoint_s: 60}\nseed: 2\n",
        "data: {file: a.sibyl, label: b}\ntraining: {epochs: 3, checkpoint_s: 60}\nseed: 1\n"};
    for (size_t i = 0; i < 3; i++) {
        digest_of(changed[i], other);
        CU_ASSERT_STRING_NOT_EQUAL(first, other);
    }
}

/* NULL: nothing differs. */
static void expect(const char *before, const char *now, const char *path, const char *was,
                   const char *is)
{
    struct job_values a = {0}, b = {0};
    struct job_difference d = {0};
    CHECK_OK(job_values_read(&a, before));
    CHECK_OK(job_values_read(&b, now));
    CU_ASSERT_EQUAL(job_values_differ(&a, &b, NULL, NULL, &d), path != NULL);
    if (path && d.path) CU_ASSERT_STRING_EQUAL(d.path, path);
    CU_ASSERT(!was == !d.before && (!was || !strcmp(was, d.before)));
    CU_ASSERT(!is == !d.now && (!is || !strcmp(is, d.now)));
    job_values_release(&a);
    job_values_release(&b);
}

static void test_differ(void)
{
    expect("seed: 1\nsearch: {evaluations: 3}\n", "seed: 1\nsearch: {evaluations: 8}\n", NULL, NULL,
           NULL);
    expect("seed: 1\n", "seed: 2\n", "seed", "1", "2");
    expect("seed: 1\n", "seed: 1\ntop: 3\n", "top", NULL, "3");
    expect("seed: 1\ntop: 3\n", "seed: 1\n", "top", "3", NULL);
    expect("vary: {a: [1], b: [2]}\n", "vary: {a: [1], b: [2, 3]}\n", "vary.b", "[2]", "[2, 3]");
    expect("settings: {a: {x: 1}, b: {x: 2}}\n", "settings: {b: {x: 2}, a: {x: 1}}\n",
           "settings.b.x", "in another place", "2");
}

int main(void)
{
    CU_TestInfo tests[] = {{"a text taken apart", test_read},
                           {"digest", test_digest},
                           {"differences", test_differ},
                           CU_TEST_INFO_NULL};
    return unit_run("config_keys", tests);
}
