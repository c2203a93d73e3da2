#include "search/evaluators/evaluator.h"

#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void evaluation_fail(struct evaluation *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(out->error, sizeof(out->error), format, list);
    va_end(list);
    text_make_printable(out->error);
    out->failed = true;
    out->value = (double)NAN;
}

static void check_value(struct evaluation *e, const char *name)
{
    uint32_t i = 0;
    while (i < e->extras && strcmp(e->extra_names[i], name) != 0) i++;
    if (i == e->extras)
        evaluation_fail(e, "it gave no number '%s'", name);
    else if (e->extra_texts[i][0])
        evaluation_fail(e, "it gave no number '%s', but \"%.100s\"", name, e->extra_texts[i]);
    else if (!isfinite(e->extra_values[i]))
        evaluation_fail(e, "its '%s' is not finite", name);
}

void evaluation_check(struct evaluation *e, const struct objectives *o)
{
    for (uint32_t i = 0; i < o->values && !e->failed; i++)
        if (i != o->main && !o->predicted[i]) check_value(e, o->names[i]);
}

void evaluator_release(struct evaluator *e)
{
    if (e->release) e->release(e);
    if (e->known) known_results_release(e->known);
    free(e->known);
    *e = (struct evaluator){0};
}
