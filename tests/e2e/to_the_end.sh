#!/bin/bash
# No search ends before its budget while a network is not known, and it says why it ends: small spaces, tables of a part of a
# space, pools, spaces whose networks are rarely drawn; every algorithm, in rounds and in free pace.
# usage: to_the_end.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

# ends FOLDER EVALUATIONS REASON ARGUMENT...: the search of these arguments does.
ends() {
    local out=$1 evaluations=$2 reason=$3
    timeout 120 "$sibyl" search "${@:4}" --out "$out" --threads 1 --quiet > "$out.log" 2>&1 || {
        echo "FAIL $out: status $?"; cat "$out.log"; return 1; }
    [ "$(field "$out" evaluations)" = "$evaluations" ] && [ "$(field "$out" stopped_because)" = "$reason" ] || {
        echo "FAIL $out: $(field "$out" evaluations) evaluations, $(field "$out" stopped_because); want $evaluations, $reason"
        return 1; }
    [ "$(tail -n +2 "$out/history.csv" | cut -d , -f 5 | sort -u | wc -l)" = "$evaluations" ] || {
        echo "FAIL $out: a network twice"; return 1; }
    timeout 120 "$sibyl" search "${@:4}" --out "$out" --threads 1 --quiet --replay > "$out.log" 2>&1 || {
        echo "FAIL $out: the replay: status $?"; cat "$out.log"; return 1; }
}

cat > value.sh <<'SH'
#!/bin/sh
read -r line
echo "{\"value\": $(printf %s "$line" | cksum | cut -c 1-4)}"
SH
chmod +x value.sh
cat > small.yaml <<'YAML'
name: small
parts:
  - chain: 3
    block: {operation: [a, b, c]}
YAML
common=(--set predictor.width=8 --set predictor.layers=1 --set predictor.members=1 --set training.epochs=2
    --set search.initial=10 --set search.population=10 --set search.sample=3)

# Each of the 27 networks of a small space, by a program, though 1,000 are allowed. In free pace on one rank, too.
cat > program.yaml <<'YAML'
space: small.yaml
evaluator: {kind: command, command: [./value.sh], log_mb: 0}
search: {evaluations: 1000, algorithm: aging}
YAML
for algorithm in random aging local banana predictor exhaustive; do
    for pace in rounds free; do
        beside ends program.$algorithm.$pace 27 exhausted program.yaml --set search.algorithm=$algorithm \
            --set search.pace=$pace "${common[@]}"
    done
done
all_done

# A table of a part of a space: the whole of that part. A budget that is smaller is the reason, and a target.
import_digits201
(head -n 1 "$root/jobs/examples/digits201.csv"; tail -n +2 "$root/jobs/examples/digits201.csv" | awk 'NR % 20 == 1') > part.csv
"$sibyl" import nasbench201-csv part.csv --out part.sibyl --label accuracy=accuracy --quiet || fail "import"
cat > part.yaml <<'YAML'
space: digits201
evaluator: {kind: table, file: part.sibyl, value: accuracy}
search: {evaluations: 100000}
YAML
"$sibyl" search part.yaml --set search.algorithm=exhaustive --out all --quiet || fail "exhaustive"
networks=$(field all evaluations)
[ "$networks" -gt 15 ] || fail "the part has $networks networks"
for algorithm in random aging local banana predictor; do
    beside ends part.$algorithm "$networks" exhausted part.yaml --set search.algorithm=$algorithm "${common[@]}"
    beside ends pool.$algorithm "$networks" exhausted part.yaml --set search.algorithm=$algorithm --set 'space={file: part.sibyl}' \
        "${common[@]}"
done
beside ends budget 10 evaluations part.yaml --set search.algorithm=local --set search.evaluations=10
all_done
"$sibyl" search part.yaml --set search.algorithm=local --set search.target=best --out target --quiet || fail "target"
[ "$(field target stopped_because)" = target ] || fail "target: $(field target stopped_because)"

# Known results are not counted, and are not evaluated again: what is left of the part is.
for algorithm in random aging local banana; do
    beside ends known.$algorithm $((networks - 10)) exhausted part.yaml --set search.algorithm=$algorithm \
        --set 'search.known=[budget]' "${common[@]}"
done
all_done

# Chains of 7 blocks of 4 operations, one of which is the identity: of 16,384 points 3,280 networks, some of which are drawn
# once in many thousand times.
cat > rare.yaml <<'YAML'
name: rare
identity: skip
parts:
  - chain: 7
    block: {operation: [skip, a, b, c]}
YAML
(echo architecture,value; seq 0 16383 | awk '{text = ""; n = $1
    for (i = 0; i < 7; i++) { text = text (i ? "-" : "") n % 4; n = int(n / 4) }
    print text "," ($1 * 7919) % 16384 }') > rare.csv
"$sibyl" import csv rare.csv --space rare.yaml --architecture architecture --out rare.sibyl --label value=value --quiet ||
    fail "import of the chains"
cat > rare_job.yaml <<'YAML'
space: rare.yaml
evaluator: {kind: table, file: rare.sibyl, value: value}
search: {evaluations: 100000, batch: 100}
YAML
for algorithm in random aging; do
    beside ends rare.$algorithm 3280 exhausted rare_job.yaml --set search.algorithm=$algorithm
done
all_done
finish "27 of 27 networks, $networks of $networks, 3,280 of 3,280: by every algorithm, and told why"
