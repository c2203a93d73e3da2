#!/bin/bash
# How many evaluations the default search needs: the best network of NAS-Bench-201 by accuracies and by latencies, in rounds of 1
# and of 32, and one of the best five of NAS-Bench-101's 6,760 published rows as a pool, also by random search.
# usage: search_rows.sh [SEEDS] [RANKS]   (default: 100 2; rows other than the first take a fifth or a half of the seeds)
# A search that has not found it after 600 evaluations (random: after all) counts with these, marked ">=". Not part of the tests: takes
# minutes.
set -u
seeds=${1:-100} ranks=${2:-2}
. "$(dirname "$0")/../prelude.sh"
need_nasbench201
data=$root/../shared/data

"$sibyl" import nasbench201-csv "$table" --out accuracy.sibyl --quiet || exit 1
"$sibyl" import nasbench201-csv "$data/nasbench201_latency.csv.gz" --out latency.sibyl --quiet || exit 1
"$sibyl" import graph-jsonl "$data/nasbench101.jsonl" --id hash --out pool.sibyl --quiet || exit 1

# row NAME SEEDS JOB: runs the job of this text, and tells mean (and its interval), median, 95% and worst.
row() {
    printf '%s\nseed: 8001\nrepeat: %s\n' "$3" "$2" > job.yaml
    mpirun --oversubscribe --bind-to none -n "$ranks" "$sibyl" search job.yaml --out "runs/$1" --threads 1 --quiet ||
        { echo "$1: failed"; exit 1; }
    python3 - "$1" "runs/$1/experiment.csv" <<'PYTHON'
import csv
import statistics
import sys

name, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
needed = sorted(float(row["evaluations_to_target"] or row["evaluations"]) for row in rows)
missed = sum(not row["evaluations_to_target"] for row in rows)
at = 0.95 * (len(needed) - 1)
low = int(at)
tail = needed[low] + (at - low) * (needed[min(low + 1, len(needed) - 1)] - needed[low])
print(f"{name}: {len(needed)} seeds, mean {'>= ' if missed else ''}{statistics.mean(needed):.1f}, median "
      f"{statistics.median(needed):.1f}, 95% {tail:.1f}, worst {needed[-1]:.0f}, {missed} missed", flush=True)
PYTHON
}
# best FILE VALUE [MORE]: a default job until the best, in 600 evaluations.
best() {
    printf 'space: nasbench201\nevaluator: {kind: table, file: %s.sibyl, value: %s%s}\n' "$1" "$2" "${3:-}"
    printf 'search: {evaluations: 600, target: best%s}' "${4:-}"
}
part() { echo $((seeds > 2 * $1 ? (seeds + $1 - 1) / $1 : 2)); }

row cifar10_test "$seeds" "$(best accuracy cifar10_test)"
row batch_32 "$(part 2)" "$(best accuracy cifar10_test '' ', batch: 32')"
row cifar10_val "$(part 5)" "$(best accuracy cifar10_val)"
for device in raspi4 pixel3 1080ti_1 eyeriss; do
    row $device "$(part 5)" "$(best latency $device ', minimise: true')"
done
for algorithm in predictor random; do
    row nasbench101_$algorithm "$(part 2)" "space: {file: pool.sibyl}
evaluator: {kind: table, file: pool.sibyl, value: test_acc}
search: {algorithm: $algorithm, evaluations: 6760, target: 0.939336}"
done
