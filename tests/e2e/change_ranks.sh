#!/bin/bash
# A training of a network of many buckets (comm/reduce.h) that is stopped, or killed, and each time goes on on another
# number of ranks ends with the predictor of one left alone.
# usage: change_ranks.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 45}
predictor: {layers: 4, width: 128}
training: {epochs: 10, batch: 20, checkpoint_s: 0}
effort: quick
YAML

# trained RANKS OUT: its messages in `log`, its status is that of mpirun; each rank leaves its process id in pid.RANK.
trained() {
    # shellcheck disable=SC2016
    timeout 60 mpirun --oversubscribe --bind-to none -n "$1" bash -c 'echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"' \
        "$sibyl" train train.yaml --out "$2" --threads 1 --quiet > log 2>&1
}
# written OUT: which checkpoint it has; nothing where there is none.
written() { stat -c '%i %.Y' "$1/checkpoint.sibyl" 2> /dev/null; }
# end RANKS OUT SIGNAL: the last rank gets the signal when there is a checkpoint of these ranks. The status in `status`.
end() {
    local before job
    before=$(written "$2")
    rm -f pid.*
    trained "$1" "$2" &
    job=$!
    for ((i = 0; i < 400; i++)); do
        [ -n "$(written "$2")" ] && [ "$(written "$2")" != "$before" ] && break
        sleep 0.05
    done
    [ "$i" -lt 400 ] || fail "$2 on $1 ranks: no checkpoint after 20 s"
    kill -s "$3" "$(cat pid.$(($1 - 1)))" || fail "$2 on $1 ranks: no rank to send $3"
    wait $job
    status=$?
}
stop() {
    end "$1" "$2" USR1
    [ "$status" = 3 ] || fail "$2 on $1 ranks: status $status, not stopped"
    grep -q '"status": "stopped"' "$2/result.json" || fail "$2/result.json does not say stopped"
    grep -q "\"ranks\": $1," "$2/result.json" || fail "$2 did not run on $1 ranks"
}
# go_on RANKS OUT: goes on to the end, with the predictor of the run left alone.
go_on() {
    trained "$1" "$2" || fail "$2, the last part on $1 ranks: status $?"
    grep -q '"resumed": true' "$2/result.json" || fail "$2/result.json does not say that it was resumed"
    grep -q "\"ranks\": $1," "$2/result.json" || fail "$2 did not run on $1 ranks"
    cmp alone/predictor.sibyl "$2/predictor.sibyl" || fail "$2: not the predictor of a run left alone"
    [ "$(field "$2" predictor_sha256)" = "$(field alone predictor_sha256)" ] || fail "$2: not the predictor_sha256 of a run left alone"
}

trained 1 alone || fail "left alone: status $?"
grep -q '"resumed": false' alone/result.json || fail "alone/result.json: resumed"
[ "$(sed -n 's/^  "parameters": \([0-9]*\),$/\1/p' alone/result.json)" -gt 1000000 ] || fail "the network is too small for this"

for ranks in 4 6 3; do stop $ranks stopped; done
go_on 2 stopped
end 3 killed KILL
[ "$status" != 0 ] && [ ! -e killed/predictor.sibyl ] || fail "not killed: status $status"
go_on 8 killed

finish "stopped on 4, 6 and 3 ranks and killed on 3: the predictor of a run left alone"
