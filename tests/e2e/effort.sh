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
grep -q '^effort normal: predictor.layers 1, predictor.width 8, predictor.heads global+global+global+global, predictor.members 3, training.epochs 3, .*training.structure true, training.pretraining 2, training.bases 3$' told ||
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
[ "$(field r1 parameters)" = $((3 * $(field one parameters))) ] || fail "parameters: $(field r1 parameters)"
# Were the members alike, their mean would be the one network's score.
[ "$(field r1 test_kendall_tau)" != "$(field one test_kendall_tau)" ] || fail "members do not differ"
# The members start from the bases in turn. With a rate that moves nothing a base is what random weights are to a training of
# so many members without pre-training by the seed of bases, 0, and their mean score that of the bases.
scores() { # OUT [KEY=VALUE...]: of all networks, by a training that learns nothing
    local out=$1 sets=()
    for key in seed=0 effort=quick training.epochs=1 training.rate=1e-9 training.ema=0 training.structure=true "${@:2}"; do
        sets+=(--set "$key")
    done
    "$sibyl" train less.yaml --out "$out" --quiet --threads 1 "${sets[@]}" &&
        printf 'predictor: %s/predictor.sibyl\ninput: {file: table.sibyl}\nscore: {precision: float32}\n' "$out" > "$out.yaml" &&
        "$sibyl" score "$out.yaml" --out "$out.scores" --quiet && cut -d , -f 3 "$out.scores/scores.csv" > "$out.csv"
}
# alike A B: whether no two scores are further apart than 1e-5.
alike() { paste -d , "$1.csv" "$2.csv" | awk -F , 'NR > 1 && ($1 - $2 > 1e-5 || $2 - $1 > 1e-5) { far++ } END { exit NR < 100 || far > 0 }'; }
for bases in 1 2 3; do
    scores random$bases predictor.members=$bases training.pretraining=0 || fail "a training of $bases random networks"
    scores bases$bases predictor.members=6 training.pretraining=1 training.bases=$bases || fail "a training from $bases bases"
    alike random$bases bases$bases || fail "members that do not start from $bases bases in turn"
done
scores most predictor.members=2 training.pretraining=1 training.bases=3 || fail "more bases than members"
alike most random2 || fail "more bases than members: others than one a member"
alike random1 random2 && fail "random networks that are alike"
alike random2 random3 && fail "random networks that are alike"
# The folder goes on with its own job, as it stands in config.yaml, and belongs to no other effort.
"$sibyl" train r1/config.yaml --out r1 --quiet > log 2>&1 || fail "its own config.yaml"
"$sibyl" train train.yaml --set effort=best --out r1 --quiet > log 2>&1
[ $? = 2 ] && grep -q 'effort is normal there' log || fail "another effort in the same folder"
finish "efforts"
