/* What report_json.h writes, read back by Jansson: numbers are the same doubles, texts are whole,
 * and nothing of them means anything to a browser. */
#include "jobs/reporting/report_json.h"

#include "base/rng.h"

#include "tests/unit/unit.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, CELL };

/* The caller's to free(). */
static char *written(enum kind kind, const char *text, double number)
{
    char *out = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&out, &bytes);
    if (!f) abort();
    if (kind == TEXT) report_json_text(f, text);
    if (kind == NUMBER) report_json_number(f, number);
    if (kind == CELL) report_json_cell(f, text);
    fclose(f);
    return out;
}

static void texts(void)
{
    static const char *const list[][2] = {
        /* what is told, and what is read back */
        {"", ""},
        {"nor_conv_3x3~0", "nor_conv_3x3~0"},
        {"</script><!-- &amp; \"quoted\" \\ 'x'", "</script><!-- &amp; \"quoted\" \\ 'x'"},
        {"a\tb\nc\x7f", "a\tb\nc\x7f"},
        {"\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80", "\xc3\xa9 \xe2\x80\xa8 \xf0\x9f\x98\x80"},
        {"\xff\xc3(", "\xef\xbf\xbd\xef\xbf\xbd("},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* half a surrogate pair */
    };
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        char *text = written(TEXT, list[i][0], 0);
        json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(value);
        CU_ASSERT_STRING_EQUAL(json_string_value(value), list[i][1]);
        CU_ASSERT_PTR_NULL(strpbrk(text, "<>&\n\t"));
        json_decref(value);
        free(text);
    }
}

/* Bits of all kinds: each finite double comes back as it was. */
static void numbers(void)
{
    struct rng r;
    rng_init(&r, 1, RNG_TEST, 0);
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_u64(&r);
        double number, nice = (double)rng_below(&r, 100000) / 1000;
        memcpy(&number, &bits, sizeof(number));
        if (i % 2) number = nice;
        char *text = written(NUMBER, NULL, number);
        if (isfinite(number)) {
            CU_ASSERT(strtod(text, NULL) == number);
        } else {
            CU_ASSERT_STRING_EQUAL(text, "null");
        }
        CU_ASSERT(i % 2 == 0 || strlen(text) <= 6); /* the shortest */
        free(text);
    }
}

static void cells(void)
{
    static const char *const list[][2] = {
        {"", "null"},
        {"0", "0"},
        {"-0.5", "-0.5"},
        {"0.59603899999999999", "0.596039"},
        {"1e3", "1000"},
        {"123456789012345", "123456789012345"},
        {"007", "\"007\""},
        {"1.", "\"1.\""},
        {".5", "\".5\""},
        {"0x10", "\"0x10\""},
        {"nan", "\"nan\""},
        {"+1", "\"+1\""},
        {"1e999", "\"1e999\""},
        {"1234567890123456789", "\"1234567890123456789\""},
        {"1 ", "\"1 \""},
        {"bed2ba9d7eb47c5dac7a4c833a69b599", "\"bed2ba9d7eb47c5dac7a4c833a69b599\""},
    };
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        char *text = written(CELL, list[i][0], 0);
        CU_ASSERT_STRING_EQUAL(text, list[i][1]);
        free(text);
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"texts", texts}, {"numbers", numbers}, {"cells", cells}, CU_TEST_INFO_NULL};
    return unit_run("report_json", tests);
}
