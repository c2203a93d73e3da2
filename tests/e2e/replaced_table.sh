#!/bin/bash
# A table that is replaced under its name between a stop and the run that goes on: search and train refuse to mix old and new
# values, and go on when the old table is back; so does an experiment.
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
search: {algorithm: predictor, model: network, evaluations: 80, initial: 20, batch: 5} # rounds that take a while
predictor: {layers: 2, width: 16}
training: {epochs: 100}
YAML
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 300}
predictor: {layers: 2, width: 32}
training: {epochs: 200, batch: 32}
effort: quick
YAML
declare -A results=([train]="predictor.sibyl" [search]="best.json history.csv") shows=([train]=metrics.csv [search]=run.journal)

# other VERB OUT WHAT FILE [ARGUMENT...]: refused, and what has changed is named.
other() { refuse_job "$1" "$2" "the $3 .*$4 is not the one that this run began with" "${@:5}"; }
same() {
    local file
    for file in ${results[$1]}; do cmp "$2/$file" "$3/$file" || fail "$1: $file is not that of a run left alone"; done
}

for verb in search train; do
    run_job $verb alone.$verb || fail "$verb, left alone: status $?"
    stop_job $verb $verb ${shows[$verb]} 10
    use new
    other $verb $verb table table.sibyl
    use old
    run_job $verb $verb || fail "$verb, with its table back: status $?"
    grep -q '"resumed": true' $verb/result.json || fail "$verb did not go on"
    same $verb alone.$verb $verb
done

# The predictor that a training starts from is one of its files.
cp alone.train/predictor.sibyl first.sibyl
run_job train other --set seed=7 || fail "another training: status $?"
from=(--set training.from=first.sibyl)
run_job train alone.from "${from[@]}" || fail "training.from: status $?"
stop_job train from metrics.csv 10 "${from[@]}"
cp other/predictor.sibyl first.sibyl
other train from predictor first.sibyl "${from[@]}"
cp alone.train/predictor.sibyl first.sibyl
run_job train from "${from[@]}" || fail "training.from, with its predictor back: status $?"
same train alone.from from

# A finished search of the old table is no search of the new one.
use new
other search alone.search table table.sibyl

# An experiment: rows of the other table stand as they are, and it goes on when that table is back.
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60}
predictor: {layers: 1, width: 16}
training: {epochs: 5}
effort: quick
repeat: 3
YAML
untimed() { sed 's/,[^,]*,[^,]*$//' "$1/experiment.csv"; }
use old
run_job train grid || fail "experiment: status $?"
cp grid/experiment.csv whole.csv
rm grid/tasks/0001.json grid/experiment.csv grid/result.json
use new
refuse_job train grid "the table .*/table.sibyl is not the one that grid was made with"
use old
run_job train grid || fail "experiment with its table: status $?"
cmp <(sed 's/,[^,]*,[^,]*$//' whole.csv) <(untimed grid) || fail "another result with the old table back"
use new
run_job train new_only || fail "experiment of the new table: status $?"
cmp -s <(untimed new_only) <(untimed grid) && fail "both tables give the same result"
finish "no run mixes two tables"
