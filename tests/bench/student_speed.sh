#!/bin/bash
# How much faster small predictors score than the paper's 12 x 160: all strings of NAS-Bench-201, one core, in turn.
# usage: student_speed.sh [ROUNDS]    (default 5; medians are printed). SIBYL: the program.
# Weights do not matter to the speed, so predictors are trained for one epoch. With nothing else running.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl}
rounds=${1:-5}
table=$root/../shared/data/nasbench201.csv
[ -f "$table" ] || { echo "student_speed.sh: no $table" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$sibyl" import nasbench201-csv "$table" --out "$work/cells.sibyl" --label accuracy=cifar10_test:0.01 --quiet
cat > "$work/train.yaml" <<'END'
data: {file: cells.sibyl, label: accuracy}
split: {train: 100}
training: {epochs: 1}
END
sizes="12x160 4x96 4x64 2x96 2x64 2x32"
for size in $sizes; do
    "$sibyl" train "$work/train.yaml" --out "$work/$size" --quiet --threads 1 \
        --set "predictor.layers=${size%x*}" --set "predictor.width=${size#*x}"
    printf 'input: {file: cells.sibyl}\npredictor: %s/predictor.sibyl\nscore: {deduplicate: false}\n' "$size" > "$work/$size.yaml"
done
for ((round = 1; round <= rounds; round++)); do
    for size in $sizes; do
        for precision in float32 bf16; do
            "$sibyl" score "$work/$size.yaml" --out "$work/score" --quiet --threads 1 --set "score.precision=$precision" ||
                continue # a CPU without bfloat16
            echo "$size $precision $(sed -n 's/.*"archs_per_s": *\([0-9.e+]*\).*/\1/p' "$work/score/result.json")"
        done
    done
done > "$work/speeds"
python3 - "$work/speeds" <<'END'
import collections, statistics, sys
speeds = collections.defaultdict(list)
for line in open(sys.argv[1]):
    size, precision, speed = line.split()
    speeds[size, precision].append(float(speed))
print("| size | precision | networks/s, median | times 12 x 160 |\n|---|---|---|---|")
for (size, precision), values in speeds.items():
    ratio = statistics.median(values) / statistics.median(speeds["12x160", precision])
    print(f"| {size.replace('x', ' x ')} | {precision} | {statistics.median(values):,.0f} | {ratio:.1f} |")
END
