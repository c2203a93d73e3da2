#!/bin/bash
# JSON lines as the input of a scoring: the bytes of the same lines imported to a dataset, on any number of ranks and when
# stopped on the way; and what it says of files that are not as they should be, on 1, 2 and 3 ranks.
# usage: score_jsonl.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"


# lines.jsonl: cells with all that the format allows between them, one of them longer than any unit, and no line end last;
# table.jsonl: some of them.
python3 - <<'PYTHON' || { echo "FAIL to make the lines"; exit 1; }
import json
import random

OPERATIONS = ["conv1x1-bn-relu", "conv3x3-bn-relu", "maxpool3x3"]
draw = random.Random(5)

def cell(row):
    nodes = draw.randint(3, 7)
    edges = [[a, b] for b in range(1, nodes) for a in range(b) if a + 1 == b or draw.random() < 0.4]
    line = {"hash": f"\u00e9{row}", "ops": ["input"] + draw.choices(OPERATIONS, k=nodes - 2) + ["output"], "edges": edges}
    if row % 3 == 0:
        line["acc"] = None if row % 2 else round(0.9 + 0.01 * len(edges) / nodes + 0.001 * draw.random(), 6)
    return line

def long_cell(nodes):
    ops = ["input"] + draw.choices(OPERATIONS, k=nodes - 2) + ["output"]
    return {"ops": ops, "edges": [[i, i + 1] for i in range(nodes - 1)], "acc": 0.5}

with open("lines.jsonl", "w", encoding="utf-8", newline="") as file:
    file.write("\ufeff\n")
    for row in range(100000):
        text = json.dumps(long_cell(30000) if row == 45000 else cell(row), ensure_ascii=False)
        if row % 1000 == 7:
            text = " \t\r\n\n" + text + "\r"
        file.write(("\n" if row else "") + text)
with open("table.jsonl", "w", encoding="utf-8") as file:
    for row in range(0, 1200, 6):
        file.write(json.dumps(cell(row)) + "\n")
PYTHON
"$sibyl" import graph-jsonl table.jsonl --out table.sibyl --label acc=acc --quiet || { echo "FAIL import"; exit 1; }
"$sibyl" import graph-jsonl lines.jsonl --out lines.sibyl --quiet || { echo "FAIL import of all"; exit 1; }
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: acc}
split: {train: 100}
predictor: {layers: 2, width: 32}
training: {epochs: 5}
effort: quick
YAML
timeout 60 "$sibyl" train train.yaml --out trained --quiet || { echo "FAIL train"; exit 1; }
job() {
    printf 'predictor: trained/predictor.sibyl\ninput: {file: %s, label: acc}\nscore: {checkpoint_s: 0}\n' "$1"
}

# scored RANKS JOB OUT [ARGUMENT...]: its messages in `log`, its status is that of mpirun.
scored() {
    timeout 100 mpirun --oversubscribe --bind-to none -n "$1" "$sibyl" score "$2" --threads 1 --quiet --out "$3" \
        "${@:4}" > log 2>&1
}
says() { grep -qF -- "$1" log || fail "no message about '$1'"; }
same() { cmp dataset/scores.csv "$1/scores.csv" && cmp dataset/top.csv "$1/top.csv" || fail "$2: not a dataset's files"; }

# ---- the same bytes as a dataset's ----

job lines.sibyl > dataset.yaml
job lines.jsonl > score.yaml
scored 1 dataset.yaml dataset || fail "a dataset: status $?"
[ "$(wc -l < dataset/scores.csv)" = 100001 ] || fail "a dataset: not 100000 rows"
for ranks in 1 2 3; do
    scored $ranks score.yaml lines$ranks || fail "$ranks ranks: status $?"
    same lines$ranks "$ranks ranks"
    for key in architectures distinct kendall_tau precision; do
        cmp <(grep "\"$key\"" dataset/result.json) <(grep "\"$key\"" lines$ranks/result.json) || fail "$ranks ranks: other $key"
    done
done
cp lines.jsonl looks-like.sibyl
job looks-like.sibyl > name.yaml
scored 2 name.yaml name || fail "JSON lines by another name: status $?"
same name "another name"

# ---- stopped, and gone on with ----

for ranks in 1 2; do
    holding checkpoint.sibyl scored $ranks score.yaml parts
    kill -s TERM "$(mine "^$sibyl score score.yaml .*--out parts\$" | tail -n 1)" || fail "no rank to stop"
    kill -s CONT "$held"
    wait $job
    [ $? = 3 ] || fail "$ranks ranks: not stopped"
done
cp -r parts grown
scored 3 score.yaml parts || fail "the last part: status $?"
same parts "stopped twice"
grep -q '"resumed": true' parts/result.json || fail "parts/result.json does not say that it was resumed"
cp lines.jsonl kept.jsonl
printf '\n\n' >> lines.jsonl
scored 2 score.yaml grown && fail "a file that has grown: it went on"
says "lines.jsonl is not the one that "

# A file that becomes shorter meanwhile, by its last line only or before what is still to be read.
for size in 1000000 $(($(stat -c %s kept.jsonl) - 1)); do
    cp kept.jsonl lines.jsonl
    rm -rf shorter
    holding checkpoint.sibyl scored 2 score.yaml shorter
    truncate -s "$size" lines.jsonl
    kill -s CONT "$held"
    wait $job
    [ $? = 1 ] || fail "cut to $size bytes meanwhile: not refused"
    says "while it was read"
    says "/lines.jsonl"
    [ -e shorter/scores.csv ] && fail "cut to $size bytes meanwhile: scores.csv is there"
done
# One that is removed stays readable where it is open.
cp kept.jsonl lines.jsonl
holding checkpoint.sibyl scored 2 score.yaml removed
rm lines.jsonl
kill -s CONT "$held"
wait $job || fail "removed meanwhile: status $?"
same removed "removed meanwhile"
scored 2 score.yaml gone && fail "a file that is not there: it went on"
says "cannot open"

# ---- bad input ----

quick_ends

job bad.jsonl > score.yaml
head -c 4000000 kept.jsonl | head -n -1 > good.jsonl
next=$(($(wc -l < good.jsonl) + 1)) byte=$(stat -c %s good.jsonl)
cell='"ops":["input","maxpool3x3","output"],"edges":[[0,1],[1,2]]'
# refused PART [ARGUMENT...]: bad.jsonl is, on 1, 2 and 3 ranks, with one line that says PART.
refused() {
    local ranks jobs=() status
    for ranks in 1 2 3; do # at the same time
        timeout 100 mpirun --oversubscribe --bind-to none -n $ranks "$sibyl" score score.yaml --threads 1 --quiet \
            --out refused.$ranks "${@:2}" > log.$ranks 2>&1 &
        jobs[ranks]=$!
    done
    for ranks in 1 2 3; do
        wait "${jobs[ranks]}"
        status=$?
        cp log.$ranks log
        [ $status = 1 ] || fail "$1 ($ranks ranks): status $status"
        [ "$(grep '^sibyl: ' log | grep -vc '^sibyl: warning: ')" = 1 ] || fail "$1: not one line"
        says "$1"
        [ -e refused.$ranks/scores.csv ] && fail "$1: scores.csv is there"
        rm -rf refused.$ranks
    done
}
# behind LINE PART: good lines, LINE, and one that is good again.
behind() {
    { cat good.jsonl; printf "$1"; printf '\n{%s}\n' "$cell"; } > bad.jsonl
    refused "bad.jsonl:$next (byte $byte): $2"
}
behind '{"ops":["input","conv7x7","output"],"edges":[]}' '"ops"[1]: unknown operation conv7x7; want one of: input, output,'
says "the predictor was trained on no others"
behind '{"ops":["input","output"],"edges":[[0,1],[1,0]]}' ''
says "cycle"
behind "{$cell,\"attributes\":[[1],[2],[3]]}" 'nodes with 1 attributes, want 0'
behind '{"ops":' 'not JSON'
behind '\177ELF\001\002\377' 'not JSON'
behind '\000\000\000' 'not JSON'
behind "[$next]" 'want an object'
{ cat good.jsonl; printf '{%s' "$cell"; } > bad.jsonl
refused "bad.jsonl:$next (byte $byte, the last line, which has no end: is the file cut short?): not JSON"
{ cat good.jsonl; printf '{"'; head -c 70000000 /dev/zero | tr '\0' 'x'; printf '":1}\n'; } > bad.jsonl
refused "bad.jsonl:$next (byte $byte): a line of more than 67108864 bytes"
: > bad.jsonl
refused "bad.jsonl: no lines"
head -c 3000000 /dev/zero | tr '\0' '\n' > bad.jsonl
refused "bad.jsonl: no lines"
printf '[{%s}]\n' "$cell" > bad.jsonl
refused "bad.jsonl is neither a sibyl file nor JSON lines"
cp trained/predictor.sibyl bad.jsonl
refused "bad.jsonl is a predictor; a dataset is wanted here"
head -c 1000 lines.sibyl > bad.jsonl
refused "cut short"
rm bad.jsonl
mkfifo bad.jsonl
refused "bad.jsonl is not a regular file"
rm bad.jsonl

printf '{%s}\n' "$cell" > bad.jsonl
scored 2 score.yaml warned || fail "no labels: status $?"
says "none of the first 1 lines has a number acc"
finish "JSON lines: scored as a dataset of them is, and refused where they should be"
