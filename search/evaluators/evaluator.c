#include "search/evaluators/evaluator.h"

void evaluator_release(struct evaluator *e)
{
    if (e->release) e->release(e);
    *e = (struct evaluator){0};
}
