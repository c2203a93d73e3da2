#!/bin/bash
# Names that a terminal would obey are shown without their control characters: by inspect, of every kind of file.
# usage: names.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

printf '{"ops": ["input", "c\\u001b[31mx", "output"], "edges": [[0, 1], [1, 2]], "l\\u001b[2Jb": %s}\n' 1 2 3 4 5 6 > lines.jsonl
label=$'l\e[2Jb'
"$sibyl" import graph-jsonl lines.jsonl --out names.sibyl --label "$label=$label" --quiet > log 2>&1 || fail "import: status $?"
printf 'data: {file: names.sibyl, label: "l\\x1b[2Jb"}\neffort: quick\nsplit: {train: 4, order: file}\n' > train.yaml
printf 'predictor: {layers: 1, width: 16, members: 1}\ntraining: {epochs: 1, target: plain}\n' >> train.yaml
run_job train t || fail "train: status $?"
cp names.sibyl $'odd\e[1m.sibyl'
# shown WHAT FILE: what inspect says of it has its names, and nothing but printable characters.
shown() {
    "$sibyl" inspect "$2" > out 2>&1 || fail "$1: status $?"
    ! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' out || fail "$1: control characters: $(cat -v out)"
    grep -q 'c?\[31mx' out || fail "$1: no operation c?[31mx: $(cat -v out)"
    grep -q 'l?\[2Jb' out || fail "$1: no label l?[2Jb: $(cat -v out)"
}
shown dataset names.sibyl
shown predictor t/predictor.sibyl
shown "odd name" $'odd\e[1m.sibyl'
"$sibyl" inspect $'gone\e[1m' > out 2>&1 && fail "a file that is not there"
! LC_ALL=C grep -q $'\e' out || fail "a message with control characters"
finish "names are shown as text"
