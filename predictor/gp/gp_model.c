#include "predictor/gp/gp_model.h"

#include <stdlib.h>

void gp_model_release(struct gp_model *m)
{
    free(m->inputs);
    free(m->alpha);
    *m = (struct gp_model){0};
}
