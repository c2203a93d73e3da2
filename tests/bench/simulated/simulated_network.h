/* See simulated_network.c. */
#ifndef TESTS_BENCH_SIMULATED_SIMULATED_NETWORK_H
#define TESTS_BENCH_SIMULATED_SIMULATED_NETWORK_H

#include "predictor/model/nnformer.h"

/* Of one rank in one step: its passes; what it computes of the loss; to clear and add the sums; and
 * its part of the optimiser's step. */
struct simulated_times {
    double forward_s, backward_s, loss_s, sums_s, optimizer_s;
};
void simulated_network_times(struct simulated_times t);

#endif
