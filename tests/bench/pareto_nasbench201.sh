#!/bin/bash
# Accuracy and latency of NAS-Bench-201 in one search: the hypervolume after 150 and 300 evaluations as a share of the true
# front's, from accuracy 0.5 and the slowest network above it; and how many evaluations it takes to find the most accurate
# network under a latency that a tenth of the networks keep.
# usage: pareto_nasbench201.sh [SEEDS] [ALGORITHMS] [DEVICE] [FIRST_SEED]   (default: 3 'random nsga2 predictor' raspi4 1)
# SIBYL: the program; FRONT=1 or LIMIT=1 measures only one of the two. Not part of the tests: takes minutes.
set -u
seeds=${1:-3} algorithms=${2:-random nsga2 predictor} device=${3:-raspi4} first=${4:-1}
both=${FRONT:-}${LIMIT:-}
. "$(dirname "$0")/../prelude.sh"
need_nasbench201
latency=$root/../shared/data/nasbench201_latency.csv.gz
[ -r "$latency" ] || { echo "skip: ../shared/data/nasbench201_latency.csv.gz is not there"; exit 77; }

python3 - "$table" "$latency" "$device" <<'PYTHON' || exit 1
import csv
import gzip
import sys

accuracy = {row["arch"]: float(row["cifar10_test"]) / 100 for row in csv.DictReader(open(sys.argv[1], encoding="utf-8"))}
with open("both.csv", "w", encoding="utf-8") as out, gzip.open(sys.argv[2], "rt") as rows:
    print("index,arch,accuracy,latency_ms", file=out)
    for row in csv.DictReader(rows):
        print(row["index"], row["arch"], accuracy[row["arch"]], row[sys.argv[3]], sep=",", file=out)
PYTHON
"$sibyl" import nasbench201-csv both.csv --out table.sibyl --label accuracy=accuracy --label latency_ms=latency_ms --quiet ||
    exit 1

# All networks once, isomorphic ones as one, as the table evaluator has them.
cat > all.yaml <<'YAML'
space: nasbench201
evaluator: {kind: table, file: table.sibyl}
objectives: [{value: accuracy, goal: max}, {value: latency_ms, goal: min}]
search: {algorithm: exhaustive, evaluations: 0}
YAML
"$sibyl" search all.yaml --out all --quiet || exit 1
python3 - > numbers <<'PYTHON' || exit 1
import csv

rows = [(float(r["value"]), float(r["latency_ms"])) for r in csv.DictReader(open("all/history.csv", encoding="utf-8"))]
slowest = max(l for a, l in rows if a > 0.5)
limit = sorted(l for _, l in rows)[len(rows) // 10]
print(slowest, limit)
PYTHON
read -r slowest limit < numbers

cat > front.yaml <<YAML
space: nasbench201
evaluator: {kind: table, file: table.sibyl}
objectives: [{value: accuracy, goal: max, reference: 0.5}, {value: latency_ms, goal: min, reference: $slowest}]
search: {evaluations: 300}
YAML
cat > limit.yaml <<YAML
space: nasbench201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
limits: [{value: latency_ms, at_most: $limit}]
search: {evaluations: 600, target: best}
YAML
for algorithm in $algorithms; do
    for seed in $(seq "$first" $((first + seeds - 1))); do
        for what in ${FRONT:+front} ${LIMIT:+limit} $([ -n "$both" ] || echo front limit); do
            "$sibyl" search $what.yaml --set search.algorithm="$algorithm" --set seed="$seed" --quiet \
                --out "$what.$algorithm.$seed" || { echo "$what, $algorithm, seed $seed: failed"; exit 1; }
        done
    done
done
python3 - "$device" $algorithms <<'PYTHON'
import csv
import glob
import json
import statistics
import sys

def volume(points, low, slowest):
    area, best = 0.0, low
    for latency, accuracy in sorted((l, a) for a, l in points if a > low and l < slowest):
        if accuracy > best:
            area += (slowest - latency) * (accuracy - best)
            best = accuracy
    return area

def read(path):
    return [(float(r["value"]), float(r["latency_ms"])) for r in csv.DictReader(open(path, encoding="utf-8"))]

slowest, limit = map(float, open("numbers", encoding="utf-8").read().split())
full = volume(read("all/history.csv"), 0.5, slowest)
print(f"{sys.argv[1]}: reference accuracy 0.5, {slowest:.4g} ms; limit {limit:.4g} ms; the whole front's volume {full:.5g}")
for algorithm in sys.argv[2:]:
    folders = sorted(glob.glob(f"front.{algorithm}.*"))
    if folders:
        shares = {n: [volume(read(f + "/history.csv")[:n], 0.5, slowest) / full for f in folders] for n in (150, 300)}
        seconds = statistics.mean(json.load(open(f + "/result.json", encoding="utf-8"))["wall_s"] for f in folders)
        own = json.load(open(folders[0] + "/result.json", encoding="utf-8"))["hypervolume"] / full
        if abs(own - shares[300][0]) > 1e-9:
            sys.exit(f"{folders[0]}: result.json has {own} of the volume, and its networks {shares[300][0]}")
        print(f"{algorithm}: share after 150 {statistics.mean(shares[150]):.4f} (worst {min(shares[150]):.4f}), after 300 "
              f"{statistics.mean(shares[300]):.4f} (worst {min(shares[300]):.4f}); {len(folders)} seeds, {seconds:.1f} s each")
    folders = sorted(glob.glob(f"limit.{algorithm}.*"))
    if folders:
        results = [json.load(open(f + "/result.json", encoding="utf-8")) for f in folders]
        needed = [r["evaluations_to_target"] or 600 for r in results]
        print(f"{algorithm}: best under the limit after {statistics.mean(needed):.1f} evaluations, "
              f"{sum(r['evaluations_to_target'] is None for r in results)} missed:", *needed)
PYTHON
