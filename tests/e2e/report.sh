#!/bin/bash
# The report of a search: a page with a drawing and a database that holds what the run's own files hold.
# usage: report.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# want WHAT FOUND EXPECTED
want() { [ "$2" = "$3" ] || fail "$1: found '$2', want '$3'"; }

import_digits201
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: aging, evaluations: 60, initial: 20, population: 20, sample: 5}
YAML
timeout 60 mpirun --oversubscribe --bind-to none -n 2 "$sibyl" search search.yaml --out run --quiet || {
    echo "FAIL search: status $?"; exit 1; }
best=$(tail -n 1 run/history.csv | cut -d , -f 9)
for time in first second; do # a second report takes the place of the first
    timeout 60 "$sibyl" report run --quiet || { echo "FAIL $time report: status $?"; exit 1; }
    want "$time: networks that are drawn" "$(page run 'd["networks"][0]["hash"]')" "$(field run best_hash)"
    want "$time: evaluations in the page" "$(page run 'run["history"]["rows"]')" 60
    want "$time: pages that end" "$(grep -c '</html>' run/report.html)" 1
    want "$time: check of the database" "$(sqlite3 run/run.db 'PRAGMA integrity_check')" ok
    want "$time: evaluations" "$(sqlite3 run/run.db 'SELECT count(*) FROM evaluations')" 60
    want "$time: hashes that are text" \
        "$(sqlite3 run/run.db "SELECT count(*) FROM evaluations WHERE typeof(hash) = 'text' AND length(hash) = 32")" 60
    want "$time: verb" "$(sqlite3 run/run.db "SELECT value FROM results WHERE key = 'verb'")" search
    want "$time: best value" \
        "$(sqlite3 run/run.db "SELECT abs(max(value) - $best) < 1e-12 FROM evaluations")" 1
done
# The page fetches nothing: it is read where there is no network.
want "addresses in the page" "$(grep -cE '(src|href)="?https?://' run/report.html)" 0
timeout 60 "$sibyl" report gone --quiet > log 2>&1
want "status for a folder that is not there" $? 1
finish "report.html $(stat -c %s run/report.html) bytes, run.db 60 evaluations"
