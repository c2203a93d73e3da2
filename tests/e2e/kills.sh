#!/bin/bash
# train, score and search, each killed again and again (kill -9 of any rank at any time) and run until it is done, on any
# number of ranks, end with the same files as a run left alone.
# usage: kills.sh [KILLS [SEED [VERB...]]]   (SIBYL: the program; default build/release/bin/sibyl; KILLS per verb: 10; SEED: of
#        the killing). tests/long/kills.sh does 200, which take about 15 minutes.
set -u
. "$(dirname "$0")/../prelude.sh"
. "$root/tests/ranks.sh"
quick_ends
kills=${1:-10} seed=${2:-$RANDOM}
verbs=("${@:3}")
[ ${#verbs[@]} -gt 0 ] || verbs=(train score search)
RANDOM=$seed
echo "seed of the killing: $seed"

now_ms() { date +%s%3N; }
import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 300}
predictor: {layers: 2, width: 32, members: 2}
training: {epochs: 5, batch: 50, checkpoint_s: 0}
effort: quick
YAML
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: predictor, evaluations: 36, initial: 20, batch: 4}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 30}
YAML
cat > score.yaml <<'YAML'
predictor: left_alone.train/predictor.sibyl
input: {space: nasbench201, sample: 150000}
score: {checkpoint_s: 0}
YAML
declare -A results=([train]="predictor.sibyl" [score]="scores.csv top.csv" [search]="best.json history.csv")

launch() { start_ranks "$1" "$2" "$2.yaml" --out "$3" --threads 1 --quiet; }
same() {
    local file
    for file in ${results[$1]}; do
        cmp "left_alone.$1/$file" "$2/$file" || fail "$1: $file is not that of a run left alone"
    done
}

# Runs of one verb until so many were killed; each goes on from what the one before has left, and starts anew when done.
matrix() {
    local verb=$1 landed=0 finished=0 ranks victim at killed
    while [ $landed -lt "$kills" ] && [ $wrong = 0 ]; do
        ranks=$((1 + RANDOM % 3))
        victim=$((RANDOM % ranks))
        at=$((RANDOM % whole_ms))
        launch $ranks "$verb" "$verb"
        sleep "$((at / 1000)).$(printf %03d $((at % 1000)))"
        killed=0
        [ -s pid.$victim ] && alive "$(cat pid.$victim)" && kill -9 "$(cat pid.$victim)" 2> /dev/null && killed=1
        await_ranks "$verb, rank $victim of $ranks killed after $at ms"
        if [ "$status" = 0 ]; then
            same "$verb" "$verb"
            rm -rf "$verb"
            finished=$((finished + 1))
        elif [ $killed = 0 ] || grep -qE 'Segmentation|Abort|damaged|cut short' log ||
            grep '^sibyl: ' log | grep -qv '^sibyl: warning'; then
            fail "$verb: not the kill alone ended it, with status $status"
            cat log
        else
            landed=$((landed + 1))
        fi
    done
    launch 2 "$verb" "$verb"
    await_ranks "$verb, the last run"
    [ "$status" = 0 ] && same "$verb" "$verb"
    [ "$status" = 0 ] || fail "$verb, the last run: status $status"
    echo "$verb: $landed kills, $((finished + 1)) runs came to their end ($whole_ms ms each when left alone)"
}

for verb in train score search; do
    started=$(now_ms)
    launch 1 $verb left_alone.$verb
    await_ranks "$verb, left alone"
    [ "$status" = 0 ] || { echo "FAIL $verb, left alone: status $status"; cat log; exit 1; }
    whole_ms=$(($(now_ms) - started))
    [[ " ${verbs[*]} " != *" $verb "* ]] || matrix $verb
done

# A journal cut in the middle of a record, as by a full disk or a power cut.
cp -r left_alone.search cut
rm -f cut/best.json cut/history.csv cut/result.json
bytes=$(stat -c %s cut/run.journal)
truncate -s $((bytes - 1 - RANDOM % (bytes / 2))) cut/run.journal
echo "journal cut to $(stat -c %s cut/run.journal) of $bytes bytes"
launch 2 search cut
await_ranks "a cut journal"
[ "$status" = 0 ] || fail "a cut journal: status $status"
same search cut
grep -q '"resumed": true' cut/result.json || fail "cut/result.json does not say that it was resumed"

finish
