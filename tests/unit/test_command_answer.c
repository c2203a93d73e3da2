/* What a program's output is taken for, whatever pieces it comes in. */
#include "tests/unit/unit.h"

#include "search/evaluators/command_answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct evaluation read_pieces(const char *text, size_t bytes, size_t piece)
{
    struct answer a;
    struct evaluation v = {.value = 0};
    answer_init(&a);
    for (size_t i = 0; i < bytes; i += piece)
        answer_take(&a, text + i, bytes - i < piece ? bytes - i : piece);
    answer_finish(&a);
    CHECK_OK(answer_read(&a, "acc", 1, &v));
    answer_release(&a);
    return v;
}

static struct evaluation read_text(const char *text)
{
    struct evaluation whole = read_pieces(text, strlen(text), 1000), single;
    single = read_pieces(text, strlen(text), 1);
    CU_ASSERT_EQUAL(whole.failed, single.failed);
    CU_ASSERT_STRING_EQUAL(whole.error, single.error);
    CU_ASSERT(whole.failed || whole.value == single.value);
    return whole;
}

static void expect(const char *text, double value)
{
    struct evaluation v = read_text(text);
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, value);
    if (v.failed || v.value != value) fprintf(stderr, "%s: %g, %s\n", text, v.value, v.error);
}

static void expect_failed(const char *text, const char *error)
{
    struct evaluation v = read_text(text);
    CU_ASSERT_TRUE(v.failed);
    CU_ASSERT(isnan(v.value));
    CU_ASSERT_PTR_NOT_NULL(strstr(v.error, error));
    if (!strstr(v.error, error)) fprintf(stderr, "%s: '%s', not '%s'\n", text, v.error, error);
}

static void test_last_counts(void)
{
    expect("{\"acc\": 1}", 1);
    expect("loading\n{\"step\": 1, \"acc\": 1}\n{\"step\": 2, \"acc\": 2}\nsaved to x\n\n", 2);
    expect("  {\"acc\": 1}  \r\n", 1);
    expect("{'lr': 0.1}\n{\"acc\": 3}\n{'done': True}\n", 3);
    expect("{\"acc\": 12345678901234567890123}\n", 12345678901234567890123.0);
    expect_failed("{\"acc\": 1}\n{\"loss\": 2}\n", "no number 'acc'");
    expect_failed("", "printed no answer");
    expect_failed("\n \n", "printed no answer");
    expect_failed("hello\n", "no JSON object: hello");
    expect_failed("[1]\n", "no JSON object: [1]");
}

static void test_progress_bars(void)
{
    expect("epoch 1/2\repoch 2/2\r{\"acc\": 0.91}\n", 0.91);
    expect("epoch 1/2\r\repoch 2/2\r{\"acc\": 0.91}\r", 0.91);
    expect(" 50%|##  | 1/2\r100%|####| 2/2 [00:01]{\"acc\": 0.91}\n", 0.91);
    expect("\033[2K\r\033[32m{\"acc\": 0.91}\033[0m\n", 0.91);
    expect("{\"acc\": 1}\r{\"acc\": 2}\r\n", 2);
    expect_failed("{\"acc\": 1}\rdone\n", "no JSON object: done");
}

static void test_no_results(void)
{
    expect_failed("{\"acc\": 1} {\"acc\": 2}\n", "no JSON object (end of file expected");
    expect_failed("{\"acc\": 1}{\"acc\": 2}\n", "no JSON object (end of file expected");
    expect_failed("{\"acc\": 1}\n{\"acc\": 2\n", "no JSON object");
    expect_failed("{\"acc\": 1, \"acc\": 2}\n", "duplicate");
    expect_failed("{\"acc\": \"1\"}\n", "no number 'acc', but the text \"1\"");
    expect_failed("{\"acc\": true}\n", "but true or false");
    expect_failed("{\"acc\": [1]}\n", "but a list");
    expect_failed("{\"acc\": null}\n", "but null");
    expect_failed("{\"acc\": NaN}\n", "'acc' is not finite: NaN");
    expect_failed("{\"acc\": -Infinity}\n", "'acc' is not finite: -Infinity");
    expect_failed("{\"acc\": 1e999}\n", "'acc' is not finite: 1e999");
    expect_failed("{\"acc\": -nan}\n", "'acc' is not finite: -nan");
    expect_failed("{\"acc\": NAN}\n", "'acc' is not finite: NAN");
    expect_failed("{\"acc\": \"\\u0001NaN\"}\n", "no number 'acc', but the text");
    expect_failed("{\n  \"acc\": 1\n}\n", "spread over several lines");
    expect_failed("{\"acc\": 1}\n{\n  \"acc\": 2\n}\n", "spread over several lines");
    expect_failed("{\"acc\": banana}\n", "no JSON object");
}

static void test_side_values(void)
{
    struct evaluation v =
        read_text("{\"acc\": 1, \"n\": NaN, \"z\": null, \"t\": \"NaN \\\" inf\", "
                  "\"b\": true, \"l\": [1, \"a\"], \"x\": -2.5}\n");
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL_FATAL(v.extras, 6);
    CU_ASSERT(isnan(v.extra_values[0]) && !v.extra_texts[0][0]);
    CU_ASSERT(isnan(v.extra_values[1]) && !v.extra_texts[1][0]);
    CU_ASSERT_STRING_EQUAL(v.extra_texts[2], "NaN \" inf");
    CU_ASSERT_STRING_EQUAL(v.extra_texts[3], "true");
    CU_ASSERT_STRING_EQUAL(v.extra_texts[4], "[1.0,\"a\"]");
    CU_ASSERT_EQUAL(v.extra_values[5], -2.5);
}

/* What stands beside the value does not spoil it. */
static void test_beside(void)
{
    struct evaluation v =
        read_text("{\"acc\": 1, \"a\": -nan, \"b\": +Infinity, \"c\": -1e999, "
                  "\"d\": [NaN, {\"e\": -inf}], \"f\": \"caf\351 \\ud83d \\u0000|\", "
                  "\"g\": \"\\ud83d\\ude00\", \"h\": \"1e999 NaN\", \"i\": 3e2}\n");
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 1);
    CU_ASSERT_EQUAL_FATAL(v.extras, 8);
    for (int i = 0; i < 3; i++) CU_ASSERT(isnan(v.extra_values[i]) && !v.extra_texts[i][0]);
    CU_ASSERT_STRING_EQUAL(v.extra_texts[3], "[NaN,{\"e\":-inf}]");
    CU_ASSERT_STRING_EQUAL(v.extra_texts[4], "caf\357\277\275 \357\277\275 \357\277\275|");
    CU_ASSERT_STRING_EQUAL(v.extra_texts[5], "\360\237\230\200");
    CU_ASSERT_STRING_EQUAL(v.extra_texts[6], "1e999 NaN");
    CU_ASSERT_EQUAL(v.extra_values[7], 300);
    expect("\033]0;title\a{\"acc\": 2}\033(B\033[m\n", 2);
    expect("\033]133;A\033\\{\"acc\": 2}\033[?25h\033=\n", 2);
    expect("\v\f{\"acc\": 2}\f\n", 2);
    expect("\357\273\277{\"acc\": 2}\n", 2);
    expect(" 10%\b\b\b\b100%{\"acc\": 2}\n", 2);
    expect("{\"acc\": 2, \"t\": \"a\tb\"}\n", 2);
}

/* Two names that are cut, or that look alike, stay two. */
static void test_names(void)
{
    char text[600], first[101], second[101];
    memset(first, 'k', sizeof(first));
    memset(second, 'k', sizeof(second));
    snprintf(first + 90, 11, "a");
    snprintf(second + 90, 11, "b");
    snprintf(text, sizeof(text), "{\"acc\": 1, \"%s\": 1, \"%s\": 2, \"x\\n\": 3, \"x\\r\": 4}\n",
             first, second);
    struct evaluation v = read_text(text);
    CU_ASSERT_EQUAL_FATAL(v.extras, 4);
    for (uint32_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(v.extra_values[i], i + 1);
        for (uint32_t k = 0; k < i; k++)
            CU_ASSERT_STRING_NOT_EQUAL(v.extra_names[i], v.extra_names[k]);
    }
    CU_ASSERT_NSTRING_EQUAL(v.extra_names[0], "kkkkkkkk", 8);
    CU_ASSERT_STRING_EQUAL(v.extra_names[2], "x?");
}

static void test_bytes(void)
{
    const char zero[] = "\0\1\2garbage\n", good[] = "a\0b\n{\"acc\": 4}\n";
    struct evaluation v = read_pieces(zero, sizeof(zero) - 1, 3);
    CU_ASSERT_TRUE(v.failed);
    CU_ASSERT_PTR_NOT_NULL(strstr(v.error, "not text"));
    v = read_pieces(good, sizeof(good) - 1, 3);
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 4);
    expect_failed("\377\376{\n", "no JSON object: ??{");
}

/* A line of 100 MB is not kept, and the one behind it counts. */
static void test_long_lines(void)
{
    struct answer a;
    struct evaluation v = {.value = 0};
    static char block[1 << 16];
    memset(block, '{', sizeof(block));
    answer_init(&a);
    for (int i = 0; i < 1600; i++) answer_take(&a, block, sizeof(block));
    CU_ASSERT(a.capacity <= 2 * ANSWER_LINE_MAX);
    answer_take(&a, "\n", 1);
    CHECK_OK(answer_read(&a, "acc", 1, &v));
    CU_ASSERT_TRUE(v.failed);
    CU_ASSERT_PTR_NOT_NULL(strstr(v.error, "more than 1048576 bytes"));
    answer_take(&a, "{\"acc\": 5}\n", 11);
    v = (struct evaluation){.value = 0};
    CHECK_OK(answer_read(&a, "acc", 1, &v));
    CU_ASSERT_FALSE(v.failed);
    CU_ASSERT_EQUAL(v.value, 5);
    answer_release(&a);
}

int main(void)
{
    CU_TestInfo tests[] = {{"the last result counts", test_last_counts},
                           {"progress bars", test_progress_bars},
                           {"what is no result", test_no_results},
                           {"side values", test_side_values},
                           {"what stands beside the value", test_beside},
                           {"names of side values", test_names},
                           {"bytes that are no text", test_bytes},
                           {"long lines", test_long_lines},
                           CU_TEST_INFO_NULL};
    return unit_run("command_answer", tests);
}
