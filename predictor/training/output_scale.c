#include "predictor/training/output_scale.h"

#include "predictor/inputs/column.h"
#include "predictor/model/nnformer_shape.h"
#include "predictor/scoring/scorer_team.h"

#include <math.h>
#include <stdlib.h>

bool output_scale_open(const struct predictor *p, const struct training_options *o)
{
    return !p->lookup && o->loss.l1 == 0 && o->loss.mse == 0 && o->loss.mape == 0;
}

/* Output 0 of a network becomes scale * output + shift. */
static void rescale(const struct predictor *p, float *weights, double scale, double shift)
{
    struct nnformer_shape shape;
    struct nnformer_view view;
    nnformer_shape_init(&shape, &p->options, p->vocabulary.count);
    nnformer_view(&view, &shape, weights);
    for (uint32_t c = 0; c < p->options.width; c++) view.head_w[c] = (real)(view.head_w[c] * scale);
    view.head_b[0] = (real)(view.head_b[0] * scale + shift);
}

/* What a member makes of the rows with a known target that it was trained on, and those targets;
 * NaN in the other rows. */
static void rows_of(const struct predictor *p, const struct training_set *set, uint32_t folds,
                    uint32_t member, const double *outputs, const double *targets, double *has,
                    double *wanted)
{
    for (size_t i = 0; i < set->count; i++) {
        wanted[i] =
            training_set_leaves_out(folds, member, i) ? NAN : targets[i * p->options.outputs];
        has[i] = isnan(wanted[i]) ? NAN : outputs[i * p->options.members + member];
    }
}

enum status output_scale_set(struct team *t, struct predictor *p, const struct training_set *set,
                             uint32_t folds, const double *targets, int threads)
{
    uint32_t members = p->options.members;
    size_t count = set->count;
    double *outputs = malloc((count * (members + 2) + 1) * sizeof(*outputs));
    enum status st = team_agree(t, outputs ? SIBYL_OK : err_memory("outputs"));
    if (!st) st = scorer_embed_once(t, p, set->graphs, count, threads, outputs, NULL);
    for (uint32_t m = 0; m < members && !st; m++) {
        struct column has = {outputs + count * members, 1, count};
        struct column wanted = {has.first + count, 1, count};
        rows_of(p, set, folds, m, outputs, targets, has.first, wanted.first);
        if (column_known(has) == 0) continue;
        struct moments now = column_moments(has), then = column_moments(wanted);
        double scale = now.deviation > 0 ? then.deviation / now.deviation : 1;
        rescale(p, p->weights + m * p->parameters, scale, then.mean - scale * now.mean);
    }
    free(outputs);
    return st;
}
