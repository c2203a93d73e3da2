#!/bin/bash
# What `sibyl plan` foretells against what happens: time and memory of trainings, a scoring and searches on 1 and 2 ranks.
# A quiet machine with 2 CPUs, please; takes about ten minutes. Wants the benchmark tables in ../shared/data.
# usage: plan_check.sh [ROUNDS]    (default 3: medians of so many runs and plans in turn; SIBYL: the program)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl} rounds=${1:-3}
tables=$root/../shared/data
[ -d "$tables" ] || { echo "plan_check.sh: no benchmark tables in $tables" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$sibyl" import nasbench201-csv "$tables/nasbench201.csv" --out nb201.sibyl --label cifar10_test=cifar10_test:0.01 --quiet
"$sibyl" import graph-jsonl "$tables/nasbench101.jsonl" --out nb101.sibyl --label test_acc=test_acc --quiet
cat > published.yaml <<'YAML'
data: {file: nb201.sibyl, label: cifar10_test}
effort: quick
split: {train: 4000}
predictor: {layers: 12, width: 160}
training: {epochs: 5, batch: 512}
YAML
cat > ensemble.yaml <<'YAML'
data: {file: nb101.sibyl, label: test_acc}
effort: quick
split: {train: 424}
predictor: {members: 3, head: linear+gp}
training: {structure: true, pretraining: 3, epochs: 30, dropout: 0.1, folds: 5}
YAML
cat > process.yaml <<'YAML'
data: {file: nb201.sibyl, label: cifar10_test}
effort: quick
split: {train: 1500}
predictor: {layers: 2, width: 32, head: gp}
training: {epochs: 2}
YAML
cat > experiment.yaml <<'YAML'
data: {file: nb201.sibyl, label: cifar10_test}
effort: quick
split: {train: 156}
training: {epochs: 60}
repeat: 6
vary: {predictor.layers: [2, 4]}
YAML
cat > bulk.yaml <<'YAML'
data: {file: nb201.sibyl, label: cifar10_test}
effort: quick
split: {train: 8192}
predictor: {layers: 4, width: 96}
training: {epochs: 2, batch: 4096, shards: 64}
YAML
printf 'predictor: predictor.sibyl\ninput: {space: nasbench101, sample: 400000}\n' > score.yaml
cat > search.yaml <<'YAML'
space: nasbench201
evaluator: {kind: table, file: nb201.sibyl, value: cifar10_test}
search: {algorithm: predictor, evaluations: 120}
YAML
cat > process_search.yaml <<'YAML'
space: nasbench201
evaluator: {kind: table, file: nb201.sibyl, value: cifar10_test}
search: {algorithm: predictor, evaluations: 60}
predictor: {head: linear+gp, members: 2}
training: {folds: 3}
YAML
printf 'predictor: gp/predictor.sibyl\ninput: {file: nb201.sibyl}\nscore: {deduplicate: false}\n' > process_score.yaml
"$sibyl" train process.yaml --set split.train=3000 --out gp --quiet
"$sibyl" train ensemble.yaml --set predictor.head=linear --set predictor.members=1 --set training.epochs=5 --out trained --quiet
cp trained/predictor.sibyl .

median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }
# seconds TEXT...: of "3 min 20 s" and the like
seconds() {
    awk '{ s = 0; for (i = 1; i < NF; i += 2) s += $i * ($(i+1) == "d" ? 86400 : $(i+1) == "h" ? 3600 : $(i+1) == "min" ? 60 : 1); print s }' <<< "$*"
}
echo "| job | ranks | time foretold, s | measured | ratio | MB a rank foretold | measured |"
echo "|---|---|---|---|---|---|---|"
for job in train:published train:bulk train:ensemble train:process train:experiment score:score score:process_score \
    search:search search:process_search; do
    verb=${job%:*} name=${job#*:}
    for ranks in 1 2; do
        : > told; : > took; : > told_mb; : > took_mb
        for ((k = 0; k < rounds; k++)); do
            line=$("$sibyl" plan "$name.yaml" --ranks $ranks --threads 1 | sed -n "s/^ *$ranks  //p")
            seconds "$(sed 's/^ *\(.*[a-z]\)  *[0-9]* MB.*/\1/' <<< "$line")" >> told
            sed 's/.* \([0-9]*\) MB.*/\1/' <<< "$line" >> told_mb
            rm -rf out memory
            began=$(date +%s.%N)
            mpirun --oversubscribe --bind-to none -n $ranks /usr/bin/time -a -o memory -f %M \
                "$sibyl" $verb "$name.yaml" --threads 1 --out out --quiet
            echo "$(date +%s.%N) $began" | awk '{ print $1 - $2 }' >> took
            sort -n memory | tail -1 | awk '{ printf "%.0f\n", $1 / 1000 }' >> took_mb
        done
        echo "$name $ranks $(median < told) $(median < took) $(median < told_mb) $(median < took_mb)" |
            awk '{ printf "| %s | %d | %.1f | %.1f | %.2f | %d | %d |\n", $1, $2, $3, $4, $3 / $4, $5, $6 }'
    done
done
