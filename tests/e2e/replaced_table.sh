#!/bin/bash
# A table that is replaced under its name between a stop and the run that goes on: search and train refuse to mix old and new
# values, and go on when the old table is back; an experiment trains anew what was trained on the other table.
# usage: replaced_table.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
mv table.sibyl old.sibyl
awk -F, -v OFS=, 'NR > 1 { $2 = $2 * 0.9 } 1' "$root/jobs/examples/digits201.csv" > changed.csv
"$sibyl" import nasbench201-csv changed.csv --out new.sibyl --label accuracy=accuracy --quiet || { echo "FAIL import"; exit 1; }
use() { cp "$1.sibyl" table.sibyl; }
use old

cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: predictor, evaluations: 200, initial: 20, batch: 5}
predictor: {layers: 2, width: 16}
training: {epochs: 60}
YAML
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 300}
predictor: {layers: 2, width: 32}
training: {epochs: 400, batch: 32}
YAML
declare -A results=([train]="predictor.sibyl" [search]="best.json history.csv") shows=([train]=metrics.csv [search]=run.journal)

run() { timeout 120 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet "${@:3}" > log 2>&1; }
# stopped VERB OUT LINES [ARGUMENT...]: a run that is stopped when the file that grows has so many lines or more.
stopped() {
    timeout 120 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet "${@:4}" > log 2>&1 &
    local job=$!
    for ((i = 0; i < 1000; i++)); do
        [ -s "$2/${shows[$1]}" ] && [ "$(grep -ac '' "$2/${shows[$1]}")" -ge "$3" ] && break
        sleep 0.02
    done
    kill -TERM $job # timeout hands it on
    wait $job
    local status=$?
    [ $status = 3 ] || fail "$1: status $status where it was to be stopped"
}
# refused VERB OUT WHAT FILE: what has changed is named, and no file of the folder is touched.
refused() {
    find "$2" -type f -exec md5sum {} + | sort > before
    run "$1" "$2" "${@:5}"
    local status=$?
    [ $status = 2 ] || fail "$1: status $status, want 2"
    grep -q "the $3 .*$4 is not the one that this run began with" log || fail "$1: no message of the $3"
    find "$2" -type f -exec md5sum {} + | sort > after
    cmp before after || fail "$1: a refused run has changed its folder"
}
same() {
    local file
    for file in ${results[$1]}; do cmp "$2/$file" "$3/$file" || fail "$1: $file is not that of a run left alone"; done
}

for verb in search train; do
    run $verb alone.$verb || fail "$verb, left alone: status $?"
    stopped $verb $verb 10
    use new
    refused $verb $verb table table.sibyl
    use old
    run $verb $verb || fail "$verb, with its table back: status $?"
    grep -q '"resumed": true' $verb/result.json || fail "$verb did not go on"
    same $verb alone.$verb $verb
done

# The predictor that a training starts from is one of its files.
cp alone.train/predictor.sibyl first.sibyl
run train other --set seed=7 || fail "another training: status $?"
from=(--set training.from=first.sibyl)
run train alone.from "${from[@]}" || fail "training.from: status $?"
stopped train from 10 "${from[@]}"
cp other/predictor.sibyl first.sibyl
refused train from predictor first.sibyl "${from[@]}"
cp alone.train/predictor.sibyl first.sibyl
run train from "${from[@]}" || fail "training.from, with its predictor back: status $?"
same train alone.from from

# A finished search of the old table is no search of the new one.
use new
refused search alone.search table table.sibyl

# An experiment: rows of the other table are trained anew.
cat > grid.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60}
predictor: {layers: 1, width: 16}
training: {epochs: 5}
repeat: 3
YAML
grid() { timeout 120 "$sibyl" train grid.yaml --out "$1" --threads 1 --quiet > log 2>&1 || fail "experiment: status $?"; }
untimed() { sed 's/,[^,]*,[^,]*$//' "$1/experiment.csv"; }
grid new_only
use old
grid grid
cp grid/tasks/0000.json kept.json
rm grid/tasks/0001.json
use new
grid grid
cmp <(untimed new_only) <(untimed grid) || fail "an experiment mixes rows of two tables"
cmp -s kept.json grid/tasks/0000.json && fail "a row of the old table was kept"
find grid/tasks -name '????.json' -printf '%f %T@\n' | sort > before
grid grid
find grid/tasks -name '????.json' -printf '%f %T@\n' | sort > after
cmp before after || fail "rows of the same table were trained again"
finish "no run mixes two tables"
