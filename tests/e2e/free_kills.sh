#!/bin/bash
# A search in free pace with a program that takes long, fails and hangs: kill -9 of any rank, or of mpirun, at any time leaves no
# program behind and a journal that replays; the same command goes on from it, until all of the budget is spent, and nothing
# that was measured is paid for twice.
# usage: free_kills.sh [KILLS [SEED]]   (SIBYL: the program; default build/release/bin/sibyl; 6 kills). tests/long/free_kills.sh
#        does 50.
set -u
. "$(dirname "$0")/../prelude.sh"
. "$root/tests/ranks.sh"
quick_ends
kills=${1:-6} seed=${2:-$RANDOM}
RANDOM=$seed
echo "seed of the killing: $seed"
evaluations=60 most_ranks=4
export LONG_TAIL_SPEED=6 LONG_TAIL_LOG=$PWD/starts
cp "$root/tests/bench/long_tail_program.sh" program.sh
cat > job.yaml <<YAML
space: digits201
evaluator: {kind: command, command: [bash, program.sh], value: accuracy, timeout_s: 0.7}
search: {pace: free, evaluations: $evaluations, initial: 10, population: 10}
predictor: {layers: 1, width: 8, members: 2}
training: {epochs: 20}
YAML

any_program() {
    local pid
    while read -r _ pid _; do
        alive "$pid" && return
    done < starts
    return 1
}
launch() { start_ranks "$1" search job.yaml --set search.algorithm=$2 --out "$2" --threads 1 --quiet; }
await_end() {
    await_ranks "$1"
    until_not 10 any_program || fail "$1: a program is left"
}
replayed() {
    [ -s "$2/run.journal" ] || return
    "$sibyl" search job.yaml --set search.algorithm="$2" --out "$2" --threads 1 --replay --quiet > log.replay 2>&1 || {
        fail "$1: the journal does not replay"
        cat log.replay
    }
}
# ended ALGORITHM: a search that came to its end.
ended() {
    local starts
    [ "$(wc -l < "$1/history.csv")" = $((evaluations + 1)) ] || fail "$1: not all of the budget was spent"
    starts=$(wc -l < starts)
    [ "$starts" -le $((evaluations + lost * most_ranks)) ] || fail "$1: $starts programs for $evaluations evaluations, $lost kills"
    replayed "$1, at its end" "$1"
    rm -rf "$1"
    : > starts
    lost=0
    finished=$((finished + 1))
}

landed=0 finished=0 lost=0 whole_ms=6000
: > starts
algorithms=(aging predictor local banana)
algorithm=aging
while [ $landed -lt "$kills" ] && [ $wrong = 0 ]; do
    ranks=$((1 + RANDOM % most_ranks)) at=$((RANDOM % whole_ms))
    victim=$((RANDOM % (ranks + 1)))
    launch $ranks $algorithm
    sleep "$((at / 1000)).$(printf %03d $((at % 1000)))"
    killed=0 pid=$job
    [ $victim = $ranks ] || pid=$(cat pid.$victim 2> /dev/null)
    alive "$pid" && kill -9 "$pid" 2> /dev/null && killed=1
    what="$algorithm, $victim of $ranks ranks killed after $at ms"
    await_end "$what"
    if [ "$status" = 0 ]; then
        ended $algorithm
        algorithm=${algorithms[finished % ${#algorithms[@]}]}
    elif [ $killed = 0 ] || grep -qE 'Segmentation|Abort|damaged|cut short' log; then
        fail "$what: not the kill alone ended it, with status $status"
    else
        landed=$((landed + 1)) lost=$((lost + 1))
        replayed "$what" $algorithm
    fi
done
launch 3 $algorithm
await_end "the last run"
[ "$status" = 0 ] && ended $algorithm
[ "$status" = 0 ] || fail "the last run: status $status"
finish "$landed kills, $finished searches came to their end, and nothing is left"
