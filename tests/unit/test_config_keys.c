/* The table of keys: every row is whole, its defaults and bounds are what parsing takes, and help
 * and documents say the same as the table. */
#include "tests/unit/unit.h"

#include "base/file.h"
#include "jobs/config/config_help.h"
#include "jobs/config/config_values.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { VERBS = 3, SETS = 8 };

/* A job of each verb that has all it needs, and in which every number may reach its bounds. */
static const char *const jobs[VERBS] = {
    [CONFIG_TRAIN] = "data: {file: a, label: b}\npredictor: {heads: [global]}\n",
    [CONFIG_SCORE] = "predictor: p\ninput: {space: a}\n",
    [CONFIG_SEARCH] = "space: a\nevaluator: {file: a}\npredictor: {heads: [global]}\n"
                      "search: {sample: 1, target: 0.5}\n",
};

/* Keys that only go with others. */
static const struct companion {
    const char *path, *with;
} companions[] = {
    {"search.sample", "search.population=65536"},
    {"search.epochs", "search.fidelity.max=1"},
    {"search.fidelity.eta", "search.fidelity.max=1"},
    {"search.fidelity.min", "search.fidelity.max=1e9"},
    {"search.fidelity.min", "search.fidelity.eta=1e6"},
    {"search.fidelity.min", "evaluator.kind=ask"},
    {"search.fidelity.stop", "search.fidelity.min=1"},
    {"search.fidelity.stop", "search.fidelity.max=9"},
    {"search.fidelity.stop", "evaluator.kind=command"},
    {"search.fidelity.stop", "evaluator.command=[a]"},
};

static enum status parse_set(unsigned verb, const char *path, const char *value, struct config *c)
{
    char set[256], *sets[SETS] = {set};
    int count = 1;
    snprintf(set, sizeof(set), "%s=%s", path, value);
    for (size_t i = 0; i < sizeof(companions) / sizeof(*companions); i++)
        if (!strcmp(companions[i].path, path))
            sets[count++] = (char *)(uintptr_t)companions[i].with;
    return config_parse(c, (enum config_verb)verb, "job.yaml", jobs[verb], strlen(jobs[verb]), sets,
                        count);
}

static void taken(unsigned verb, const char *path, const char *value)
{
    struct config c = {0};
    enum status st = parse_set(verb, path, value, &c);
    if (st) printf("\n  %s=%s: %s\n", path, value, err_message());
    CU_ASSERT_EQUAL(st, SIBYL_OK);
    config_release(&c);
}

static void refused(unsigned verb, const char *path, const char *value)
{
    struct config c = {0};
    char want[256];
    snprintf(want, sizeof(want), "--set: %s: want ", path);
    enum status st = parse_set(verb, path, value, &c);
    if (!st || strncmp(err_message(), want, strlen(want)))
        printf("\n  %s=%s: %s\n", path, value, st ? err_message() : "taken");
    CU_ASSERT_EQUAL(st, SIBYL_E_USAGE);
    CU_ASSERT(st && !strncmp(err_message(), want, strlen(want)));
    config_release(&c);
}

static void test_rows(void)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    CU_ASSERT(count <= CONFIG_KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        const struct config_key *k = &keys[i];
        const char *text = k->sentence, *dot = strrchr(k->path, '.');
        CU_ASSERT_FATAL(text && isupper((unsigned char)text[0]) && text[strlen(text) - 1] == '.');
        CU_ASSERT(k->verbs != 0);
        CU_ASSERT((k->kind == KEY_WORD || k->kind == KEY_WORDS) == (k->words != NULL));
        for (size_t w = 0; k->words && w < k->words->count; w++)
            CU_ASSERT(*k->words->list[w].name && *k->words->list[w].sentence);
        for (unsigned v = 0; v < VERBS; v++) {
            if (!(k->verbs & 1u << v)) continue;
            CU_ASSERT_PTR_EQUAL(config_key_find(1u << v, k->path, strlen(k->path)), k);
            if (!dot) continue;
            const struct config_key *section =
                config_key_find(1u << v, k->path, (size_t)(dot - k->path));
            CU_ASSERT_FATAL(section != NULL);
            CU_ASSERT(section->kind == KEY_SECTION || !strcmp(k->path, "space.file") ||
                      (section->kind == KEY_RECORDS) == !!(k->flags & KEY_OF_RECORD));
            CU_ASSERT(section < k && config_key_holds(1u << v, section));
        }
    }
}

/* Both bounds are taken, what lies outside is refused by the key's own message. */
static void check_number(unsigned verb, const struct config_key *k)
{
    char text[64];
    const double inside[] = {k->low, k->high};
    const double outside[] = {k->low > 0 && k->kind != KEY_WHOLE ? k->low / 2 : k->low - 1,
                              k->kind == KEY_WHOLE ? k->high + 2 : k->high * 2 + 1};
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof(text), "%.17g", inside[i]);
        taken(verb, k->path, text);
        snprintf(text, sizeof(text), "%.17g", outside[i]);
        refused(verb, k->path, text);
    }
    refused(verb, k->path, "many");
    refused(verb, k->path, "[1]");
    refused(verb, k->path, "");
}

/* Every key can be set by a flag to every kind of value it may have. */
static void test_values(void)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    for (size_t i = 0; i < count; i++) {
        const struct config_key *k = &keys[i];
        for (unsigned v = 0; v < VERBS; v++) {
            if (!(k->verbs & 1u << v) || k->flags & KEY_OF_RECORD) continue;
            if (k->kind == KEY_RECORDS) refused(v, k->path, "3");
            if (k->kind == KEY_WHOLE || k->kind == KEY_NUMBER || k->kind == KEY_ROWS)
                check_number(v, k);
            if (k->kind == KEY_SWITCH) {
                taken(v, k->path, "true");
                taken(v, k->path, "off");
                refused(v, k->path, "1");
            }
            for (size_t w = 0; k->kind == KEY_WORD && w < k->words->count; w++) {
                const char *name = k->words->list[w].name;
                /* These two need another key beside them. */
                if (!strcmp(name, "class_token") || !strcmp(name, "command")) continue;
                taken(v, k->path, name);
            }
            if (k->kind == KEY_WORD) refused(v, k->path, "wrong");
            if (k->kind == KEY_WORDS) refused(v, k->path, "[wrong]");
            if (k->kind == KEY_WORDS || k->kind == KEY_TEXTS || k->kind == KEY_PATHS)
                refused(v, k->path, "3");
            if (k->kind == KEY_TEXTS || k->kind == KEY_PATHS) taken(v, k->path, "[a, b]");
            if (k->kind == KEY_SECTION) refused(v, k->path, "3");
            if (!strcmp(k->path, "space.file")) continue; /* the job's space is a name */
            if (k->kind == KEY_TEXT || k->kind == KEY_PATH) refused(v, k->path, "");
        }
    }
    taken(CONFIG_SEARCH, "space", "{file: pool.sibyl}");
    refused(CONFIG_SEARCH, "space", "{}");
    taken(CONFIG_TRAIN, "repeat", "3");
    taken(CONFIG_TRAIN, "vary", "{predictor.layers: [1, 2]}");
    taken(CONFIG_TRAIN, "settings", "{a: {predictor.layers: 1}, b: {}}");
}

/* A saved job is the same job again: all defaults are within their bounds. */
static void test_defaults(void)
{
    for (unsigned v = 0; v < VERBS; v++) {
        struct config a = {0}, b = {0};
        CHECK_OK(config_parse(&a, (enum config_verb)v, "a", jobs[v], strlen(jobs[v]), NULL, 0));
        CHECK_OK(config_parse(&b, (enum config_verb)v, "b", a.text, strlen(a.text), NULL, 0));
        CU_ASSERT_STRING_EQUAL(a.text, b.text);
        config_release(&a);
        config_release(&b);
    }
}

static void test_may_change(void)
{
    static const char *const may[] = {"search.evaluations", "evaluator.timeout_s",
                                      "training.checkpoint_s", "score.checkpoint_s", "repeat"};
    static const char *const may_not[] = {
        "space",     "seed", "evaluator.command", "evaluator",    "search",      "evaluator.value",
        "predictor", "",     "data.file",         "search.batch", "no.such.key", "training.epochs"};
    for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
        CU_ASSERT_TRUE(config_key_may_change(may[i]));
    for (size_t i = 0; i < sizeof(may_not) / sizeof(may_not[0]); i++)
        CU_ASSERT_FALSE(config_key_may_change(may_not[i]));
}

/* ---- help ---- */

/* What config_help() prints, to free(); NULL: it refuses the key. */
static char *help_of(const char *key, enum status (*page)(FILE *out))
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(f);
    enum status st = page ? page(f) : config_help(key, f);
    fclose(f);
    CU_ASSERT(!st || (st == SIBYL_E_USAGE && bytes == 0));
    if (!st) return text;
    free(text);
    return NULL;
}

static void help_says(const char *key, const char *part, bool says)
{
    char *text = help_of(key, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_EQUAL(strstr(text, part) != NULL, says);
    free(text);
}

static void test_help(void)
{
    size_t count;
    const struct config_key *keys = config_keys(&count);
    char *all = help_of("", NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    for (size_t i = 0; i < count; i++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(all, keys[i].sentence));
        help_says(keys[i].path, keys[i].sentence, true);
    }
    free(all);
    help_says("search.batch", "A whole number 0..100000. Default: 0.", true);
    help_says("search.batch", "search.sample", false);
    help_says("search", "search.sample", true);
    help_says("search", "score.precision", false);
    help_says("predictor.layers", "Default: 4 (search: 2).", true);
    help_says("predictor", "Predictor file to score with", true);
    help_says("predictor.heads", "[forward, backward, sibling_parent, sibling_child]", true);
    help_says("search.evaluations", "May change between runs of one job.", true);
    help_says("training.target", "normal_scores", true);
    const struct {
        const char *key, *near;
    } wrong[] = {{"search.bacth", "search.batch"},
                 {"layers", "predictor.layers"},
                 {"training.epoch", "training.epochs"},
                 {"xyzzy", ""},
                 {"search.", "search"},
                 {"search.batch.x", "search.batch"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char want[128];
        CU_ASSERT_PTR_NULL(help_of(wrong[i].key, NULL));
        snprintf(want, sizeof(want), "help: there is no key %s; the nearest is %s", wrong[i].key,
                 wrong[i].near);
        CU_ASSERT(!strncmp(err_message(), want, strlen(want)));
    }
}

/* ---- documents ---- */

static char *read_source(const char *name)
{
    char path[1024], *text = NULL;
    size_t bytes;
    const char *root = getenv("SIBYL_SOURCE_DIR");
    snprintf(path, sizeof(path), "%s/%s", root ? root : ".", name);
    CHECK_OK(file_read(path, &text, &bytes));
    return text;
}

static void test_page(void)
{
    char *page = help_of("", config_help_page), *kept = read_source("docs/job-files.md");
    CU_ASSERT_PTR_NOT_NULL_FATAL(page);
    if (strcmp(page, kept))
        CU_FAIL("docs/job-files.md is old: sibyl help job-files > docs/job-files.md");
    free(page);
    free(kept);
}

/* All keys of a job in a document are known; it need not be a whole job. */
static void check_job(const char *where, const char *text)
{
    struct config c = {0};
    enum config_verb verb;
    CHECK_OK(config_verb_of(&verb, where, text, strlen(text)));
    enum status st = config_parse(&c, verb, where, text, strlen(text), NULL, 0);
    bool part =
        st && (strstr(err_message(), "is missing") || strstr(err_message(), "a table needs"));
    if (st && !part) printf("\n  %s: %s\n", where, err_message());
    CU_ASSERT(!st || part);
    config_release(&c);
}

static void check_blocks(const char *name)
{
    char *text = read_source(name), *at = text;
    while ((at = strstr(at, "```yaml\n"))) {
        char *end = strstr(at + 8, "```");
        CU_ASSERT_PTR_NOT_NULL_FATAL(end);
        *end = '\0';
        check_job(name, at + 8);
        at = end + 1;
    }
    free(text);
}

static void test_documents(void)
{
    char path[1024];
    const char *root = getenv("SIBYL_SOURCE_DIR");
    check_blocks("README.md");
    check_blocks("docs/tables.md");
    snprintf(path, sizeof(path), "%s/jobs/examples", root ? root : ".");
    DIR *folder = opendir(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
    int found = 0;
    for (struct dirent *e; (e = readdir(folder));) {
        size_t length = strlen(e->d_name);
        if (length < 6 || strcmp(e->d_name + length - 5, ".yaml")) continue;
        snprintf(path, sizeof(path), "jobs/examples/%s", e->d_name);
        char *text = read_source(path);
        check_job(path, text);
        free(text);
        found++;
    }
    closedir(folder);
    CU_ASSERT(found > 5);
}

int main(void)
{
    CU_TestInfo tests[] = {{"rows are whole", test_rows},
                           {"values and bounds", test_values},
                           {"defaults", test_defaults},
                           {"may change", test_may_change},
                           {"help", test_help},
                           {"docs/job-files.md", test_page},
                           {"jobs in documents", test_documents},
                           CU_TEST_INFO_NULL};
    return unit_run("keys", tests);
}
