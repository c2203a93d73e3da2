#!/bin/bash
# A rank that makes no progress ends the job, named, and one that waits for the user's program does not.
# usage: stall.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 100}
training: {epochs: 1000000}
effort: quick
YAML

# Starts a training on three ranks that would take days, into the folder $1; their process ids are in pid.0 to pid.2.
start() {
    rm -f pid.*
    # shellcheck disable=SC2016
    mpirun --oversubscribe --bind-to none -n 3 bash -c 'echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"' \
        "$sibyl" train train.yaml --out "$1" --threads 1 --stall-timeout 2 > log 2>&1 &
    job=$!
}
# Waits until the job is over, but not for ever; leaves its status in `status`.
await_end() {
    for ((i = 0; i < 600; i++)); do
        kill -0 "$job" 2> /dev/null || { wait "$job"; status=$?; return; }
        sleep 0.1
    done
    fail "$1: the job hangs"
    cat pid.* | xargs kill -9 "$job" 2> /dev/null
    wait "$job" 2> /dev/null
    status=-1
}

mkdir hanging
mkfifo hanging/metrics.csv
for rank in 2 0; do
    start "stopped$rank"
    for ((i = 0; i < 300; i++)); do
        grep -q '^epoch 2/' log && break
        sleep 0.1
    done
    sleep 3 # more than the time: a rank at work is no stall
    kill -0 "$job" 2> /dev/null || fail "a job at work was ended"
    kill -STOP "$(cat pid.$rank)"
    await_end "rank $rank stopped"
    [ $status = 1 ] || fail "rank $rank stopped: status $status"
    grep -q "no progress for 2 s: rank $rank on $(hostname) does not answer" log || fail "rank $rank is not named"
done

# A file system that hangs: the metrics of an earlier run are a pipe that nobody writes to. (A table may be no pipe.)
start hanging
await_end "a hanging file"
[ $status = 1 ] || fail "a hanging file: status $status"
grep -q 'no progress for 2 s: rank 0 on .* neither computes nor waits' log || fail "the rank that waits for a file is not named"

# Evaluations may take as long as they take, while the other ranks wait.
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./slow.sh], value: accuracy}
search: {algorithm: random, evaluations: 3, batch: 3}
YAML
printf '#!/bin/sh\nsleep 4\necho "{\\"accuracy\\": 0.5}"\n' > slow.sh
chmod +x slow.sh
timeout 60 mpirun --oversubscribe --bind-to none -n 3 "$sibyl" search search.yaml --out search --stall-timeout 1 --quiet > log 2>&1 ||
    fail "a search with slow evaluations: status $?"

finish "stopped ranks and a hanging file are named in time; slow evaluations are none of it"
