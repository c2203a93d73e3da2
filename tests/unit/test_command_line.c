/* The command line: what is taken, and what is refused with which words. */
#include "tests/unit/unit.h"

#include "jobs/jobs.h"
#include "jobs/run/command_line.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 16
#define LINE_BYTES 256

/* A line taken apart at its blanks; its words stay in here. */
struct line {
    char text[LINE_BYTES];
    char *argv[WORDS_MAX + 1];
    int argc;
    struct options o;
};

static enum status parse(struct line *l, const char *text)
{
    char *rest = l->text;
    snprintf(l->text, sizeof(l->text), "sibyl %s", text);
    for (l->argc = 0; l->argc < WORDS_MAX;) {
        char *word = strtok_r(rest, " ", &rest);
        if (!word) break;
        l->argv[l->argc++] = word;
    }
    l->argv[l->argc] = NULL;
    return options_parse(&l->o, l->argc, l->argv);
}

static void test_flags_anywhere(void)
{
    struct line l;
    CHECK_OK(parse(&l, "train --set a.b=1 one --out=x two --threads 3 --set c=-2 -- --three"));
    CU_ASSERT_STRING_EQUAL(l.o.verb, "train");
    CU_ASSERT_EQUAL_FATAL(l.o.operand_count, 3);
    CU_ASSERT_STRING_EQUAL(l.o.operands[0], "one");
    CU_ASSERT_STRING_EQUAL(l.o.operands[1], "two");
    CU_ASSERT_STRING_EQUAL(l.o.operands[2], "--three");
    CU_ASSERT_EQUAL_FATAL(l.o.set_count, 2);
    CU_ASSERT_STRING_EQUAL(l.o.sets[0], "a.b=1");
    CU_ASSERT_STRING_EQUAL(l.o.sets[1], "c=-2");
    CU_ASSERT_STRING_EQUAL(l.o.out, "x");
    CU_ASSERT_EQUAL(l.o.threads, 3);
    CU_ASSERT_EQUAL(l.o.level, LOG_NORMAL);
    CHECK_OK(parse(&l, "search job.yaml --verbose --dry-run --walltime 1:30:00"));
    CU_ASSERT_EQUAL(l.o.level, LOG_VERBOSE);
    CU_ASSERT(l.o.dry_run);
    CU_ASSERT_EQUAL(l.o.walltime_s, 5400);
    CHECK_OK(parse(&l, "import csv - --out=--quiet --quiet --quiet"));
    CU_ASSERT_STRING_EQUAL(l.o.operands[1], "-");
    CU_ASSERT_STRING_EQUAL(l.o.out, "--quiet");
    CU_ASSERT_EQUAL(l.o.level, LOG_QUIET);
}

static void test_short_forms(void)
{
    struct line l;
    CHECK_OK(parse(&l, "-V"));
    CU_ASSERT(l.o.version && !l.o.help && !l.o.verb);
    CHECK_OK(parse(&l, "train -h"));
    CU_ASSERT(l.o.help);
    CHECK_OK(parse(&l, "--help train"));
    CU_ASSERT_STRING_EQUAL(l.o.operands[0], "train");
}

/* Each line, and what the message says. */
static void test_refused(void)
{
    static const char *const lines[][2] = {
        {"train x -out y", "unknown flag -out; did you mean --out?"},
        {"train x -out=y", "unknown flag -out=y; did you mean --out?"},
        {"train x -threads 4", "unknown flag -threads; did you mean --threads?"},
        {"train x -help", "unknown flag -help; did you mean --help?"},
        {"train x -o y", "unknown flag -o; see sibyl help train"},
        {"train x --verb", "unknown flag --verb; did you mean --verbose?"},
        {"train x --thread=2", "unknown flag --thread=2; did you mean --threads?"},
        {"train x --walltmie 3", "unknown flag --walltmie; did you mean --walltime?"},
        {"train x --colour", "unknown flag --colour; see sibyl help train"},
        {"--colour", "unknown flag --colour; see sibyl --help"},
        {"train x --set", "--set needs a value; see sibyl help train"},
        {"train x --out --quiet", "--out needs a value, and --quiet follows"},
        {"train x --quiet=1", "--quiet takes no value"},
        {"train x --out a --out b", "--out is given twice"},
        {"train x --threads 2 --threads=2", "--threads is given twice"},
        {"train x --quiet --verbose", "--quiet and --verbose: want one of them"},
        {"import a b --ranks 3", "--ranks is for plan only; see sibyl help import"},
        {"score x --only 1/2", "--only is for train search only; see sibyl help score"},
        {"plan x --label a=b", "--label is for import only; see sibyl help plan"},
        {"inspect x --out y",
         "--out is for import train score search ask tell plan report bench only"},
        {"train x --out=", "--out: want a path"},
        {"--quiet train", "the verb comes first: sibyl train ..."},
        {"--out y train x", "the verb comes first: sibyl VERB ... --out"},
        {"--quiet", "no verb given"},
    };
    struct line l;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        CU_ASSERT_EQUAL(parse(&l, lines[i][0]), SIBYL_E_USAGE);
        bool said = strstr(err_message(), lines[i][1]) != NULL;
        if (!said) fprintf(stderr, "%s: %s\n", lines[i][0], err_message());
        CU_ASSERT(said);
    }
}

static void test_operands(void)
{
    static const char *const lines[][2] = {
        {"train x", NULL},
        {"train", "want: sibyl train JOB.yaml; got 0 operands"},
        {"train x y z", "want: sibyl train JOB.yaml; 'y' is one operand too many"},
        {"train x -- --quiet", "'--quiet' is one operand too many"},
        {"train x \xe2\x80\x94out y", "\xe2\x80\x94out begins with a typesetter's dash; want --"},
        {"train \xe2\x80\x93quiet", "\xe2\x80\x93quiet begins with a typesetter's dash"},
    };
    struct line l;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        CHECK_OK(parse(&l, lines[i][0]));
        enum status st = options_operands(&l.o, 1, 1, "JOB.yaml");
        CU_ASSERT_EQUAL(st, lines[i][1] ? SIBYL_E_USAGE : SIBYL_OK);
        bool said = !lines[i][1] || strstr(err_message(), lines[i][1]) != NULL;
        if (!said) fprintf(stderr, "%s: %s\n", lines[i][0], err_message());
        CU_ASSERT(said);
    }
}

/* Help of a verb names the flags that it takes, and no others. */
static void test_help_is_what_is_taken(void)
{
    static const char *const words[] = {
        "set",   "label",    "out",           "baseline", "threads",
        "only",  "walltime", "stall-timeout", "ranks",    "evaluation-time",
        "quiet", "verbose",  "dry-run",       "help",     "version"};
    static const char *const values[] = {"a=b", "a=b", "x", "x", "2", "1/2", "1", "1", "1", "1"};
    size_t verbs, bytes;
    const struct verb *all = verbs_all(&verbs);
    for (size_t v = 0; v < verbs; v++) {
        char *help = NULL;
        FILE *f = open_memstream(&help, &bytes);
        CU_ASSERT_PTR_NOT_NULL_FATAL(f);
        options_print_flags(f, all[v].name);
        fclose(f);
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            char text[LINE_BYTES], listed[LINE_BYTES];
            struct line l;
            bool valued = i < sizeof(values) / sizeof(values[0]);
            snprintf(text, sizeof(text), "%s --%s%s%s", all[v].name, words[i], valued ? "=" : "",
                     valued ? values[i] : "");
            snprintf(listed, sizeof(listed), "  --%s ", words[i]);
            CU_ASSERT_EQUAL(parse(&l, text) == SIBYL_OK, strstr(help, listed) != NULL);
        }
        free(help);
    }
}

static void test_verbs(void)
{
    const struct verb *v = NULL;
    CHECK_OK(verb_find("train", &v));
    CU_ASSERT_STRING_EQUAL(v->name, "train");
    CU_ASSERT_EQUAL(verb_find("tarin", &v), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "did you mean train?"));
    CU_ASSERT_EQUAL(verb_find("sea", &v), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "did you mean search?"));
    CU_ASSERT_EQUAL(verb_find("fly", &v), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NULL(strstr(err_message(), "did you mean"));
    CU_ASSERT_EQUAL(verb_find("", &v), SIBYL_E_USAGE);
    CU_ASSERT_EQUAL(help_topic("serach", NULL), SIBYL_E_USAGE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err_message(), "did you mean search?"));
}

int main(void)
{
    CU_TestInfo tests[] = {{"flags anywhere", test_flags_anywhere},
                           {"short forms", test_short_forms},
                           {"refused lines", test_refused},
                           {"operands", test_operands},
                           {"help lists what is taken", test_help_is_what_is_taken},
                           {"verbs", test_verbs},
                           CU_TEST_INFO_NULL};
    return unit_run("command_line", tests);
}
