#!/bin/bash
# What programs print finds its way into history.csv, run.db and the report, however odd it is: numbers that JSON has not,
# bytes that are no UTF-8, names that are long, alike or too many, results of a round that is not whole yet.
# usage: answers.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1

# search_yaml PROGRAM EVALUATIONS [KEYS]: makes search.yaml here.
search_yaml() {
    printf '%s\n' "space: nasbench201" "evaluator: {kind: command, command: [$1], value: acc, give_up_after: 0}" \
        "search: {algorithm: random, evaluations: $2${3:-}}" > search.yaml
}
# rows FOLDER COLUMN...: these columns of its history.csv, read by another program, a row a line.
rows() { python3 -c '
import csv, sys
for r in csv.DictReader(open(sys.argv[1] + "/history.csv", newline="", encoding="utf-8")):
    print("|".join(r[c] for c in sys.argv[2:]))' "$@"; }

# ---- odd values and names ----
cat > odd.py <<'PY'
#!/usr/bin/env python3
import os, sys
lines = [rb'{"acc": 0.5, "a": NaN, "b": -nan, "c": 1e999, "d": [1, NaN]}', b'{"acc": 0.6, "t": "caf\xe9 \\ud83d", "q\\"u,o": "x\\ny", "a": "007", "c": 3}',
         b'{"acc": 0.7, "' + 90 * b"k" + b'1": 1, "' + 90 * b"k" + b'2": 2}', b'\x1b]0;title\x07\x1b[32m{"acc": 0.8}\x1b(B\x1b[m']
sys.stdout.buffer.write(lines[int(os.environ["SIBYL_TASK"])])
PY
chmod +x odd.py
search_yaml ./odd.py 4
run_job search odd || fail "odd: status $?"
[ "$(rows odd value a b c d | tr '\n' ' ')" = "0.5||||[1.0,NaN] 0.59999999999999998|007||3| 0.69999999999999996|||| 0.80000000000000004|||| " ] ||
    fail "odd: $(rows odd value a b c d)"
[ "$(rows odd t 'q"u,o' | sed -n 2p)" = $'caf\xef\xbf\xbd \xef\xbf\xbd|x?y' ] || fail "odd: $(rows odd t 'q"u,o')"
python3 - <<'PY' || fail "names that are cut"
import csv
row = list(csv.DictReader(open("odd/history.csv", encoding="utf-8")))[2]
assert sorted(v for k, v in row.items() if k.startswith("kkkk")) == ["1", "2"], row
PY

# ---- more names than a table of SQLite's has columns; folders with other columns beside it ----
cat > many.sh <<'SH'
#!/bin/sh
exec awk -v task="$SIBYL_TASK" 'BEGIN { for (i = 60 * task; i < 60 * task + 60; i++) printf "%s\"k%d\": %d", (i > 60 * task ? ", " : "{"), i, i
    print ", \"acc\": " (task == 9 ? "1e308" : task) "}" }'
SH
chmod +x many.sh
search_yaml ./many.sh 35
run_job search many || fail "many: status $?"
"$sibyl" report odd many --out both --quiet > log 2>&1 || fail "a report of folders with different columns: status $?"
python3 - <<'PY' || fail "run.db"
import sqlite3
db = sqlite3.connect("both/run.db")
assert db.execute("SELECT dir, COUNT(*) FROM evaluations GROUP BY dir ORDER BY dir").fetchall() == [("many", 35), ("odd", 4)]
assert db.execute("SELECT d FROM evaluations WHERE dir = 'odd' AND evaluation = 1").fetchone() == ("[1.0,NaN]",)
assert db.execute("SELECT a, c FROM evaluations WHERE dir = 'odd' AND evaluation = 2").fetchone() == ("007", 3)
assert db.execute("SELECT COUNT(*) FROM evaluations WHERE seconds > 0").fetchone() == (39,)
assert db.execute("SELECT k7 FROM evaluations WHERE dir = 'many' AND evaluation = 1").fetchone() == (7,)
more = db.execute("SELECT m.value, e.evaluation FROM evaluations_more m JOIN evaluations e ON e.rowid = m.row WHERE m.name = 'k2099'")
assert more.fetchall() == [(2099, 35)]
PY

# ---- a round that is not whole: what came is there with all that it has ----
cat > part.sh <<'SH'
#!/bin/sh
[ "$SIBYL_TASK" != 2 ] || { touch begun; exec sleep 600; }
echo "{\"acc\": 0.5, \"mb\": $SIBYL_TASK}"
SH
chmod +x part.sh
search_yaml ./part.sh 4 ", batch: 4"
"$sibyl" search search.yaml --out part --quiet > log 2>&1 &
until [ -e begun ] && [ "$(grep -c ,ok, part/history.csv 2> /dev/null)" = 2 ]; do sleep 0.02; done
kill -KILL $!
wait $! 2> /dev/null # which tells of the end
[ "$(rows part task mb error | tr '\n' ' ')" = "0|0| 1|1| " ] || fail "a round that is not whole: $(rows part task mb error)"
[[ $(rows part seconds) == 0.* ]] || fail "a round that is not whole has no seconds"

# ---- files that were harmed: told, and written anew by the same search ----
for harm in "truncate -s -20 odd2/history.csv" "sed -i s/0.5,0.5/0.6,0.5/ odd2/history.csv" "truncate -s 20 odd2/best.json"; do
    rm -rf odd2 && cp -r odd odd2
    $harm
    "$sibyl" report odd2 --quiet > log 2>&1 || grep -q "run again, writes this file anew" log || fail "$harm: $(cat log)"
    sed "s/part.sh/odd.py/; s/, batch: 4//" search.yaml > odd2.yaml
    "$sibyl" search odd2.yaml --out odd2 --threads 1 --quiet > log 2>&1 || fail "$harm: the search, run again: status $?"
    cmp odd/history.csv odd2/history.csv && cmp odd/best.json odd2/best.json || fail "$harm: not written anew"
done

# ---- of equal values the one that was known first is the best, also for those who look from outside ----
printf '%s\n' "space: nasbench201" "evaluator: {kind: ask, value: acc, minimise: true}" "search: {algorithm: random, evaluations: 9}" > search.yaml
"$sibyl" ask search.yaml --out asked -n 4 > requests || fail "ask"
for line in '2, "acc": 3' '3, "acc": 1' '1, "acc": 1' '0, "acc": 2'; do
    echo "{\"task\": $line}" | "$sibyl" tell search.yaml --out asked --quiet || fail "tell of $line"
done
"$sibyl" inspect asked | grep -q '^best: 1, task 3: ' || fail "equal values: $("$sibyl" inspect asked | grep best)"
grep -q '"evaluation": 2$' asked/best.json || fail "equal values: $(grep evaluation asked/best.json)"

# ---- task 0 with the value 0, which takes no bytes in the journal's state ----
"$sibyl" ask search.yaml --out zero -n 4 > requests || fail "ask"
for line in '0, "acc": 0' '1, "acc": 1' '2, "acc": -1'; do
    echo "{\"task\": $line}" | "$sibyl" tell search.yaml --out zero --quiet > log 2>&1 || fail "zero: tell of $line: status $?"
    rm -f zero/run.state # made anew by the next one
    "$sibyl" ask search.yaml --out zero > log 2>&1 || fail "zero: ask behind $line: status $?"
done
[ "$(rows zero task value | tr '\n' ' ')" = "0|0 1|1 2|-1 " ] || fail "zero: $(rows zero task value)"

# ---- what the job file names and is not there: nothing is begun ----
for keys in 'command: [./absent]' 'command: [absent-program]' 'command: [./odd.py], folder: absent' 'command: [./odd.py], scratch: absent'; do
    printf '%s\n' "space: nasbench201" "evaluator: {kind: command, value: acc, $keys}" "search: {evaluations: 4}" > search.yaml
    "$sibyl" search search.yaml --out none > log 2>&1
    [ $? = 2 ] && [ ! -e none/run.journal ] && [ "$(wc -l < log)" = 1 ] || fail "$keys: not refused"
done
finish "all that programs print is kept"
