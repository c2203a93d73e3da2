#!/bin/bash
# Bases: a training has the same bits whether its base was made or found, on any number of ranks, whatever has become of the
# files; an experiment makes each once; kills, two jobs at once, damaged files and folders that nothing can be written to cost no
# more than the work of making it again.
# usage: bases.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
import_digits201
printf '%s\n' 'data: {file: table.sibyl, label: accuracy}' 'split: {train: 40}' 'predictor: {layers: 1, width: 16, members: 2}' \
    'training: {epochs: 3, pretraining: 3, bases: 2}' > train.yaml
cache=$XDG_CACHE_HOME/sibyl
train() { timeout 120 "$sibyl" train train.yaml --threads 1 "$@" > log 2>&1 || fail "train $*: status $?"; }
on_ranks() { timeout 120 mpirun --oversubscribe --bind-to none -n "$1" "$sibyl" train train.yaml "${@:2}" > log 2>&1 || fail "$*: status $?"; }
# is FOLDER FOUND: it has the bits of the first run, and its base was found or not.
is() {
    [ "$(field "$1" predictor_sha256)" = "$sha" ] || fail "$1 has other bits"
    [ "$(field "$1" base)" = "$base" ] || fail "$1 has another base"
    [ "$(field "$1" base_found)" = "$2" ] || fail "$1: base_found is $(field "$1" base_found), want $2"
}
lines() { grep -c "$1" log; }

train --out made
sha=$(field made predictor_sha256) base=$(field made base)
file=$cache/base-$base.sibyl
is made false
[ ${#base} = 32 ] && [ -s "$file" ] && cmp -s "$file" "made/bases/base-$base.sibyl" || fail "the base is not kept in both places"
[ "$(lines '^pre-training: 483 networks, 3 epochs$')" = 1 ] || fail "pre-training is not told"
"$sibyl" inspect "$file" | grep -q "^a base, .*digest $base$" || fail "inspect does not tell of a base"

# Found, and made anew, on one and on more ranks.
train --out found
is found true
[ "$(lines "^pre-training: the base $base in $cache$")" = 1 ] && [ "$(lines networks,)" = 0 ] || fail "a base that is found is not told"
on_ranks 2 --out found2
is found2 true
for ranks in 2 3; do
    rm -rf "$cache"
    on_ranks $ranks --out made$ranks
    is made$ranks false
    cmp -s "$file" made/bases/base-*.sibyl || fail "$ranks ranks make another file"
done

# Neither seed, nor split, nor label are part of it; what is learnt and how are.
for other in seed=7 split.seed=9 split.train=100 training.epochs=4 predictor.members=3 training.loss.l1=1; do
    train --out other --set $other && [ "$(field other base_found)$(field other base)" = "true$base" ] || fail "$other: another base"
    rm -rf other
done
for other in training.bases=1 training.pretraining=4 predictor.width=20 training.dropout=0.2 training.batch=20 training.shards=3; do
    train --out other --set $other && [ "$(field other base_found)" = false ] && [ "$(field other base)" != "$base" ] ||
        fail "$other: the same base"
    rm -rf other
done
# The same networks in another file with other labels share it.
"$sibyl" import nasbench201-csv "$root/jobs/examples/digits201.csv" --out again.sibyl --label better=accuracy --quiet
train --out other --set data.file=again.sibyl --set data.label=better && [ "$(field other base_found)" = true ] || fail "another label"

# What cannot be read is said in one line, made anew, and put right.
head -c 1000 made/predictor.sibyl > cut
for bad in cut made/predictor.sibyl /dev/null train.yaml "$(find "$cache" -name '*.sibyl' ! -name "*$base*" | head -n 1)"; do
    rm -rf damaged
    cp "$bad" "$file"
    train --out damaged
    is damaged false
    [ "$(lines 'warning: .*; the base is made anew$')" = 1 ] || fail "$bad in the place of a base: $(lines warning) warnings"
    cmp -s "$file" made/bases/base-*.sibyl || fail "$bad stays in the place of a base"
done
train --out named --set training.base="$work/there"
is named false
cmp -s "there/base-$base.sibyl" "$file" || fail "training.base is not written to"
# ... nor what cannot be written: one line, a warning where the job names the folder.
train --out unnamed --set training.base="$work/train.yaml/no"
is unnamed false
[ "$(lines 'warning: the base is not kept for other jobs: ')" = 1 ] || fail "a folder that cannot be: $(cat log)"
XDG_CACHE_HOME=/proc/nowhere train --out homeless
is homeless false
[ "$(lines '^the base is not kept for other jobs: ')" = 1 ] && [ "$(lines warning)" = 0 ] || fail "a cache that cannot be: $(cat log)"
env -u XDG_CACHE_HOME HOME="$work/home" "$sibyl" train train.yaml --out home --quiet --threads 1 && is home false &&
    cmp -s "home/.cache/sibyl/base-$base.sibyl" "$file" || fail "no base in ~/.cache/sibyl"

# Two at once: both are right, and leave one whole file.
rm -rf "$cache"
train --out one & train --out two & wait
for folder in one two; do [ "$(field $folder predictor_sha256)" = "$sha" ] || fail "two at once: $folder has other bits"; done
[ "$(ls -A "$cache")" = "base-$base.sibyl" ] && cmp -s "$file" made/bases/base-*.sibyl || fail "two at once: $(ls -A "$cache")"

# Killed in pre-training, and in the training behind it with no cache left: the same command goes on.
rm -rf "$cache"
sed -i 's/epochs: 3/epochs: 2000/; s/pretraining: 3/pretraining: 4000/' train.yaml
begun() { timeout 120 "$sibyl" train train.yaml --out "$1" --threads 1 "${@:2}" > log 2>&1 & }
# until COMMAND...: waits until it succeeds.
until_so() { for ((i = 0; i < 6000; i++)); do "$@" && return; sleep 0.01; done; fail "does not come: $*"; }
begun killed
until_so grep -qs '^pre-training' log
kill -9 $(mine 'train.yaml --out killed') && wait
[ -z "$(find killed -name 'base-*' 2> /dev/null)" ] || fail "half a base"
sed -i 's/pretraining: 4000/pretraining: 3/; s/epochs: 2000/epochs: 3/' train.yaml
rm -rf killed
begun killed --set training.pretraining=400
until_so grep -qs '^pre-training' log
kill -9 $(mine 'train.yaml --out killed') 2> /dev/null
wait
train --out killed --set training.pretraining=400
train --out whole --set training.pretraining=400 --set training.base="$work/fresh"
[ "$(field killed predictor_sha256)" = "$(field whole predictor_sha256)" ] || fail "killed in pre-training: other bits"
begun late --set training.epochs=3000 --set training.checkpoint_s=0.05
until_so grep -qs '^epoch 20/' log
kill -9 $(mine 'train.yaml --out late')
wait
rm -rf "$cache"
train --out late --set training.epochs=3000 && [ "$(field late base_found)" = true ] || fail "the folder's own base is not found"

# An experiment makes each base once, on any number of ranks, and goes on after a kill.
cat train.yaml - > grid.yaml <<'YAML'
repeat: 4
vary:
  training.pretraining: [3, 5]
YAML
experiment() { timeout 120 mpirun --oversubscribe --bind-to none -n "$1" "$sibyl" train grid.yaml "${@:2}" --threads 1 --quiet > log 2>&1; }
made() { grep -l '"base_found": false' "$1"/tasks/*.json | wc -l; }
shas() { grep -ho '"predictor_sha256": "[^"]*"' "$1"/tasks/*.json; }
for ranks in 1 3; do
    rm -rf "$cache"
    experiment $ranks --out grid$ranks || fail "an experiment on $ranks ranks: status $?"
    [ "$(made grid$ranks)" = 2 ] && [ "$(find grid$ranks/bases -name 'base-*' | wc -l)" = 2 ] ||
        fail "$ranks ranks: $(made grid$ranks) bases were made for 8 trainings, want 2"
done
cmp -s <(shas grid1) <(shas grid3) || fail "the trainings of an experiment on three ranks have other bits"
grep -q "\"$sha\"" grid3/tasks/0000.json || fail "a training of an experiment is not that training alone"
rm -rf "$cache"
sed -i 's/epochs: 3,/epochs: 200,/' grid.yaml
experiment 2 --out all || fail "longer trainings: status $?"
rm -rf "$cache"
experiment 2 --out some &
until_so test -s some/tasks/0001.json
kill -9 $(mine 'train grid.yaml --out some') 2> /dev/null
wait
rm -rf "$cache"
experiment 2 --out some || fail "an experiment that goes on: status $?"
cmp -s <(shas all) <(shas some) || fail "an experiment that goes on has other bits"
[ "$(made some)" -le 2 ] || fail "an experiment that goes on has made $(made some) bases"

# A base predicts nothing, and says so.
printf 'predictor: %s\ninput: {file: table.sibyl}\n' "$(find made/bases -name '*.sibyl')" > score.yaml
"$sibyl" score score.yaml --out scores > log 2>&1
[ $? = 2 ] && grep -q 'a base, which has learnt no label' log || fail "a base is scored with: $(cat log)"
finish "bases are found, and made again, with the same bits"
