#!/bin/bash
# How much faster several ranks train than one, on one machine: 12 x 160, batches of 512, 8,192 rows of NAS-Bench-201,
# one thread a rank. Pairs of runs in turn, each second pair the other way round: machines drift.
# usage: train_ranks.sh [PAIRS] [RANKS]    (default 6 pairs, 2 ranks). SIBYL: the program. With nothing else running.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl}
pairs=${1:-6} ranks=${2:-2}
table=$root/../shared/data/nasbench201.csv
[ -f "$table" ] || { echo "train_ranks.sh: no $table" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$sibyl" import nasbench201-csv "$table" --out "$work/cells.sibyl" --label accuracy=cifar10_test:0.01 --quiet
cat > "$work/train.yaml" <<'END'
data: {file: cells.sibyl, label: accuracy}
split: {train: 8192}
predictor: {layers: 12, width: 160}
training: {batch: 512, epochs: 4}
END

# Prints the samples per second of a training on so many ranks.
train() {
    rm -rf "$work/run"
    mpirun --oversubscribe -n "$1" "$sibyl" train "$work/train.yaml" --out "$work/run" --quiet --threads 1 >&2
    sed -n 's/.*"samples_per_s": *\([0-9.e+]*\).*/\1/p' "$work/run/result.json"
}

for ((pair = 1; pair <= pairs; pair++)); do
    if ((pair % 2)); then one=$(train 1) all=$(train "$ranks"); else all=$(train "$ranks") one=$(train 1); fi
    echo "$one $all"
done | python3 -c '
import statistics, sys
ratios = []
for line in sys.stdin:
    one, all = map(float, line.split())
    ratios.append(all / one)
    print(f"one rank {one:,.0f} samples/s, '"$ranks"' ranks {all:,.0f}: {ratios[-1]:.2f} times", flush=True)
print(f"median of {len(ratios)} pairs: {statistics.median(ratios):.2f} times")'
