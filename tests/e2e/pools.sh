#!/bin/bash
# Searches that keep to the networks of a file: a pool as the space, and a table that has a part of a named space. No
# evaluation is wasted on a network that is not there; a pool that is replaced, or names two networks alike, is refused.
# usage: pools.sh   (SIBYL: the program; default build/release/bin/sibyl; NAS-Bench-101 is used where ../shared/data is)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
(head -1 "$root/jobs/examples/digits201.csv"; tail -n +2 "$root/jobs/examples/digits201.csv" | awk 'NR % 20 == 0') > part.csv
"$sibyl" import nasbench201-csv part.csv --out part.sibyl --quiet || fail "import of a part"

# job NAME SPACE FILE VALUE ALGORITHM EVALUATIONS: a folder with a job of a search on a table.
job() {
    mkdir -p "$1"
    cat > "$1/search.yaml" << YAML
space: $2
evaluator: {kind: table, file: $work/$3.sibyl, value: $4}
search: {algorithm: $5, evaluations: $6, initial: 10, population: 10, sample: 3}
predictor: {layers: 1, width: 16}
training: {epochs: 3}
YAML
}
# wastes_none NAME SPACE FILE VALUE EVALUATIONS: of this many, in every algorithm, all are of networks that are there.
wastes_none() {
    local algorithm name
    for algorithm in random aging predictor exhaustive; do
        name=$1.$algorithm
        job "$name" "$2" "$3" "$4" $algorithm 1000
        [ "$5" -lt 400 ] || sed -i "s/evaluations: 1000/evaluations: $5/" "$name/search.yaml"
        timeout 300 "$sibyl" search "$name/search.yaml" --out "$name/o" --threads 1 > "$name/log" 2>&1 || {
            cat "$name/log"; fail "$name"; continue; }
        [ "$(field "$name/o" failed_evaluations)" = 0 ] || fail "$name: evaluations failed"
        [ "$(field "$name/o" evaluations)" = "$5" ] || fail "$name: $(field "$name/o" evaluations) evaluations, want $5"
        [ "$(cut -d, -f5 "$name/o/history.csv" | tail -n +2 | sort -u | wc -l)" = "$5" ] || fail "$name: not all are different"
    done
}
wastes_none part digits201 part accuracy 24
grep -q 'the table has 24 of 483 networks of digits201: the search keeps to these' part.aging/log || fail "no line tells of the part"
wastes_none pool "{file: $work/part.sibyl}" part accuracy 24
grep -q 'keeps to' pool.random/log && fail "a pool is no part of itself"
wastes_none both "{file: $work/table.sibyl}" part accuracy 24
grep -q 'the table has 24 of 483 networks of pool' both.random/log || fail "no line tells of the part of a pool"
# A table with all networks of a space is no part of it.
job whole digits201 table accuracy random 20
"$sibyl" search whole/search.yaml --out whole/o --threads 1 > whole/log 2>&1 || fail "whole"
grep -q 'keeps to' whole/log && fail "a whole table is called a part"

# A label that is a hole is absent, and best is the best of what the space has.
sed '2,300s/,[^,]*$/,NA/' "$root/jobs/examples/digits201.csv" > holes.csv
"$sibyl" import nasbench201-csv holes.csv --out holes.sibyl --quiet 2> /dev/null || fail "import with holes"
job holes digits201 holes accuracy random 300
sed -i 's/evaluations: 300/evaluations: 0, target: best/' holes/search.yaml
"$sibyl" search holes/search.yaml --out holes/o --threads 1 > holes/log 2>&1 || fail "holes"
grep -q 'the table has 184 of 483 networks' holes/log || fail "holes are not left out: $(cat holes/log)"
[ "$(field holes/o failed_evaluations)" = 0 ] && [ "$(field holes/o evaluations_to_target)" != null ] || fail "no best of a part"

# ---- a pool of any graphs, evaluated by a program, which gets the id ----
lines() {
    for ((i = 1; i <= 30; i++)); do
        printf '{"id": "net %d", "ops": ["input", "conv", "output"], "edges": [[0, 1], [1, 2]], ' $i
        printf '"attributes": [[0], [%d], [0]], "y": %d}\n' $i $((i * ${1:-1}))
    done
}
lines > pool.jsonl
"$sibyl" import pool.jsonl --out pool.sibyl --quiet || fail "import of a pool"
cat > answer.sh << 'SH'
#!/bin/bash
read -r request
echo "$request" >> requests
printf '{"value": %s}\n' "$(echo "$request" | sed 's/.*"architecture": *"net \([0-9]*\)".*/\1/')"
SH
chmod +x answer.sh
cat > search.yaml << 'YAML'
space: {file: pool.sibyl}
evaluator: {kind: command, command: [./answer.sh], value: value}
search: {algorithm: aging, evaluations: 25, batch: 5, population: 5, sample: 2}
YAML
run_job search program || fail "a program on a pool: status $?"
[ "$(field program failed_evaluations)" = 0 ] || fail "a program on a pool: evaluations failed"
[ "$(field program space)" = pool ] || fail "space is not pool"
grep -q '"architecture": *"net [0-9]*"' requests && grep -q '"attributes": *\[\[0\], *\[[0-9]*\], *\[0\]\]' requests || fail "the request has no id: $(head -1 requests)"
best=$(field program best_architecture)
[ "$best" = "net $(tail -n +2 program/history.csv | cut -d, -f8 | sort -n | tail -1)" ] || fail "best is $best"

# The report draws the best network, and has its name where the pool is another one by now.
"$sibyl" report program > log 2>&1 && [ "$(page program 'run["result"]["best_architecture"]')" = "$best" ] &&
    [ "$(page program '"conv" in d["networks"][0]["original"]["ops"]')" = True ] || fail "report of a pool: $(cat log)"
mv pool.sibyl aside.sibyl && cp part.sibyl pool.sibyl
"$sibyl" report program > log 2>&1 && [ "$(page program 'run["result"]["best_architecture"]')" = "$best" ] || fail "report without its pool: $(cat log)"
rm pool.sibyl
"$sibyl" report program > log 2>&1 || fail "report of a pool that is gone: $(cat log)"
mv aside.sibyl pool.sibyl

# What the nodes carry is learnt from.
printf '%s\n' 'space: {file: pool.sibyl}' 'evaluator: {kind: table, file: pool.sibyl, value: y}' \
    'search: {algorithm: predictor, evaluations: 20, initial: 10}' 'predictor: {layers: 1, width: 16}' > learns.yaml
mv search.yaml program.yaml && mv learns.yaml search.yaml
run_job search learns || fail "a predictor on a pool with attributes: status $?"
[ "$(field learns best_architecture)" = "net 30" ] || fail "the predictor does not find net 30"
timeout 60 "$sibyl" plan search.yaml > log 2>&1 || fail "plan of a pool"
mv program.yaml search.yaml

# Rows without a text of a space have their ids in the scores of a dataset, and of JSON lines.
printf '%s\n' 'data: {file: pool.sibyl, label: y}' 'effort: quick' 'split: {train: 20}' 'predictor: {layers: 1, width: 16}' \
    'training: {epochs: 2}' > train.yaml
run_job train trained || fail "train"
for file in pool.sibyl pool.jsonl; do
    printf '%s\n' 'predictor: trained/predictor.sibyl' "input: {file: $file}" > score.yaml
    run_job score scored.$file || fail "score $file"
    grep -q '^4,net 5,' scored.$file/scores.csv || fail "no ids in the scores of $file"
    grep -q ',net ' scored.$file/top.csv || fail "no ids in the best scores of $file"
done

# The pool is replaced under its name: another job's. With its old content anywhere else it goes on.
cp pool.sibyl old.sibyl
lines 2 > other.jsonl
"$sibyl" import other.jsonl --out pool.sibyl --quiet
refuse_job search program "the pool .*pool.sibyl is not the one that this run began with" --set search.evaluations=28
mkdir elsewhere && mv old.sibyl elsewhere/ && rm pool.sibyl
run_job search program --set 'space={file: elsewhere/old.sibyl}' --set search.evaluations=28 || fail "a moved pool: status $?"
[ "$(field program evaluations)" = 28 ] || fail "did not go on with a moved pool"

# Two networks of one id, no such file, and a mapping without one.
sed 's/"net 7"/"net 3"/' pool.jsonl > twice.jsonl
"$sibyl" import twice.jsonl --out twice.sibyl --quiet
says() {
    timeout 60 "$sibyl" search search.yaml --out refused --threads 1 "${@:3}" > log 2>&1
    [ $? = "$1" ] || fail "status is not $1: ${*:3}"
    grep -q -- "$2" log || fail "no message of $2"
}
says 1 'twice.sibyl: rows 2 and 6 (from 0) are different networks with one name, "net 3"' --set 'space={file: twice.sibyl}'
says 1 'absent.sibyl' --set 'space={file: absent.sibyl}'
says 2 'want the name of a search space, or {file: POOL.sibyl}' --set 'space={}'
says 2 'unknown key folder' --set 'space={folder: a}'
cp elsewhere/old.sibyl pool.sibyl
says 2 "none of the 30 networks of the search space 'pool' has a value\|its operations are not those" \
    --set "evaluator={kind: table, file: $work/table.sibyl, value: accuracy}"
[ -e refused/run.journal ] && fail "a refused job has begun a journal"

# ---- NAS-Bench-101's published sample ----
if [ -r "$root/../shared/data/nasbench101.jsonl" ]; then
    "$sibyl" import graph-jsonl "$root/../shared/data/nasbench101.jsonl" --id hash --out nb101.sibyl --quiet || fail "NAS-Bench-101"
    for space in nasbench101 "{file: $work/nb101.sibyl}"; do
        job nb101 "$space" nb101 test_acc aging 400
        timeout 300 "$sibyl" search nb101/search.yaml --out nb101/o --threads 1 --quiet > log 2>&1 || fail "$space"
        [ "$(field nb101/o evaluations)" = 400 ] && [ "$(field nb101/o failed_evaluations)" = 0 ] || fail "$space: evaluations are wasted"
        rm -rf nb101
    done
else
    echo "not tried, for ../shared/data/nasbench101.jsonl is not there: NAS-Bench-101"
fi
finish "searches keep to the networks of a pool, or of a table"
