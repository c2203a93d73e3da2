/* Job files: defaults, every kind of mistake with its place, --set, the digest. */
#include "jobs/config/config.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAIN "data: {file: nb.sibyl, label: acc}\n"

static enum status parse(struct config *c, enum config_verb verb, const char *text, char *set)
{
    return config_parse(c, verb, "/tmp/jobs/job.yaml", text, strlen(text), &set, set ? 1 : 0);
}

/* The text must be refused, and the message must contain `part`. */
static void refused(enum config_verb verb, const char *text, char *set, const char *part)
{
    struct config c = {0};
    enum status st = parse(&c, verb, text, set);
    CU_ASSERT_EQUAL(st, SIBYL_E_USAGE);
    if (!st || !strstr(err_message(), part)) {
        printf("\n  for: %s\n  got: %s\n  want: %s\n", text, st ? err_message() : "success", part);
        CU_FAIL("wrong message");
    }
    config_release(&c);
}

static void test_defaults(void)
{
    struct config c = {0};
    struct predictor_options p;
    struct training_options t;
    predictor_options_default(&p);
    training_options_default(&t);
    CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_TRAIN, TRAIN, NULL), SIBYL_OK);
    const struct config_values *v = c.values;
    CU_ASSERT_STRING_EQUAL(v->data.file, "/tmp/jobs/nb.sibyl");
    CU_ASSERT_STRING_EQUAL(v->data.label, "acc");
    CU_ASSERT_PTR_NULL(v->data.test_label);
    CU_ASSERT_EQUAL(v->predictor.layers, p.layers);
    CU_ASSERT_EQUAL(v->predictor.width, p.width);
    CU_ASSERT_EQUAL_FATAL(v->predictor.head_count, p.head_count);
    CU_ASSERT(!memcmp(v->predictor.heads, p.heads, p.head_count * sizeof(p.heads[0])));
    CU_ASSERT_EQUAL(v->predictor.graph_form, p.graph_form);
    CU_ASSERT_EQUAL(v->training.options.epochs, t.epochs);
    CU_ASSERT_EQUAL(v->training.options.rate, t.rate); /* to the bit */
    CU_ASSERT_EQUAL(v->training.options.ema, t.ema);
    CU_ASSERT_EQUAL(v->training.options.loss.mse, t.loss.mse);
    CU_ASSERT_EQUAL(v->training.options.loss.rank_margin, t.loss.rank_margin);
    CU_ASSERT_EQUAL(v->training.options.transform, t.transform);
    CU_ASSERT_EQUAL(v->split.test, TEST_OTHERS);
    CU_ASSERT_EQUAL(v->seed, 1);
    config_release(&c);
}

static void test_values(void)
{
    struct config c = {0};
    CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_TRAIN,
                                "data:\n  file: /data/x.sibyl\n  label: acc\n  graph: raw\n"
                                "predictor: {heads: [global, reach], width: 64, readout: sum}\n"
                                "training: {rate: 3e-4, target: log_error, loss: {mape: 0.25}}\n"
                                "split: {train: 156, order: file, test: new}\nseed: 7\n",
                                NULL),
                          SIBYL_OK);
    CU_ASSERT_STRING_EQUAL(c.values->data.file, "/data/x.sibyl");
    CU_ASSERT_EQUAL(c.values->predictor.graph_form, GRAPH_RAW);
    CU_ASSERT_EQUAL(c.values->predictor.head_count, 2);
    CU_ASSERT_EQUAL(c.values->predictor.heads[1], TOPOLOGY_REACH);
    CU_ASSERT_EQUAL(c.values->predictor.readout, READOUT_SUM);
    CU_ASSERT_EQUAL(c.values->training.options.rate, 3e-4);
    CU_ASSERT_EQUAL(c.values->training.options.loss.mape, 0.25);
    CU_ASSERT_EQUAL(c.values->training.options.transform, TARGET_LOG_ERROR);
    CU_ASSERT_EQUAL(c.values->split.train, 156);
    CU_ASSERT_EQUAL(c.values->split.order, ORDER_FILE);
    CU_ASSERT_EQUAL(c.values->split.test, TEST_NEW);
    CU_ASSERT_EQUAL(c.values->seed, 7);
    /* What was saved gives the same values again. */
    struct config again = {0};
    CU_ASSERT_EQUAL_FATAL(parse(&again, CONFIG_TRAIN, c.text, NULL), SIBYL_OK);
    CU_ASSERT_STRING_EQUAL(again.text, c.text);
    config_release(&again);
    config_release(&c);
}

static void test_mistakes(void)
{
    refused(CONFIG_TRAIN, TRAIN "predictor:\n  widht: 3\n", NULL,
            "job.yaml:3: predictor: unknown key widht");
    refused(CONFIG_TRAIN, TRAIN "colour: red\n", NULL, "job.yaml:2: unknown key colour");
    refused(CONFIG_TRAIN, TRAIN "\npredictor:\n  layers: 0\n", NULL,
            "job.yaml:4: predictor.layers: want a whole number 1..64");
    refused(CONFIG_TRAIN, TRAIN "training: {rate: fast}\n", NULL,
            "job.yaml:2: training.rate: want 1e-09..10");
    refused(CONFIG_TRAIN, TRAIN "training: {epochs: 2.5}\n", NULL,
            "training.epochs: want a whole number 1..1000000");
    refused(CONFIG_TRAIN, TRAIN "training: {epochs: '5'}\n", NULL, "training.epochs: want");
    refused(CONFIG_TRAIN, TRAIN "training: {rate: .nan}\n", NULL, "training.rate: want");
    refused(CONFIG_TRAIN, TRAIN "training: 5\n", NULL, "job.yaml:2: training: want a mapping");
    refused(CONFIG_TRAIN, TRAIN "split: {order: sorted}\n", NULL,
            "split.order: want random or file, not 'sorted'");
    refused(CONFIG_TRAIN, TRAIN "predictor: {heads: forward}\n", NULL,
            "predictor.heads: want a list");
    refused(CONFIG_TRAIN, TRAIN "predictor: {heads: []}\n", NULL,
            "predictor.heads: want 1..32 entries");
    refused(CONFIG_TRAIN, TRAIN "predictor: {heads: [sideways]}\n", NULL, "not 'sideways'");
    refused(CONFIG_TRAIN, TRAIN "seed: 1\nseed: 2\n", NULL,
            "job.yaml:3: the key seed stands there twice");
    refused(CONFIG_TRAIN, TRAIN "seed: [1\n", NULL, "not YAML");
    refused(CONFIG_TRAIN, "data: {label: acc}\n", NULL, "job.yaml:1: data.file");
    refused(CONFIG_TRAIN, "", NULL, "data.file");
    refused(CONFIG_TRAIN, "- 1\n", NULL, "job.yaml:1: want a mapping");
    refused(CONFIG_TRAIN, TRAIN "split: {train: 10.5}\n", NULL,
            "job.yaml:2: split.train: want a whole number of rows");
    refused(CONFIG_SEARCH, "seed: 1\n", NULL, "the key space is missing");
    refused(CONFIG_SEARCH, "space: nasbench201\n", NULL, "evaluator.file");
    refused(CONFIG_SEARCH,
            "space: a\nevaluator: {kind: command, command: [x]}\nsearch:\n  target: best\n", NULL,
            "job.yaml:4: search.target: 'best' is known for a table only");
    refused(CONFIG_SEARCH, "space: a\nevaluator: {file: x}\nsearch:\n  population: 1\n", NULL,
            "job.yaml:4: search.population: want a whole number 2..65536");
    refused(CONFIG_SEARCH, "space: a\nevaluator: {file: x, minimise: 7}\n", NULL,
            "want true or false");
    refused(CONFIG_SCORE, "predictor: p\ninput: {}\n", NULL,
            "job.yaml:2: input: want one of the keys");
    refused(CONFIG_SCORE, "predictor: p\ninput: {file: a, space: b}\n", NULL,
            "input: want one of the keys");
}

static void test_set(void)
{
    struct config c = {0};
    char width[] = "predictor.width=32", heads[] = "predictor.heads=[global, global]",
         bad[] = "predictor.width=0", unknown[] = "predictor.depth=3", not_mapping[] = "seed.x=3";
    CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_TRAIN, TRAIN "predictor: {width: 64}\n", width),
                          SIBYL_OK);
    CU_ASSERT_EQUAL(c.values->predictor.width, 32);
    config_release(&c);
    CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_TRAIN, TRAIN, heads), SIBYL_OK);
    CU_ASSERT_EQUAL(c.values->predictor.head_count, 2);
    CU_ASSERT_EQUAL(c.values->predictor.heads[0], TOPOLOGY_GLOBAL);
    config_release(&c);
    refused(CONFIG_TRAIN, TRAIN, bad, "--set: predictor.width: want a whole number 1..2048");
    refused(CONFIG_TRAIN, TRAIN, unknown, "--set: predictor: unknown key depth");
    refused(CONFIG_TRAIN, TRAIN "seed: 1\n", not_mapping, "--set seed.x=3");
}

static void test_digest(void)
{
    struct config a = {0}, b = {0}, d = {0};
    char set[] = "seed=4";
    CU_ASSERT_EQUAL_FATAL(parse(&a, CONFIG_TRAIN, TRAIN "seed: 4\ntraining: {rate: 0.001}\n", NULL),
                          SIBYL_OK);
    CU_ASSERT_EQUAL_FATAL(parse(&b, CONFIG_TRAIN,
                                "training: {rate: 1e-3}\ndata:\n  label: acc\n  file: nb.sibyl\n",
                                set),
                          SIBYL_OK);
    CU_ASSERT_EQUAL_FATAL(parse(&d, CONFIG_TRAIN, TRAIN "seed: 5\ntraining: {rate: 0.001}\n", NULL),
                          SIBYL_OK);
    CU_ASSERT_STRING_EQUAL(a.digest, b.digest);
    CU_ASSERT_STRING_NOT_EQUAL(a.digest, d.digest);
    CU_ASSERT_EQUAL(strlen(a.digest), 32);
    config_release(&a);
    config_release(&b);
    config_release(&d);
}

static void test_search(void)
{
    struct config c = {0};
    CU_ASSERT_EQUAL_FATAL(
        parse(
            &c, CONFIG_SEARCH,
            "space: nasbench201\nevaluator: {kind: command, command: [python3, t.py], value: acc,"
            " minimise: true}\nsearch: {algorithm: aging, target: 0.25, coordinator: dedicated}\n",
            NULL),
        SIBYL_OK);
    CU_ASSERT_EQUAL(c.values->evaluator.words, 2);
    CU_ASSERT_STRING_EQUAL(c.values->evaluator.command[1], "t.py");
    CU_ASSERT_EQUAL(c.values->search.options.algorithm, ALGORITHM_AGING);
    CU_ASSERT_EQUAL(c.values->search.options.target, TARGET_VALUE);
    CU_ASSERT_EQUAL(c.values->search.options.target_value, 0.25);
    CU_ASSERT_FALSE(c.values->search.options.coordinator_shared);
    CU_ASSERT_TRUE(c.values->search.options.minimise);
    config_release(&c);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS) return 1;
    CU_pSuite s = CU_add_suite("config", NULL, NULL);
    if (!s || !CU_add_test(s, "defaults", test_defaults) ||
        !CU_add_test(s, "values", test_values) || !CU_add_test(s, "mistakes", test_mistakes) ||
        !CU_add_test(s, "set", test_set) || !CU_add_test(s, "digest", test_digest) ||
        !CU_add_test(s, "search", test_search))
        return 1;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed > 0;
}
