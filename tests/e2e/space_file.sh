#!/bin/bash
# Spaces from a file, from job file to report: counts, a search that is the built-in one's bit for bit, what an evaluating
# program gets, a file that was changed or is gone, one that is no space, and spaces too large for an index.
# usage: space_file.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

import_digits201
cat > digits.yaml << 'YAML'
name: digits201
text: nasbench201
identity: skip_connect
parts:
  - {cell: edges, nodes: 4, operations: [skip_connect, nor_conv_3x3, avg_pool_3x3]}
YAML
cat > large.yaml << 'YAML'
name: large
identity: skip
parts:
  - choices: {resolution: [160, 192, 224]}
  - chain: {stages: 5, depth: [2, 3, 4]}
    fixed: {width: [24, 40, 80, 112, 160]}
    block: {operation: [conv, skip], kernel: [3, 5, 7], act: {values: [relu, swish], when: {operation: conv}}}
YAML
"$sibyl" inspect digits.yaml > log 2>&1 || fail "inspect"
grep -qx 'points: 729' log && grep -qx 'networks: 483' log || fail "counts of digits.yaml"
"$sibyl" inspect large.yaml > log 2>&1 || fail "inspect a large space"
grep -qx 'attributes: resolution (absent: 0), kernel (absent: 0), width (absent: 0)' log || fail "attributes"

# The same search as in the built-in space: the same bytes.
for space in digits201 digits.yaml; do
    for algorithm in aging predictor exhaustive; do
        cat > job.yaml << YAML
space: $space
evaluator: {kind: table, file: table.sibyl, value: accuracy}
search: {algorithm: $algorithm, evaluations: 40, population: 10}
predictor: {layers: 1, width: 16}
training: {epochs: 5}
seed: 3
YAML
        "$sibyl" search job.yaml --out "$algorithm.$space" --quiet > log 2>&1 || fail "search by $algorithm in $space"
    done
done
for algorithm in aging predictor exhaustive; do
    cmp "$algorithm.digits201/history.csv" "$algorithm.digits.yaml/history.csv" || fail "$algorithm: another search"
done

# A program gets attributes and choices; a predictor learns of attributes.
cat > judge.sh << 'SH'
#!/bin/bash
read -r question
printf '%s\n' "$question" >> questions
hash=${question#*\"hash\": \"} hash=${hash#*\"hash\":\"}
echo "{\"accuracy\": 0.$((16#${hash:0:6}))}"
SH
chmod +x judge.sh
cat > large_job.yaml << 'YAML'
space: large.yaml
evaluator: {kind: command, command: [./judge.sh], value: accuracy}
search: {algorithm: predictor, evaluations: 12, initial: 8, candidates: 50}
predictor: {layers: 1, width: 16}
training: {epochs: 3}
YAML
"$sibyl" search large_job.yaml --out large --quiet > log 2>&1 || fail "search in a large space"
grep -q '"choices": *{"resolution": *[0-9]*, *"part2.stage0.depth"' questions || fail "no choices for the program"
grep -q '"attributes": *\[{"resolution": *[0-9]*, *"kernel": *null' questions || fail "no attributes for the program"
"$sibyl" report large > log 2>&1 || fail "report"

# The folder is that of this file's content: a changed one is refused by its name, and one that is gone is not missed.
cp large.yaml kept.yaml
sed -i 's/224/256/' large.yaml
"$sibyl" search large_job.yaml --out large --set search.evaluations=20 > log 2>&1
[ $? = 2 ] && grep -q 'the space file .*large.yaml is not the one' log || fail "a changed space file"
rm large.yaml
"$sibyl" search large_job.yaml --out large --set search.evaluations=20 --quiet > log 2>&1 || fail "a space file that is gone"
[ "$(field large evaluations)" = 20 ] || fail "the search has not gone on without its space file"
"$sibyl" report large > log 2>&1 || fail "report without the space file"
mv kept.yaml large.yaml

# What cannot be.
"$sibyl" search large_job.yaml --out no --set search.algorithm=exhaustive > log 2>&1
[ $? = 2 ] && grep -q 'more than 2^63' log || fail "exhaustive in a space too large for an index"
mkdir folder.yaml
: > empty.yaml
head -c 300 "$sibyl" > binary.yaml
printf 'zero: none\nparts:\n  - cell: edges\n    nodes: 4\n    operations: [none]\n' > zero.yaml
for file in folder empty binary zero missing; do
    "$sibyl" inspect "$file.yaml" > log 2>&1 && fail "inspect takes $file.yaml"
    grep -q "$file.yaml" log || fail "the message does not name $file.yaml"
    sed "s/large.yaml/$file.yaml/" large_job.yaml > job.yaml
    "$sibyl" search job.yaml --out no > log 2>&1
    [ $? = 2 ] || fail "search with $file.yaml: another status"
    grep -q "$file.yaml" log || fail "search does not name $file.yaml"
done
finish "spaces from a file: the built-in search bit for bit, and $(wc -l < questions) questions answered"
