#!/bin/bash
# Searches with several budgets: who goes on is whom successive halving says, by brute force; programs go on from their
# checkpoints and are paid once, also across a kill; the same bits on 1 to 3 ranks, in rounds and free; several objectives;
# rules that end programs early; tables; ask and tell; and what is refused.
# usage: fidelities.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1

# The result of a network at a step is a function of its hash and the step. `calls` gets task, budget, and the step gone on from.
cat > train.sh <<'SH'
#!/bin/bash
q=$(cat)
hash=${q#*\"hash\":\"} hash=${hash%%\"*}
budget=${q#*\"budget\":} budget=${budget%%,*}
[ "$budget" = "$SIBYL_BUDGET" ] || { echo "two budgets, $budget and $SIBYL_BUDGET" >&2; exit 1; }
first=0
if [[ $q == *'"from":"'* ]]; then
    from=${q#*\"from\":\"} from=${from%%\"*}
    read -r kept first < "$from/state" || { echo "no checkpoint in $from" >&2; exit 1; }
    [ "$kept" = "$hash" ] || { echo "the checkpoint is of another network" >&2; exit 1; }
fi
echo "$SIBYL_TASK $budget $first" >> calls
number=$((16#${hash:0:7}))
for ((step = first + 1; step <= budget; step++)); do
    # An even network gets better slowly: it is better in the end than it looks.
    echo "{\"step\": $step, \"accuracy\": $((1000 + number % 1000 - number / 1000 % 700 / step)), \"cost\": $((number / 7 % 40))}"
    [ ! -e slow ] || sleep 0.05
done
[ -z "$SIBYL_CHECKPOINT" ] || echo "$hash $budget" > "$SIBYL_CHECKPOINT/state"
SH
chmod +x train.sh
# job SEARCH [MORE]: search.yaml.
job() {
    printf '%s\n' 'space: digits201' 'evaluator: {kind: command, command: [./train.sh], value: accuracy, log_mb: 0}' \
        "search: {$1}" 'predictor: {layers: 1, width: 8, members: 1}' 'training: {epochs: 2}' "${@:2}" > search.yaml
}
# untimed FOLDER: its history without the seconds.
untimed() {
    python3 -c '
import csv, sys
rows = list(csv.reader(open(sys.argv[1] + "/history.csv")))
at = rows[0].index("seconds")
for row in rows: print("|".join(row[:at] + row[at + 1:]))' "$1"
}

# check FOLDER BATCH ETA GOALS: each round has the networks that are to go on, by brute force over what was known.
cat > check.py <<'PYTHON'
import csv
import json
import math
import sys

folder, batch, eta, goals = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
rows = list(csv.DictReader(open(folder + "/history.csv")))
budgets = sorted({float(r["budget"]) for r in rows})
result = json.load(open(folder + "/result.json"))

def points(r):
    return [float(r["value"])] + ([-float(r["cost"])] if goals == "many" else [])

def ahead(a, b):
    return all(x >= y for x, y in zip(a, b)) and a != b

def order(known):
    """Best first: by rank of non-dominated sorting, then crowding, then age."""
    p = [points(r) for r in known]
    if goals != "many":
        return sorted(range(len(p)), key=lambda i: (-p[i][0], i))
    rank, left, now = {}, set(range(len(p))), 0
    while left:
        front = [i for i in left if not any(ahead(p[j], p[i]) for j in left)]
        rank.update((i, now) for i in front)
        left -= set(front)
        now += 1
    crowd = [0.0] * len(p)
    for level in range(now):
        front = sorted(i for i in rank if rank[i] == level)
        for k in range(2):
            by = sorted(front, key=lambda i: (p[i][k], i))
            span = p[by[-1]][k] - p[by[0]][k]
            crowd[by[0]] = crowd[by[-1]] = math.inf
            for a, b, c in zip(by, by[1:], by[2:]):
                crowd[b] += (p[c][k] - p[a][k]) / span if span else 0
    return sorted(range(len(p)), key=lambda i: (rank[i], -crowd[i], i))

promoted = set()
for number in range(max(int(r["round"]) for r in rows) + 1):
    known = [r for r in rows if int(r["round"]) < number]
    due = []
    for level in range(len(budgets) - 2, -1, -1):
        here = [r for r in known if float(r["budget"]) == budgets[level]]
        good = [r for r in here if r["status"] == "ok"]
        for i in order(good)[:math.floor(len(here) / eta + 1e-9)]:
            if (good[i]["hash"], level) not in promoted:
                due.append((good[i]["hash"], level))
    now = [r for r in rows if int(r["round"]) == number]
    went = [(r["hash"], budgets.index(float(r["budget"])) - 1) for r in now if r["origin"] == "promoted"]
    if goals == "many":  # equal crowding may be told apart by the last digit
        due.sort(), went.sort()
    last = number == int(rows[-1]["round"])
    if went != due[:len(went) if last else batch]:
        sys.exit(f"FAIL {folder}: in round {number} {went} went on, want {due[:batch]}")
    promoted.update(went)
if not promoted:
    sys.exit(f"FAIL {folder}: none went on")
best = max((float(r["value"]) for r in rows if float(r["budget"]) == budgets[-1]), default=None)
if result["best_value"] != best or result["epochs_spent"] != sum(float(r["epochs"]) for r in rows):
    sys.exit(f"FAIL {folder}: best {result['best_value']}, want {best}; {result['epochs_spent']} epochs")
PYTHON
check() { python3 check.py "$@" || wrong=$((wrong + 1)); }
# paid FOLDER: what the programs did is what was counted.
paid() {
    local did
    did=$(awk '{s += $2 - $3} END {print s ".0"}' calls)
    [ "$did" = "$(field "$1" epochs_spent)" ] || fail "$1: $did epochs were done, and $(field "$1" epochs_spent) counted"
}

# ---- rounds: by brute force; checkpoints; the same on more ranks ----
job 'algorithm: random, evaluations: 60, batch: 6, fidelity: {min: 1, max: 9, eta: 3}'
run_job search rounds || fail "rounds: status $?"
check rounds 6 3 one
paid rounds
[ "$(wc -l < calls)" = 60 ] || fail "rounds: $(wc -l < calls) calls"
# The checkpoints that are left are those that nobody went on from.
[ "$(find rounds/checkpoints -name state | wc -l)" = \
    "$(python3 -c '
import csv
rows = list(csv.DictReader(open("rounds/history.csv")))
print(sum(float(r["budget"]) < 9 for r in rows) - sum(r["origin"] == "promoted" for r in rows))')" ] || fail "checkpoints are left"
untimed rounds > want
ranks() {
    mpirun --oversubscribe -n "$1" "$sibyl" search search.yaml --out "ranks$1" --threads 1 --quiet --set search.pace=rounds \
        > "log$1" 2>&1 || { cat "log$1"; return 1; }
    untimed "ranks$1" | cmp - want || { echo "FAIL $1 ranks: another history"; return 1; }
}
for n in 2 3; do beside ranks $n; done
all_done

# ---- a kill, and a stop: the same history, and nothing is paid twice but what was cut ----
rm calls
touch slow
timeout -s KILL 100 "$sibyl" search search.yaml --out killed --threads 1 --quiet > log 2>&1 &
job=$!
for ((i = 0; i < 3000; i++)); do
    [ "$(cat calls 2> /dev/null | wc -l)" -ge 25 ] && break
    sleep 0.01
done
for id in $(mine 'search search.yaml --out killed'); do kill -KILL "$id"; done
wait $job 2> /dev/null
rm slow
run_job search killed || fail "killed: status $?"
untimed killed | cmp - want || fail "killed: another history"
[ "$(wc -l < calls)" -le 61 ] || fail "killed: $(wc -l < calls) calls"
[ "$(cut -d ' ' -f 1 calls | sort -u | wc -l)" = 60 ] || fail "killed: not all tasks were called"
"$sibyl" search search.yaml --out killed --replay --threads 1 > log 2>&1 || fail "the replay: status $?"

# ---- algorithms with and without a memory, and epochs as the budget ----
grows() {
    "$sibyl" search "$1.yaml" --out "$1" --threads 1 --quiet > "$1.log" 2>&1 &&
        "$sibyl" search "$1.yaml" --out "$1" --threads 1 --quiet --set search.epochs=150 >> "$1.log" 2>&1 &&
        "$sibyl" search "$1.yaml" --out "$1" --threads 1 --replay >> "$1.log" 2>&1 &&
        "$sibyl" search "$1.yaml" --out "$1.whole" --threads 1 --quiet --set search.epochs=150 >> "$1.log" 2>&1 ||
        { cat "$1.log"; echo "FAIL $1"; return 1; }
    python3 - "$1" <<'PYTHON'
import json, sys
r = json.load(open(sys.argv[1] + "/result.json"))
if not 120 <= r["epochs_spent"] <= 150 or r["stopped_because"] != "evaluations" or not r["whole_evaluations"]:
    sys.exit(f"FAIL {sys.argv[1]}: {r}")
PYTHON
}
for algorithm in aging local nsga2 predictor banana; do
    job "algorithm: $algorithm, population: 8, sample: 3, initial: 8, epochs: 80, batch: 4, fidelity: {min: 1, max: 9, eta: 3}"
    mv search.yaml $algorithm.yaml
    beside grows $algorithm
done
all_done
for algorithm in aging local nsga2 predictor banana; do check $algorithm.whole 4 3 one; done

# ---- free pace ----
job 'algorithm: aging, population: 8, sample: 3, evaluations: 60, pace: free, fidelity: {min: 1, max: 9, eta: 3}'
rm calls
mpirun --oversubscribe -n 3 "$sibyl" search search.yaml --out free --threads 1 --quiet > log 2>&1 || fail "free: status $?"
paid free
[ "$(grep -c promoted free/history.csv)" -gt 5 ] || fail "free: few went on"
"$sibyl" search search.yaml --out free --replay --threads 1 > log 2>&1 || fail "free: the replay: status $?"

# ---- several objectives ----
job 'algorithm: nsga2, population: 10, evaluations: 60, batch: 6, fidelity: {min: 1, max: 9, eta: 3}' \
    'objectives: [{value: accuracy, goal: max}, {value: cost, goal: min}]'
run_job search many || fail "many: status $?"
check many 6 3 many
python3 - <<'PYTHON' || wrong=$((wrong + 1))
import csv
whole = {r["hash"] for r in csv.DictReader(open("many/history.csv")) if r["budget"] == "9"}
front = {r["hash"] for r in csv.DictReader(open("many/pareto.csv"))}
if not front or not front <= whole:
    raise SystemExit("FAIL many: the front has networks without the whole budget")
PYTHON

# ---- programs that are ended while they run ----
stops() { # STOP OBJECTIVES
    run_job search "$1$2" || fail "$1$2: status $?"
    python3 - "$1" "$2" <<'PYTHON' || wrong=$((wrong + 1))
import csv, json, math, sys
stop, many = sys.argv[1], sys.argv[2] == "many"
rows = list(csv.DictReader(open(f"{stop}{sys.argv[2]}/history.csv")))
result = json.load(open(f"{stop}{sys.argv[2]}/result.json"))

def at(r, step):
    number = int(r["hash"][:7], 16)
    return [1000 + number % 1000 - number // 1000 % 700 // step] + ([-(number // 7 % 40)] if many else [])

def order(p):
    return sorted(range(len(p)), key=lambda i: (-p[i][0], i))

early = 0
for r in rows:
    known = [k for k in rows if int(k["round"]) < int(r["round"])]
    end = 12
    for step in (3, 6) if stop == "halving" else range(3, 12):
        reached = [k for k in known if float(k["epochs"]) >= step]
        if stop == "halving" and not many:
            p = [at(k, step) for k in reached] + [at(r, step)]
            if len(p) >= 2 and order(p).index(len(p) - 1) >= math.floor(len(p) / 2):
                end = step
                break
        if stop == "median" and len(reached) >= 4:
            def middle(c):
                v = sorted(sum(at(k, s)[c] for s in range(1, step + 1)) / step for k in reached)
                return v[len(v) // 2] if len(v) % 2 else (v[len(v) // 2 - 1] + v[len(v) // 2]) / 2
            if all(max(at(r, s)[c] for s in range(1, step + 1)) < middle(c) for c in range(1 + many)):
                end = step
                break
    if not (stop == "halving" and many) and float(r["epochs"]) != end:
        sys.exit(f"FAIL {stop}: task {r['task']} ran {r['epochs']} steps, want {end}")
    stopped = float(r["epochs"]) < 12
    early += stopped
    if r["status"] != ("stopped" if stopped else "ok") or float(r["value"]) != at(r, int(r["epochs"]))[0]:
        sys.exit(f"FAIL {stop}: {r}")
best = max(float(r["value"]) for r in rows if r["status"] == "ok")
if not early or result["stopped_early"] != early or result["failed_evaluations"] or result["best_value"] != best:
    sys.exit(f"FAIL {stop}: {early} ended early; {result}")
PYTHON
}
for stop in halving median; do
    eta=$([ $stop = halving ] && echo ', eta: 2')
    job "algorithm: random, evaluations: 24, batch: 3, fidelity: {min: 3, max: 12$eta, stop: $stop}"
    stops $stop one
    job "algorithm: nsga2, population: 10, evaluations: 24, batch: 3, fidelity: {min: 3, max: 12$eta, stop: $stop}" \
        'objectives: [{value: accuracy, goal: max}, {value: cost, goal: min}]'
    stops $stop many
done

# ---- a table: columns are the smaller budgets ----
awk -F, 'NR == 1 {print "arch,accuracy,low,middle"; next} {n++; print $1 "," $2 "," $2 * 0.5 - n % 7 / 100 "," $2 * 0.8}' \
    "$root/jobs/examples/digits201.csv" > values.csv
"$sibyl" import nasbench201-csv values.csv --out table.sibyl --label accuracy=accuracy --label low=low --label middle=middle --quiet ||
    fail "import: status $?"
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search:
  {algorithm: aging, population: 20, sample: 5, evaluations: 200, batch: 5,
   fidelity: {max: 20, eta: 2, columns: [{budget: 10, value: middle}, {budget: 4, value: low}]}}
YAML
run_job search table || fail "table: status $?"
check table 5 2 one
grep -q ',20,20,' table/history.csv || fail "table: a network is paid in parts"
# A space that is used up with the smallest budget: all go on.
run_job search all --set search.evaluations=0 --set search.algorithm=exhaustive || fail "all: status $?"
[ "$(field all whole_evaluations)" -gt 400 ] && [ "$(field all stopped_because)" = exhausted ] ||
    fail "all: $(field all whole_evaluations) whole evaluations, $(field all stopped_because)"

# A column in the place of another value: of two objectives, one of which is the same with every budget.
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl}
objectives: [{value: accuracy, goal: max}, {value: middle, goal: max}]
search: {algorithm: random, evaluations: 40, fidelity: {max: 20, columns: [{budget: 4, value: low, of: middle}]}}
YAML
run_job search of || fail "of: status $?"
python3 - <<'PYTHON' || wrong=$((wrong + 1))
import csv
values = {r["arch"]: r for r in csv.DictReader(open("values.csv"))}
rows = list(csv.DictReader(open("of/history.csv")))
for r in rows:
    v = values.get(r["architecture"])
    if v and abs(float(r["middle"]) - float(v["low" if r["budget"] == "4" else "middle"])) > 0.07:
        raise SystemExit(f"FAIL of: {r}, want {v}")
    if v and abs(float(r["value"]) - float(v["accuracy"])) > 0.05:
        raise SystemExit(f"FAIL of: {r}, want {v}")
if {r["budget"] for r in rows} != {"4", "20"}:
    raise SystemExit("FAIL of: not both budgets")
PYTHON

# ---- ask and tell ----
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: ask, value: accuracy}
search: {algorithm: random, evaluations: 20, fidelity: {min: 1, max: 3, eta: 3}}
YAML
for ((i = 0; i < 20; i++)); do
    "$sibyl" ask search.yaml --out asked > request || fail "ask: status $?"
    cat request >> requests
    sed 's/.*"task":\([0-9]*\).*/{"task": \1, "accuracy": 0.\1}/' request | "$sibyl" tell search.yaml --out asked --quiet > log 2>&1 ||
        fail "tell: status $?"
done
python3 - <<'PYTHON' || wrong=$((wrong + 1))
import csv, json
requests = [json.loads(line) for line in open("requests")]
rows = list(csv.DictReader(open("asked/history.csv")))
high = [q for q in requests if q["budget"] == 3]
if len(rows) != 20 or not high or [float(r["budget"]) for r in rows] != [q["budget"] for q in requests]:
    raise SystemExit(f"FAIL asked: {len(rows)} results, {len(high)} with the larger budget")
for q in requests:
    if q["budget"] == 1 and q["from_task"] is not None:
        raise SystemExit(f"FAIL asked: {q}")
    if q["budget"] == 3 and requests[q["from_task"]]["hash"] != q["hash"]:
        raise SystemExit(f"FAIL asked: {q}")
PYTHON

# ---- what is refused ----
# refuse TEXT SEARCH [KIND]: a job with these keys of search is refused, and this said.
refuse() {
    printf '%s\n' 'space: digits201' "evaluator: {kind: ${3:-command, command: [./train.sh]}, value: accuracy}" "search: {$2}" > bad.yaml
    "$sibyl" search bad.yaml --out bad --quiet > log 2>&1
    local status=$?
    [ $status = 2 ] && grep -q -- "$1" log || fail "$2: status $status, want 2 and: $1"
}
table='table, file: table.sibyl'
refuse 'search.epochs: want search.fidelity.max' 'epochs: 5'
refuse 'want search.fidelity.max' 'fidelity: {min: 3}'
refuse 'search.fidelity.min: want no more' 'fidelity: {min: 3, max: 2}'
refuse 'search.fidelity.eta: want' 'fidelity: {min: 1, max: 200, eta: 1.1}'
refuse 'search.fidelity.columns: is for tables' 'fidelity: {max: 9, columns: [{budget: 3, value: x}]}'
refuse 'want search.fidelity.columns' 'fidelity: {min: 1, max: 9}' "$table"
refuse 'no program that could be stopped' 'fidelity: {max: 9, stop: median}' "$table"
refuse 'halving looks at the steps' 'fidelity: {max: 9, stop: halving}'
refuse 'search.fidelity.columns: .*no label' 'fidelity: {max: 9, columns: [{budget: 3, value: x}]}' "$table"
refuse 'want a budget below' 'fidelity: {max: 9, columns: [{budget: 9, value: low}]}' "$table"
refuse 'two of the budget 3' 'fidelity: {max: 9, columns: [{budget: 3, value: low}, {budget: 3, value: middle}]}' "$table"
refuse 'nothing that is searched for' 'fidelity: {max: 9, columns: [{budget: 3, value: low, of: x}]}' "$table"
refuse 'search.known: is for searches with one budget' 'known: [table.sibyl], fidelity: {min: 1, max: 9}'
finish
