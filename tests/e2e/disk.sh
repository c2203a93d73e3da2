#!/bin/bash
# A full disk, a read-only one and a folder that is taken away: an error that says so, and nothing is lost.
# usage: disk.sh   (SIBYL: the program; default build/release/bin/sibyl). Mounts a small tmpfs, so wants root.
set -u
. "$(dirname "$0")/../prelude.sh"
mkdir small
mount -t tmpfs -o size=2m tmpfs small 2> /dev/null || { echo "skip: cannot mount a tmpfs here"; exit 77; }
trap 'umount -l "$work/small"; rm -rf "$work"' EXIT

import_digits201
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 300}
predictor: {layers: 1, width: 16}
training: {epochs: 150, checkpoint_s: 0}
effort: quick
YAML
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: aging, evaluations: 300}
YAML
run() { timeout 100 mpirun --oversubscribe --bind-to none -n 2 "$sibyl" "$1" "$1.yaml" --out "$2" --threads 1 --quiet > log 2>&1; }
# has FILE BYTES: it has come so far.
has() { [ "$(stat -c %s "$1" 2> /dev/null || echo 0)" -ge "$2" ]; }
# begin VERB OUT FILE BYTES: starts a run in the background (`job`) and waits until its file has so many bytes.
begin() {
    run "$1" "$2" &
    job=$!
    for ((i = 0; i < 6000; i++)); do
        has "$3" "$4" && return
        sleep 0.01
    done
    fail "$1: $3 does not come"
}
# expect STATUS MESSAGE WHAT: it failed, and said why.
expect() {
    [ "$1" = 1 ] || fail "$3: status $1, want 1"
    grep -q "^sibyl: .*$2" log || fail "$3: no error that says '$2'"
}
fill() { dd if=/dev/zero of=small/filler bs=1k 2> /dev/null; }

run train whole || fail "the training left alone: status $?"
run search whole_search || fail "the search left alone: status $?"

begin train small/out small/out/checkpoint.sibyl.before 1000
fill
wait $job
expect $? 'No space left on device' "a full disk, train"
[ -s small/out/checkpoint.sibyl ] || fail "the older checkpoint is gone"
rm small/filler
run train small/out || fail "the training does not go on: status $?"
grep -q '"resumed": true' small/out/result.json || fail "the training did not go on, but began anew"
cmp whole/predictor.sibyl small/out/predictor.sibyl || fail "the training that went on has other bits"
rm -r small/out

begin search small/out small/out/run.journal 1000
fill
wait $job
expect $? 'No space left on device' "a full disk, search"
rm small/filler
run search small/out || fail "the search does not go on: status $?"
cmp whole_search/history.csv small/out/history.csv || fail "the search that went on has another history"
rm -r small/out

begin train small/out small/out/checkpoint.sibyl 1000
rm -r small/out
wait $job
expect $? 'cannot write .*out/' "a folder that is gone"

# A base that cannot be kept for others: the same predictor, one line, and nothing is left there.
sed 's/{epochs: 150, checkpoint_s: 0}/{epochs: 3, structure: true, pretraining: 3}/' train.yaml > based.yaml
head -c 2000000 /dev/zero > small/filler
dd if=/dev/zero of=small/filler bs=4096 oflag=append conv=notrunc 2> /dev/null
for at in small "$PWD/small/bases" fresh; do
    rm -rf out
    timeout 100 "$sibyl" train based.yaml --set "training.base=$at" --out out --threads 1 --quiet > log 2>&1 || fail "$at: status $?"
    field out predictor_sha256 >> shas
    [ "$at" = fresh ] || { [ "$(wc -l < log)" = 1 ] && grep -q 'warning: the base is not kept for other jobs: .*No space left' log; } ||
        fail "a base on a full disk: $(cat log)"
done
[ "$(sort -u shas | wc -l)" = 1 ] || fail "a full disk changes a predictor"
[ -z "$(find small -name '*base-*')" ] || fail "half a base stays on a full disk"
rm -r small/filler small/bases

mkdir small/out
mount -o remount,ro small
timeout 100 "$sibyl" train based.yaml --set "training.base=$PWD/small" --out unkept --threads 1 --quiet > log 2>&1 || fail "read-only bases: status $?"
[ "$(wc -l < log)" = 1 ] && grep -q 'warning: the base is not kept .*Read-only file system' log || fail "read-only bases: $(cat log)"
[ "$(field unkept predictor_sha256)" = "$(head -n 1 shas)" ] || fail "read-only bases: other bits"
run train small/out
expect $? 'Read-only file system' "a read-only disk"
mount -o remount,rw small

finish "full, read-only and vanished: errors that say so, and what was saved goes on"
