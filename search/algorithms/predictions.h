/* What a round says of the values of its candidates, where there are several or limits: one model
 * for each value that evaluations give, of structure (structure_model.h) or the network; and what
 * predictors know beforehand (forecast.h). On rank 0. Local, but for the network. */
#ifndef SEARCH_ALGORITHMS_PREDICTIONS_H
#define SEARCH_ALGORITHMS_PREDICTIONS_H

#include "search/algorithms/algorithm.h"
#include "search/algorithms/structure_model.h"

struct predictions_of { /* a round */
    struct algorithm_round *round;
    /* That for the main value: its graphs and its seed are used, and training rows are the measured
     * entries but for temporary failures, in their order. */
    const struct surrogate_request *request;
    const struct candidate *const *candidates; /* (scored) */
    /* (trained), (scored): models are of structure. NULL: the network's. */
    const struct graph_patterns *known, *patterns;
    struct pattern_distances *distances; /* of rounds before; NULL: none */
    bool limits_alone; /* nothing is to be said of the main value, of which there are labels */
};

struct predictions {
    struct predictions_of of;
    const struct history *h;
    const struct objectives *o;
    size_t scored, count;            /* candidates; and with those that are pending behind them */
    const struct candidate **all;    /* (count) */
    struct graph *graphs;            /* (count) as the network sees them */
    struct graph_patterns *patterns; /* (count) */
    struct hash128 *hashes;          /* (count) */
    /* (values, count) of objectives so that larger is better; of the main value in the numbers of
     * its model, which predictions_label() takes to labels. */
    double *means, *deviations;
    double *chances;                    /* (count) that limits on other values are met */
    double *labels;                     /* (trained) of the main value */
    struct structure_task main_task;    /* of */
    struct structure_model *main_model; /* NULL: numbers are labels */
};

/* Everything but what is said. SIBYL_E_MEM. */
enum status predictions_begin(struct predictions *p, const struct predictions_of *of);
/* Collective with the network: on failure all ranks have left. */
enum status predictions_make(struct predictions *p);
void predictions_release(struct predictions *p); /* fine with a zeroed one */

/* What a mean, or one and some deviations, stands for: objectives so that larger is better. */
double predictions_label(const struct predictions *p, uint32_t value, double number);

/* What a model of structure is given of this round: the labels are of its training rows. */
struct structure_task predictions_task(const struct predictions *p, const double *labels);

#endif
