#!/bin/bash
# How many evaluations each search algorithm needs to find the best network of NAS-Bench-201.
# usage: search_seeds.sh [SEEDS] [ALGORITHMS] [PLOT.svg]   (default: 20 'aging predictor', no plot; SIBYL: the program)
# A run that does not find it counts with all its 600 evaluations, and is told of. Not part of the tests: takes minutes.
set -u
seeds=${1:-20} algorithms=${2:-aging predictor} budget=600 plot=${3:+$(realpath -m "$3")}
. "$(dirname "$0")/../prelude.sh"
need_nasbench201

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
[ -n "$plot" ] || exit 0

# Best accuracy so far against evaluations, mean over the seeds.
python3 - "$seeds" $algorithms <<'PYTHON' || exit 1
import csv
import sys

seeds, algorithms, last = int(sys.argv[1]), sys.argv[2:], 200
for algorithm in algorithms:
    curves = []
    for seed in range(1, seeds + 1):
        with open(f"{algorithm}.{seed}/history.csv", encoding="utf-8") as file:
            best = [100 * float(row["best_value"]) for row in csv.DictReader(file)]
        curves.append((best + [best[-1]] * last)[:last])  # a run ends when the best is found
    with open(f"{algorithm}.dat", "w", encoding="utf-8") as file:
        for i in range(last):
            print(i + 1, sum(c[i] for c in curves) / seeds, file=file)
PYTHON
gnuplot <<GNUPLOT
set terminal svg size 760,380 font "sans-serif,13" background "#ffffff"
set output "$plot"
set xlabel "networks evaluated"
set ylabel "best CIFAR-10 test accuracy so far (%)"
set xrange [1:200]
set yrange [93.4:94.4]
set key bottom right
set grid lc rgb "#dddddd"
set style data lines
plot $(for a in $algorithms; do printf '"%s.dat" lw 2 title "%s, mean of %d seeds", ' "$a" "$a" "$seeds"; done) \
    94.3733 dt 2 lc rgb "#888888" title "the best network of NAS-Bench-201"
GNUPLOT
