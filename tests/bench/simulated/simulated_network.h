/* See simulated_network.c. */
#ifndef TESTS_BENCH_SIMULATED_NETWORK_H
#define TESTS_BENCH_SIMULATED_NETWORK_H

#include "predictor/nnformer.h"

void simulated_network_times(double forward, double backward);

#endif
