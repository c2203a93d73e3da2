/* Settings of an experiment: the grid, its names and order, overrides in effect, and mistakes with
 * their place. */
#include "tests/unit/unit.h"

#include "jobs/config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN "data: {file: nb.sibyl, label: acc}\n"

static struct config_source source_of(const char *text)
{
    return (struct config_source){CONFIG_TRAIN, "/tmp/jobs/job.yaml", text, strlen(text), NULL, 0};
}

static enum status setting(struct config *c, const struct config_source *source, size_t number)
{
    struct config_file *f = NULL;
    enum status st = config_open(&f, source);
    if (!st) st = config_setting(c, f, number);
    config_close(f);
    return st;
}

static enum status base(struct config *c, const char *text)
{
    return config_parse(c, CONFIG_TRAIN, "/tmp/jobs/job.yaml", text, strlen(text), NULL, 0);
}

/* The text, or one of its settings, must be refused with a message that contains `part`. */
static void refused(const char *text, const char *part)
{
    struct config c = {0};
    struct config_source s = source_of(text);
    enum status st = base(&c, text);
    size_t settings = st ? 0 : c.settings;
    config_release(&c);
    for (size_t i = 0; !st && i < settings; i++) {
        st = setting(&c, &s, i);
        config_release(&c);
    }
    CU_ASSERT_EQUAL(st, SIBYL_E_USAGE);
    if (!st || !strstr(err_message(), part)) {
        printf("\n  for: %s\n  got: %s\n  want: %s\n", text, st ? err_message() : "success", part);
        CU_FAIL("wrong message");
    }
}

static void test_none(void)
{
    struct config c = {0};
    CHECK_OK(base(&c, TRAIN));
    CU_ASSERT(!c.experiment && c.repeats == 1 && c.settings == 1);
    config_release(&c);
    CHECK_OK(base(&c, TRAIN "repeat: 1\n"));
    CU_ASSERT(!c.experiment);
    config_release(&c);
    CHECK_OK(base(&c, TRAIN "repeat: 3\n"));
    CU_ASSERT(c.experiment && c.repeats == 3 && c.settings == 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "repeat: 3")); /* the saved values are the whole job */
    config_release(&c);
}

static const char *const both = TRAIN "predictor: {width: 48}\n"
                                      "vary:\n"
                                      "  predictor.layers: [1, 2, 3]\n"
                                      "  predictor.heads: [[forward, backward], [global]]\n"
                                      "settings:\n"
                                      "  base: {}\n"
                                      "  wide: {predictor.width: 64, training.loss.rank_all: 0}\n";

static void test_grid(void)
{
    struct config c = {0}, again = {0};
    struct config_source s = source_of(both);
    CHECK_OK(base(&c, both));
    CU_ASSERT(c.experiment && c.repeats == 1 && c.settings == 12);
    CU_ASSERT_PTR_NULL(c.setting);
    CHECK_OK(base(&again, c.text)); /* what was saved is the same experiment */
    CU_ASSERT_EQUAL(again.settings, 12);
    CU_ASSERT_STRING_EQUAL(again.text, c.text);
    config_release(&again);
    config_release(&c);
    for (size_t i = 0; i < 12; i++) {
        CHECK_OK(setting(&c, &s, i));
        CU_ASSERT_EQUAL(c.values->predictor.layers, 1 + i % 6 / 2);
        CU_ASSERT_EQUAL(c.values->predictor.head_count, i % 2 ? 1 : 2);
        CU_ASSERT_EQUAL(c.values->predictor.width, i < 6 ? 48 : 64);
        if (i >= 6) CU_ASSERT_EQUAL(c.values->training.options.loss.rank_all, 0);
        config_release(&c);
    }
    CHECK_OK(setting(&c, &s, 7));
    CU_ASSERT_STRING_EQUAL(c.setting, "wide, predictor.layers=1, predictor.heads=[global]");
    config_release(&c);
}

/* A setting is the job with those values: the same digest as when they are written or --set. */
static void test_same_as_set(void)
{
    struct config a = {0}, b = {0};
    char set[] = "predictor.width=64", *sets[] = {set};
    const char *varied = TRAIN "vary: {predictor.width: [32, 64]}\n";
    struct config_source s = source_of(varied);
    CHECK_OK(setting(&a, &s, 1));
    CHECK_OK(config_parse(&b, CONFIG_TRAIN, "/tmp/jobs/job.yaml", TRAIN, strlen(TRAIN), sets, 1));
    CU_ASSERT_STRING_EQUAL(a.digest, b.digest);
    CU_ASSERT_STRING_EQUAL(a.setting, "predictor.width=64");
    config_release(&a);
    s.sets = sets;
    s.set_count = 1; /* a setting counts more than --set */
    CHECK_OK(setting(&a, &s, 0));
    CU_ASSERT_EQUAL(a.values->predictor.width, 32);
    config_release(&a);
    config_release(&b);
}

static void test_mistakes(void)
{
    refused(TRAIN "vary:\n  predictor.widht: [1]\n", "job.yaml:3: predictor: unknown key widht");
    refused(TRAIN "vary:\n  predictor.width:\n    - 8\n    - many\n",
            "job.yaml:5: predictor.width: want a whole number");
    refused(TRAIN "vary:\n  predictor.width: 8\n", "job.yaml:3: predictor.width: want a list");
    refused(TRAIN "vary:\n  predictor.width: []\n", "job.yaml:3: predictor.width: want a list");
    refused(TRAIN "vary:\n  predictor.width: [8,\n   8]\n",
            "job.yaml:4: predictor.width: the value 8 stands there twice");
    refused(TRAIN "vary: [1]\n", "job.yaml:2: vary: want a mapping");
    refused(TRAIN "vary:\n  seed: [1]\n  seed: [2]\n",
            "job.yaml:4: the key seed stands there twice, first in line 3");
    refused(TRAIN "seed: 1\nvary:\n  seed.x: [1]\n", "job.yaml:4: seed.x: seed is no mapping");
    refused(TRAIN "vary:\n  predictor..width: [1]\n",
            "job.yaml:3: predictor..width: want KEY.PATH");
    refused(TRAIN "vary:\n  repeat: [1]\n", "job.yaml:3: unknown key repeat");
    refused(TRAIN "settings: {}\n", "job.yaml:2: settings: want a setting or more");
    refused(TRAIN "settings:\n  a: {}\n  b: 5\n", "job.yaml:4: b: want a mapping");
    refused(TRAIN "settings:\n  a: {}\n  a: {}\n",
            "job.yaml:4: the key a stands there twice, first in line 3");
    refused(TRAIN "settings:\n  a: {}\n  b:\n    training.rate: fast\n",
            "job.yaml:5: training.rate: want");
    refused(TRAIN "settings:\n  a:\n    trainin.rate: 1\n", "job.yaml:4: unknown key trainin");
    refused(TRAIN "repeat: 0\n", "job.yaml:2: repeat: want a whole number 1..1000000");
    refused(TRAIN "repeat: 2.5\n", "repeat: want a whole number");
    refused(TRAIN "repeat: [2]\n", "repeat: want a whole number");
    refused(TRAIN "repeat: 2\nrepeat: 3\n",
            "job.yaml:3: the key repeat stands there twice, first in line 2");
    refused(TRAIN "repeat: 600000\nvary: {seed: [1, 2]}\n", "more than 1000000 runs");
}

/* The time of an experiment is linear in its settings; the time limit of this test sees to it. */
static void test_many(void)
{
    enum { MANY = 10000 };
    struct config c = {0};
    char *text = malloc(MANY * 8 + 200), *at = text;
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    at += sprintf(at, TRAIN "vary:\n  seed: [0");
    for (int i = 1; i < MANY; i++) at += sprintf(at, ", %d", i);
    strcpy(at, "]\n");
    struct config_source s = source_of(text);
    struct config_file *f = NULL;
    CHECK_OK(config_open(&f, &s));
    for (size_t i = 0; i < MANY; i++) {
        CHECK_OK(config_setting(&c, f, i));
        CU_ASSERT_EQUAL(c.values->seed, i);
        config_release(&c);
    }
    config_close(f);
    strcpy(at, ", 77]\n");
    refused(text, "seed: the value 77 stands there twice");
    free(text);
}

/* Settings leave nothing behind for those that are asked for later, in any order. */
static void test_order(void)
{
    const char *text = TRAIN "training: {loss: {l1: 2, mse: 1}}\n"
                             "settings:\n"
                             "  whole: {training.loss: {mape: 1}, training.loss.l1: 5}\n"
                             "  base:\n"
                             "  deep: {predictor.layers: 1}\n";
    struct config_source s = source_of(text);
    struct config_file *f = NULL;
    struct config first = {0}, c = {0};
    CHECK_OK(config_open(&f, &s));
    for (size_t turn = 0; turn < 9; turn++) {
        CHECK_OK(config_setting(&c, f, turn % 3));
        const struct training_options *o = &c.values->training.options;
        CU_ASSERT_EQUAL(o->loss.l1, turn % 3 == 0 ? 5 : 2);
        CU_ASSERT_EQUAL(o->loss.mse, turn % 3 == 0 ? 0 : 1); /* the whole section is replaced */
        CU_ASSERT_EQUAL(o->loss.mape, turn % 3 == 0 ? 1 : 0);
        CU_ASSERT_EQUAL(c.values->predictor.layers, turn % 3 == 2 ? 1 : 4);
        if (turn == 0) first = c;
        if (turn == 6) CU_ASSERT_STRING_EQUAL(c.digest, first.digest);
        if (turn) config_release(&c);
    }
    config_release(&first);
    config_close(f);
}

int main(void)
{
    CU_TestInfo tests[] = {{"no experiment", test_none},
                           {"all combinations", test_grid},
                           {"as --set", test_same_as_set},
                           {"mistakes", test_mistakes},
                           {"many", test_many},
                           {"any order", test_order},
                           CU_TEST_INFO_NULL};
    return unit_run("grid", tests);
}
