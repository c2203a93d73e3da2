#include "predictor/scoring/predictor_input.h"

enum status predictor_input_make(struct predictor_input *out, struct arena *arena,
                                 const struct predictor *p, const struct graph *g,
                                 const double *values)
{
    struct predictor_input made;
    struct graph plain;
    enum status st = graph_in_form(&plain, arena, g, &p->vocabulary, p->options.graph_form);
    if (st) return st;
    made.graph = plain;
    if (p->features.count) st = features_attach(&p->features, values, arena, &plain, &made.graph);
    if (st) return st;
    made.key = graph_hash(&made.graph);
    *out = made;
    return SIBYL_OK;
}
