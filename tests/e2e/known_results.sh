#!/bin/bash
# search.known: results of earlier searches, of tables and of lists are learnt from, never evaluated again, and not counted; they
# belong to the job by their content; what is wrong with them is told with file and line.
# usage: known_results.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
job() {
    cat << YAML
space: digits201
evaluator: {kind: table, file: $work/table.sibyl, value: accuracy}
search: {algorithm: $1, evaluations: 60, initial: 20, population: 20, sample: 5, known: [$2]}
predictor: {layers: 1, width: 16}
training: {epochs: 5}
YAML
}
job random "" > search.yaml
run_job search first || fail "the first search"
column() { tail -n +2 "$1" | cut -d, -f"$2" | sort -u; }
column first/history.csv 5 > known.hashes
[ "$(wc -l < known.hashes)" = 60 ] || fail "not 60 networks are known"

# Sources of the same results: a folder, its table by text and by hash, a dataset.
cut -d, -f6,8 first/history.csv | sed '1s/value/accuracy/' > text.csv
cut -d, -f5,7,8 first/history.csv > hash.csv
(echo arch,accuracy; grep -vF "$(cut -d, -f1 text.csv | sed 1d)" "$root/jobs/examples/digits201.csv" | sed 1d > rest; tail -n +2 text.csv) > list.csv
"$sibyl" import csv text.csv --space digits201 --architecture architecture --out list.sibyl --quiet || fail "import"
try() { # ALGORITHM SOURCE NAME
    mkdir -p "$3"
    job "$1" "$2" > "$3/search.yaml"
    timeout 300 "$sibyl" search "$3/search.yaml" --out "$3/o" --threads 1 > "$3/log" 2>&1 || { cat "$3/log"; fail "$3"; return; }
    [ "$(field "$3/o" evaluations)" = 60 ] && [ "$(field "$3/o" failed_evaluations)" = 0 ] || fail "$3: not 60 evaluations"
    column "$3/o/history.csv" 5 | comm -12 - known.hashes | grep -q . && fail "$3: known networks were evaluated"
    grep -q '60 results are known from' "$3/log" || fail "$3: no word of what is known: $(cat "$3/log")"
}
for algorithm in random aging predictor exhaustive; do
    for source in first text.csv hash.csv list.sibyl; do try $algorithm "$work/$source" $algorithm.$source; done
    cmp $algorithm.first/o/history.csv $algorithm.text.csv/o/history.csv || fail "$algorithm: a folder is not its table"
    cmp $algorithm.first/o/history.csv $algorithm.hash.csv/o/history.csv || fail "$algorithm: hashes are not texts"
done
# They are learnt from: no initial networks are needed, and the first population is of them.
grep -q ',initial,' predictor.first/o/history.csv && fail "the predictor begins as if nothing were known"
grep -q ',random,' aging.first/o/history.csv && fail "the first population is random"

# Together all networks are known: nothing is left. A source that tells nothing new is taken for that.
job exhaustive "$work/table.sibyl, $work/first" > search.yaml
timeout 60 "$sibyl" search search.yaml --out all --threads 1 > log 2>&1
grep -q '483 results are known from .*table.sibyl' log && grep -q '0 results are known from .*first: they are of other' log ||
    fail "not all is known"
grep -q 'all networks of the space are known beforehand' log || fail "no word of why nothing was evaluated"
grep -q '"evaluations": 0' all/result.json || fail "something was evaluated though all is known"

# A large space has no room to score all; what is known breeds.
if [ -r "$root/../shared/data/nasbench101.jsonl" ]; then
    "$sibyl" import graph-jsonl "$root/../shared/data/nasbench101.jsonl" --id hash --out nb101.sibyl --quiet
    head -200 "$root/../shared/data/nasbench101.jsonl" > some.jsonl
    "$sibyl" import graph-jsonl some.jsonl --out some.sibyl --quiet
    for algorithm in predictor aging; do
        job $algorithm "$work/some.sibyl" | sed "s/digits201/nasbench101/; s/table.sibyl/nb101.sibyl/; s/accuracy/test_acc/" > search.yaml
        sed -i 's/evaluations: 60/evaluations: 25, candidates: 100/' search.yaml
        run_job search nb.$algorithm || fail "NAS-Bench-101: $algorithm"
        [ "$(field nb.$algorithm failed_evaluations)" = 0 ] || fail "NAS-Bench-101: $algorithm: failed evaluations"
    done
fi

# By content: a search goes on where the file has another name, and not where it has other results.
job aging "$work/text.csv" > search.yaml
run_job search own --set search.evaluations=30 || fail "own"
mv text.csv moved.csv
job aging "$work/moved.csv" > search.yaml
run_job search own --set search.evaluations=40 || fail "a moved source: status $?"
sed -i '3s/,.*/,0.5/' moved.csv
refuse_job search own 'the content of search.known is not the one that this run began with' --set search.evaluations=50

# refused STATUS MESSAGE SOURCE
refused() {
    job random "$3" > search.yaml
    timeout 60 "$sibyl" search search.yaml --out refused --threads 1 > log 2>&1
    [ $? = "$1" ] || fail "status is not $1: $3"
    grep -q -- "$2" log || fail "no message of $2"
}
sed '5s/,.*/,high/' moved.csv > bad.csv
refused 1 'search.known: .*bad.csv:5: column accuracy: "high" is no finite number' bad.csv
sed 's/^/x,/; 1s/.*/a,b,accuracy/' moved.csv > bad.csv
refused 1 'bad.csv:1: no column architecture or hash; there are: a, b, accuracy' bad.csv
sed '1s/accuracy/y/' moved.csv > bad.csv
refused 1 'bad.csv:1: no column accuracy (or value); there are: architecture, y' bad.csv
sed '4s/^./x/' hash.csv > bad.csv
refused 1 'bad.csv:4: column hash: "x.*" is not 32 hex digits' bad.csv
printf 'architecture,accuracy\n' > bad.csv
sed -n 2,4p moved.csv >> bad.csv
printf '%s\n' 'other,0.5' ',0.5' '|skip_connect~0|,NA' >> bad.csv
refused 0 'bad.csv: 2 networks are not of the space digits201' bad.csv
refused 1 'absent.csv is not there' absent.csv
mkdir empty
refused 2 'empty is no folder of a search' empty
sed 's/value: accuracy/value: accuracy, minimise: true/' <(job random first) > search.yaml
timeout 60 "$sibyl" search search.yaml --out refused2 --threads 1 > log 2>&1
[ $? = 2 ] && grep -q 'there the highest value is the best' log || fail "another goal is not refused"
"$sibyl" import nasbench201-csv "$root/jobs/examples/digits201.csv" --label other=accuracy --out other.sibyl --quiet
refused 2 'there is no label accuracy; there are: other' other.sibyl
job random "" > search.yaml
run_job search self || fail "self"
job random self > search.yaml
refuse_job search self 'is the folder of this job itself'
# Texts of another space that happen to be of this one, too: its networks are others, also where just the operations have other
# names. Of a space that differs in its name and notation alone they are the same.
space() { printf '%s\n' "name: $1" "parts: [{chain: 3, block: {operation: $2, k: $3}}]" > "$1.yaml"; }
space one '[a, b, c]' '[1, 3]'
space renamed '[d, e, f]' '[1, 3]'
space numbers '[a, b, c]' '[5, 7]'
space same '[a, b, c]' '[1, 3]'
echo 'separator: ", "' >> same.yaml
printf '%s\n' 'cat > /dev/null' "echo '{\"value\": 0.5}'" > half.sh
of_space() {
    printf '%s\n' "space: $1.yaml" 'search: {algorithm: random, evaluations: 5, known: ['"$2"']}' \
        "evaluator: {kind: command, command: [sh, half.sh]}" > search.yaml
    timeout 60 "$sibyl" search search.yaml --out "$1.o" > log 2>&1 || fail "a search of $1"
}
of_space one ''
for source in one.o one.o/history.csv; do
    for other in renamed numbers same; do
        [ $other.$source = renamed.one.o/history.csv ] && continue # a list does not tell names of operations
        rm -rf $other.o
        of_space $other "$work/$source"
        grep -q "$([ $other = same ] && echo 5 || echo 0) results are known from $work/$source" log || fail "$source for $other"
    done
done

finish "what is known is learnt from, and not evaluated again"
