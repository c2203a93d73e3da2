#!/bin/bash
# Looking at a search while it runs and after a kill: history.csv, best.json, result.json, `inspect DIR` and `report DIR` are
# current, and a search that goes on from there ends as one that was left alone; inspect of a training and of a scoring.
# usage: current.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# A program that waits for leave: task N ends when the file go.N is there. Task 2 fails.
cat > evaluate.sh <<'SH'
#!/bin/sh
cat > /dev/null
while [ ! -e "go.$SIBYL_TASK" ] && [ ! -e go ]; do sleep 0.02; done
[ "$SIBYL_TASK" != 2 ] || { echo "no memory" >&2; exit 1; }
echo "{\"accuracy\": $SIBYL_TASK, \"params\": 7}"
SH
chmod +x evaluate.sh
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./evaluate.sh], value: accuracy}
search: {algorithm: random, evaluations: 8, batch: 8, pace: rounds}
YAML
wait_for() {
    local i
    for ((i = 0; i < 1500; i++)); do "$@" > /dev/null 2>&1 && return; sleep 0.02; done
    fail "waited in vain for: $*"
}
is_field() { [ "$(field run "$1")" = "$2" ]; }
rows() { [ "$(tail -n +2 run/history.csv | wc -l)" = "$1" ]; }
# looks STATUS DONE FAILED BEST: all that tells how the search stands.
looks() {
    "$sibyl" inspect run > out || fail "inspect: status $?"
    grep -q "^status: $1" out && grep -q "^evaluations: $2 of 8 done, $3 of them failed" out && grep -q "^best: $4, task" out ||
        fail "inspect: want $*; $(cat out)"
    [ "$(wc -l < out)" -le 6 ] || fail "inspect has $(wc -l < out) lines"
    [ "$(field run evaluations)" = "$2" ] && [ "$(field run failed_evaluations)" = "$3" ] && [ "$(field run best_value)" = "$4.0" ] ||
        fail "result.json: want $*; $(cat run/result.json)"
    grep -q "\"value\": $4" run/best.json || fail "best.json: want $4; $(cat run/best.json)"
    rows "$2" || fail "history.csv: want $2 rows; $(cat run/history.csv)"
    "$sibyl" report run --quiet > log 2>&1 || fail "report: status $?"
    [ "$(sqlite3 run/run.db 'SELECT count(*) FROM evaluations')" = "$2" ] || fail "run.db has not $2 evaluations"
}

"$sibyl" search search.yaml --out run --threads 1 > said 2>&1 &
job=$!
wait_for is_field status running
is_field evaluations 0 || fail "before the first result: $(cat run/result.json)"
"$sibyl" inspect run > out || fail "inspect before the first result: status $?"
grep -q "^status: running, process $job on $(uname -n)" out && grep -q "^best: none yet" out || fail "inspect before the first result: $(cat out)"
touch go.0 go.1 go.2
wait_for rows 3
wait_for is_field evaluations 3
looks "running, process $job on" 3 1 1
kill -9 $job
wait $job 2> /dev/null
looks "killed (process $job on $(uname -n) is gone)" 3 1 1
touch go.3
"$sibyl" search search.yaml --out run --threads 1 > said 2>&1 &
job=$!
wait_for rows 4
kill -TERM $job
wait $job
[ $? = 3 ] && is_field status stopped || fail "a stop: $(field run status)"
looks "stopped after a checkpoint" 4 1 3
grep -q "^to go on: sibyl search run/config.yaml --out run$" out || fail "inspect does not say how to go on"
touch go
# As inspect says, and by another number of ranks; the work of killed sessions counts once.
wall=$(field run wall_s)
$(sed -n 's/^to go on: sibyl //p' out | sed "s|^|$sibyl |") --threads 1 > said 2>&1 || fail "to go on: status $?"
looks "done" 8 1 7
awk "BEGIN { exit !($(field run wall_s) > $wall && $(field run wall_s) < $wall + 60) }" || fail "wall_s was $wall and is $(field run wall_s)"
grep -q '"started"\|"wall_before_s"' run/result.json && fail "the end has fields of one that runs"
grep -q "^random: 8/8 evaluations, 1 failed; best 7 at evaluation 8; .*/h$" said || fail "the last line: $(cat said)"
mpirun --oversubscribe --bind-to none -n 3 "$sibyl" search search.yaml --out alone --threads 1 --quiet > log 2>&1 || fail "alone: status $?"
timed() { python3 -c '
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/history.csv")))
for r in sorted(rows, key=lambda r: int(r["task"])): print(*(r[k] for k in ("task", "hash", "status", "value", "params", "error")))' "$1"; }
cmp <(timed alone) <(timed run) && cmp <(grep -v evaluation alone/best.json) <(grep -v evaluation run/best.json) ||
    fail "not what a search that is left alone finds"

# A search in a table does not write for each result, and ends with the same bytes as ever.
import_digits201
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: predictor, evaluations: 60, initial: 20, batch: 4}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 20}
YAML
"$sibyl" search search.yaml --out table --threads 1 > said 2>&1 || fail "table: status $?"
grep -q "^predictor: 20/60 evaluations; best .* at evaluation [0-9]*; [0-9]*/h, end not known yet$" said || fail "before the first training: $(cat said)"
grep -q "^predictor: 24/60 evaluations; .*, ends in [0-9.]* s$" said || fail "after it: $(cat said)"

# A training and a scoring.
small_train 3 32
run_job train t || fail "train: status $?"
"$sibyl" inspect t > out || fail "inspect of a training: status $?"
grep -q "^t: a train on accuracy" out && grep -q "^status: done" out && grep -q "^epochs: 3 of 3" out || fail "inspect of a training: $(cat out)"
cat > score.yaml <<'YAML'
predictor: t/predictor.sibyl
input: {file: table.sibyl}
YAML
run_job score s || fail "score: status $?"
"$sibyl" inspect s > out || fail "inspect of a scoring: status $?"
grep -q "^s: a score" out && grep -q "^networks: [1-9][0-9]* scored" out || fail "inspect of a scoring: $(cat out)"
mkdir nothing
"$sibyl" inspect nothing > out 2> log && fail "inspect of a folder without a run is no failure"
grep -q "nothing holds no run" log || fail "inspect of nothing: $(cat log)"
finish "a search is current while it runs, killed, stopped and done"
