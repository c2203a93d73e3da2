#!/bin/bash
# The pages of all kinds of runs, looked at in a headless Chromium (report_browser.py).
# usage: report_browser.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
command -v chromium > /dev/null || { echo "skip: no chromium; jobs/install_packages.sh --with-browser"; exit 77; }

import_digits201
# The same table, with the size of each network beside it: how many of its operations are convolutions.
awk -F, -v OFS=, 'NR == 1 { print $0, "convolutions"; next } { print $0, gsub(/nor_conv/, "&", $1) }' "$root/jobs/examples/digits201.csv" > sized.csv
"$sibyl" import nasbench201-csv sized.csv --out sized.sibyl --quiet || fail "import"
search() { printf '%s\n' 'space: digits201' "evaluator: {kind: table, file: ${2:-table.sibyl}, value: accuracy}" "$1" 'seed: 1'; }
search 'search: {algorithm: aging, evaluations: 60, population: 20, sample: 5, target: best}' > run.yaml
search 'search: {evaluations: 300, target: best}' > exp.yaml
printf '%s\n' 'repeat: 4' 'settings: {random: {search.algorithm: random}, local: {search.algorithm: local}}' >> exp.yaml
search 'search: {algorithm: nsga2, evaluations: 60}' sized.sibyl > pareto.yaml
echo 'objectives: [{value: accuracy, goal: max}, {value: convolutions, goal: min}]' >> pareto.yaml
cat > train.yaml << 'YAML'
data: {file: table.sibyl, label: accuracy}
effort: quick
split: {train: 60}
predictor: {layers: 1, width: 16, head: linear+gp}
training: {epochs: 8}
YAML
sed 's/, head: linear+gp//' train.yaml > repeated.yaml
printf '%s\n' 'repeat: 3' 'vary: {training.epochs: [4, 8]}' >> repeated.yaml
printf '%s\n' 'predictor: trained/predictor.sibyl' 'input: {file: table.sibyl, label: accuracy}' > score.yaml
cat > fail.sh << 'SH'
#!/bin/sh
[ $((SIBYL_TASK % 4)) != 2 ] || { echo "no room on <node>" >&2; exit 1; }
echo "{\"loss\": $((300 - SIBYL_TASK * SIBYL_TASK))}"
SH
cat > grow.sh << 'SH'
#!/bin/sh
echo "{\"accuracy\": 0.$((100 + SIBYL_TASK))}"
SH
chmod +x fail.sh grow.sh
printf '%s\n' 'space: digits201' 'evaluator: {kind: command, command: [./fail.sh], value: loss, minimise: true}' \
    'search: {algorithm: random, evaluations: 12, batch: 4}' > failing.yaml
printf '%s\n' 'space: digits201' 'evaluator: {kind: command, command: [./grow.sh], value: accuracy}' \
    'search: {algorithm: random, evaluations: 24, batch: 4, fidelity: {min: 3, max: 9, eta: 3}}' > budgets.yaml
for job in run exp pareto failing budgets; do
    "$sibyl" search $job.yaml --out $job --quiet > log 2>&1 || fail "search $job: status $?"
done
for i in 1 2 3; do
    "$sibyl" search run.yaml --set seed=$i --set search.algorithm=random --out many/random-$i --quiet > log 2>&1 || fail "search $i: status $?"
    "$sibyl" search run.yaml --set seed=$i --out many/aging-$i --quiet > log 2>&1 || fail "search $i: status $?"
done
"$sibyl" train train.yaml --out trained --quiet > log 2>&1 || fail "train: status $?"
"$sibyl" train repeated.yaml --out repeated --quiet > log 2>&1 || fail "train: status $?"
"$sibyl" score score.yaml --out score --quiet > log 2>&1 || fail "score: status $?"
for folder in run exp pareto trained repeated score failing budgets; do
    "$sibyl" report $folder --quiet > log 2>&1 || fail "report of $folder: status $?"
done
"$sibyl" train train.yaml --set seed=2 --out again --quiet > log 2>&1 || fail "train: status $?"
"$sibyl" report trained again --out trainings --quiet > log 2>&1 || fail "report of trainings: status $?"
"$sibyl" report many/* --out all --quiet > log 2>&1 || fail "report of many: status $?"

# The best of the table: isomorphic cells are one network, whose value is the mean over its rows. All networks, once each:
search 'search: {algorithm: exhaustive}' > whole.yaml
"$sibyl" search whole.yaml --out whole --quiet > log 2>&1 || fail "search of all: status $?"
tail -n +2 whole/history.csv | cut -d, -f8 | sort -g | tail -n 1 > optimum
cut -d, -f5,8 whole/history.csv | sed '1s/.*/hash,accuracy/' > table.csv

# Names of strangers, and 10,000 evaluations.
python3 - << 'PY' || fail "cannot make folders"
import json, os, random
evil = "</script><script>pwned=1</script><img src=x onerror=pwned=1><!--"
os.makedirs("odd <b>&amp;'\" dir")
result = dict(verb="search", status="done", ranks=1, seed=1, wall_s=1.5, version="0", space=evil, algorithm=evil, evaluations=3,
              failed_evaluations=1, best_value=0.5, best_hash="00", best_architecture=evil, evaluations_to_best=1)
json.dump(result, open("odd <b>&amp;'\" dir/result.json", "w"))
with open("odd <b>&amp;'\" dir/history.csv", "wb") as f:
    f.write(b"evaluation,task,round,origin,hash,architecture,status,value,best_value,\"" + evil.encode() + b"\",seconds,error\n")
    for i in range(3):
        f.write(f"{i + 1},{i},0,\"{evil}\",{i:032x},\"{evil}".encode() + b"\xff\xc3\x28\xe2\x80\xa8" +
                f"\",{'failed' if i == 2 else 'ok'},{'' if i == 2 else 0.5},0.5,\"{evil}\",0.1,\"{evil if i == 2 else ''}\"\n".encode())
os.makedirs("large")
random.seed(1)
best = 0
with open("large/history.csv", "w") as f:
    f.write("evaluation,task,round,origin,hash,architecture,status,value,best_value,seconds,error\n")
    for i in range(10000):
        value = random.random()
        best = max(best, value)
        cell = "+".join("|" + "|".join(f"{random.choice(['nor_conv_3x3', 'skip_connect', 'none'])}~{k}" for k in range(n)) + "|" for n in (1, 2, 3))
        f.write(f"{i + 1},{i},{i // 8},{'mutation' if i > 50 else 'random'},{random.getrandbits(128):032x},{cell},ok,{value!r},{best!r},{random.random():.3f},\n")
json.dump(dict(result, space="nasbench201", algorithm="aging", evaluations=10000, failed_evaluations=0, best_value=best, best_architecture="x"), open("large/result.json", "w"))
PY
for folder in "odd <b>&amp;'\" dir" large; do
    "$sibyl" report "$folder" --quiet > log 2>&1 || fail "report of $folder: status $?"
done
python3 "$root/tests/e2e/report_browser.py" "$root" > log 2>&1 || fail "in the browser"
finish "pages of all kinds of runs, at three widths, light and dark"
