#!/bin/bash
# data.features: inputs beside the graph in training and scoring, the same bits on any ranks; and what is refused.
# usage: features.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"
quick_ends

# The label is twice a number that no graph tells of, which is a feature; another has holes and a sentinel.
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "arch") a = i; print "arch", "known", "rough", "value"; next }
    { x = (NR * 7919) % 1009 / 1009; rough = NR % 5 == 0 ? "" : NR % 7 == 0 ? -1e8 : x * 3; print $a, x, rough, 2 * x }' \
    "$root/jobs/examples/digits201.csv" > table.csv
"$sibyl" import nasbench201-csv table.csv --out table.sibyl --quiet > log 2>&1 || fail "import"
cat > train.yaml <<YAML
data: {file: table.sibyl, label: value, features: [known, rough]}
split: {train: 60}
predictor: {layers: 1, width: 16, members: 2, head: linear+gp}
training: {epochs: 80, batch: 20, folds: 2, structure: true, pretraining: 1, target: plain, rate: 0.003}
effort: quick
YAML
for ranks in 1 3; do
    beside timeout 60 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" train train.yaml --out train$ranks --quiet
done
beside "$sibyl" train train.yaml --set 'data.features=[]' --out without --quiet
all_done
with=$(field train1 test_kendall_tau) without=$(field without test_kendall_tau)
echo "tau with features $with, without $without"
awk "BEGIN { exit !($with > 0.8 && $without < 0.4) }" || fail "tau with features $with, without $without"
[ "$(field train1 predictor_sha256)" = "$(field train3 predictor_sha256)" ] || fail "other bits on 3 ranks"
"$sibyl" inspect train1/predictor.sibyl | grep -qx 'features: known rough' || fail "inspect does not name the features"

# Scored, they rank the table as the training's own test does, from a dataset and from lines, on any ranks.
cat > score.yaml <<YAML
predictor: train1/predictor.sibyl
input: {file: table.sibyl, label: value}
YAML
for ranks in 1 3; do
    timeout 60 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" score score.yaml --out score$ranks --quiet \
        > log 2>&1 || fail "score on $ranks ranks"
done
# The digits of a process may depend on the ranks; the scores of most rows must not.
cut -d, -f1,2 score1/scores.csv > a; cut -d, -f1,2 score3/scores.csv > b
cmp a b || fail "rows differ on 3 ranks"
awk "BEGIN { exit !($(field score1 kendall_tau) > 0.8) }" || fail "scored: tau $(field score1 kendall_tau)"
[ "$(field score1 distinct)" -gt 480 ] || fail "networks of other features were taken for one: $(field score1 distinct)"

# refused STATUS TEXT COMMAND...: it ends with this status and says so.
refused() {
    local status=$1 text=$2
    shift 2
    timeout 60 "$@" > log 2>&1
    [ $? = "$status" ] && grep -q -- "$text" log || fail "$* does not say: $text"
}
refused 2 'there is no label nothing' "$sibyl" train train.yaml --set 'data.features=[known, nothing]' --out r
refused 2 'is also data.label' "$sibyl" train train.yaml --set 'data.features=[value]' --out r
refused 2 'is also training.auxiliary' "$sibyl" train train.yaml --set 'training.auxiliary=[known]' --out r
refused 2 'stands there twice' "$sibyl" train train.yaml --set 'data.features=[known, known]' --out r
"$sibyl" import nasbench201-csv table.csv --out poor.sibyl --label known=known --quiet
refused 1 'poor.sibyl lacks a feature .*rough' "$sibyl" score score.yaml --set input.file=poor.sibyl --set input.label=known --out r
refused 1 'a point of a space has not' "$sibyl" score <(printf 'predictor: %s\ninput: {space: digits201}\n' \
    "$work/train1/predictor.sibyl") --out r

# JSON lines bring them as fields; where no line has one, that is said.
cat > lines.jsonl <<'JSON'
{"ops": ["input", "nor_conv_3x3", "output"], "edges": [[0, 1], [1, 2]], "known": 0.9, "rough": 2.7}
{"ops": ["input", "nor_conv_3x3", "output"], "edges": [[0, 1], [1, 2]], "known": 0.1}
JSON
printf 'predictor: train1/predictor.sibyl\ninput: {file: lines.jsonl}\n' > lines.yaml
"$sibyl" score lines.yaml --out lines --quiet > log 2>&1 || fail "score of lines"
awk -F, 'NR == 2 { a = $3 } NR == 3 { exit !(a > $3 + 0.5) }' lines/scores.csv || fail "lines: $(cat lines/scores.csv)"
sed 's/"rough": 2.7/"raw": 1/' lines.jsonl > poor.jsonl
refused 1 'feature rough' "$sibyl" score lines.yaml --set input.file=poor.jsonl --out r
finish "features work"
