#!/bin/bash
# search.model: alternate and effort in searches: structure and the network by turns, the same on any number of ranks, after a kill
# and in a replay; an effort is that model where the job names none.
# usage: alternate.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1
import_digits201
cat > job.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {evaluations: 30}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 20}
YAML
search() { timeout 120 "$sibyl" search job.yaml --out "$1" --threads 1 --quiet "${@:2}" > "log.$1" 2>&1 || { echo "FAIL $1: status $?"; cat "log.$1"; return 1; }; }
for model in auto structure network alternate; do beside search $model --set search.model=$model --set search.initial=6 --set search.batch=1; done
for effort in quick normal best; do beside search $effort --set effort=$effort; done
beside search named --set effort=best --set search.model=structure
for model in structure alternate; do beside search limits_$model --set search.model=$model --set 'limits=[{value: accuracy, at_least: 0.2}]'; done
for ranks in 2 3; do
    beside timeout 120 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" search job.yaml --out on$ranks --quiet --set search.model=alternate
done
all_done
chosen() { cut -d , -f 2- "$1/history.csv" | sed 's/,[0-9.e+-]*$//'; } # without the column of seconds
same() { cmp -s <(chosen "$1") <(chosen "$2") || fail "$1 and $2 differ"; }
differ() { cmp -s <(chosen "$1") <(chosen "$2") && fail "$1 and $2 are the same"; }
same alternate best
same structure quick
same auto normal
same structure named
same limits_structure limits_alternate
same alternate on2
same alternate on3
differ alternate structure
differ alternate network
# Six random networks, then rounds of one: the first is the network's, as of a search by it alone, and not that of structure.
first() { chosen "$1" | head -n 8; }
cmp -s <(first alternate) <(first network) || fail "the first choice is not the network's"
cmp -s <(first alternate) <(first structure) && fail "the network's first choice is that of structure: this tells nothing"
"$sibyl" search job.yaml --out alternate --replay --set search.model=alternate --set search.initial=6 --set search.batch=1 > log 2>&1 || fail "replay: $(cat log)"

# Killed, and gone on with on another number of ranks.
sed 's/evaluations: 30/evaluations: 60/' job.yaml > long.yaml
timeout 120 "$sibyl" search long.yaml --out whole --threads 1 --quiet --set effort=best > log 2>&1 || fail "60 evaluations: status $?"
timeout 120 "$sibyl" search long.yaml --out killed --threads 1 --quiet --set effort=best > log 2>&1 &
for ((i = 0; i < 6000; i++)); do [ "$(stat -c %s killed/run.journal 2> /dev/null || echo 0)" -ge 6000 ] && break; sleep 0.01; done
kill -9 $(mine 'long.yaml --out killed') 2> /dev/null
wait
timeout 120 mpirun --oversubscribe --bind-to none -n 2 "$sibyl" search long.yaml --out killed --quiet --set effort=best > log 2>&1 ||
    fail "going on: status $?"
same whole killed
finish "structure and the network by turns"
