#include "predictor/scoring/predictor_features.h"

#include <string.h>

enum status predictor_features_to_header(const struct features *f, uint32_t waves,
                                         struct arena *arena, Sibyl__PredictorHeader *h)
{
    size_t knots = 0;
    for (uint32_t k = 0; k < f->count; k++) knots += f->list[k].map.knots;
    if (!f->count) return SIBYL_OK;
    h->features = arena_calloc(arena, f->count, sizeof(*h->features));
    h->feature_holes = arena_calloc(arena, f->count, sizeof(*h->feature_holes));
    h->feature_knots = arena_calloc(arena, f->count, sizeof(*h->feature_knots));
    h->feature_values = arena_calloc(arena, knots + 1, sizeof(double));
    h->feature_scores = arena_calloc(arena, knots + 1, sizeof(double));
    if (!h->features || !h->feature_holes || !h->feature_knots || !h->feature_values ||
        !h->feature_scores)
        return err_memory("a predictor file");
    h->n_features = h->n_feature_holes = h->n_feature_knots = f->count;
    h->n_feature_values = h->n_feature_scores = knots;
    h->feature_frequencies = waves;
    for (uint32_t k = 0, at = 0; k < f->count; at += f->list[k].map.knots, k++) {
        const struct normal_scores *map = &f->list[k].map;
        h->features[k] = (char *)f->list[k].name;
        h->feature_holes[k] = f->list[k].holes;
        h->feature_knots[k] = map->knots;
        memcpy(h->feature_values + at, map->label, map->knots * sizeof(double));
        memcpy(h->feature_scores + at, map->score, map->knots * sizeof(double));
    }
    return SIBYL_OK;
}

size_t predictor_features_in_header(const Sibyl__PredictorHeader *h)
{
    size_t numbers = h->n_features;
    for (size_t k = 0; k < h->n_feature_holes; k++) numbers += h->feature_holes[k] ? 1 : 0;
    return numbers;
}

static enum status misfit(void)
{
    return err_set(SIBYL_E_FORMAT, "the header's features do not fit together");
}

enum status predictor_features_from_header(struct features *out, struct arena *arena,
                                           const Sibyl__PredictorHeader *h)
{
    size_t count = h->n_features, at = 0;
    *out = (struct features){0};
    if (count > GRAPH_ATTRIBUTES_MAX || h->n_feature_holes != count ||
        h->n_feature_knots != count || h->n_feature_scores != h->n_feature_values)
        return misfit();
    if (!count) return SIBYL_OK;
    struct features f = {(uint32_t)count, arena_calloc(arena, count, sizeof(*f.list))};
    if (!f.list) return err_memory("features");
    for (size_t k = 0; k < count; k++) {
        struct normal_scores *map = &f.list[k].map;
        size_t knots = h->feature_knots[k];
        if (knots > NORMAL_SCORES_KNOTS || knots > h->n_feature_values - at) return misfit();
        map->knots = (uint32_t)knots;
        memcpy(map->label, h->feature_values + at, knots * sizeof(double));
        memcpy(map->score, h->feature_scores + at, knots * sizeof(double));
        at += knots;
        f.list[k].holes = h->feature_holes[k];
        f.list[k].name = arena_strdup(arena, h->features[k]);
        if (!f.list[k].name) return err_memory("features");
        if (!*f.list[k].name || !normal_scores_valid(map)) return misfit();
    }
    if (at != h->n_feature_values) return misfit();
    *out = f;
    return SIBYL_OK;
}
