#include "base/names.h"

#include <stdio.h>

#define ELLIPSIS_BYTES 6 /* ", ..." and a zero */

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
