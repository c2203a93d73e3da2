#include "search/algorithms/structure_covariance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCALE_NETWORKS 64 /* whose distances tell the median of a view */

static int ascending(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

/* By the distances between networks that are evenly spaced among all. */
static enum status scale_views(struct structure_covariance *c,
                               const struct graph_patterns *const *networks)
{
    size_t count = c->count < SCALE_NETWORKS ? c->count : SCALE_NETWORKS;
    const struct graph_patterns *some[SCALE_NETWORKS];
    double *distances = malloc(SCALE_NETWORKS * SCALE_NETWORKS * sizeof(*distances));
    if (!distances) return err_memory("the model of a search");
    for (size_t i = 0; i < count; i++) some[i] = networks[i * c->count / count];
    for (int v = 0; v < PATTERN_VIEWS; v++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++)
            for (size_t k = i + 1; k < count; k++) {
                double d = graph_patterns_distance(some[i], some[k], (enum pattern_view)v);
                if (d > 0) distances[n++] = d;
            }
        qsort(distances, n, sizeof(*distances), ascending);
        c->scale[v] = n ? 1 / distances[n / 2] : 0;
    }
    free(distances);
    return SIBYL_OK;
}

enum status structure_covariance_init(struct structure_covariance *c,
                                      struct pattern_distances *distances,
                                      const struct graph_patterns *const *networks, size_t count)
{
    *c = (struct structure_covariance){.distances = distances, .count = count, .length = 1};
    enum status st = distances ? SIBYL_OK : pattern_distances_new(&c->own);
    if (!distances) c->distances = c->own;
    if (!st) st = scale_views(c, networks);
    for (int v = 0; v < PATTERN_VIEWS; v++) {
        c->numbers[v] = calloc(count + 1, sizeof(*c->numbers[v]));
        if (!st && !c->numbers[v]) st = err_memory("the model of a search");
    }
    for (size_t i = 0; i < count && !st; i++) {
        uint32_t numbers[PATTERN_VIEWS];
        st = pattern_distances_number(c->distances, networks[i], numbers);
        for (int v = 0; v < PATTERN_VIEWS && !st; v++) c->numbers[v][i] = numbers[v];
    }
    return st;
}

void structure_covariance_release(struct structure_covariance *c)
{
    for (int v = 0; v < PATTERN_VIEWS; v++) {
        free(c->numbers[v]);
        free(c->table[v]);
    }
    pattern_distances_free(c->own);
    *c = (struct structure_covariance){0};
}

void structure_covariance_at(struct structure_covariance *c, double length)
{
    c->length = length;
    memset(c->table_count, 0, sizeof(c->table_count));
}

/* Those of all distances that are known by now. */
static enum status fill_table(struct structure_covariance *c, enum pattern_view v)
{
    size_t count = 0;
    const double *values = pattern_distances_values(c->distances, v, &count);
    if (count > c->table_room[v]) {
        double *table = realloc(c->table[v], 2 * count * sizeof(*table));
        if (!table) return err_memory("the model of a search");
        c->table[v] = table;
        c->table_room[v] = 2 * count;
    }
    for (size_t i = c->table_count[v]; i < count; i++) {
        double r = sqrt(5 * (values[i] * c->scale[v])) / c->length;
        c->table[v][i] = (1 + r + r * r / 3) * exp(-r);
    }
    c->table_count[v] = count;
    return SIBYL_OK;
}

enum status structure_covariances(struct structure_covariance *c, size_t network,
                                  const struct structure_others *others, double *out)
{
    int views = 0;
    for (size_t i = 0; i < others->count; i++) out[i] = 0;
    for (int v = 0; v < PATTERN_VIEWS; v++) {
        const uint32_t *apart, *numbers = c->numbers[v];
        if (!(c->scale[v] > 0)) continue;
        enum status st =
            pattern_distances_from(c->distances, (enum pattern_view)v, numbers[network], &apart);
        if (!st) st = fill_table(c, (enum pattern_view)v);
        if (st) return st;
        const double *table = c->table[v];
        for (size_t i = 0; i < others->count; i++) {
            size_t at = others->at ? others->at[i] : others->first + i;
            out[i] += table[apart[numbers[at]]];
        }
        views++;
    }
    for (size_t i = 0; i < others->count; i++) out[i] = views ? out[i] / views : 1;
    return SIBYL_OK;
}
