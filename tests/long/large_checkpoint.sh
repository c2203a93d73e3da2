#!/bin/bash
# Checkpoints and predictors above 1 GiB, the most that one record holds: a 12 x 640 network, and 64 members of 12 x 160. Each
# training is killed once its checkpoint is that large, goes on from it, and ends with the bits of one left alone. Wants 6 GB of disk
# in TMPDIR and 4 GB of memory.
. "$(dirname "$0")/../prelude.sh"
import_digits201

# train OUT CHECKPOINT_S: the job train.yaml.
train() { "$sibyl" train train.yaml --out "$1" --threads 1 --quiet --set training.checkpoint_s="$2" > log 2>&1; }
# large FILE: it has more bytes than a record can.
large() { [ "$(stat -c %s "$1" 2> /dev/null || echo 0)" -gt 1073741824 ]; }
# compare WHAT CHECKPOINT_S: killed and gone on against left alone.
compare() {
    local job
    rm -rf killed alone
    train killed "$2" &
    job=$!
    until large killed/checkpoint.sibyl || ! kill -0 $job 2> /dev/null; do sleep 0.1; done
    pkill -9 -P $job 2> /dev/null
    kill -9 $job 2> /dev/null
    wait $job 2> /dev/null
    large killed/checkpoint.sibyl || fail "$1: no checkpoint above 1 GiB"
    "$sibyl" inspect killed/checkpoint.sibyl > log || fail "$1: the checkpoint cannot be looked at"
    train killed 600 || fail "$1: it does not go on"
    [ "$(field killed resumed)" = true ] || fail "$1: it began anew"
    train alone 600 || fail "$1: the training left alone"
    cmp killed/predictor.sibyl alone/predictor.sibyl || fail "$1: other bits"
    "$sibyl" inspect killed/predictor.sibyl > log || fail "$1: the predictor cannot be read"
}

cat > train.yaml <<'END'
data: {file: table.sibyl, label: accuracy}
split: {train: 16}
predictor: {layers: 12, width: 640}
training: {epochs: 2, batch: 8}
effort: quick
END
compare "12 x 640" 0
cat > train.yaml <<'END'
data: {file: table.sibyl, label: accuracy}
split: {train: 8}
predictor: {layers: 12, width: 160, members: 64}
training: {epochs: 1, batch: 8}
effort: quick
END
compare "64 members of 12 x 160" 3
finish "two trainings with checkpoints above 1 GiB: killed, gone on, the same bits"
