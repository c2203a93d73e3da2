#!/bin/bash
# Experiments: each training has the bits of that training alone, on any number of ranks, after kills, and in parts.
# usage: experiment.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
# One thread: of small models on a busy machine, more only wait for each other.
run() { timeout 120 "$sibyl" train "$@" --threads 1 --quiet > log 2>&1; }
on_ranks() { timeout 120 mpirun --oversubscribe --bind-to none -n "$1" "$sibyl" train "${@:2}" --quiet > log 2>&1; }
# All but the last two columns, which are times.
untimed() { sed 's/,[^,]*,[^,]*$//' "$1/experiment.csv"; }
same() { cmp <(untimed whole) <(untimed "$1") || fail "$1/experiment.csv is not that of one rank"; }
rows() { find "$1/tasks" -name '????.json' 2> /dev/null | wc -l; }

import_digits201
cat > job.yaml <<'YAML'
data: {file: table.sibyl, label: accuracy}
split: {train: 60, seed: 5}
predictor: {layers: 2, width: 16}
training: {epochs: 30}
effort: quick
seed: 3
YAML
cat job.yaml - > grid.yaml <<'YAML'
repeat: 3
vary:
  training.loss.rank_all: [0, 1]
  predictor.layers: [1, 2]
settings:
  base:
  no siblings: {predictor.heads: [forward, backward]}
YAML

# 8 settings x 3 repeats on one rank and on three.
"$sibyl" train grid.yaml --out dry --dry-run > log 2>&1 || fail "dry run: status $?"
grep -q '8 settings x 3 repeats: 24 trainings' log || fail "the dry run does not tell the numbers"
[ ! -e dry ] || fail "a dry run made its folder"
run grid.yaml --out whole || fail "one rank: status $?"
on_ranks 3 grid.yaml --out three || fail "three ranks: status $?"
[ "$(tail -n +2 whole/experiment.csv | wc -l)" = 24 ] || fail "not 24 lines in experiment.csv"
same three

# Single trainings, on two ranks, have the same bits: setting 7 of 8 is "no siblings", rank_all 1, 1 layer.
for repeat in 0 2; do
    on_ranks 2 job.yaml --out single$repeat --set predictor.heads='[forward, backward]' --set training.loss.rank_all=1 \
        --set predictor.layers=1 --set seed=$((3 + repeat)) --set split.seed=$((5 + repeat)) ||
        fail "single training: status $?"
    python3 - single$repeat/result.json whole $((repeat * 8 + 6)) <<'PY' || fail "repeat $repeat differs from that training alone"
import csv, json, sys
alone = json.load(open(sys.argv[1]))
row = list(csv.DictReader(open(sys.argv[2] + "/experiment.csv")))[int(sys.argv[3])]
task = json.load(open(f"{sys.argv[2]}/tasks/{int(sys.argv[3]):04d}.json"))
bad = [k for k in alone if k.startswith(("test_", "predictor_")) or k in ("loss", "seed", "train_size", "epochs")
       if alone[k] != task[k]
       or k in row and row[k] != ("" if alone[k] is None else str(alone[k])) and float(row[k]) != alone[k]]
print("differs:", bad) if bad else None
sys.exit(bool(bad))
PY
done

# The summary is that of the lines.
python3 - whole <<'PY' || fail "summary.csv is not that of experiment.csv"
import csv, json, statistics, sys
rows = list(csv.DictReader(open(sys.argv[1] + "/experiment.csv")))
table = list(csv.DictReader(open(sys.argv[1] + "/summary.csv")))
result = json.load(open(sys.argv[1] + "/result.json"))
bad = len(table) != 8
for k, line in enumerate(table):
    own = [float(r["test_kendall_tau"]) for r in rows if r["setting"] == line["setting"]]
    first = [float(r["test_kendall_tau"]) for r in rows if r["setting"] == table[0]["setting"]]
    bad |= len(own) != 3 or abs(statistics.mean(own) - float(line["test_kendall_tau_mean"])) > 1e-14
    bad |= abs(statistics.stdev(own) - float(line["test_kendall_tau_sd"])) > 1e-14
    if k:
        d = [a - b for a, b in zip(own, first)]
        t = statistics.mean(d) / (statistics.stdev(d) / 3 ** 0.5)
        p = 1 - abs(t) / (2 + t * t) ** 0.5  # two degrees of freedom
        bad |= abs(statistics.mean(d) - float(line["test_kendall_tau_difference"])) > 1e-14
        bad |= abs(p - float(line["test_kendall_tau_p"])) > 1e-9
bad |= result["test_kendall_tau"] != float(table[0]["test_kendall_tau_mean"])
bad |= result["test_kendall_tau_sd"] != float(table[0]["test_kendall_tau_sd"])
bad |= (result["settings"], result["repeats"], result["trainings"], result["verb"]) != (8, 3, 24, "train")
sys.exit(bool(bad))
PY
[ "$(grep -c '^| ' whole/summary.md)" = 9 ] || fail "summary.md has not a head and 8 settings"
timeout 60 "$sibyl" report whole --quiet || fail "report: status $?"
page whole 'column(run["experiment"], "setting")' | grep -q 'no siblings, training.loss.rank_all=1' || fail "no settings in report.html"

# Killed on its way, twice, after two more rows each; then run to its end. Rows that were there are not trained again.
for kill in first second; do
    rm -f pid.*
    had=$(rows killed)
    # shellcheck disable=SC2016
    mpirun --oversubscribe --bind-to none -n 2 bash -c 'echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"' \
        "$sibyl" train grid.yaml --out killed --quiet --set training.epochs=400 > log 2>&1 &
    for ((i = 0; i < 3000; i++)); do
        [ -s pid.1 ] && [ "$(rows killed)" -ge $((had + 2)) ] && break
        sleep 0.01
    done
    kill -9 "$(cat pid.1)" 2> /dev/null
    wait $! 2> /dev/null
    echo "$kill kill: $(rows killed) of 24 rows are there"
done
[ "$(rows killed)" -lt 24 ] || fail "no kill came before the end"
[ ! -e killed/result.json ] || fail "a killed run left a result.json"
find killed/tasks -name '????.json' -printf '%f %T@\n' | sort > before
run grid.yaml --out killed --set training.epochs=400 || fail "the rest: status $?"
find killed/tasks -name '????.json' -printf '%f %T@\n' | sort > after
[ -z "$(comm -23 before after)" ] || fail "finished trainings were done again"
run grid.yaml --out long --set training.epochs=400 || fail "run left alone: status $?"
cmp <(untimed long) <(untimed killed) || fail "killed/experiment.csv is not that of a run left alone"
# Another job needs another folder.
run grid.yaml --out killed
status=$?
[ $status = 2 ] && grep -q 'training.epochs is 400 there' log || fail "other job: status $status, or no word of the key"

# A signal to any one rank stops all, in the midst of trainings that would never end; finished ones are kept. Meanwhile a
# rank 0 that trains hands out tasks.
cat job.yaml - > endless.yaml <<'YAML'
repeat: 2
settings:
  short: {}
  endless: {training.epochs: 1000000}
YAML
for rank in 1 0; do
    rm -f pid.*
    # shellcheck disable=SC2016
    timeout 120 mpirun --oversubscribe --bind-to none -n 2 bash -c 'echo $$ > "pid.$OMPI_COMM_WORLD_RANK"; exec "$0" "$@"' \
        "$sibyl" train endless.yaml --out endless --threads 1 --quiet > log 2>&1 &
    job=$!
    for ((i = 0; i < 2000; i++)); do
        [ -s pid.0 ] && [ -s pid.1 ] && [ "$(rows endless)" = 2 ] && grep -qs "pid $(cat pid.0) " endless/.lock && break
        sleep 0.01
    done
    [ "$(rows endless)" = 2 ] || fail "rank 0 hands out nothing while it trains"
    sleep 0.3
    asked=$SECONDS
    kill -TERM "$(cat pid.$rank)"
    wait $job
    status=$?
    [ $status = 3 ] || fail "SIGTERM to rank $rank: status $status, want 3"
    [ $((SECONDS - asked)) -lt 15 ] || fail "SIGTERM to rank $rank: stopped after $((SECONDS - asked)) s"
    [ "$(rows endless)" = 2 ] || fail "SIGTERM to rank $rank: $(rows endless) rows, want 2"
    find endless/tasks -name '????.json' -printf '%f %T@\n' | sort > "endless.$rank"
done
cmp endless.1 endless.0 || fail "finished trainings were done again"

# A Gaussian process behind networks: their own tau is told too, and is that of the job without the process.
cat job.yaml - > process.yaml <<'YAML'
settings:
  networks: {}
  process: {predictor.head: linear+gp, training.folds: 3}
YAML
run process.yaml --out process || fail "process: status $?"
python3 - process/experiment.csv <<'PY' || fail "the networks' tau behind a process is not theirs alone"
import csv, sys
networks, process = csv.DictReader(open(sys.argv[1]))
rules = ["", "_all", "_others", "_new"]
bad = [r for r in rules if process["test_networks_kendall_tau" + r] != networks["test_kendall_tau" + r]]
same = all(process["test_kendall_tau" + r] == networks["test_kendall_tau" + r] for r in rules)
sys.exit(bool(bad) or same or networks["test_networks_kendall_tau"] != "")
PY

# Parts: the last one writes the tables, whichever it is.
run grid.yaml --out parts --only 2/2 || fail "part 2/2: status $?"
[ "$(rows parts)" = 12 ] && [ ! -e parts/experiment.csv ] || fail "part 2/2 alone: $(rows parts) rows"
on_ranks 2 grid.yaml --out parts --only 1/2 || fail "part 1/2: status $?"
same parts
# More parts than trainings, more ranks than trainings.
cat job.yaml - > two.yaml <<< 'repeat: 2'
on_ranks 4 two.yaml --out two || fail "more ranks than trainings: status $?"
[ "$(tail -n +2 two/experiment.csv | cut -d , -f 2-5 | tr '\n' ' ')" = "job,0,5,3 job,1,6,4 " ] || fail "seeds of repeats"
run two.yaml --out two --only 3/9 || fail "an empty part: status $?"
run two.yaml --out file_order --set split.order=file || fail "split in file order: status $?"
[ "$(tail -n +2 file_order/experiment.csv | cut -d , -f 2-5 | tr '\n' ' ')" = "job,0,5,3 job,1,5,4 " ] || fail "seeds in file order"
# No experiment: the verb as ever.
run job.yaml --out plain --set repeat=1 && [ -e plain/predictor.sibyl ] && [ ! -e plain/tasks ] || fail "repeat: 1"

# Trainings that share their pre-training have the bits that they have alone, and so have those that must not share it.
sed 's/training: {/training: {structure: true, pretraining: 3, /' job.yaml > pretrained.yaml
cat pretrained.yaml - > shared.yaml <<'YAML'
settings:
  first: {}
  split.train=40: {split.train: 40}
  training.loss.l1=0: {training.loss.l1: 0}
  predictor.head=linear+gp: {predictor.head: linear+gp}
  training.dropout=0.1: {training.dropout: 0.1}
  training.pretraining=4: {training.pretraining: 4}
YAML
run shared.yaml --out shared || fail "shared pre-training: status $?"
tail -n +2 shared/experiment.csv | cut -d , -f 2 | while read -r setting; do
    rm -rf alone "$XDG_CACHE_HOME"
    # shellcheck disable=SC2046
    run pretrained.yaml --out alone $([ "$setting" = first ] || echo "--set $setting") || echo "FAIL $setting: status $?"
    grep -o '"predictor_sha256": "[^"]*"' alone/result.json
done > alone.log
grep -ho '"predictor_sha256": "[^"]*"' shared/tasks/*.json > together.log
[ "$(sort -u together.log | wc -l)" = 6 ] && cmp alone.log together.log || fail "shared pre-training changes bits"

# refused_on RANKS PART JOB [ARGUMENT...]: before anything is trained.
refused_on() {
    local log=log.$BASHPID out=bad.$BASHPID status
    timeout 120 mpirun --oversubscribe --bind-to none -n "$1" "$sibyl" train "$3" --out "$out" --quiet "${@:4}" > "$log" 2>&1
    status=$?
    if [ $status != 2 ] || ! grep -qF -- "$2" "$log" || [ -e "$out/tasks" ]; then
        echo "FAIL $1 ranks: status $status, want 2 and nothing trained, and: $2"
        cat "$log"
        return 1
    fi
}
# refused PART YAML [ARGUMENT...]: the job with these lines is.
bad=0
refused() {
    local folder=bad_job.$((bad++)) ranks
    mkdir $folder
    cp table.sibyl $folder
    cat job.yaml - > $folder/bad.yaml <<< "$2"
    for ranks in 1 2; do
        beside refused_on $ranks "$1" $folder/bad.yaml "${@:3}"
    done
}
refused "bad.yaml:8: predictor: unknown key widht" $'vary:\n  predictor.widht: [8, 16]'
refused "bad.yaml:10: predictor.width: want a whole number" $'vary:\n  predictor.width:\n    - 8\n    - many'
refused "bad.yaml:10: training.rate: want" $'settings:\n  a: {}\n  b:\n    training.rate: fast'
refused "bad.yaml:8: predictor.width: want a list" $'vary:\n  predictor.width: 8'
refused "bad.yaml:7: repeat: want a whole number" 'repeat: none'
refused "setting data.label=gone: " 'vary: {data.label: [accuracy, gone]}'
refused "setting split.train=5000: split.train: want 1..483 rows" 'vary: {split.train: [60, 5000]}'
refused "bad.yaml has none of the keys repeat" '' --only 1/2
refused "--only 3/2: want I/N" 'repeat: 2' --only 3/2
all_done
finish "24 trainings: the same alone, on 1 and 3 ranks, after kills, and in parts"
