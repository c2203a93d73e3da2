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
    refused(
        CONFIG_TRAIN, TRAIN "predictor:\n  widht: 3\n", NULL,
        "job.yaml:3: predictor: unknown key widht; did you mean width? known here: layers, width,");
    refused(CONFIG_TRAIN, TRAIN "colour: red\n", NULL, "job.yaml:2: unknown key colour");
    refused(CONFIG_TRAIN, TRAIN "\npredictor:\n  layers: 0\n", NULL,
            "job.yaml:4: predictor.layers: want a whole number 1..64");
    refused(CONFIG_TRAIN, TRAIN "training: {rate: fast}\n", NULL,
            "job.yaml:2: training.rate: want a number 1e-09..1, not 'fast'");
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
            "job.yaml:3: the key seed stands there twice, first in line 2");
    refused(CONFIG_TRAIN, TRAIN "seed: [1\n", NULL, "not YAML");
    refused(CONFIG_TRAIN, "data: {label: acc}\n", NULL, "job.yaml:1: the key data.file is missing");
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

/* Whatever is no mapping of keys is told by the file's name, and no flag is blamed. */
static void test_no_keys(void)
{
    static const char utf16[] = "\xff\xfe-\0";
    struct config c = {0};
    char seed[] = "seed=4", file[] = "data.file=f", label[] = "data.label=l",
         *sets[] = {file, label};
    refused(CONFIG_SEARCH, "", NULL, "job file /tmp/jobs/job.yaml: is empty");
    const char *empty[] = {"# nothing\n", "---\n",  "---\n...\n",  "\n\n",
                           "~\n",         "null\n", "\xef\xbb\xbf"};
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
        refused(CONFIG_SEARCH, empty[i], NULL, "/tmp/jobs/job.yaml: there are no keys in it");
    refused(CONFIG_SEARCH, "\nhello\n", NULL, "job.yaml:2: want a mapping of keys to values");
    refused(CONFIG_SEARCH, "42\n", NULL, "not a text");
    refused(CONFIG_SEARCH, "[space]\n", NULL, "not a list");
    refused(CONFIG_SEARCH, "- a\n", seed, "job.yaml:1: want a mapping of keys to values");
    CU_ASSERT_EQUAL(config_parse(&c, CONFIG_SEARCH, "j", utf16, sizeof(utf16) - 1, NULL, 0),
                    SIBYL_E_USAGE);
    /* All keys from flags are a job too. */
    CU_ASSERT_EQUAL(config_parse(&c, CONFIG_TRAIN, "j", "", 0, sets, 2), SIBYL_OK);
    config_release(&c);
}

static void test_not_yaml(void)
{
    static const char zero[] = TRAIN "seed: 1\0\n";
    struct config c = {0};
    refused(CONFIG_TRAIN, TRAIN "predictor:\n\twidth: 3\n", NULL, "job.yaml:3: not YAML");
    refused(CONFIG_TRAIN, TRAIN "predictor:\n\twidth: 3\n", NULL, "(a tab; indent with blanks)");
    refused(CONFIG_TRAIN, TRAIN "seed: \x01\n", NULL, "job.yaml:2: not YAML: control characters");
    refused(CONFIG_TRAIN,
            "\x7f"
            "ELF\xff\xfe",
            NULL, "a job file is text in UTF-8");
    refused(CONFIG_TRAIN, TRAIN "space: \"a\\0b\"\n", NULL, "job.yaml:2: a zero byte in a text");
    CU_ASSERT_EQUAL(config_parse(&c, CONFIG_TRAIN, "j", zero, sizeof(zero) - 1, NULL, 0),
                    SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "j:2: not YAML: control characters"));
    CU_ASSERT_EQUAL(parse(&c, CONFIG_TRAIN, "\xef\xbb\xbf" TRAIN, NULL), SIBYL_OK);
    config_release(&c);
    CU_ASSERT_EQUAL(parse(&c, CONFIG_TRAIN, "data:\r\n  file: a\r\n  label: b\r\n", NULL),
                    SIBYL_OK);
    CU_ASSERT_STRING_EQUAL(c.values->data.label, "b");
    config_release(&c);
}

/* What is behind the first document is not left out in silence. */
static void test_documents(void)
{
    struct config c = {0};
    refused(CONFIG_TRAIN, TRAIN "---\nseed: 2\n", NULL,
            "job.yaml:2: a second document begins here");
    refused(CONFIG_TRAIN, "---\n" TRAIN "--- # none\n", NULL, "job.yaml:3: a second document");
    refused(CONFIG_TRAIN, "---\n---\n" TRAIN, NULL, "job.yaml:2: a second document");
    refused(CONFIG_TRAIN, TRAIN "...\nseed: 2\n", NULL,
            "job.yaml:3: something stands behind the end of the document");
    refused(CONFIG_TRAIN, TRAIN "...\n---\nseed: 2\n", NULL, "job.yaml:3: a second document");
    refused(CONFIG_TRAIN, TRAIN "...\n%YAML 1.1\n---\na: b\n", NULL, "a second document");
    refused(CONFIG_TRAIN, "%YAML 9.0\n---\n" TRAIN, NULL, "job.yaml:1: not YAML");
    refused(CONFIG_TRAIN, "%YAML 1.1\n", NULL, "not YAML");
    char two[] = "seed=1\n---\n2";
    refused(CONFIG_TRAIN, TRAIN, two, "--set: a second document");
    const char *good[] = {"---\n" TRAIN "...\n# the end\n", "%YAML 1.1\n---\n" TRAIN,
                          "# first\n--- # second\n" TRAIN};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        CU_ASSERT_EQUAL(parse(&c, CONFIG_TRAIN, good[i], NULL), SIBYL_OK);
        config_release(&c);
    }
}

/* What is no whole number is refused by its key; what is one may be written in many ways. */
static void test_counts(void)
{
    static const char *const no_counts[] = {
        "3.7",
        "010",
        "00.5e1",
        "0x10",
        "0o17",
        "1_000",
        "1:30",
        "true",
        "yes",
        "on",
        ".inf",
        ".nan",
        "inf",
        "nan",
        "-1",
        "'5'",
        "\"5\"",
        "1e-1",
        "1e9999",
        "''",
        "~",
        "null",
        "[5]",
        "{a: 1}",
        "5 6",
        "1e",
        "18446744073709551616",
        "1.00000000000000000001",
        "--5",
        "",
    };
    static const char *const counts[] = {"5", "5.0", "0.5e1", "50e-1", "+5", "5."};
    char text[128];
    struct config c = {0};
    for (size_t i = 0; i < sizeof(no_counts) / sizeof(no_counts[0]); i++) {
        snprintf(text, sizeof(text), TRAIN "training: {epochs: %s}\n", no_counts[i]);
        refused(CONFIG_TRAIN, text, NULL, "job.yaml:2: training.epochs: want");
    }
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        snprintf(text, sizeof(text), TRAIN "training: {epochs: %s}\n", counts[i]);
        CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_TRAIN, text, NULL), SIBYL_OK);
        CU_ASSERT_EQUAL(c.values->training.options.epochs, 5);
        config_release(&c);
    }
}

/* A number is what is written, or none: the message says how to write it. */
static void test_numbers(void)
{
    struct config c = {0};
    refused(CONFIG_TRAIN, TRAIN "seed: 010\n", NULL, "write it without the leading zero");
    refused(CONFIG_TRAIN, TRAIN "seed: '10'\n", NULL, "write it without quotes");
    refused(CONFIG_TRAIN, TRAIN "seed: 0x10\n", NULL, "write it in decimal");
    refused(CONFIG_TRAIN, TRAIN "seed: 9007199254740993\n", NULL,
            "seed: want a whole number 0..9007199254740992, not '9007199254740993'");
    refused(CONFIG_TRAIN, TRAIN "training: {decay: 1e-400}\n", NULL, "training.decay: want");
    refused(CONFIG_TRAIN, TRAIN "training: {decay: 0x1p-3}\n", NULL, "training.decay: want");
    refused(CONFIG_TRAIN, TRAIN "data: {}\n", NULL, "the key data stands there twice");
    refused(CONFIG_TRAIN, "data: {file: a, label: b, minimise: 'true'}\n", NULL,
            "data.minimise: want true or false");
    refused(CONFIG_TRAIN, "data: {file: a, label: b, minimise: 1}\n", NULL, "want true or false");
    refused(CONFIG_TRAIN, "data: {file: a, label: ~}\n", NULL, "data.label: want some text; quote");
    refused(CONFIG_SEARCH, "space: a\nevaluator: {file: x}\nsearch: {target: 0x1}\n", NULL,
            "search.target: want best, or a number");
    refused(CONFIG_SEARCH, "space: a\nevaluator: {file: x}\nsearch: {target: .nan}\n", NULL,
            "search.target: want best, or a number");
    CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_TRAIN, TRAIN "training: {decay: -0}\n", NULL), SIBYL_OK);
    CU_ASSERT_PTR_NOT_NULL(strstr(c.text, "decay: 0\n"));
    config_release(&c);
}

/* 1.0 beside 0.8 and 0.9 would mean all rows, and 1 means one. */
static void test_rows(void)
{
    static const struct {
        const char *text;
        double rows;
    } good[] = {{"1", 1},     {"0.8", 0.8},   {"156", 156},    {"156.0", 156},
                {"1e2", 100}, {"1.0e2", 100}, {"0.999", 0.999}};
    static const char *const both[] = {"1.0", "1.", "1e0", "1.00", "10e-1", "+1.0"};
    char set[64], vary[128];
    struct config c = {0};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        snprintf(set, sizeof(set), "split.train=%s", good[i].text);
        CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_TRAIN, TRAIN, set), SIBYL_OK);
        CU_ASSERT_EQUAL(c.values->split.train, good[i].rows);
        config_release(&c);
    }
    for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
        snprintf(set, sizeof(set), "split.train=%s", both[i]);
        refused(CONFIG_TRAIN, TRAIN, set, "may mean one row or all of them");
        snprintf(vary, sizeof(vary), TRAIN "vary: {split.train: [0.8, %s]}\n", both[i]);
        struct config_source source = {CONFIG_TRAIN, "job.yaml", vary, strlen(vary), NULL, 0};
        struct config_file *f = NULL;
        CU_ASSERT_EQUAL_FATAL(config_open(&f, &source), SIBYL_OK);
        CU_ASSERT_EQUAL(config_setting(&c, f, 1), SIBYL_E_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "job.yaml:2: split.train:"));
        config_close(f);
    }
    refused(CONFIG_TRAIN, TRAIN "split: {train: 2.5}\n", NULL, "want a whole number of rows");
    refused(CONFIG_TRAIN, TRAIN "split: {train: 0}\n", NULL, "want a whole number of rows");
    refused(CONFIG_TRAIN, TRAIN "split: {train: 80%}\n", NULL, "want a whole number of rows");
}

/* Anchors are taken; what could fill the memory, or hide something, is not. */
static void test_aliases(void)
{
    char text[1024], *at = text;
    struct config c = {0};
    CU_ASSERT_EQUAL_FATAL(
        parse(&c, CONFIG_TRAIN,
              "data: &d {file: a, label: &l acc, test_label: *l}\nvary: {data: [*d, {file: b, "
              "label: *l}]}\n",
              NULL),
        SIBYL_OK);
    CU_ASSERT_STRING_EQUAL(c.values->data.test_label, "acc");
    CU_ASSERT_EQUAL(c.settings, 2);
    config_release(&c);
    at += sprintf(at, TRAIN "settings:\n  x: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for (int i = 1; i < 9; i++)
        at += sprintf(at, "  x%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
                      i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    refused(CONFIG_TRAIN, text, NULL, "the aliases stand for more than 100000 values");
    refused(CONFIG_TRAIN, TRAIN "vary: &v {seed: *v}\n", NULL,
            "job.yaml:2: *v stands within itself");
    refused(CONFIG_TRAIN, TRAIN "seed: *none\n", NULL, "job.yaml:2: there is no anchor &none");
    refused(CONFIG_TRAIN, TRAIN "seed: &a 1\ntop: &a 2\n", NULL,
            "the anchor &a stands there twice");
    refused(CONFIG_TRAIN, TRAIN "predictor:\n  <<: {width: 8}\n", NULL,
            "job.yaml:3: merge keys (<<) are not taken");
    refused(CONFIG_TRAIN, TRAIN "seed: !!str 5\n", NULL, "job.yaml:2: tags are not taken");
    refused(CONFIG_TRAIN, TRAIN "seed: !x 5\n", NULL, "tags are not taken");
    refused(CONFIG_TRAIN, TRAIN "? [a]\n: 1\n", NULL, "job.yaml:2: want a text before the colon");
    memset(text, '[', 1000);
    memcpy(text, "seed: ", 6);
    text[1000] = '\0';
    refused(CONFIG_TRAIN, text, NULL, "more than 32 deep");
}

static void test_unknown_keys(void)
{
    char flag[] = "layers=3", other[] = "evaluator.kind=table", empty[] = "predictor..width=3";
    refused(CONFIG_TRAIN, TRAIN, flag, "unknown key layers; did you mean predictor.layers?");
    refused(CONFIG_TRAIN, TRAIN, other, "unknown key evaluator (it is for search)");
    refused(CONFIG_TRAIN, TRAIN, empty, "--set predictor..width: want KEY.PATH=VALUE");
    refused(CONFIG_SEARCH, "spcae: nasbench201\n", NULL, "unknown key spcae; did you mean space?");
    refused(CONFIG_SEARCH, "space: a\nsearch: {evaluation: 3}\n", NULL,
            "did you mean evaluations?");
    refused(
        CONFIG_TRAIN, TRAIN "colour: red\n", NULL,
        "unknown key colour; known here: data, split, predictor, training, seed, effort, repeat, "
        "vary");
}

static void test_verbs(void)
{
    static const struct {
        const char *text;
        enum config_verb verb;
    } jobs[] = {{TRAIN, CONFIG_TRAIN},
                {"predictor: p\ninput: {file: a}\n", CONFIG_SCORE},
                {"evaluator: {file: a}\n", CONFIG_SEARCH},
                {"space: a\n", CONFIG_SEARCH},
                {"", CONFIG_TRAIN},
                {"[1]", CONFIG_TRAIN}};
    for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
        enum config_verb verb;
        CU_ASSERT_EQUAL(config_verb_of(&verb, "j", jobs[i].text, strlen(jobs[i].text)), SIBYL_OK);
        CU_ASSERT_EQUAL(verb, jobs[i].verb);
    }
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
    refused(CONFIG_TRAIN, TRAIN "seed: 1\n", not_mapping, "--set seed.x: seed is no mapping");
    /* `space` is a name or a mapping. */
    char pool[] = "space.file=/pool.sibyl", other[] = "space.fil=/pool.sibyl";
    CU_ASSERT_EQUAL_FATAL(parse(&c, CONFIG_SEARCH, "space: a\nevaluator: {file: x}\n", pool),
                          SIBYL_OK);
    CU_ASSERT_PTR_NULL(c.values->space);
    CU_ASSERT_STRING_EQUAL(c.values->pool, "/pool.sibyl");
    config_release(&c);
    refused(CONFIG_SEARCH, "space: a\nevaluator: {file: x}\n", other,
            "--set: space: unknown key fil; did you mean file?");
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
        !CU_add_test(s, "search", test_search) || !CU_add_test(s, "no keys", test_no_keys) ||
        !CU_add_test(s, "not YAML", test_not_yaml) ||
        !CU_add_test(s, "documents", test_documents) || !CU_add_test(s, "counts", test_counts) ||
        !CU_add_test(s, "numbers", test_numbers) || !CU_add_test(s, "rows", test_rows) ||
        !CU_add_test(s, "aliases", test_aliases) ||
        !CU_add_test(s, "unknown keys", test_unknown_keys) || !CU_add_test(s, "verbs", test_verbs))
        return 1;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed > 0;
}
