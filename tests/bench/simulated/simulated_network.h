/* See simulated_network.c. */
#ifndef TESTS_BENCH_SIMULATED_NETWORK_H
#define TESTS_BENCH_SIMULATED_NETWORK_H

#include "predictor/nnformer.h"

/* Of one rank in one step: its passes; what it computes of the loss; and of the sums and the
 * optimiser. */
struct simulated_times {
    double forward_s, backward_s, loss_s, update_s;
};
void simulated_network_times(struct simulated_times t);

#endif
