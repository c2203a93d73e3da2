#include "base/words.h"

#include <stdio.h>
#include <string.h>

const char *words_name(const struct words *w, int value)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->list[i].value == value) return w->list[i].name;
    return "unknown";
}

bool words_find(const struct words *w, const char *name, int *out)
{
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->list[i].name, name)) continue;
        *out = w->list[i].value;
        return true;
    }
    return false;
}

void words_list(char *out, size_t bytes, const struct words *w)
{
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < w->count && used < bytes; i++) {
        const char *joint = i == 0 ? "" : i + 1 == w->count ? " or " : ", ";
        used += (size_t)snprintf(out + used, bytes - used, "%s%s", joint, w->list[i].name);
    }
}
