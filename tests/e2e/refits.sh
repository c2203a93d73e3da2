#!/bin/bash
# A search that knows so much that its rounds learn from a part of it, starting from earlier rounds' models (refit.h): killed
# and taken up, on other ranks and proposed again from its journal it comes out the same.
# usage: refits.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
quick_ends
import_digits201
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: predictor, model: network, evaluations: 470, initial: 300, batch: 20}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 4}
YAML

run_job search whole || fail "left alone: status $?"
[ "$(field whole evaluations)" = 470 ] || fail "left alone: $(field whole evaluations) evaluations"

# What a run that was killed has left is the beginning of its journal.
bytes=$(stat -c %s whole/run.journal)
killed() {
    local part=$1 ranks=$2 out=killed$1
    mkdir $out
    head -c $((bytes * part / 100)) whole/run.journal > $out/run.journal
    timeout 60 mpirun --oversubscribe --bind-to none -n "$ranks" "$sibyl" search search.yaml --out $out --threads 1 --quiet > $out.log 2>&1 ||
        { fail "killed at $part%: status $?"; cat $out.log; }
    cmp whole/history.csv $out/history.csv || fail "killed at $part%, $ranks ranks: another end"
}
again() {
    timeout 60 "$sibyl" search search.yaml --out whole --threads 1 --replay > again.log 2>&1 || { fail "replay: status $?"; cat again.log; }
}
beside killed 80 1
beside killed 90 3
beside killed 97 2
beside again
all_done
finish "searches that learn from a part of what they know come out the same when taken up"
