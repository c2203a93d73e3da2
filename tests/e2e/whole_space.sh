#!/bin/bash
# Scores whole spaces: the counts, the file of scores, and the same bytes on 1 and 3 ranks. digits201, and NAS-Bench-201 where
# ../shared has its table.
# usage: whole_space.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# By an independent reader: each network once, in order, and all strings without deduplication; as many different
# scores as a trained predictor gives; the best of them on top; and an order that has to do with the accuracies.
cat > check.py <<'PYTHON'
import csv
import math
import sys

table, label = sys.argv[1:3]
points, distinct, different, above = (float(text) for text in sys.argv[3:7])

def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))

def check(good, text):
    if not good:
        sys.exit("FAIL " + text)

rows, every, top = read("score1/scores.csv"), read("all/scores.csv"), read("score1/top.csv")
indexes = [int(row["index"]) for row in rows]
scores = [float(row["score"]) for row in rows]
accuracy = {row["arch"]: float(row[label]) for row in read(table)}
alike = {row["architecture"]: float(row["score"]) for row in every}
check(len(rows) == distinct, f"scores.csv has {len(rows)} rows, want {distinct}")
check(indexes == sorted(set(indexes)) and indexes[-1] < points, f"indexes are not ascending below {points}")
check(len(every) == len(alike) == points, f"{len(every)} rows without deduplication, want {points}")
check(set(accuracy) <= set(alike), "the space has not all strings of the table")
check(all(math.isfinite(score) for score in scores), "a score is no finite number")
check(len(set(scores)) > different, f"only {len(set(scores))} different scores")
# Networks scored in other company round differently in the last bits of a float.
check(all(abs(alike[row["architecture"]] - float(row["score"])) < 1e-6 for row in rows), "deduplication changes a score")
check(len(top) == 100, f"top.csv has {len(top)} rows, want 100")
best = sorted(scores, reverse=True)[:100]
check([float(row["score"]) for row in top] == best, "top.csv is not the 100 best scores in order")
mean = sum(accuracy.values()) / len(accuracy)
mean_top = sum(accuracy[row["architecture"]] for row in top) / len(top)
check(mean_top > mean + above, f"the top 100 have {mean_top:.4g} on average, all {mean:.4g}")
print(f"{len(rows)} networks, mean accuracy {mean:.4g}, of the top 100 {mean_top:.4g}")
PYTHON

# whole SPACE TABLE LABEL SCALE POINTS DISTINCT DIFFERENT ABOVE: scores the space with a predictor trained on some of the table.
whole() {
    local space=$1 table=$2 label=$3 scale=$4 ranks
    mkdir "$work/$space" && cd "$work/$space" || exit 1
    "$sibyl" import nasbench201-csv "$table" --out table.sibyl --label "$label=$label$scale" --quiet || {
        echo "FAIL import of $table"; exit 1; }
    printf '%s\n' "data: {file: table.sibyl, label: $label}" 'effort: quick' 'split: {train: 156, seed: 1}' 'predictor: {layers: 2, width: 32}' \
        'training: {epochs: 20}' > train.yaml
    printf '%s\n' 'predictor: train/predictor.sibyl' "input: {space: $space}" > score.yaml
    timeout 60 "$sibyl" train train.yaml --out train --quiet || { echo "FAIL train"; exit 1; }
    for ranks in 1 3; do
        timeout 60 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" score score.yaml --out score$ranks --quiet ||
            fail "$space, score on $ranks ranks: status $?"
        [ "$(field score$ranks architectures)" = "$5" ] || fail "$space, $ranks ranks: not $5 architectures"
        [ "$(field score$ranks distinct)" = "$6" ] || fail "$space, $ranks ranks: not $6 distinct ones"
    done
    cmp score1/scores.csv score3/scores.csv || fail "$space: scores differ on 1 and 3 ranks"
    cmp score1/top.csv score3/top.csv || fail "$space: top.csv differs on 1 and 3 ranks"
    timeout 60 "$sibyl" score score.yaml --set score.deduplicate=false --out all --quiet || fail "score without deduplication"
    python3 "$work/check.py" "$table" "$label" "${@:5}" || fail "$space"
}

whole digits201 "$root/jobs/examples/digits201.csv" accuracy "" 729 483 400 0.05
table=$root/../shared/data/nasbench201.csv
[ ! -r "$table" ] || whole nasbench201 "$table" cifar10_test :0.01 15625 5425 4000 3
finish
