#include "search/evaluators/evaluator.h"

#include <stdlib.h>

void evaluator_release(struct evaluator *e)
{
    if (e->release) e->release(e);
    if (e->known) known_results_release(e->known);
    free(e->known);
    *e = (struct evaluator){0};
}
