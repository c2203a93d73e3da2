#include "proto/import/label_holes.h"

#include <stdio.h>

void label_hole_add(struct label_hole *h, size_t line, const char *text)
{
    if (h->count++) return;
    h->first_line = line;
    snprintf(h->text, sizeof(h->text), "%s", text);
}

void label_holes_tell(const struct label_hole *holes, const char *const *labels, uint32_t count,
                      const char *path, size_t rows, const struct log *log)
{
    for (uint32_t i = 0; log && i < count; i++)
        if (holes[i].count)
            log_warn(log,
                     "%s: label %s: %zu of %zu rows have no number, the first of them in line %zu "
                     "(\"%s\"); these rows do not have the label",
                     path, labels[i], holes[i].count, rows, holes[i].first_line, holes[i].text);
}
