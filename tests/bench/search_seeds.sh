#!/bin/bash
# How many evaluations each search algorithm needs to find the best network of NAS-Bench-201.
# usage: search_seeds.sh [SEEDS] [ALGORITHMS]   (default: 20 'aging predictor'; SIBYL: the program)
# A run that does not find it counts with all its 600 evaluations, and is told of. Not part of the tests: takes minutes.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl}
seeds=${1:-20} algorithms=${2:-aging predictor} budget=600
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
[ -x "$sibyl" ] || { echo "skip: no program $sibyl; set SIBYL or build the release preset"; exit 77; }
table=$root/../shared/data/nasbench201.csv
[ -r "$table" ] || { echo "skip: ../shared/data/nasbench201.csv is not there"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label cifar10_test=cifar10_test:0.01 --quiet || exit 1
cat > search.yaml <<YAML
space: nasbench201
evaluator: {kind: table, file: table.sibyl, value: cifar10_test}
search: {evaluations: $budget, target: best}
YAML
for algorithm in $algorithms; do
    for seed in $(seq "$seeds"); do
        mpirun --oversubscribe --bind-to none -n 2 "$sibyl" search search.yaml --set search.algorithm=$algorithm \
            --set seed=$seed --out $algorithm.$seed --quiet || { echo "$algorithm, seed $seed: failed"; exit 1; }
    done
done
python3 - "$seeds" "$budget" $algorithms <<'PYTHON'
import json
import statistics
import sys

seeds, budget, algorithms = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
mean, median = {}, {}
for algorithm in algorithms:
    needed, missed, seconds = [], 0, 0.0
    for seed in range(1, seeds + 1):
        with open(f"{algorithm}.{seed}/result.json", encoding="utf-8") as file:
            result = json.load(file)
        found = result["evaluations_to_target"] is not None
        needed.append(result["evaluations_to_best"] if found else budget)
        missed += not found
        seconds += result["wall_s"]
    mean[algorithm], median[algorithm] = statistics.mean(needed), statistics.median(needed)
    print(f"{algorithm}: mean {mean[algorithm]:.1f}, median {median[algorithm]:.1f}, {missed} of {seeds} missed, "
          f"{seconds / seeds:.1f} s each:", *needed)
for algorithm in algorithms[1:]:
    print(f"{algorithm} / {algorithms[0]}: mean {mean[algorithm] / mean[algorithms[0]]:.2f}, "
          f"median {median[algorithm] / median[algorithms[0]]:.2f}")
PYTHON
