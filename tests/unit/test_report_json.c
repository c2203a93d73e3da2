/* What report_json.h writes, read back by Jansson: numbers are the same doubles, texts are whole,
 * and nothing of them means anything to a browser. */
#include "jobs/reporting/report_json.h"

#include "base/rng.h"

#include <CUnit/Basic.h>
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
        if (isfinite(number))
            CU_ASSERT(strtod(text, NULL) == number);
        else
            CU_ASSERT_STRING_EQUAL(text, "null");
        if (i % 2) CU_ASSERT(strlen(text) <= 6); /* the shortest */
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
    if (CU_initialize_registry() != CUE_SUCCESS) return CU_get_error();
    CU_pSuite suite = CU_add_suite("report_json", NULL, NULL);
    if (!suite || !CU_add_test(suite, "texts", texts) || !CU_add_test(suite, "numbers", numbers) ||
        !CU_add_test(suite, "cells", cells)) {
        CU_cleanup_registry();
        return CU_get_error();
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed > 0;
}
