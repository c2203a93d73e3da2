#!/bin/bash
# effort: what it sets is told, by a dry run too; the job's own keys win; the same bits on any number of ranks; members that
# start from one network differ.
# usage: effort.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1
import_digits201
# Small, but with all that `normal` does.
printf '%s\n' 'data: {file: table.sibyl, label: accuracy}' 'split: {train: 40}' 'predictor: {layers: 1, width: 8}' \
    'training: {epochs: 3, pretraining: 2}' > train.yaml
"$sibyl" train train.yaml --out dry --dry-run | grep "^effort " > told || fail "a dry run that tells no recipe"
grep -q '^effort normal: predictor.layers 1, predictor.width 8, predictor.heads global+global+global+global, predictor.members 4, training.epochs 3, .*training.structure true, training.pretraining 2$' told ||
    fail "normal: $(cat told)"
sed 's|, pretraining: 2||' train.yaml > less.yaml
"$sibyl" train less.yaml --set effort=quick --out dry --dry-run | grep "^effort " > told
grep -q '^effort quick: .* predictor.heads forward+backward+sibling_parent+sibling_child, predictor.members 1, .*training.structure false' told ||
    fail "quick: $(cat told)"
"$sibyl" train train.yaml --set effort=much --dry-run > log 2>&1
[ $? = 2 ] && grep -q 'effort: want quick, normal or best' log || fail "effort: much"
"$sibyl" help effort | grep -q '^| training.epochs | 300 |' || fail "help effort has no table"

beside "$sibyl" train train.yaml --out r1 --threads 1 --quiet
for ranks in 2 3; do
    beside timeout 60 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" train train.yaml --out r$ranks --quiet
done
beside "$sibyl" train train.yaml --out one --quiet --set predictor.members=1
all_done
for ranks in 2 3; do
    [ "$(field r$ranks predictor_sha256)" = "$(field r1 predictor_sha256)" ] || fail "$ranks ranks have other bits"
done
[ "$(field r1 parameters)" = $((4 * $(field one parameters))) ] || fail "parameters: $(field r1 parameters)"
# Were the members alike, their mean would be the one network's score.
[ "$(field r1 test_kendall_tau)" != "$(field one test_kendall_tau)" ] || fail "members do not differ"
# The folder goes on with its own job, as it stands in config.yaml, and belongs to no other effort.
"$sibyl" train r1/config.yaml --out r1 --quiet > log 2>&1 || fail "its own config.yaml"
"$sibyl" train train.yaml --set effort=best --out r1 --quiet > log 2>&1
[ $? = 2 ] && grep -q 'effort is normal there' log || fail "another effort in the same folder"
finish "efforts"
