#!/bin/bash
# Free pace against rounds on 32 simulated slots, on NAS-Bench-201 with training times in proportion to FLOPs times a
# log-normal factor (bench_pace.c): time to the best network, and evaluations that it takes.
# usage: pace_simulated.sh [FIRST_SEED [LAST_SEED [PACES [small]]]]   (1 5 free,rounds, the default predictor; SIBYL: the program; BENCH_PACE: the simulator,
#        default build/dev/bin/bench_pace: cmake --build --preset dev --target bench_pace)
set -u
. "$(dirname "$0")/../prelude.sh"
need_nasbench201
"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label cifar10_test=cifar10_test:0.01 --label flops=flops_M \
    --quiet || exit 1
"${BENCH_PACE:-$root/build/dev/bin/bench_pace}" table.sibyl cifar10_test flops 300 32 "${1:-1}" "${2:-5}" 0.5 \
    "${3:-free,rounds}" ${4:+"$4"}
