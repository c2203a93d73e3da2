#!/bin/bash
# Ask and tell: each network is asked for once, whoever asks at the same time; the results are those of a search that does it
# itself; bad lines are told by number and cost no good one; a journal is the truth whatever becomes of its state; and
# `inspect DIR` tells how it stands.
# usage: ask_tell.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1

import_digits201
# value_of HASHES...: lines of hash and value, of a search of all networks in the table.
cat > all.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: exhaustive, evaluations: 0}
YAML
run_job search all --set search.algorithm=exhaustive 2> /dev/null || { mv all.yaml search.yaml; run_job search all; } ||
    fail "the search of all: status $?"
cut -d, -f 5,7,8 all/history.csv | tail -n +2 > values
[ "$(wc -l < values)" -gt 400 ] || fail "the search of all has $(wc -l < values) networks"
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: ask, value: accuracy}
search: {algorithm: random, evaluations: 100}
YAML
cat > asker.py <<'PY'
"""Asks for networks, a number at a time, and tells their values from the file `values`, until there are none."""
import json, subprocess, sys

program, out, number = sys.argv[1:4]
values = {h: (status, value) for h, status, value in (line.strip().split(",") for line in open("values"))}
while True:
    lines = subprocess.run([program, "ask", "search.yaml", "--out", out, "-n", number], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    if not lines:
        break
    told = []
    for request in map(json.loads, lines):
        print(request["task"], flush=True)
        status, value = values[request["hash"]]
        told.append({"task": request["task"], "failed": "not in the table"} if status == "failed" else
                    {"task": request["task"], "accuracy": float(value), "latency_ms": 1.5})
    subprocess.run([program, "tell", "search.yaml", "--out", out, "--quiet"], check=True, stderr=subprocess.DEVNULL,
                   input="".join(json.dumps(t) + "\n" for t in told), text=True)
PY

# ---- eight at once: every task once ----
for i in 1 2 3 4 5 6 7 8; do python3 asker.py "$sibyl" eight 3 > tasks.$i 2> asker.$i & done
wait
[ ! -s asker.1 ] || { cat asker.1; fail "an asker failed"; }
sort -n tasks.? > tasks
cmp tasks <(seq 0 99) || fail "not every task was asked for once"
[ "$(field eight evaluations)" = 100 ] && [ "$(field eight status)" = done ] || fail "eight: $(field eight evaluations), $(field eight status)"
replays() {
    "$sibyl" search search.yaml --out "$1" --replay --threads 1 > log 2>&1 || fail "$1: the replay of its journal: status $?"
    grep -q "the replay is the same: .* $2 results" log || fail "$1: the replay"
}
replays eight 100
# The same order of results in a search that does it itself: random networks do not depend on results, so that the best one
# is the same; where two are the same the first counts, whose number depends on the order.
sed 's/kind: ask, /kind: table, file: table.sibyl, /' search.yaml > own.yaml
mv search.yaml ask.yaml && mv own.yaml search.yaml
run_job search own || fail "the search itself: status $?"
mv search.yaml own.yaml && mv ask.yaml search.yaml
cmp <(tail -n +2 own/history.csv | cut -d, -f 2,5-8 | sort) <(tail -n +2 eight/history.csv | cut -d, -f 2,5-8 | sort) ||
    fail "eight: other networks or values than those of the search itself"
cmp <(grep -v evaluation own/best.json) <(grep -v evaluation eight/best.json) || fail "eight: another best.json"

# ---- one after the other, in the order of the search: the very same files ----
for algorithm in random aging; do
    sed -i "s/algorithm: [a-z]*/algorithm: $algorithm/; s/evaluations: [0-9]*\(, batch: 8, population: 48\)*/evaluations: 100, batch: 8, population: 48/" search.yaml own.yaml
    mv search.yaml ask.yaml && cp own.yaml search.yaml
    rm -rf own && run_job search own || fail "$algorithm itself: status $?"
    mv ask.yaml search.yaml
    python3 asker.py "$sibyl" "one.$algorithm" 8 > tasks 2> log || fail "$algorithm: the asker"
    cmp own/best.json "one.$algorithm/best.json" && cmp <(cut -d, -f 1-9 own/history.csv) <(cut -d, -f 1-9 "one.$algorithm/history.csv") || fail "$algorithm: not the files of the search itself"
done

# ---- a state that is gone, damaged, or of another journal ----
python3 asker.py "$sibyl" two 8 > tasks & # from its own beginning, beside the checks
first=$!
wait $first
for harm in "rm -f" "truncate -s -9" "cp one.random/run.state"; do
    rm -rf harmed && cp -r one.aging harmed
    if [ "${harm%% *}" = cp ]; then $harm harmed/run.state; else $harm harmed/run.state; fi
    "$sibyl" ask search.yaml --out harmed -n 4 --set search.evaluations=108 > asked.harmed 2> log || fail "$harm: ask failed"
    rm -rf whole && cp -r one.aging whole
    "$sibyl" ask search.yaml --out whole -n 4 --set search.evaluations=108 > asked.whole 2> log || fail "ask of more failed"
    [ "$(wc -l < asked.whole)" = 4 ] && cmp asked.harmed asked.whole || fail "$harm run.state: other networks"
done

# ---- bad lines ----
sed -i "s/algorithm: aging/algorithm: random/" search.yaml
"$sibyl" ask search.yaml --out bad -n 3 > asked || fail "ask: status $?"
[ "$(wc -l < asked)" = 3 ] || fail "ask -n 3 gave $(wc -l < asked) lines"
python3 - asked <<'PY' || fail "the requests"
import json, sys
for i, line in enumerate(open(sys.argv[1])):
    o = json.loads(line)
    assert o["task"] == i and o["space"] == "digits201" and len(o["hash"]) == 32, o
    assert {"architecture", "ops", "edges", "seed"} <= set(o), o
PY
printf '%s\n' '{"task": 0, "accuracy": 0.5, "latency_ms": 3}' '{"task": 0, "accuracy": 0.6}' '{"task": 3, "accuracy": 0.5}' \
    '{"task": 99, "accuracy": 0.5}' '{"task": 1, "latency_ms": 0.5}' '{"task": 1, "accuracy": NaN}' '{"task": 1, "accuracy": "0.5"}' \
    '{"task": 1, "accu' '' '[1]' '{"accuracy": 0.5}' '{"task": 1.5, "accuracy": 0.5}' '{"task": 1, "failed": "no memory"}' \
    '{"task": 2, "accuracy": 1e999}' > lines
"$sibyl" tell search.yaml --out bad lines > out 2> log
[ $? = 1 ] || fail "bad lines: status is not 1"
for text in "line 2: task 0 was told before" "line 3: task 3 was never asked for" "line 4: task 99 was never asked for" \
    "line 5: no 'accuracy', which is searched for (evaluator.value); it has 'latency_ms'" "line 6: .*not finite" \
    "line 7: 'accuracy' is a text" "line 8: cut short" "line 10: .*no JSON object" "line 11: no 'task'" "line 12: 'task' is no whole" \
    "line 14: " "11 of 13 lines were not taken"; do
    grep -q "$text" log || fail "bad lines: no message '$text'"
done
grep -q "line 13" log && fail "a good line behind bad ones is told of"
[ "$(tail -n +2 bad/history.csv | cut -d, -f 2,7,8 | tr '\n' ' ')" = "0,ok,0.5 1,failed, " ] || fail "bad lines: $(cat bad/history.csv)"
"$sibyl" ask search.yaml --out bad --pending > asked || fail "ask --pending: status $?"
[ "$(wc -l < asked)" = 1 ] && grep -q '"task":2,' asked || fail "pending: $(cat asked)"
"$sibyl" inspect bad > out || fail "inspect: status $?"
grep -q "^evaluations: 2 of 100 done, 1 of them failed; 1 asked for and not told$" out && grep -q "^status: open to ask" out ||
    fail "inspect: $(cat out)"
[ "$(wc -l < out)" -le 6 ] || fail "inspect has $(wc -l < out) lines"
"$sibyl" report bad --quiet > log 2>&1 || fail "report of one that is open: status $?"
# A network that is told of by a pipe, and the end of the budget: no line, a word, status 0.
echo '{"task": 2, "accuracy": 0.25}' | "$sibyl" tell search.yaml --out bad --set search.evaluations=3 --quiet || fail "tell from a pipe"
"$sibyl" ask search.yaml --out bad --set search.evaluations=3 > out 2> log || fail "ask at the end: status $?"
[ ! -s out ] && grep -q "nothing is left to ask" log && [ "$(field bad status)" = done ] || fail "the end: $(cat out) $(field bad status)"
# What cannot be: a search of its own, another job in the folder.
"$sibyl" search search.yaml --out own2 > log 2>&1
[ $? = 2 ] && grep -q "sibyl ask" log || fail "a search without an evaluator is not refused"
"$sibyl" ask search.yaml --out bad --set seed=5 > log 2>&1
[ $? = 2 ] && grep -q "seed is 1 there" log || fail "another job is not refused"
# One that has the folder is waited for, and no longer than told.
"$sibyl" ask search.yaml --out bad --wait 0 --set search.evaluations=9 > out 2> log || fail "a free folder is not taken at once"
cat > hold.py <<'PY'
import fcntl, os, sys, time # holds the folder's lock until the file `go` is there
f = open(sys.argv[1] + "/.lock", "a+b")
fcntl.lockf(f, fcntl.LOCK_EX)
open("held", "w")
while not os.path.exists("go"):
    time.sleep(0.01)
PY
python3 hold.py bad &
until [ -e held ]; do sleep 0.01; done
"$sibyl" ask search.yaml --out bad --wait 0.1 --set search.evaluations=9 > out 2> log
[ $? = 1 ] && [ ! -s out ] && grep -q "bad is in use by" log || fail "a folder in use: $(cat out)"
"$sibyl" ask search.yaml --out bad --set search.evaluations=9 > out 2> log &
asker=$!
touch go
wait $asker && [ "$(grep -c task out)" = 1 ] || fail "a folder that was in use for a while"

# ---- an algorithm with a memory, by four at once ----
sed -i 's/algorithm: [a-z]*/algorithm: aging/; s/population: 48/population: 20/' search.yaml
for i in 1 2 3 4; do python3 asker.py "$sibyl" four 2 > tasks.$i 2> asker.$i & done
wait
cmp <(sort -n tasks.[1-4]) <(seq 0 99) || fail "aging by four: not every task was asked for once"
replays four 100

# ---- with a predictor: a round is proposed at once, and given out in parts ----
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: ask, value: accuracy}
search: {algorithm: predictor, evaluations: 32, initial: 12, batch: 6}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 20}
YAML
python3 asker.py "$sibyl" guided 4 > tasks 2> log || fail "predictor: the asker"
cmp tasks <(seq 0 31) && [ "$(field guided evaluations)" = 32 ] || fail "predictor: $(field guided evaluations) evaluations"
[ "$(tail -n +2 guided/history.csv | cut -d, -f 4 | sort | uniq -c | tr -s ' ' | tr '\n' ';')" = " 12 initial; 20 predictor;" ] ||
    fail "predictor: $(cut -d, -f 4 guided/history.csv | sort | uniq -c)"
replays guided 32
finish "100 networks by 8 askers at once, each asked for once"
