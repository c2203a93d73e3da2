#include "predictor/inputs/structure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NODES, EDGES, LONGEST, SHORTEST, PATHS, WHOLE };

size_t structure_count(uint32_t vocabulary)
{
    return 3 * (size_t)vocabulary + WHOLE;
}

/* The most and the fewest nodes on one path that are of operation `op`, or of any where op < 0.
 * most, fewest: scratch (nodes). */
static void extremes(const struct graph *g, int op, double *most, double *fewest, double *out_most,
                     double *out_fewest)
{
    *out_most = 0;
    *out_fewest = INFINITY;
    for (uint32_t k = 0; k < g->nodes; k++) {
        uint32_t i = g->topological[k], first = g->in_start[i], end = g->in_start[i + 1];
        double high = 0, low = first == end ? 0 : INFINITY;
        for (uint32_t e = first; e < end; e++) {
            high = fmax(high, most[g->in_node[e]]);
            low = fmin(low, fewest[g->in_node[e]]);
        }
        double own = op < 0 || g->ops[i] == op;
        most[i] = high + own;
        fewest[i] = low + own;
        if (g->out_start[i] < g->out_start[i + 1]) continue;
        *out_most = fmax(*out_most, most[i]);
        *out_fewest = fmin(*out_fewest, fewest[i]);
    }
    if (g->nodes == 0) *out_fewest = 0;
}

/* Logarithm of the number of paths, an edge counting as often as it is there: sums of exponentials
 * are kept as logarithms, because deep graphs have more paths than a double holds. */
static double log_paths(const struct graph *g, double *paths)
{
    double all = -INFINITY;
    for (uint32_t k = 0; k < g->nodes; k++) {
        uint32_t i = g->topological[k], first = g->in_start[i], end = g->in_start[i + 1];
        double high = first == end ? 0 : -INFINITY, sum = 0;
        for (uint32_t e = first; e < end; e++)
            high = fmax(high, paths[g->in_node[e]] + log(g->in_multiplicity[e]));
        for (uint32_t e = first; e < end; e++)
            sum += exp(paths[g->in_node[e]] + log(g->in_multiplicity[e]) - high);
        paths[i] = first == end ? 0 : high + log(sum);
        if (g->out_start[i] < g->out_start[i + 1]) continue;
        double larger = fmax(all, paths[i]), smaller = fmin(all, paths[i]);
        all = larger + log1p(exp(smaller - larger));
    }
    return g->nodes ? all : 0;
}

enum status structure_labels(const struct graph *g, uint32_t vocabulary, double *out)
{
    double *scratch = malloc((2 * (size_t)g->nodes + 1) * sizeof(*scratch)), *most = scratch;
    if (!scratch) return err_memory("a graph's properties");
    double *fewest = scratch + g->nodes, *whole = out + 3 * (size_t)vocabulary;
    memset(out, 0, structure_count(vocabulary) * sizeof(*out));
    for (uint32_t i = 0; i < g->nodes; i++) out[g->ops[i]]++;
    for (uint32_t o = 0; o < vocabulary; o++)
        if (out[o] > 0)
            extremes(g, (int)o, most, fewest, &out[vocabulary + o], &out[2 * vocabulary + o]);
    whole[NODES] = g->nodes;
    for (uint32_t e = 0; e < g->edges; e++) whole[EDGES] += g->out_multiplicity[e];
    extremes(g, -1, most, fewest, &whole[LONGEST], &whole[SHORTEST]);
    whole[PATHS] = log_paths(g, scratch);
    free(scratch);
    return SIBYL_OK;
}
