#include "search/evaluators/evaluator.h"

#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

void evaluator_release(struct evaluator *e)
{
    if (e->release) e->release(e);
    if (e->known) known_results_release(e->known);
    free(e->known);
    *e = (struct evaluator){0};
}
