#!/bin/bash
# Scores all of NAS-Bench-201: the counts, the file of scores, and the same bytes on 1 and 3 ranks.
# usage: whole_space.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
need_nasbench201


"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label cifar10_test=cifar10_test:0.01 --quiet || {
    echo "FAIL import of $table"; exit 1; }
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: cifar10_test}
split: {train: 156, seed: 1}
predictor: {layers: 2, width: 32}
training: {epochs: 20}
YAML
cat > score.yaml <<'YAML'
predictor: train/predictor.sibyl
input: {space: nasbench201}
YAML
timeout 60 "$sibyl" train train.yaml --out train --quiet || { echo "FAIL train"; exit 1; }
for ranks in 1 3; do
    timeout 60 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" score score.yaml --out score$ranks --quiet ||
        fail "score on $ranks ranks: status $?"
    grep -q '"architectures": 15625,' score$ranks/result.json || fail "$ranks ranks: not 15625 architectures"
    grep -q '"distinct": 5425,' score$ranks/result.json || fail "$ranks ranks: not 5425 distinct ones"
done
cmp score1/scores.csv score3/scores.csv || fail "scores differ on 1 and 3 ranks"
cmp score1/top.csv score3/top.csv || fail "top.csv differs on 1 and 3 ranks"
timeout 60 "$sibyl" score score.yaml --set score.deduplicate=false --out all --quiet || fail "score without deduplication"

# By an independent reader: each network once, in order, and all strings without deduplication; as many different
# scores as a trained predictor gives; the best of them on top; and an order that has to do with the accuracies.
python3 - "$table" <<'PYTHON' || wrong=$((wrong + 1))
import csv
import math
import sys

def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))

def check(good, text):
    if not good:
        sys.exit("FAIL " + text)

rows, every, top = read("score1/scores.csv"), read("all/scores.csv"), read("score1/top.csv")
indexes = [int(row["index"]) for row in rows]
scores = [float(row["score"]) for row in rows]
accuracy = {row["arch"]: float(row["cifar10_test"]) for row in read(sys.argv[1])}
check(len(rows) == 5425, f"scores.csv has {len(rows)} rows, want 5425")
check(indexes == sorted(set(indexes)) and indexes[-1] < 15625, "indexes are not ascending below 15625")
check(len(every) == 15625, f"{len(every)} rows without deduplication, want 15625")
check({row["architecture"] for row in every} == set(accuracy), "the space is not the table's 15625 strings")
check(all(math.isfinite(score) for score in scores), "a score is no finite number")
check(len(set(scores)) > 4000, f"only {len(set(scores))} different scores")
alike = {row["architecture"]: float(row["score"]) for row in every}
# Networks scored in other company round differently in the last bits of a float.
check(all(abs(alike[row["architecture"]] - float(row["score"])) < 1e-6 for row in rows), "deduplication changes a score")
check(len(top) == 100, f"top.csv has {len(top)} rows, want 100")
best = sorted(scores, reverse=True)[:100]
check([float(row["score"]) for row in top] == best, "top.csv is not the 100 best scores in order")
mean = sum(accuracy.values()) / len(accuracy)
mean_top = sum(accuracy[row["architecture"]] for row in top) / len(top)
check(mean_top > mean + 3, f"the top 100 have {mean_top:.2f} % on average, all {mean:.2f} %")
print(f"5425 networks, mean accuracy {mean:.2f} %, of the top 100 {mean_top:.2f} %")
PYTHON
finish
