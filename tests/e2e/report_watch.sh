#!/bin/bash
# A page that is renewed while a search goes on, and shown: report --watch and --open.
# usage: report_watch.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# An evaluation ends when there is a file of its number.
cat > step.sh << 'SH'
#!/bin/sh
until [ -e "go.$SIBYL_TASK" ]; do sleep 0.05; done
echo "{\"accuracy\": 0.$((SIBYL_TASK + 1))}"
SH
mkdir bin
cat > bin/xdg-open << SH
#!/bin/sh
echo "\$1" > "$work/opened"
SH
chmod +x step.sh bin/xdg-open
cat > search.yaml << 'YAML'
space: digits201
evaluator: {kind: command, command: [./step.sh], value: accuracy}
search: {algorithm: random, evaluations: 4, batch: 1}
YAML
"$sibyl" search search.yaml --out run --quiet > log.search 2>&1 &
search=$!
touch go.0
# until CONDITION: a minute at the most.
await() {
    local i
    for ((i = 0; i < 600; i++)); do
        eval "$1" && return 0
        sleep 0.1
    done
    fail "waited in vain for: $1"
}
await '[ -e run/result.json ]'
PATH=$work/bin:$PATH timeout 120 "$sibyl" report run --watch --open > told 2> log &
report=$!
evaluations() { page run 'run["curve"]["evaluations"]' 2> /dev/null; }
await '[ -e run/report.html ] && [ "$(evaluations)" = 1 ]'
[ "$(page run 'd["renewed"]')" = True ] || fail "the page does not load itself again"
await '[ "$(cat opened 2> /dev/null)" = run/report.html ]'
touch go.1
await '[ "$(evaluations)" = 2 ]'
kill -0 $report 2> /dev/null || fail "the report has ended before the search"
touch go.2 go.3
wait $search || fail "search: status $?"
wait $report || fail "report: status $?"
[ "$(evaluations)" = 4 ] && [ "$(page run 'd["renewed"]')" = False ] || fail "the last page is not of the whole search"
[ "$(cat told)" = $'run/report.html\nrun/run.db' ] || fail "what is told: $(cat told)"
[ "$(sqlite3 run/run.db 'SELECT count(*) FROM evaluations')" = 4 ] || fail "run.db is not of the whole search"
# Of what is at its end the page is made once.
timeout 60 "$sibyl" report run --watch --quiet || fail "a search that is done: status $?"
PATH=$work/none "$sibyl" report run --open --quiet > log 2>&1
[ $? = 1 ] && grep -q 'install the package xdg-utils, or open run/report.html yourself' log || fail "without xdg-open"
finish "a page that is renewed and shown"
