#!/bin/bash
# Tables as they are found: holes in labels, through all verbs; compressed files and pipes; an --out that is the input; names
# that would drive a terminal.
# usage: import_files.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
# shellcheck source=tests/prelude.sh
. "$(dirname "$0")/../prelude.sh"
esc=$(printf '\033')

# ends STATUS ARGUMENT...: the exit status of a run, whose words are in the file log.
ends() {
    local want=$1 status
    shift
    timeout 60 "$sibyl" "$@" < /dev/null > log 2>&1
    status=$?
    [ $status = "$want" ] || fail "sibyl $*: status $status, want $want"
    grep -q "$esc" log && fail "sibyl $*: an escape character reaches the terminal"
    return $((status != want))
}
says() { grep -qF -- "$1" log || fail "no word of: $1"; }

# ---- holes: every third network has no accuracy; four columns of labels ----
digits=$root/jobs/examples/digits201.csv
accuracy=$(head -n 1 "$digits" | tr ',' '\n' | grep -nx accuracy | cut -d : -f 1)
awk -F, -v OFS=, -v a="$accuracy" '
    NR == 1 { print $0, "holes", "text" ; next }
    { hole = NR % 12 == 0 ? "nan" : NR % 12 == 3 ? "" : NR % 12 == 6 ? "91.5%" : NR % 12 == 9 ? "null" : $a
      print $0, hole, "x" }' "$digits" > holes.csv
rows=$(($(wc -l < holes.csv) - 1)) known=$(awk -F, 'NR > 1 && NR % 3' holes.csv | wc -l)
ends 0 import nasbench201-csv holes.csv --out holes.sibyl --label full=accuracy --label part=holes:100
says "warning: holes.csv: label part: $((rows - known)) of $rows rows have no number, the first of them in line 3 (\"\")"
[ "$(grep -c warning log)" = 1 ] || fail "a warning too many"
ends 0 import nasbench201-csv holes.csv --out all.sibyl
says "no labels, for they have no number in any row: text"
ends 0 inspect holes.sibyl
grep -Eq "^part +$known " log || fail "inspect does not count the labels"
ends 1 import nasbench201-csv holes.csv --out none.sibyl --label t=text
says 'holes.csv:2: column text (label t): "x" is not a number'
[ -e none.sibyl ] && fail "a refused import has written"

printf 'data: {file: holes.sibyl, label: part}\neffort: quick\nsplit: {train: 60, test: all}\npredictor: {layers: 1, width: 16}\ntraining: {epochs: 3}\n' > train.yaml
ends 0 train train.yaml --out trained --threads 1
says "$((rows - known)) architectures have no label part and are left out"
[ "$(field trained unlabelled)" = $((rows - known)) ] || fail "train does not count"
[ "$(field trained test_size)" = "$known" ] || fail "test of $(field trained test_size) rows, want $known"
ends 2 train train.yaml --out more --set split.train=$((known + 1))
says "want 1..$known rows"
printf 'predictor: trained/predictor.sibyl\ninput: {file: holes.sibyl, label: part}\n' > score.yaml
ends 0 score score.yaml --out scored --threads 1
[ "$(field scored kendall_tau_rows)" = "$known" ] || fail "Kendall's tau over $(field scored kendall_tau_rows) rows"
[ "$(wc -l < scored/scores.csv)" = $((rows + 1)) ] || fail "scores of $(wc -l < scored/scores.csv) rows"
printf 'space: digits201\nevaluator: {file: holes.sibyl, value: part}\nsearch: {algorithm: random, evaluations: 40}\n' > search.yaml
ends 0 search search.yaml --out searched --threads 1
says "of 483 networks of digits201: the search keeps to these"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
    { n[$c["status"]]++ } $c["status"] == "failed" && $c["value"] != "" { bad++ }
    END { exit !(n["ok"] == 40 && !bad) }' searched/history.csv || fail "a network without a value was evaluated"

ends 0 import nasbench201-csv "$digits" --out blanks.sibyl --label ' full = accuracy : 2'
says "1 labels: full"
ends 2 import nasbench201-csv "$digits" --out blanks.sibyl --label 'full= '

# ---- a network that cannot be told from its like for sure: the two ends of each of 10 x 512 crossings look the same ----
python3 - > butterfly.jsonl <<'PY'
import json
width, edges = 1024, []
for level in range(10):
    for i in range(width):
        edges += [[level * width + i, (level + 1) * width + j] for j in (i, i ^ 1 << level)]
print(json.dumps({"ops": ["a"] * (11 * width), "edges": edges, "y": 1}))
print(json.dumps({"ops": ["a", "b"], "edges": [[0, 1]], "y": 2}))
PY
ends 0 import graph-jsonl butterfly.jsonl --out butterfly.sibyl
says "warning: butterfly.jsonl: 1 networks are too symmetric for an exact canonical form"
ends 0 inspect butterfly.sibyl
says "1 networks are too symmetric"

# ---- compressed files and pipes give the same dataset, without a word of the format too ----
"$sibyl" import nasbench201-csv "$digits" --out plain.sibyl --quiet
printf '{"ops":["input","a","output"],"edges":[[0,1],[1,2]],"y":%d}\n' 1 2 3 > nets.jsonl
"$sibyl" import graph-jsonl nets.jsonl --out nets.sibyl --quiet
for tool in cat gzip bzip2 zstd; do
    command -v $tool > /dev/null || continue
    [ $tool = cat ] && tool="cat --" || tool="$tool -qc"
    $tool < "$digits" > packed && $tool < nets.jsonl > packed2
    ends 0 import nasbench201-csv packed --out packed.sibyl && cmp plain.sibyl packed.sibyl || fail "$tool: another table"
    ends 0 import graph-jsonl packed2 --out packed.sibyl && cmp nets.sibyl packed.sibyl || fail "$tool: other networks"
    ends 0 import packed --out packed.sibyl && cmp plain.sibyl packed.sibyl || fail "$tool: another table without a format"
    ends 0 import packed2 --out packed.sibyl && cmp nets.sibyl packed.sibyl || fail "$tool: other networks without a format"
    timeout 60 "$sibyl" import nasbench201-csv <(cat packed) --out piped.sibyl > log 2>&1 && cmp plain.sibyl piped.sibyl || fail "$tool: a pipe"
    timeout 60 "$sibyl" import graph-jsonl /dev/stdin --out piped.sibyl < packed2 > log 2>&1 && cmp nets.sibyl piped.sibyl || fail "$tool: stdin"
done
ls /tmp/sibyl.?????? > /dev/null 2>&1 && fail "a file is left in /tmp"
gzip -c "$digits" > cut.gz && truncate -s -20 cut.gz && cp plain.sibyl kept.sibyl
ends 1 import nasbench201-csv cut.gz --out kept.sibyl
says "cut.gz: its gzip data is cut short"
cmp plain.sibyl kept.sibyl || fail "a failed import has changed the older dataset"
gzip -c nets.jsonl > nets.jsonl.gz
printf 'predictor: trained/predictor.sibyl\ninput: {file: nets.jsonl.gz}\n' > packed.yaml
ends 1 score packed.yaml --out packed_scores
says "nets.jsonl.gz is compressed by gzip"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n' > lfs.csv
ends 1 import nasbench201-csv lfs.csv --out lfs.sibyl
says "git lfs pull"
printf 'data: {file: lfs.csv, label: part}\neffort: quick\n' > lfs.yaml
ends 1 train lfs.yaml --out lfs
says "lfs.csv is a Git LFS pointer, not the file itself, and no sibyl file"
printf 'data: {file: nets.jsonl.gz, label: part}\neffort: quick\n' > lfs.yaml
ends 1 train lfs.yaml --out lfs
says "nets.jsonl.gz is compressed by gzip, and no sibyl file"
ends 0 import --list
says nasbench201-csv
says graph-jsonl
ends 0 import --help
says "JSON lines"

# ---- an --out that is the input, by whatever name ----
before=$(sha256sum < nets.jsonl)
mkdir deep && ln -s ../nets.jsonl deep/link.jsonl && ln nets.jsonl hard.jsonl
for out in nets.jsonl ./nets.jsonl deep/../nets.jsonl "$PWD/nets.jsonl" deep/link.jsonl hard.jsonl; do
    ends 2 import graph-jsonl nets.jsonl --out "$out"
    says "is the input nets.jsonl itself"
    ends 2 import graph-jsonl nets.jsonl --dry-run --out "$out"
    ends 2 import "$out" --out nets.jsonl
done
timeout 60 "$sibyl" import graph-jsonl /dev/stdin --out nets.jsonl < nets.jsonl > log 2>&1
[ $? = 2 ] || fail "the input is stdin"
[ "$(sha256sum < nets.jsonl)" = "$before" ] || fail "the input has changed"

# ---- and jobs that would replace what they read ----
cp -r trained again && cp holes.sibyl again/metrics.csv && ln again/metrics.csv hard.sibyl
for table in again/metrics.csv ./again/../again/metrics.csv hard.sibyl; do
    printf 'data: {file: %s, label: part}\neffort: quick\nsplit: {train: 60}\n' $table > lost.yaml
    ends 2 train lost.yaml --out again
    says "data.file: "
    says "is what this job itself writes (again/metrics.csv)"
done
cmp holes.sibyl again/metrics.csv || fail "a table is lost"
mkdir lines && cp nets.jsonl lines/scores.csv
printf 'predictor: trained/predictor.sibyl\ninput: {file: lines/scores.csv}\n' > lost.yaml
ends 2 score lost.yaml --out lines
says "input.file: "
printf 'space: digits201\nevaluator: {file: searched/history.csv, value: part}\n' > lost.yaml
ends 2 search lost.yaml --out searched
says "evaluator.file: "
echo '{}' > rates.json
ends 2 bench --baseline rates.json --out ./rates.json
says "is the baseline itself"

# ---- names that would drive a terminal: in operations, labels, ids and messages ----
printf '{"ops":["input","\\u001b[2Jconv\\u0007","output"],"edges":[[0,1],[1,2]],"y\\u001b[31m":%d}\n' 1 2 > escape.jsonl
ends 0 import graph-jsonl escape.jsonl --out escape.sibyl
ends 0 inspect escape.sibyl
says "input ?[2Jconv? output"
says "y?[31m"
ends 1 import graph-jsonl escape.jsonl --out x.sibyl --label y="no${esc}column"
printf 'data: {file: escape.sibyl, label: none}\neffort: quick\n' > escape.yaml
ends 2 train escape.yaml --out escaped
says "there are: y?[31m"
printf 'arch,a\n%s[2J,1\n' "$esc" > escape.csv
ends 1 import nasbench201-csv escape.csv --out x.sibyl
printf 'arch,a%s[2J,a%s[2J\n' "$esc" "$esc" > escape.csv
ends 1 import nasbench201-csv escape.csv --out x.sibyl
printf 'data: {file: escape.sibyl, label: "y\\e[31m"}\neffort: quick\nsplit: {train: 1, test: all}\npredictor: {layers: 1, width: 16}\ntraining: {epochs: 1}\n' > escape.yaml
ends 0 train escape.yaml --out escaped
ends 0 inspect escaped/predictor.sibyl
says "predictor of y?[31m"
finish "tables as they are found: read, told of, or refused"
