#!/bin/bash
# Damage in a search's journal is told, and nothing is done over it; what a kill leaves is cut off with one warning.
# usage: damaged_journal.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
cat > job.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: aging, evaluations: 120}
YAML
searched() { timeout 60 "$sibyl" search job.yaml --out "$1" --quiet > log 2>&1; }
searched whole || { echo "FAIL search"; cat log; exit 1; }

# journal FOLDER: a copy of the finished search, of which only the journal is left.
journal() {
    mkdir "$1"
    cp whole/run.journal "$1"
}
# refused FOLDER: the message names file, record and byte, and the journal stays as it is.
refused() {
    cp "$1/run.journal" before
    searched "$1"
    local status=$?
    [ $status = 1 ] || fail "$1: status $status, want 1"
    grep -qE "$1/run\.journal: record [0-9]+ at byte [0-9]+ is damaged.*restore the file from a copy" log ||
        fail "$1: no message of the damage"
    cmp before "$1/run.journal" || fail "$1: the journal was changed"
}

# One bit wrong in each of the last 8 records.
journal flipped
python3 - flipped/run.journal <<'PY'
import struct, sys
data = bytearray(open(sys.argv[1], "rb").read())
starts, at = [], 16
while at < len(data):
    starts.append(at)
    at += 24 + struct.unpack_from("<I", data, at + 4)[0]
for at in starts[-8:]:
    data[at + 25] ^= 4
open(sys.argv[1], "wb").write(data)
PY
refused flipped

# Its last 700 bytes are zeros.
journal zeroed
truncate -s -700 zeroed/run.journal
truncate -s +700 zeroed/run.journal
refused zeroed

# Cut in its last record but one, as by a kill.
journal cut
truncate -s $(($(stat -c %s whole/run.journal) - 40)) cut/run.journal
searched cut || fail "a cut journal: status $?"
[ "$(grep -c 'warning: run.journal: [0-9]* bytes of an unfinished record were cut off' log)" = 1 ] ||
    fail "a cut journal: not one warning"
cmp whole/history.csv cut/history.csv || fail "a cut journal: not the history of a run left alone"
searched cut || fail "once more: status $?"
[ ! -s log ] || fail "a warning without a reason"
finish "damage is told, and what a kill leaves is cut off"
