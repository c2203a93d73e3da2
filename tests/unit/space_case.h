/* What tests of space files share. */
#ifndef TESTS_UNIT_SPACE_CASE_H
#define TESTS_UNIT_SPACE_CASE_H

#include "search/spaces/space.h"
#include "tests/unit/unit.h"

#include <string.h>

/* The text of a space file, f.yaml, is refused with a message that holds `want`. */
static inline void faulty(const char *text, const char *want)
{
    struct space *s = NULL;
    enum status st = space_from_text("f.yaml", text, strlen(text), &s);
    bool good = st == SIBYL_E_USAGE && strstr(err_message(), want);
    if (!good) printf("\n  want %s\n  got %s\n", want, st ? err_message() : "no fault");
    CU_ASSERT(good);
    space_free(s);
}

#endif
