#include "predictor/scoring/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST 1e300 /* numbers beyond it count as it, so that their differences are finite */

static double bounded(double x)
{
    return isnan(x) ? x : fmax(-LARGEST, fmin(LARGEST, x));
}

/* Fits feature k to its column; scratch (rows). */
static enum status fit_one(struct feature *f, const double *values, uint32_t stride, size_t rows,
                           double *scratch)
{
    size_t known = 0;
    for (size_t i = 0; i < rows; i++) {
        scratch[i] = bounded(values[i * stride]);
        known += !isnan(scratch[i]);
    }
    if (!known)
        return err_set(SIBYL_E_USAGE,
                       "data.features: no row that is trained on has a number for %s; leave it out",
                       f->name);
    f->holes = known < rows;
    enum status st = normal_scores_fit(&f->map, scratch, 1, rows);
    if (!st && !normal_scores_valid(&f->map))
        st = err_set(SIBYL_E_RANGE,
                     "data.features: some numbers of %s are too near to each other to be told "
                     "apart; round them",
                     f->name);
    return st;
}

enum status features_fit(struct features *out, struct arena *arena, const char *const *names,
                         uint32_t count, const double *values, size_t rows)
{
    struct features f = {count, arena_calloc(arena, count + 1, sizeof(*f.list))};
    double *scratch = malloc((rows + 1) * sizeof(*scratch));
    enum status st = f.list && scratch ? SIBYL_OK : err_memory("features");
    for (uint32_t k = 0; k < count && !st; k++) {
        f.list[k].name = arena_strdup(arena, names[k]);
        st = f.list[k].name ? fit_one(&f.list[k], values + k, count, rows, scratch)
                            : err_memory("features");
    }
    free(scratch);
    if (!st) st = features_check(&f);
    if (!st) *out = f;
    return st;
}

enum status features_check(const struct features *f)
{
    uint32_t numbers = features_numbers(f);
    if (numbers <= GRAPH_ATTRIBUTES_MAX) return SIBYL_OK;
    return err_set(SIBYL_E_USAGE,
                   "data.features: %u numbers of a network (those with holes count twice); at most "
                   "%d are allowed",
                   numbers, GRAPH_ATTRIBUTES_MAX);
}

enum status features_copy(struct features *out, struct arena *arena, const struct features *f)
{
    struct features made = {f->count, NULL};
    *out = made;
    if (!f->count) return SIBYL_OK;
    made.list = arena_calloc(arena, f->count, sizeof(*made.list));
    if (!made.list) return err_memory("features");
    memcpy(made.list, f->list, f->count * sizeof(*made.list));
    for (uint32_t k = 0; k < f->count; k++)
        if (!(made.list[k].name = arena_strdup(arena, f->list[k].name)))
            return err_memory("features");
    *out = made;
    return SIBYL_OK;
}

bool features_same_names(const struct features *a, const struct features *b)
{
    if (a->count != b->count) return false;
    for (uint32_t k = 0; k < a->count; k++)
        if (strcmp(a->list[k].name, b->list[k].name) != 0) return false;
    return true;
}

uint32_t features_numbers(const struct features *f)
{
    uint32_t numbers = f->count;
    for (uint32_t k = 0; k < f->count; k++) numbers += f->list[k].holes;
    return numbers;
}

/* The score of a known number. */
static double score_of(const struct feature *f, double value)
{
    if (f->map.knots < 2) return 0;
    double score = normal_scores_of_label(&f->map, bounded(value));
    return fmax(-FEATURES_FARTHEST, fmin(FEATURES_FARTHEST, score));
}

void features_map(const struct features *f, const double *values, float *out)
{
    for (uint32_t k = 0; k < f->count; k++) {
        bool known = !isnan(values[k]);
        /* + 0: attributes of graphs have no -0 */
        *out++ = (float)(known ? score_of(&f->list[k], values[k]) : 0) + 0.0f;
        if (f->list[k].holes) *out++ = known ? 0 : 1;
    }
}

enum status features_attach(const struct features *f, const double *values, struct arena *arena,
                            const struct graph *g, struct graph *out)
{
    uint32_t numbers = features_numbers(f), own = g->attributes, all = own + numbers;
    float mapped[GRAPH_ATTRIBUTES_MAX];
    struct graph made = *g;
    *out = made;
    if (!numbers) return SIBYL_OK;
    if (all > GRAPH_ATTRIBUTES_MAX)
        return err_set(
            SIBYL_E_FORMAT,
            "data.features: they make %u numbers beside %u attributes of a node; at most "
            "%d are allowed in all",
            numbers, own, GRAPH_ATTRIBUTES_MAX);
    features_map(f, values, mapped);
    if (made.sketch.high || made.sketch.low) made.sketch = features_key(f, values, g->sketch);
    made.attributes = all;
    made.attribute = arena_alloc(arena, (size_t)g->nodes * all * sizeof(*made.attribute));
    if (!made.attribute) return err_memory("features");
    for (size_t i = 0; i < g->nodes; i++) {
        float *node = made.attribute + i * all;
        if (own) memcpy(node, g->attribute + i * own, own * sizeof(*node));
        memcpy(node + own, mapped, numbers * sizeof(*node));
    }
    *out = made;
    return SIBYL_OK;
}

struct hash128 features_key(const struct features *f, const double *values, struct hash128 key)
{
    struct {
        struct hash128 key;
        float mapped[GRAPH_ATTRIBUTES_MAX];
    } both = {.key = key};
    if (!f->count) return key;
    features_map(f, values, both.mapped);
    return digest_xxh128(&both, sizeof(both));
}
