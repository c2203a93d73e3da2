#!/bin/bash
# A job that is refused because the folder holds another's run leaves config.yaml as that run wrote it.
# usage: refused_job.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: aging, evaluations: 60}
YAML
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 300}
predictor: {layers: 2, width: 16}
training: {epochs: 2000}
YAML
cat > score.yaml <<'YAML'
predictor: trained/predictor.sibyl
input: {space: nasbench201, sample: 2000000}
score: {checkpoint_s: 0.05}
YAML
run() { timeout 120 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet "${@:3}" > log 2>&1; }
# stopped VERB FILE: a run in the folder VERB that gets SIGTERM when it has made this file.
stopped() {
    timeout 120 "$sibyl" "$1" "$1.yaml" --out "$1" --threads 1 --quiet > log 2>&1 &
    local job=$!
    for ((i = 0; i < 1000; i++)); do
        [ -s "$1/$2" ] && break
        sleep 0.02
    done
    kill -TERM $job # timeout hands it on
    wait $job
    local status=$?
    [ $status = 3 ] || fail "$1: status $status where it was to be stopped"
}
# refused VERB ARGUMENT...: another job in the folder VERB.
refused() {
    find "$1" -type f -exec md5sum {} + | sort > before
    run "$1" "$1" "${@:2}"
    local status=$?
    [ $status = 2 ] || fail "$1: status $status, want 2"
    grep -q 'another job' log || fail "$1: no message of another job"
    find "$1" -type f -exec md5sum {} + | sort > after
    cmp before after || fail "$1: a refused job has changed the folder"
    [ -s "$1/config.yaml" ] || fail "$1: no config.yaml"
}

run search search || fail "search: status $?"
grep -q 'evaluations: 60' search/config.yaml || fail "search: config.yaml has not the values"
refused search --set search.evaluations=99

stopped train metrics.csv
refused train --set training.epochs=1999

run train trained --set training.epochs=5 || fail "train: status $?"
stopped score checkpoint.sibyl
refused score --set top=7

# An experiment has no other job to refuse; its values are saved too.
run train grid --set training.epochs=2 --set repeat=2 || fail "experiment: status $?"
grep -q 'epochs: 2$' grid/config.yaml || fail "experiment: config.yaml has not the values"
finish "refused jobs change nothing"
