#!/bin/bash
# Where low values are good: what a scoring and a search call the best, on one rank and on two, and what inspect says.
# usage: direction.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy, minimise: true}
split: {train: 100}
predictor: {layers: 1, width: 16, members: 1}
training: {epochs: 20, batch: 32, target: plain}
effort: quick
YAML
cat > score.yaml <<'YAML'
predictor: min/predictor.sibyl
input: {file: table.sibyl}
top: 40
YAML
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy, minimise: true}
search: {algorithm: predictor, evaluations: 40, initial: 20, batch: 20}
predictor: {layers: 1, width: 16, members: 1}
training: {epochs: 20}
YAML

# check_top FOLDER ORDER: top.csv holds the first 40 of scores.csv in this order, equal scores by their index.
check_top() {
    tail -n +2 "$1/scores.csv" | awk -F, '{print $NF "," $1}' | sort -t, -k1,1"g$2" -k2,2n | head -n 40 > want_top
    tail -n +2 "$1/top.csv" | awk -F, '{print $NF "," $2}' > found_top
    cmp want_top found_top || fail "$1: top.csv is not the first of the scores in order ${2:-ascending}"
    awk -v a="$(sed -n 2p "$1/top.csv" | awk -F, '{print $NF}')" -v b="$(field "$1" best_score)" \
        'BEGIN {exit !(a == b || (a - b < 1e-8 && b - a < 1e-8))}' ||
        fail "$1: best_score is not the first of top.csv"
}

run_job train min || fail "train: status $?"
run_job train max --set data.minimise=false || fail "train to maximise: status $?"
[ "$(field min predictor_sha256)" = "$(field max predictor_sha256)" ] || fail "the direction changes what is predicted"
"$sibyl" inspect min/predictor.sibyl | grep -q 'accuracy, of which the lowest are the best' || fail "inspect: not lowest"
"$sibyl" inspect max/predictor.sibyl | grep -q 'accuracy, of which the highest are the best' || fail "inspect: not highest"

run_job score low || fail "score: status $?"
check_top low ''
[ "$(field low goal)" = min ] || fail "goal of a minimising predictor: $(field low goal)"
timeout 60 mpirun --oversubscribe --bind-to none -n 2 "$sibyl" score score.yaml --out low2 --threads 1 > log 2>&1 ||
    fail "score on 2 ranks: status $?"
grep -q "^best score [-0-9.e]* (lowest): " log || fail "stdout does not tell the lowest score"
cmp low/top.csv low2/top.csv || fail "top.csv differs on 1 and 2 ranks"
run_job score high --set predictor=max/predictor.sibyl || fail "score with a maximising predictor: status $?"
check_top high r
cmp low/scores.csv high/scores.csv || fail "the direction changes scores"
run_job score forced --set score.goal=max || fail "score with a goal of its own: status $?"
cmp high/top.csv forced/top.csv || fail "score.goal: max is not obeyed"
run_job score forced2 --set predictor=max/predictor.sibyl --set score.goal=min || fail "score.goal: min: status $?"
cmp low/top.csv forced2/top.csv || fail "score.goal: min is not obeyed"
cat > space.yaml <<'YAML'
predictor: min/predictor.sibyl
input: {space: digits201}
top: 40
YAML
timeout 60 "$sibyl" score space.yaml --out space --threads 1 --quiet || fail "score of a space: status $?"
check_top space ''

run_job search found || fail "search: status $?"
least=$(tail -n +2 found/history.csv | awk -F, '{print $8}' | sort -g | head -n 1)
[ "$(tail -n 1 found/history.csv | awk -F, '{print $9}')" = "$least" ] || fail "best_value is not the least value"
"$sibyl" inspect found/run.journal > shown
grep -q "^values .*, best .* (lowest); failed evaluations 0" shown || fail "inspect of a journal: $(grep values shown)"
python3 - "$least" <<'PYTHON' || wrong=$((wrong + 1))
import json
import re
import sys
least = float(sys.argv[1])
shown = float(re.search(r"best (\S+) \(lowest\)", open("shown").read()).group(1))
for what, value in (("inspect", shown), ("best.json", json.load(open("found/best.json"))["value"]),
                    ("result.json", json.load(open("found/result.json"))["best_value"])):
    if abs(value - least) > 1e-8:
        sys.exit(f"FAIL {what}: best {value}, want {least}")
PYTHON
"$sibyl" report low found --quiet --out page || fail "report: status $?"
[ "$(page page '[run["scores"]["rows"] for run in runs if run["result"]["verb"] == "score"][0] > 0 and [run["minimise"] for run in runs if run["result"]["verb"] == "search"]')" = "[True]" ] ||
    fail "report: no scores, or not the lowest"
finish "the lowest are on top: $(field low best_score), search $least"
