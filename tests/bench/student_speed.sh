#!/bin/bash
# How much faster small predictors score than the paper's 12 x 160: all strings of NAS-Bench-201, one core, in turn.
# usage: student_speed.sh [ROUNDS]    (default 5; medians are printed). SIBYL: the program.
# Weights do not matter to the speed, so predictors are trained for one epoch. With nothing else running.
set -eu
rounds=${1:-5}
. "$(dirname "$0")/../prelude.sh"
need_nasbench201

"$sibyl" import nasbench201-csv "$table" --out cells.sibyl --label accuracy=cifar10_test:0.01 --quiet
cat > train.yaml <<'END'
data: {file: cells.sibyl, label: accuracy}
effort: quick
split: {train: 100}
training: {epochs: 1}
END
sizes="12x160 4x96 4x64 2x96 2x64 2x32"
for size in $sizes; do
    "$sibyl" train train.yaml --out "$size" --quiet --threads 1 \
        --set "predictor.layers=${size%x*}" --set "predictor.width=${size#*x}"
    printf 'input: {file: cells.sibyl}\npredictor: %s/predictor.sibyl\nscore: {deduplicate: false}\n' "$size" > "$size.yaml"
done
for ((round = 1; round <= rounds; round++)); do
    for size in $sizes; do
        for precision in float32 bf16; do
            "$sibyl" score "$size.yaml" --out score --quiet --threads 1 --set "score.precision=$precision" ||
                continue # a CPU without bfloat16
            echo "$size $precision $(field score archs_per_s)"
        done
    done
done > speeds
python3 - speeds <<'END'
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
