#!/bin/bash
# Experiments of searches whose settings look for other values of one table: limits, labels that are shown, predicted values;
# their hypervolumes by evaluation, and searches that have no best network. A program that prints many values beside those that
# predictors give, and predictors that do not fit.
# usage: several_values.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
export OPENBLAS_NUM_THREADS=1

awk -F, 'NR == 1 {print "arch,accuracy,cost,shown"; next}
    {n = gsub(/conv/, "conv", $1); print $1 "," $2 "," n + 0.1 * length($1) / 50 "," 1 - $2}' \
    "$root/jobs/examples/digits201.csv" > values.csv
"$sibyl" import nasbench201-csv values.csv --out table.sibyl --label accuracy=accuracy --label cost=cost --label shown=shown \
    --quiet || { echo "FAIL import"; exit 1; }
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: cost}
split: {train: 60}
predictor: {layers: 1, width: 16}
training: {epochs: 3}
YAML
for label in cost shown; do run_job train $label --set data.label=$label || fail "train: status $?"; done
run_job train featured --set 'data.features=[shown]' || fail "train with a feature: status $?"

# ---- settings that look for other values ----
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: nsga2, evaluations: 60, population: 20}
repeat: 2
settings:
  plain: {search.algorithm: random}
  cheap: {limits: [{value: cost, at_most: 2.5}]}
  dear: {limits: [{value: cost, at_least: 3}, {value: shown, at_most: 1}]}
  none: {limits: [{value: cost, at_most: -1}]}
  told: {evaluator.report: [shown]}
YAML
run_job search settings || fail "settings: status $?"
python3 - <<'PY' || wrong=$((wrong + 1))
import csv, json
table = [(float(r["accuracy"]), float(r["cost"])) for r in csv.DictReader(open("values.csv"))]
within = {"plain": lambda c: True, "cheap": lambda c: c <= 2.5, "dear": lambda c: c >= 3, "told": lambda c: True}
rows = list(csv.DictReader(open("settings/experiment.csv")))
for r in rows:
    if r["setting"] == "none":
        if r["best_value"] or r["regret"] or r["regret_at_20"] or r["outside_limits"] != "60":
            raise SystemExit(f"FAIL none: {r}")
        continue
    best = max(a for a, c in table if within[r["setting"]](c))
    if float(r["optimum"]) > best or float(r["regret"]) != float(r["optimum"]) - float(r["best_value"]):
        raise SystemExit(f"FAIL {r['setting']}: optimum {r['optimum']}, want {best}; regret {r['regret']}")
    history = csv.DictReader(open(f"settings/{r['folder']}/history.csv"))
    own = [float(h["value"]) for h in history if within[r["setting"]](float(h.get("cost") or 0))]
    if float(r["best_value"]) != max(own):
        raise SystemExit(f"FAIL {r['setting']}: best {r['best_value']}, want {max(own)}")
    if r["setting"] == "told" and abs(float(r["report_shown"]) - (1 - float(r["best_value"]))) > 1e-9:
        raise SystemExit(f"FAIL told: {r['report_shown']}")
if len(rows) != 10:
    raise SystemExit(f"FAIL {len(rows)} rows")
PY

# ---- predicted values; hypervolumes by evaluation, from references and without ----
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: table.sibyl}
objectives: [{value: accuracy, goal: max}, {value: cost, goal: min}]
predicted: [{value: cost, predictor: cost/predictor.sibyl}]
search: {algorithm: nsga2, evaluations: 50, population: 20}
repeat: 2
YAML
run_job search predicted || fail "predicted: status $?"
grep -q 'from references of its own' predicted/summary.md || fail "predicted: not told that hypervolumes cannot be compared"
run_job search from --set 'objectives=[{value: accuracy, goal: max, reference: 0}, {value: cost, goal: min, reference: 9}]' ||
    fail "with references: status $?"
grep -q 'from references of its own' from/summary.md && fail "with references: hypervolumes can be compared"
grep -q '^## Hypervolume after so many evaluations' from/summary.md || fail "no hypervolumes by evaluation in summary.md"
python3 - <<'PY' || wrong=$((wrong + 1))
import csv
for folder in ("predicted", "from"):
    for r in csv.DictReader(open(folder + "/experiment.csv")):
        volumes = [float(v["hypervolume"]) for v in csv.DictReader(open(f"{folder}/{r['folder']}/hypervolume.csv"))]
        told = [float(r[f"hypervolume_at_{n}"]) for n in (10, 20, 50)]
        if told != [volumes[9], volumes[19], volumes[49]] or abs(told[2] - float(r["hypervolume"])) > 1e-9:
            raise SystemExit(f"FAIL {folder}: {told}, {r['hypervolume']}")
PY

# ---- a program that prints as many values as are kept, beside two that predictors give ----
cat > program.sh <<'SH'
#!/bin/bash
cat > /dev/null
echo "{\"cost\": 7$(for i in {1..70}; do echo ", \"other$i\": $i"; done | tr -d '\n'), \"accuracy\": 0.5, \"size\": 3}"
SH
chmod +x program.sh
cat > search.yaml <<'YAML'
space: digits201
evaluator: {kind: command, command: [./program.sh]}
objectives: [{value: accuracy, goal: max}, {value: cost, goal: min}, {value: shown, goal: min}, {value: size, goal: min}]
predicted: [{value: cost, predictor: cost/predictor.sibyl}, {value: shown, predictor: shown/predictor.sibyl}]
search: {algorithm: random, evaluations: 3}
YAML
run_job search many || fail "many values: status $?"
[ "$(field many failed_evaluations)" = 0 ] || fail "many values: $(field many failed_evaluations) have failed"
[ "$(python3 -c 'import csv; print({r["cost_evaluated"] for r in csv.DictReader(open("many/history.csv"))})')" = "{'7'}" ] ||
    fail "what the program printed is not kept: $(head -n 2 many/history.csv)"

# ---- nothing has succeeded: no reference; a predictor with features is refused before the search begins ----
run_job search failing --set 'evaluator.command=[false]'
[ "$(field failing hypervolume_reference)" = null ] || fail "failing: reference $(field failing hypervolume_reference)"
for flag in --quiet --dry-run; do
    run_job search features $flag --set 'predicted=[{value: cost, predictor: featured/predictor.sibyl}]'
    status=$?
    [ $status = 2 ] && grep -q 'predicted: .*featured/predictor.sibyl.* was trained with data.features (shown)' log && [ ! -e features/run.journal ] ||
        fail "a predictor with a feature: status $status"
done
finish "settings with other limits, labels and predictors"
