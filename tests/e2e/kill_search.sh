#!/bin/bash
# A search whose ranks are killed again and again, run until it is done, ends with the same files as one left alone.
# usage: kill_search.sh [SEED]   (SIBYL: the program; default build/release/bin/sibyl; SEED: of the killing)
set -u
. "$(dirname "$0")/../prelude.sh"
need_nasbench201
seed=${1:-$RANDOM} wrong=0 landed=0
RANDOM=$seed
echo "seed of the killing: $seed"

fail() {
    echo "FAIL $*"
    wrong=$((wrong + 1))
}
size() { stat -c %s "$1" 2> /dev/null || echo 0; }
same() {
    for file in best.json history.csv; do
        cmp "alone/$file" "$1/$file" || fail "$1/$file is not as in the run left alone"
    done
}
# Each rank leaves its process id in pid.RANK.
rank_command='echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" search search.yaml --out "$1" --quiet'
launch=(mpirun --oversubscribe --bind-to none -n 2 bash -c "$rank_command" "$sibyl")
start() { timeout -k 5 60 "${launch[@]}" "$1" > log 2>&1; }
# alive PID: is it there, and no zombie?
alive() { [ -n "$1" ] && grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2> /dev/null; }
rank_id() { cat "pid.$1" 2> /dev/null; }
# until_not SECONDS COMMAND...: waits until it fails; 1 if it never does.
until_not() {
    local polls=$(($1 * 20))
    shift
    while "$@"; do
        [ $polls -gt 0 ] || return 1
        polls=$((polls - 1))
        sleep 0.05
    done
}
ranks_alive() { alive "$(rank_id 0)" || alive "$(rank_id 1)"; }

"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label cifar10_test=cifar10_test:0.01 --quiet || {
    echo "FAIL import of $table"; exit 1; }
cat > search.yaml <<'YAML'
space: nasbench201
evaluator: {kind: table, file: table.sibyl, value: cifar10_test}
search: {algorithm: predictor, evaluations: 44, initial: 20, batch: 8}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 40}
YAML

start alone || { echo "FAIL the run left alone: status $?"; cat log; exit 1; }
[ "$(tail -n +2 alone/history.csv | wc -l)" = 44 ] || fail "the run left alone has not 44 evaluations"
whole=$(size alone/run.journal)

# break_off OUT BYTES DELAY: kills a rank DELAY seconds after the journal has BYTES; all ranks must be gone soon after.
break_off() {
    local rank=$((RANDOM % 2)) polls=0 job status note=
    rm -f pid.0 pid.1
    "${launch[@]}" "$1" > log 2>&1 &
    job=$!
    while alive $job && [ $polls -lt 1000 ]; do
        [ -s pid.0 ] && [ -s pid.1 ] && [ "$(size "$1/run.journal")" -ge "$2" ] && break
        polls=$((polls + 1))
        sleep 0.01
    done
    sleep "$3"
    alive "$(rank_id $rank)" && kill -9 "$(rank_id $rank)" 2> /dev/null
    until_not 30 ranks_alive || {
        fail "a rank still runs 30 s after the death of rank $rank"
        for left in 0 1; do alive "$(rank_id $left)" && kill -9 "$(rank_id $left)"; done
    }
    # mpirun 4.1.4 itself now and then hangs in PMIx_server_finalize after all its ranks are gone.
    until_not 5 alive $job || {
        note=", mpirun stuck and killed"
        kill -9 $job
    }
    wait $job 2> /dev/null
    status=$?
    echo "rank $rank killed $3 s after $2 of $whole bytes: status $status, $(size "$1/run.journal") bytes kept$note"
    [ $status != 0 ] && landed=$((landed + 1))
}
finish() {
    local tries=0 status=1
    while [ $status != 0 ] && [ $tries -lt 3 ]; do
        start "$1"
        status=$?
        tries=$((tries + 1))
    done
    [ $status = 0 ] || { fail "$1 does not end: status $status"; cat log; }
}

# One run, killed five times on its way; then one killed at any time from its start on.
for part in 0 1 2 3 4; do
    break_off killed $((whole * part / 5)) 0.0$((RANDOM % 10))
done
finish killed
same killed
grep -q '"resumed": true' killed/result.json || fail "killed/result.json does not say that it was resumed"
for _ in 1 2 3; do
    break_off random 0 0.$((RANDOM % 7))$((RANDOM % 10))
done
finish random
same random
[ $landed -gt 0 ] || fail "no kill came before the end: nothing was tested"

# A journal cut in the middle of a record, as by a full disk or a power cut.
cp -r alone cut
rm -f cut/best.json cut/history.csv cut/result.json
truncate -s $((whole - 1 - RANDOM % (whole / 2))) cut/run.journal
echo "journal cut to $(size cut/run.journal) of $whole bytes"
finish cut
same cut
echo "$landed of 8 kills came before the end, $wrong wrong"
[ $wrong = 0 ]
