/* Names that were meant. */
#include "tests/unit/unit.h"

#include "base/names.h"

#include <string.h>

static const char *const names[] = {"import", "train",  "score",
                                    "search", "report", "stall-timeout"};

static const char *nearest(const char *text)
{
    const char *name = names_nearest(text, names, sizeof(names) / sizeof(names[0]));
    return name ? name : "";
}

static void test_nearest(void)
{
    CU_ASSERT_STRING_EQUAL(nearest("tran"), "train");    /* one is missing */
    CU_ASSERT_STRING_EQUAL(nearest("trrain"), "train");  /* one too many */
    CU_ASSERT_STRING_EQUAL(nearest("tarin"), "train");   /* two swapped */
    CU_ASSERT_STRING_EQUAL(nearest("brain"), "train");   /* another one */
    CU_ASSERT_STRING_EQUAL(nearest("sea"), "search");    /* the beginning */
    CU_ASSERT_STRING_EQUAL(nearest("scor"), "score");    /* not search */
    CU_ASSERT_STRING_EQUAL(nearest("reprot"), "report"); /* not import, which has as many */
    CU_ASSERT_STRING_EQUAL(nearest("stal-timeuot"), "stall-timeout");
    CU_ASSERT_STRING_EQUAL(nearest("fly"), "");
    CU_ASSERT_STRING_EQUAL(nearest("t"), "");
    CU_ASSERT_STRING_EQUAL(nearest(""), "");
    char longest[200];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    CU_ASSERT_STRING_EQUAL(nearest(longest), "");
    CU_ASSERT_PTR_NULL(names_nearest("train", names, 0));
}

int main(void)
{
    CU_TestInfo tests[] = {{"nearest", test_nearest}, CU_TEST_INFO_NULL};
    return unit_run("names", tests);
}
