/* Graphs and labels that trainer and scorer tests share: the same on every rank. */
#ifndef TESTS_MPI_MPI_DATA_H
#define TESTS_MPI_MPI_DATA_H

#include "tests/random_graph.h"
#include "tests/unit/unit.h"

#include "predictor/scoring/predictor.h"

#define DATA_COUNT 150

struct data {
    struct arena arena;
    struct vocabulary vocabulary;
    struct graph graphs[DATA_COUNT];
    double labels[DATA_COUNT]; /* a simple function of the graph, in 0..1 */
};

static inline void data_make(struct data *d)
{
    static const char *const names[] = {"input", "output", "conv", "pool"};
    struct rng r;
    arena_init(&d->arena);
    rng_init(&r, 42, RNG_TEST, 0);
    CHECK_OK(vocabulary_init(&d->vocabulary, &d->arena, names, 4));
    for (int i = 0; i < DATA_COUNT; i++) {
        uint32_t nodes = 2 + (uint32_t)rng_below(&r, 7), convs = 0;
        CHECK_OK(random_graph(&d->graphs[i], &d->arena, &r, nodes, 0.5, 4));
        for (uint32_t k = 0; k < nodes; k++) convs += d->graphs[i].ops[k] == 2;
        d->labels[i] = 0.3 + 0.5 * convs / nodes + 0.02 * d->graphs[i].edges / nodes;
    }
}

static inline void data_predictor(struct data *d, struct predictor *p, uint32_t members)
{
    struct predictor_options o;
    predictor_options_default(&o);
    o.layers = 2;
    o.width = 16;
    o.members = members;
    CHECK_OK(predictor_init(p, &o, &d->vocabulary, "label"));
}

#endif
