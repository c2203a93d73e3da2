#include "base/names.h"

#include <stdio.h>
#include <string.h>

#define LETTERS_A_FAULT 3 /* of a name; one fault is always forgiven */
#define ELLIPSIS_BYTES 6  /* ", ..." and a zero */

void names_list(char *out, size_t bytes, const char *const *names, size_t count)
{
    size_t used = 0;
    if (!bytes) return;
    out[0] = '\0';
    if (!count) snprintf(out, bytes, "(none)");
    for (size_t i = 0; i < count; i++) {
        const char *comma = i ? ", " : "";
        int wanted = snprintf(NULL, 0, "%s%s", comma, names[i]);
        if (wanted < 0 || used + (size_t)wanted + ELLIPSIS_BYTES > bytes) {
            snprintf(out + used, bytes - used, "%s...", comma);
            return;
        }
        snprintf(out + used, bytes - used, "%s%s", comma, names[i]);
        used += (size_t)wanted;
    }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t names_distance(const char *a, const char *b)
{
    size_t row[NAMES_COMPARED_BYTES + 1][NAMES_COMPARED_BYTES + 1];
    size_t la = strnlen(a, NAMES_COMPARED_BYTES), lb = strnlen(b, NAMES_COMPARED_BYTES);
    for (size_t i = 0; i <= la; i++) row[i][0] = i;
    for (size_t j = 0; j <= lb; j++) row[0][j] = j;
    for (size_t i = 1; i <= la; i++)
        for (size_t j = 1; j <= lb; j++) {
            size_t best = row[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = least(best, least(row[i - 1][j], row[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = least(best, row[i - 2][j - 2] + 1);
            row[i][j] = best;
        }
    return row[la][lb];
}

const char *names_nearest(const char *text, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t length = strlen(text), allowed = length / LETTERS_A_FAULT, best = NAMES_COMPARED_BYTES;
    if (allowed < 1) allowed = 1;
    if (length > NAMES_COMPARED_BYTES) return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t d = names_distance(text, names[i]);
        if (length > 1 && !strncmp(names[i], text, length)) d = 1;
        if (d > allowed || d >= length || d >= best) continue;
        best = d;
        nearest = names[i];
    }
    return nearest;
}
