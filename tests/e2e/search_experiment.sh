#!/bin/bash
# Experiments of searches: each search has the bits and the folder of that search alone, on any number of ranks, after kills,
# and in parts; their figures are those of scipy (Debian's python3-scipy; without it those are not compared).
# usage: search_experiment.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
run() { timeout 120 "$sibyl" search "$@" --threads 1 --quiet > log 2>&1; }
on_ranks() { timeout 120 mpirun --oversubscribe --bind-to none -n "$1" "$sibyl" search "${@:2}" --threads 1 --quiet > log 2>&1; }
# All but the last four columns, which are of the machine.
untimed() { sed 's/,[^,]*,[^,]*,[^,]*,[^,]*$//' "$1/experiment.csv"; }
same() { cmp <(untimed whole) <(untimed "$1") || fail "$1/experiment.csv is not that of one rank"; }
rows() { find "$1/tasks" -name '????.json' 2> /dev/null | wc -l; }

import_digits201
cat > job.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: aging, evaluations: 120, target: best, population: 10, sample: 3}
seed: 3
YAML
cat job.yaml - > grid.yaml <<'YAML'
repeat: 6
settings:
  aging: {}
  random: {search.algorithm: random}
  local: {search.algorithm: local}
YAML

"$sibyl" search grid.yaml --out dry --dry-run > log 2>&1 || fail "dry run: status $?"
grep -q '3 settings x 6 repeats: 18 searches' log || fail "the dry run does not tell the numbers"
[ ! -e dry ] || fail "a dry run made its folder"
run grid.yaml --out whole || fail "one rank: status $?"
on_ranks 3 grid.yaml --out three || fail "three ranks: status $?"
same three
[ "$(tail -n +2 whole/experiment.csv | wc -l)" = 18 ] || fail "not 18 lines in experiment.csv"
run grid.yaml --out in_turn --set search.experiment=in_turn || fail "in turn: status $?"
on_ranks 2 grid.yaml --out in_turn2 --set search.experiment=in_turn || fail "in turn on two ranks: status $?"
same in_turn
same in_turn2

# A search alone has the same bits, and its folder is a search's: it is known again, replayed, inspected and reported.
folder=$(tail -n +2 whole/experiment.csv | grep '^5,' | cut -d , -f 5)  # local, repeat 1
longer=$(tail -n +2 whole/experiment.csv | grep '^16,' | cut -d , -f 5) # random, repeat 5
run job.yaml --out alone --set search.algorithm=local --set seed=4 || fail "alone: status $?"
cmp alone/history.csv "whole/$folder/history.csv" || fail "the search alone is another one"
cmp alone/best.json "whole/$folder/best.json" || fail "the search alone has another best"
timeout 60 "$sibyl" search "whole/$folder/config.yaml" --out "whole/$folder" > log 2>&1 || fail "the folder again: status $?"
grep -q 'this job is done' log || fail "a search's folder is not known again"
timeout 60 "$sibyl" search "whole/$folder/config.yaml" --out "whole/$folder" --replay > log 2>&1 || fail "replay: status $?"
grep -q 'the replay is the same' log || fail "no replay"
timeout 60 "$sibyl" inspect "whole/$folder" > log 2>&1 && grep -q 'a search of digits201, algorithm local, seed 4' log || fail "inspect"
timeout 60 "$sibyl" inspect whole > log 2>&1 && grep -q 'an experiment of searches of digits201' log &&
    grep -q 'searches: 18 done' log || fail "inspect of the experiment"
timeout 60 "$sibyl" report whole "whole/$folder" --quiet > log 2>&1 || fail "report: status $?"
[ "$(page whole '"random" in column(run["summary"], "setting") and len(run["searches"]) == run["experiment"]["rows"]')" = True ] || fail "no settings in report.html"

# The figures.
cat > figures.py <<'PY'
import csv, json, math, sys
folder = sys.argv[1]
rows = list(csv.DictReader(open(folder + "/experiment.csv")))
table = list(csv.DictReader(open(folder + "/summary.csv")))
bad = []
def close(name, a, b):
    if not (abs(float(a) - b) <= 1e-9 * max(1, abs(b))):
        bad.append((name, a, b))
for row in rows:
    result = json.load(open(f"{folder}/{row['folder']}/result.json"))
    history = list(csv.DictReader(open(f"{folder}/{row['folder']}/history.csv")))
    for key in ("seed", "evaluations", "best_hash", "evaluations_to_target", "stopped_because", "algorithm"):
        if row[key] != ("" if result[key] is None else str(result[key])):
            bad.append((row["task"], key))
    close("best", row["best_value"], result["best_value"])
    for n in (10, 20, 50, 100):
        close("best_at", row[f"best_at_{n}"], float(history[min(n, len(history)) - 1]["best_value"]))
        close("regret_at", row[f"regret_at_{n}"], float(row["optimum"]) - float(row[f"best_at_{n}"]))
def figure(row, key):
    return float(row[key] or row["evaluations"]) if key == "evaluations_to_target" else float(row[key])
measures = {"evaluations_to_target": 0.95, "best_value": 0.05, "regret": 0.95, "best_at_20": 0.05, "regret_at_50": 0.95}
for line in table:
    own = [r for r in rows if r["setting"] == line["setting"]]
    missed = sum(not r["evaluations_to_target"] for r in own)
    if int(line["evaluations_to_target_missed"]) != missed:
        bad.append(("missed", line["setting"]))
    for key in measures:
        x = [figure(r, key) for r in own]
        close("mean", line[key + "_mean"], sum(x) / len(x))
        close("worst", line[key + "_worst"], (max if measures[key] > 0.5 else min)(x))
try:
    import numpy, scipy.stats
except ImportError:
    print("no scipy: intervals and tests are not compared")
    sys.exit(bool(bad) and print(bad) is None)
for key, tail in measures.items():
    first, ps = None, []
    for line in table:
        x = [figure(r, key) for r in rows if r["setting"] == line["setting"]]
        low, high = scipy.stats.t.interval(0.95, len(x) - 1, loc=numpy.mean(x), scale=scipy.stats.sem(x)) \
            if numpy.std(x) > 0 else (x[0], x[0])
        close("low", line[key + "_low"], low)
        close("high", line[key + "_high"], high)
        close("median", line[key + "_median"], numpy.median(x))
        close("tail", line[key + "_tail"], numpy.quantile(x, tail))
        if first is None:
            first = x
            continue
        d = numpy.array(x) - numpy.array(first)
        close("difference", line[key + "_difference"], d.mean())
        d = d[d != 0]
        exact = len(set(abs(d))) == len(d) and len(d) <= 50
        p = 1.0 if len(d) == 0 else scipy.stats.wilcoxon(d, mode="exact" if exact else "approx").pvalue
        close("p " + key, line[key + "_p"], p)
        ps.append((p, line))
    ps.sort(key=lambda e: e[0])
    most = 0
    for k, (p, line) in enumerate(ps):
        most = max(most, min(1, p * (len(ps) - k)))
        close("holm " + key, line[key + "_p_holm"], most)
print(bad) if bad else None
sys.exit(bool(bad))
PY
python=/usr/bin/python3 # Debian's, which has scipy where that is installed
[ -x $python ] || python=python3
$python figures.py whole || fail "the figures are not those of the lines"
[ "$(grep -c '^## ' whole/summary.md)" = 6 ] || fail "summary.md has not its six tables"

# Killed on its way, twice; then run to its end. Rows that were there are not made again.
for kill in first second; do
    rm -f pid.*
    had=$(rows killed)
    # shellcheck disable=SC2016
    mpirun --oversubscribe --bind-to none -n 2 bash -c 'echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"' \
        "$sibyl" search grid.yaml --out killed --quiet --threads 1 --set repeat=60 > log 2>&1 &
    for ((i = 0; i < 6000; i++)); do
        [ -s pid.1 ] && [ "$(rows killed)" -ge $((had + 2)) ] && break
        sleep 0.002
    done
    kill -9 "$(cat pid.1)" 2> /dev/null
    wait $! 2> /dev/null
    echo "$kill kill: $(rows killed) of 180 rows are there"
done
[ "$(rows killed)" -lt 180 ] || fail "no kill came before the end"
find killed/tasks -name '????.json' -printf '%f %T@\n' | sort > before
on_ranks 2 grid.yaml --out killed --set repeat=60 || fail "the rest: status $?"
find killed/tasks -name '????.json' -printf '%f %T@\n' | sort > after
[ -z "$(comm -23 before after)" ] || fail "finished searches were done again"
on_ranks 3 grid.yaml --out long --set repeat=60 || fail "run left alone: status $?"
cmp <(untimed long) <(untimed killed) || fail "killed/experiment.csv is not that of a run left alone"
# A done experiment stands; more repeats and a larger budget go on with it, another job needs another folder.
run grid.yaml --out whole && [ "$(rows whole)" = 18 ] || fail "the same again: status $?"
run grid.yaml --out killed --set search.population=12
status=$?
[ $status = 2 ] && grep -q 'search.population is 10 there' log || fail "other job: status $status, or no word of the key"
cp -r whole more
run grid.yaml --out more --set repeat=7 --set search.evaluations=150 || fail "more: status $?"
run grid.yaml --out fresh --set repeat=7 --set search.evaluations=150 || fail "more, anew: status $?"
cmp <(untimed more) <(untimed fresh) || fail "more repeats and evaluations give other rows than a new run"
[ "$(field more/"$longer" resumed)" = true ] || fail "a larger budget does not go on with a search"

# A signal to any rank stops all; what is there is gone on with.
cat job.yaml - > endless.yaml <<'YAML'
repeat: 2
settings:
  short: {}
  endless: {search.algorithm: random, search.target: 2, search.evaluations: 1000000000}
YAML
sed -i 's/kind: table, file: table.sibyl, value: accuracy/kind: command, command: [.\/slow.sh]/' endless.yaml
printf '#!/bin/sh\nsleep 0.05\necho "{\\"value\\": 0.5}"\n' > slow.sh
chmod +x slow.sh
for apart in in_turn side_by_side; do
    rm -f pid.*
    # shellcheck disable=SC2016
    timeout 120 mpirun --oversubscribe --bind-to none -n 2 bash -c 'echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"' \
        "$sibyl" search endless.yaml --out "endless.$apart" --threads 1 --quiet --set search.target=0.5 \
        --set search.experiment=$apart > log 2>&1 &
    job=$!
    for ((i = 0; i < 3000; i++)); do
        [ -s pid.1 ] && [ "$(find "endless.$apart/runs" -name run.journal 2> /dev/null | wc -l)" -ge 2 ] &&
            [ "$(rows "endless.$apart")" -ge 1 ] && break
        sleep 0.01
    done
    sleep 0.2
    kill -TERM "$(cat pid.1)"
    wait $job
    status=$?
    [ $status = 3 ] || fail "SIGTERM, $apart: status $status, want 3"
    [ ! -e "endless.$apart/experiment.csv" ] || fail "SIGTERM, $apart: there is a table"
done

# Parts: the last one writes the tables, whichever it is.
run grid.yaml --out parts --only 2/2 || fail "part 2/2: status $?"
[ "$(rows parts)" = 9 ] && [ ! -e parts/experiment.csv ] || fail "part 2/2 alone: $(rows parts) rows"
on_ranks 2 grid.yaml --out parts --only 1/2 || fail "part 1/2: status $?"
same parts
run job.yaml --out plain --set repeat=1 && [ -e plain/run.journal ] && [ ! -e plain/tasks ] || fail "repeat: 1"

# refused PART YAML [ARGUMENT...]: the job with these lines is, and leaves nothing.
bad=0
refused() {
    local folder=bad_job.$((bad++)) status
    mkdir $folder
    cp table.sibyl $folder
    cat job.yaml - > $folder/bad.yaml <<< "$2"
    timeout 60 "$sibyl" search $folder/bad.yaml --out $folder/o --quiet "${@:3}" > log 2>&1
    status=$?
    [ $status = 2 ] && grep -qF -- "$1" log && [ ! -e $folder/o/tasks ] || fail "status $status, want 2, and: $1"
}
refused "unknown key populations" $'vary:\n  search.populations: [8, 16]'
refused "search.population: want" $'vary: {search.population: [10, many]}'
refused "setting evaluator.value=gone" 'vary: {evaluator.value: [accuracy, gone]}'
refused "vary: want a key or more" 'vary: {}'
refused "has none of the keys repeat" '' --only 1/2
refused "--replay" 'repeat: 2' --replay
refused "evaluator.kind is ask" $'repeat: 2\nvary: {evaluator.kind: [ask]}' --set search.target=0.5
"$sibyl" ask grid.yaml --out asked --quiet > log 2>&1
[ $? = 2 ] && grep -q 'an experiment' log || fail "ask of an experiment"
finish "18 searches: the same alone, on 1 and 3 ranks, in turn, after kills, and in parts"
