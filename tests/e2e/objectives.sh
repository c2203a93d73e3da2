#!/bin/bash
# Several objectives and limits: pareto.csv and hypervolume.csv against brute force, the same bits on 1 to 3 ranks and across
# a kill, replays, ask and tell, labels that are only shown, values that a predictor gives, and what is refused.
# usage: objectives.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1

# A second and a third value of each network: how many convolutions it has, with a hole, and a label nobody searches for.
awk -F, 'NR == 1 {print "arch,accuracy,cost,shown"; next}
    {n = gsub(/conv/, "conv", $1); print $1 "," $2 "," (NR == 40 ? "" : n + 0.1 * length($1) / 50) "," 1 - $2}' \
    "$root/jobs/examples/digits201.csv" > values.csv
"$sibyl" import nasbench201-csv values.csv --out table.sibyl --label accuracy=accuracy --label cost=cost --label shown=shown \
    --quiet || { echo "FAIL import"; exit 1; }
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl}
objectives: [{value: accuracy, goal: max}, {value: cost, goal: min}]
limits: [{value: cost, at_most: 3.5}]
search: {algorithm: nsga2, evaluations: 60, population: 20}
predictor: {layers: 1, width: 16, members: 2}
training: {epochs: 10}
YAML

# check FOLDER: pareto.csv, hypervolume.csv and result.json are what history.csv makes them.
check() {
    python3 - "$1" <<'PYTHON' || wrong=$((wrong + 1))
import csv
import json
import sys

folder = sys.argv[1]
rows = list(csv.DictReader(open(folder + "/history.csv")))
good = [r for r in rows if r["status"] == "ok"]
points = [(float(r["value"]), float(r["cost"]), r) for r in good]
within = [p for p in points if p[1] <= 3.5]
worst = (min(p[0] for p in points), max(p[1] for p in points))

def dominates(p, q):
    return p[0] >= q[0] and p[1] <= q[1] and (p[0] > q[0] or p[1] < q[1])

def volume(some):
    area, best = 0.0, worst[0]
    for p in sorted(some, key=lambda p: (p[1], -p[0])):
        if p[0] > best:
            area += (worst[1] - p[1]) * (p[0] - best)
            best = p[0]
    return area

front = {p[2]["hash"] for p in within if not any(dominates(q, p) for q in within)}
told = list(csv.DictReader(open(folder + "/pareto.csv")))
if {r["hash"] for r in told} != front:
    sys.exit(f"FAIL {folder}: pareto.csv has {len(told)} networks, want {len(front)}")
by_hash = {r["hash"]: r for r in rows}
for r in told:
    h = by_hash[r["hash"]]
    if (r["accuracy"], r["cost"], r["architecture"]) != (h["value"], h["cost"], h["architecture"]):
        sys.exit(f"FAIL {folder}: {r}")
result = json.load(open(folder + "/result.json"))
if result["pareto_size"] != len(front) or abs(result["hypervolume"] - volume(within)) > 1e-9:
    sys.exit(f"FAIL {folder}: {result}, want {len(front)} and {volume(within)}")
if result["best_value"] != max(p[0] for p in within) or result["outside_limits"] != len(points) - len(within):
    sys.exit(f"FAIL {folder}: best {result['best_value']}, outside {result['outside_limits']}")
volumes = list(csv.DictReader(open(folder + "/hypervolume.csv")))
for n, line in enumerate(volumes, 1):
    if abs(float(line["hypervolume"]) - volume([p for p in within if int(p[2]["evaluation"]) <= n])) > 1e-9:
        sys.exit(f"FAIL {folder}: hypervolume after {n}: {line['hypervolume']}")
if len(volumes) != len(rows):
    sys.exit(f"FAIL {folder}: {len(volumes)} hypervolumes of {len(rows)} evaluations")
PYTHON
}
replays() {
    run_job search "$1" --replay "${@:2}" || fail "$1: the replay: status $?"
}

# ---- the same on any number of ranks, across a kill, and by replay ----
for algorithm in nsga2 predictor random; do
    run_job search $algorithm --set search.algorithm=$algorithm || fail "$algorithm: status $?"
    check $algorithm
    replays $algorithm --set search.algorithm=$algorithm
    timeout 100 mpirun --oversubscribe --bind-to none -n 3 "$sibyl" search search.yaml --out $algorithm.3 --threads 1 --quiet \
        --set search.algorithm=$algorithm > log 2>&1 || fail "$algorithm on 3 ranks: status $?"
    for file in history.csv pareto.csv hypervolume.csv best.json; do
        cmp $algorithm/$file $algorithm.3/$file || fail "$algorithm: $file differs on 1 and 3 ranks"
    done
    # As a kill leaves it: the journal ends in the midst of a record, and the other files tell of less.
    cp -r $algorithm $algorithm.part
    head -c $(($(stat -c %s $algorithm/run.journal) * 3 / 5)) $algorithm/run.journal > $algorithm.part/run.journal
    rm $algorithm.part/result.json $algorithm.part/pareto.csv
    run_job search $algorithm.part --set search.algorithm=$algorithm || fail "$algorithm: resumed: status $?"
    cmp $algorithm/pareto.csv $algorithm.part/pareto.csv || fail "$algorithm: resumed to another front"
    cmp $algorithm/history.csv $algorithm.part/history.csv || fail "$algorithm: resumed to another history"
    check $algorithm.part
done
[ "$(grep -c 'failed' random/history.csv)" -gt 0 ] || run_job search all --set search.algorithm=exhaustive --set search.evaluations=0
[ ! -d all ] || grep -q 'the table has no cost of this network' all/history.csv || fail "a hole in one objective has not failed"

# ---- labels that are shown change no proposal ----
run_job search shown --set search.algorithm=predictor --set 'evaluator.report=[shown]' || fail "report: status $?"
cmp <(cut -d, -f 1-9 predictor/history.csv) <(cut -d, -f 1-9 shown/history.csv) || fail "evaluator.report changes the search"
python3 - <<'PYTHON' || wrong=$((wrong + 1))
import csv
import json
best, result = json.load(open("shown/best.json")), json.load(open("shown/result.json"))
if abs(best["report"]["shown"] - (1 - best["value"])) > 1e-9 or result["report_shown"] != best["report"]["shown"]:
    raise SystemExit(f"FAIL report: {best.get('report')}, {result.get('report_shown')}")
for r in csv.DictReader(open("shown/pareto.csv")):
    if abs(float(r["shown"]) - (1 - float(r["accuracy"]))) > 1e-9:
        raise SystemExit(f"FAIL report in pareto.csv: {r}")
PYTHON

# ---- a program, also in free pace, and ask and tell ----
cat > program.py <<'PY'
import csv, json, sys
request = json.load(sys.stdin)
row = {r["arch"]: r for r in csv.DictReader(open("values.csv"))}.get(request["architecture"])
if row is None:
    row = {"accuracy": 0.2, "cost": "2"}
answer = {f"other{i}": i for i in range(70)} if request["task"] % 2 else {}
answer["accuracy"] = float(row["accuracy"])
if request["task"] == 3:
    answer["cost"] = float("nan")
elif request["task"] == 4:
    answer["cost"] = "much"
elif request["task"] != 5:
    answer["cost"] = float(row["cost"] or 1)
print(json.dumps(answer))
PY
sed 's/^evaluator:.*/evaluator: {kind: command, command: [python3, program.py]}/' search.yaml > program.yaml
timeout 100 mpirun --oversubscribe --bind-to none -n 3 "$sibyl" search program.yaml --out free --threads 1 --quiet \
    --set search.evaluations=24 --set search.pace=free > log 2>&1 || fail "free: status $?"
[ "$(grep -c "'cost'" free/history.csv)" = 3 ] || fail "free: missing objectives: $(grep -c "'cost'" free/history.csv)"
[ "$(field free failed_evaluations)" = 3 ] || fail "free: $(field free failed_evaluations) have failed"
"$sibyl" search program.yaml --out free --replay --threads 1 --quiet --set search.evaluations=24 --set search.pace=free > log 2>&1 ||
    fail "free: the replay"
sed 's/^evaluator:.*/evaluator: {kind: ask}/' search.yaml > ask.yaml
"$sibyl" ask ask.yaml --out asked -n 2 > asked.txt 2> log || fail "ask: status $?"
printf '%s\n' '{"task": 0, "accuracy": 0.5, "cost": 2}' '{"task": 1, "accuracy": 0.6}' > told
"$sibyl" tell ask.yaml told --out asked --quiet > log 2>&1 && fail "a line without an objective was taken"
grep -q "line 2: it gave no number 'cost'" log || fail "tell does not say what is missing"
[ "$(tail -n +2 asked/pareto.csv | cut -d, -f 3,4)" = "0.5,2" ] || fail "tell: pareto.csv: $(cat asked/pareto.csv)"
"$sibyl" ask ask.yaml --out asked -n 30 > asked.txt 2> log || fail "ask again: status $?"

# ---- values that a predictor gives ----
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: cost, minimise: true}
split: {train: 200}
predictor: {layers: 1, width: 16, members: 1}
training: {epochs: 30, batch: 32}
effort: quick
YAML
run_job train cost || fail "train: status $?"
sed 's/at_most: 3.5/at_most: 1.5/; s/algorithm: nsga2/algorithm: predictor/' search.yaml > predicted.yaml
echo 'predicted: [{value: cost, predictor: cost/predictor.sibyl}]' >> predicted.yaml
mv search.yaml kept.yaml && mv predicted.yaml search.yaml
run_job search predicted || fail "predicted: status $?"
python3 - <<'PYTHON' || wrong=$((wrong + 1))
import csv
rows = list(csv.DictReader(open("predicted/history.csv")))
if len(rows) < 20 or any(float(r["cost"]) > 1.5 for r in rows):
    raise SystemExit(f"FAIL predicted: {len(rows)} evaluations, cost up to {max(float(r['cost']) for r in rows)}")
PYTHON
run_job search predicted --replay || fail "predicted: the replay: status $?"
timeout 100 mpirun --oversubscribe --bind-to none -n 2 "$sibyl" search search.yaml --out predicted2 --threads 1 --quiet > log 2>&1 ||
    fail "predicted on 2 ranks: status $?"
cmp predicted/pareto.csv predicted2/pareto.csv || fail "predicted: the front differs on 1 and 2 ranks"

# A predictor that wants to be told more of a network than a search knows is refused before anything runs.
run_job train featured --set 'data.features=[shown, accuracy]' || fail "train with features: status $?"
for more in "" --dry-run; do
    run_job search refused --set 'predicted=[{value: cost, predictor: featured/predictor.sibyl}]' $more
    [ $? = 2 ] && grep -q "predicted: .*featured/predictor.sibyl, which is to give cost, .*data.features (shown, accuracy)" log ||
        fail "a predictor with features is not refused${more:+ ($more)}"
done
mv kept.yaml search.yaml

# ---- limits that nothing meets: it ends, and says so ----
for algorithm in predictor nsga2; do
    timeout 60 "$sibyl" search search.yaml --out none.$algorithm --threads 1 --set search.algorithm=$algorithm \
        --set 'limits=[{value: cost, at_most: -1}]' --set search.evaluations=30 > log 2>&1 || fail "none, $algorithm: status $?"
    grep -q "none of the [0-9]* networks that were evaluated meets the limits" log || fail "none, $algorithm: does not say so"
    grep -q "no network of the table meets the limits" log || fail "none, $algorithm: the table knows it"
    [ "$(field none.$algorithm status)" = done ] && [ "$(field none.$algorithm pareto_size)" = 0 ] &&
        [ "$(field none.$algorithm best_value)" = null ] || fail "none, $algorithm: $(cat none.$algorithm/result.json)"
    [ "$(wc -l < none.$algorithm/pareto.csv)" = 1 ] || fail "none, $algorithm: pareto.csv has rows"
done

# ---- one objective with limits: the best that meets them ----
sed '/^objectives/d; s/table.sibyl}/table.sibyl, value: accuracy}/; s/3.5/1.2/' search.yaml > one.yaml
timeout 60 "$sibyl" search one.yaml --out one --threads 1 --quiet --set search.algorithm=predictor --set search.target=best \
    --set search.evaluations=200 > log 2>&1 || fail "one: status $?"
python3 - <<'PYTHON' || wrong=$((wrong + 1))
import csv
import json
rows = [r for r in csv.DictReader(open("one/history.csv")) if r["status"] == "ok" and float(r["cost"]) <= 1.2]
best, result = max(float(r["value"]) for r in rows), json.load(open("one/result.json"))
if result["best_value"] != best or result["evaluations_to_target"] is None:
    raise SystemExit(f"FAIL one: {result}, want {best}")
PYTHON

# ---- refused ----
refuse_job search nsga2 'objectives\[1\].goal is min there' --set 'objectives=[{value: accuracy, goal: max}, {value: cost, goal: max}]'
refuse_job search nsga2 'limits\[0\].at_most is 3.5 there' --set 'limits=[{value: cost, at_most: 4}]'
refuse_job search nsga2 'evaluator.report' --set 'evaluator.report=[shown]'
run_job search no --set 'objectives=[{value: accuracy, goal: max}, {value: latency, goal: min}]' --set 'limits=[{value: latency, at_most: 1}]'
grep -q "objectives: .*table.sibyl: there is no label latency" log || fail "no message of an objective that is no label"
run_job search no --set 'evaluator.report=[test]'
grep -q "evaluator.report: .*table.sibyl: there is no label test" log || fail "no message of a reported label that is none"
run_job search no --set 'limits=[{value: size, at_most: 1}]'
grep -q "limits: .*table.sibyl: there is no label size" log || fail "no message of a limit on no label"

"$sibyl" report nsga2 predictor --quiet --out page || fail "report: status $?"
for i in 0 1; do
    folder=$(page page "runs[$i]['path']")
    [ "$(page page "column(runs[$i]['front'], 'hash')")" = "$(python3 -c 'import csv, sys; print([r["hash"] for r in csv.DictReader(open(sys.argv[1]))])' "$folder/pareto.csv")" ] ||
        fail "report: no front of $folder"
done
"$sibyl" inspect nsga2 > shown.txt || fail "inspect: status $?"
grep -q '^front: ' shown.txt || fail "inspect: no front"
want=$(printf '%.9g' "$(field nsga2 best_value)")
grep -q "^best within the limits: $want: " shown.txt || fail "inspect: $(grep best shown.txt), want $want"
finish "fronts of $(field nsga2 pareto_size) (nsga2) and $(field predictor pareto_size) (predictor) networks"
