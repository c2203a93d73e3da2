/* The canonical order of graphs that are too large or too even for a plain search.
 *
 * nauty refines undirected graphs much better than directed ones, so it gets no directions. Nothing
 * is lost: the cells are in order of depth, and every edge goes from a lesser depth to a greater
 * one. */
#include "proto/graph/canon_nauty.h"

#include <nauty/nausparse.h>
#include <stdlib.h>

/* An edge of multiplicity m > 1 becomes from - x - to, with x of a colour that stands for m. */
struct middle {
    uint32_t multiplicity, from, to;
};

static int by_multiplicity(const void *left, const void *right)
{
    const struct middle *a = left, *b = right;
    return (a->multiplicity > b->multiplicity) - (a->multiplicity < b->multiplicity);
}

static uint32_t count_middles(const struct graph *g)
{
    uint32_t count = 0;
    for (uint32_t e = 0; e < g->edges; e++) count += g->out_multiplicity[e] > 1;
    return count;
}

static void collect_middles(const struct graph *g, struct middle *middles, uint32_t count)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < g->nodes; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            if (g->out_multiplicity[e] > 1)
                middles[used++] = (struct middle){g->out_multiplicity[e], i, g->out_node[e]};
    qsort(middles, count, sizeof(*middles), by_multiplicity);
}

static size_t degree(const struct graph *g, uint32_t i)
{
    return (size_t)(g->out_start[i + 1] - g->out_start[i]) + (g->in_start[i + 1] - g->in_start[i]);
}

static void join(sparsegraph *sg, uint32_t a, uint32_t b)
{
    sg->e[sg->v[a] + (size_t)sg->d[a]++] = (int)b;
    sg->e[sg->v[b] + (size_t)sg->d[b]++] = (int)a;
}

static void fill(sparsegraph *sg, const struct graph *g, const struct middle *middles,
                 uint32_t count)
{
    uint32_t n = g->nodes;
    size_t used = 0;
    for (uint32_t i = 0; i < n + count; i++) {
        sg->v[i] = used;
        sg->d[i] = 0;
        used += i < n ? degree(g, i) : 2;
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t e = g->out_start[i]; e < g->out_start[i + 1]; e++)
            if (g->out_multiplicity[e] == 1) join(sg, i, g->out_node[e]);
    for (uint32_t k = 0; k < count; k++) {
        join(sg, middles[k].from, n + k);
        join(sg, n + k, middles[k].to);
    }
    sg->nv = (int)(n + count);
    sg->nde = used;
}

/* Cells for nauty: ptn is 0 at the last vertex of each. */
static void fill_cells(int *lab, int *ptn, const uint32_t *start_lab, const uint32_t *colour,
                       uint32_t nodes, const struct middle *middles, uint32_t count)
{
    for (uint32_t i = 0; i < nodes; i++) {
        lab[i] = (int)start_lab[i];
        ptn[i] = i + 1 < nodes && colour[start_lab[i]] == colour[start_lab[i + 1]];
    }
    for (uint32_t k = 0; k < count; k++) {
        lab[nodes + k] = (int)(nodes + k);
        ptn[nodes + k] = k + 1 < count && middles[k].multiplicity == middles[k + 1].multiplicity;
    }
}

enum status canon_nauty(const struct graph *g, struct scratch *s, const uint32_t *start_lab,
                        const uint32_t *colour, uint32_t *order)
{
    uint32_t count = count_middles(g);
    size_t total = (size_t)g->nodes + count, edges = 2 * ((size_t)g->edges + count);
    struct middle *middles = scratch_take(s, count, sizeof(*middles));
    int *lab = scratch_take(s, total, sizeof(int)), *ptn = scratch_take(s, total, sizeof(int));
    int *orbits = scratch_take(s, total, sizeof(int));
    SG_DECL(sg);
    SG_DECL(canonical);
    sg.v = scratch_take(s, total, sizeof(*sg.v));
    sg.d = scratch_take(s, total, sizeof(*sg.d));
    sg.e = scratch_take(s, edges, sizeof(*sg.e));
    if (!middles || !lab || !ptn || !orbits || !sg.v || !sg.d || !sg.e) return SIBYL_E_MEM;
    sg.vlen = sg.dlen = total;
    sg.elen = edges;
    collect_middles(g, middles, count);
    fill(&sg, g, middles, count);
    fill_cells(lab, ptn, start_lab, colour, g->nodes, middles, count);
    DEFAULTOPTIONS_SPARSEGRAPH(options);
    options.getcanon = TRUE;
    options.defaultptn = FALSE;
    statsblk stats;
    sparsenauty(&sg, lab, ptn, orbits, &options, &stats, &canonical);
    SG_FREE(canonical);
    if (stats.errstatus)
        return err_set(SIBYL_E_MEM, "nauty cannot take a graph of %zu vertices (its status is %d)",
                       total, stats.errstatus);
    for (uint32_t i = 0; i < g->nodes; i++) order[i] = (uint32_t)lab[i];
    return SIBYL_OK;
}
