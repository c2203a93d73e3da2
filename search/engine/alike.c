#include "search/engine/alike.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Numbers, hexadecimal ones too, become '#', and words with a slash '/'. */
static void alike_simplify(char out[ALIKE_BYTES], const char *reason)
{
    size_t at = 0;
    for (const char *p = reason; *p && at + 1 < ALIKE_BYTES;) {
        size_t word = strcspn(p, " \t\n'\"");
        size_t hex = strncmp(p, "0x", 2) == 0 ? 2 + strspn(p + 2, "0123456789abcdefABCDEF") : 0;
        size_t digits = hex > 2 ? hex : strspn(p, "0123456789");
        bool begins = p == reason || strchr(" \t\n'\"", p[-1]);
        if (begins && word && memchr(p, '/', word)) {
            out[at++] = '/';
            p += word;
        } else if (digits) {
            out[at++] = '#';
            p += digits;
        } else {
            out[at++] = *p++;
        }
    }
    out[at] = '\0';
}

bool alike_is_enough(struct alike *a, bool failed, const char *reason, uint64_t enough)
{
    char simple[ALIKE_BYTES];
    alike_simplify(simple, reason);
    if (a->seen++ == 0) snprintf(a->reason, sizeof(a->reason), "%s", simple);
    a->over = a->over || !failed || strcmp(a->reason, simple) != 0;
    return !a->over && enough > 0 && a->seen == enough;
}
