#!/bin/bash
# The command evaluator in a search: what programs print in history.csv, run.db and logs; failures for the machine's sake are
# done again, also by an algorithm with a memory; where all fail alike the search gives up, and goes on when it is mended.
# usage: evaluator.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# Fails as the files say: full (for the machine's sake), broken (always), never (asks to stop). Task 3, 10, .. always fails.
cat > evaluate.sh <<'SH'
#!/bin/bash
q=$(cat)
task=$SIBYL_TASK
echo "$task" >> calls
[ ! -e never ] || { echo "no data set at /data/$RANDOM" >&2; exit 78; }
[ ! -e broken ] || { echo "/x/$RANDOM/train.py: no module, task $task" >&2; exit 1; }
[ ! -e full ] || [ $((task % 4)) != 1 ] || { echo "disk full" >&2; exit 75; }
[ $((task % 7)) != 3 ] || { echo '{"step": 1, "params": 5}'; echo "OSError: bad, \"network\" $task" >&2; exit 1; }
printf 'epoch 1\r{"accuracy": %s, "params": %s, "Seconds": 12, "loss": NaN, "device": "A, %s"}\n' \
    "$(grep -o '"architecture":"[^"]*"' <<< "$q" | cksum | cut -d ' ' -f 1)" "$task" "$SIBYL_SLOT"
SH
chmod +x evaluate.sh
# job NAME SEARCH [EVALUATOR]: with a predictor so small that it takes no time.
job() {
    printf '%s\n' 'space: digits201' \
        "evaluator: {kind: command, command: [./evaluate.sh], value: accuracy, retries: 1, pause_s: 0.01${3:+, $3}}" \
        "search: {$2}" 'predictor: {layers: 1, width: 8, members: 1}' 'training: {epochs: 2}' > "$1.yaml"
}
# search OUT [ARGUMENT...]: the job search.yaml, on one rank; `status` is its exit status.
search() {
    timeout 100 "$sibyl" search search.yaml --out "$1" --threads 1 --quiet "${@:2}" > log 2>&1
    status=$?
}
calls() { [ ! -e calls ] || wc -l < calls; }
# untimed OUT: the history without its seconds.
untimed() {
    python3 -c '
import csv, sys
rows = list(csv.reader(open(sys.argv[1] + "/history.csv")))
at = rows[0].index("seconds")
for row in rows: print("|".join(row[:at] + row[at + 1:]))' "$1"
}

# ---- what is told of an evaluation ----
job search 'algorithm: random, evaluations: 5, batch: 5'
search told
[ $status = 0 ] || fail "told: status $status"
"$sibyl" report told --quiet > log 2>&1 || fail "report: status $?"
python3 - <<'PYTHON' || wrong=$((wrong + 1))
import csv, sqlite3, sys
rows = list(csv.reader(open("told/history.csv")))
head = "evaluation,task,round,origin,hash,architecture,status,value,best_value,params,Seconds_2,loss,device,step,seconds,error"
bad = []
if rows[0] != head.split(","): bad.append(f"columns {rows[0]}")
for row in rows[1:]:
    r = dict(zip(rows[0], row))
    failed = r["task"] == "3"
    want = dict(status="failed" if failed else "ok", params="5" if failed else r["task"], loss="", step="1" if failed else "",
                Seconds_2="" if failed else "12", device="" if failed else "A, 0",
                error='exit status 1: OSError: bad, "network" 3' if failed else "")
    bad += [f"task {r['task']}: {k} is {r[k]}, want {v}" for k, v in want.items() if r[k] != v]
    if not 0 < float(r["seconds"]) < 60: bad.append(f"seconds {r['seconds']}")
base = sqlite3.connect("told/run.db")
query = "SELECT params, device, typeof(params), error FROM evaluations WHERE task = "
if base.execute(query + "2").fetchone() != (2, "A, 0", "integer", None): bad.append("run.db")
if "bad, " not in base.execute(query + "3").fetchone()[3]: bad.append("error in run.db")
page = open("told/report.html").read()
for word in ("params", "OSError", "A, 0"):
    if word not in page: bad.append(f"report.html has no {word}")
for line in bad: print("FAIL", line)
sys.exit(bool(bad))
PYTHON
grep -q '^\[sibyl\] .* evaluation 3 on ' told/evaluations/3.log && grep -q '^OSError: bad' told/evaluations/3.log &&
    grep -q 'exit status 1' told/evaluations/3.log || fail "evaluations/3.log does not tell what it printed"

# ---- for the machine's sake ----
for algorithm in random aging predictor; do
    options="algorithm: $algorithm, evaluations: 20, batch: 4"
    [ $algorithm != aging ] || options+=', population: 6, sample: 3'
    [ $algorithm != predictor ] || options+=', initial: 8, candidates: 20'
    job search "$options"
    rm -f calls
    touch full
    search $algorithm
    [ $status = 0 ] || fail "$algorithm, full: status $status"
    [ "$(field $algorithm failed_evaluations)" = 7 ] || fail "$algorithm: $(field $algorithm failed_evaluations) failed, want 7"
    [ "$(calls)" = 25 ] || fail "$algorithm, full: $(calls) calls, want one retry for each of 5"
    rm full calls
    search $algorithm
    [ $status = 0 ] || fail "$algorithm, again: status $status"
    [ "$(calls)" = 5 ] || fail "$algorithm, again: $(calls) calls, want those 5"
    [ "$(field $algorithm failed_evaluations)" = 3 ] || fail "$algorithm: $(field $algorithm failed_evaluations) failed, want 3"
    [ "$(field $algorithm evaluations)" = 20 ] || fail "$algorithm: $(field $algorithm evaluations) evaluations, want 20"
    # The journal alone gives the same history, and the search goes on behind it.
    untimed $algorithm > before
    rm -f $algorithm/{history.csv,best.json,result.json} calls
    search $algorithm
    [ $status = 0 ] && [ -z "$(calls)" ] || fail "$algorithm, done: status $status, calls: $(calls)"
    untimed $algorithm > after
    cmp before after || fail "$algorithm: the journal tells another history"
    search $algorithm --set search.evaluations=28
    [ $status = 0 ] && [ "$(calls)" = 8 ] || fail "$algorithm, longer: status $status, $(calls) calls, want 8"
    search $algorithm --set search.evaluations=28
    [ $status = 0 ] && [ "$(calls)" = 8 ] || fail "$algorithm, longer, done: status $status, $(calls) calls, want 8"
    timeout 20 "$sibyl" inspect $algorithm/run.journal > shown
    grep -q 'failed evaluations 4' shown || fail "$algorithm: inspect: $(grep values shown)"
done

# ---- all alike ----
for algorithm in random aging; do
    options="algorithm: $algorithm, evaluations: 12, batch: 8"
    [ $algorithm != aging ] || options="algorithm: aging, evaluations: 12, batch: 2, population: 4, sample: 2"
    job search "$options"
    rm -f calls
    touch broken
    for turn in first again; do
        rm -f calls
        search alike.$algorithm
        [ $status = 1 ] || fail "alike, $turn: status $status, want 1"
        [ "$(calls)" = 5 ] || fail "alike, $turn: $(calls) calls, want 5"
        grep -q 'the first 5 evaluations all failed for the same reason.*no module' log || fail "alike, $turn: no reason"
        # Also where they are not a whole round.
        [ "$(grep -c ',failed,' alike.$algorithm/history.csv)" = 5 ] || fail "alike, $turn: not five failures in history.csv"
        rm alike.$algorithm/history.csv
    done
    rm broken calls
    echo '# mended' >> evaluate.sh
    search alike.$algorithm
    [ $status = 0 ] || fail "alike, mended: status $status"
    [ "$(calls)" = 12 ] || fail "alike, mended: $(calls) calls, want 12"
    [ "$(field alike.$algorithm failed_evaluations)" = 2 ] || fail "alike, mended: $(field alike.$algorithm failed_evaluations) failed"
    untimed alike.$algorithm > before
    rm -f alike.$algorithm/{history.csv,best.json,result.json}
    search alike.$algorithm
    untimed alike.$algorithm > after
    [ $status = 0 ] && cmp before after || fail "alike: the journal tells another history"
done
job search 'algorithm: random, evaluations: 12, batch: 8' 'give_up_after: 0'
touch broken
rm calls
search patient
[ "$(calls)" = 12 ] || fail "give_up_after 0: $(calls) calls, want 12"
rm broken

# ---- exit status 78 ----
job search 'algorithm: random, evaluations: 12, batch: 8'
touch never
rm calls
search config
[ $status = 1 ] && grep -q 'exit status 78): no data set' log || fail "exit status 78: status $status"
[ "$(calls)" = 1 ] || fail "exit status 78: $(calls) calls, want 1"
rm never
search config
[ $status = 0 ] && [ "$(field config failed_evaluations)" = 2 ] || fail "after exit status 78: status $status"

# ---- slots, and a share of the GPUs ----
cat > slots.sh <<'SH'
#!/bin/sh
echo "$SIBYL_SLOT of $SIBYL_SLOTS: $CUDA_VISIBLE_DEVICES" >> slots
sleep 0.3
echo '{"accuracy": 1}'
SH
chmod +x slots.sh
sed 's/evaluate.sh/slots.sh/; s/pause_s: 0.01/gpus: 2/; s/evaluations: 12/evaluations: 6/' search.yaml > slots.yaml
CUDA_VISIBLE_DEVICES=4,5,6,7,0,1 timeout 100 mpirun --oversubscribe -n 3 "$sibyl" search slots.yaml --out slots.out --quiet > log 2>&1 ||
    fail "slots: status $?"
sort -u slots > found
printf '%s\n' '0 of 3: 4,5' '1 of 3: 6,7' '2 of 3: 0,1' | cmp - found || fail "slots: $(cat found)"
# A rank that only trains has no slot.
rm slots
CUDA_VISIBLE_DEVICES=4,5,6,7 timeout 100 mpirun --oversubscribe -n 3 "$sibyl" search slots.yaml --out trains --quiet \
    --set search.algorithm=predictor --set search.initial=6 --set ranks.train=1 > log 2>&1 || fail "slots beside a trainer: status $?"
sort -u slots > found
printf '%s\n' '0 of 2: 4,5' '1 of 2: 6,7' | cmp - found || fail "slots beside a trainer: $(cat found)"
CUDA_VISIBLE_DEVICES=4,5,6 timeout 100 mpirun --oversubscribe -n 2 "$sibyl" search slots.yaml --out few --quiet > log 2>&1
[ $? = 2 ] && grep -q 'evaluator.gpus: 2 GPUs for each of 2 evaluations .* CUDA_VISIBLE_DEVICES lists 3' log || fail "too few GPUs"
finish "what programs print is kept, and what failed for the machine's sake is done again"
