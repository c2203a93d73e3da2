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
effort: quick
YAML
cat > score.yaml <<'YAML'
predictor: trained/predictor.sibyl
input: {space: nasbench201, sample: 2000000}
score: {checkpoint_s: 0.05}
YAML

run_job search search || fail "search: status $?"
grep -q 'evaluations: 60' search/config.yaml || fail "search: config.yaml has not the values"
refuse_job search search "another job" --set search.population=99

stop_job train train metrics.csv 1
refuse_job train train "another job" --set training.epochs=1999

run_job train trained --set training.epochs=5 || fail "train: status $?"
stop_job score score checkpoint.sibyl 1
refuse_job score score "another job" --set top=7

# An experiment's values are saved too.
run_job train grid --set training.epochs=2 --set repeat=2 || fail "experiment: status $?"
grep -q 'epochs: 2$' grid/config.yaml || fail "experiment: config.yaml has not the values"
refuse_job train grid "another job: training.epochs is 2 there .* and 3 in this one" --set training.epochs=3 --set repeat=2
finish "refused jobs change nothing"
