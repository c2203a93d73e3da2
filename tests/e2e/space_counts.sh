#!/bin/bash
# Points and networks of sixteen random small space files against brute force in Python; and, where ../shared is there, the
# counts of its space files, and a genotype in four dialects, which is one network.
# usage: space_counts.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

if command -v python3 > /dev/null; then
    python3 "$root/tests/reference/space_brute.py" "$sibyl" 1 16 > log 2>&1 || fail "brute force"
fi
shared=$root/../shared
[ -d "$shared/spaces" ] || { [ $wrong = 0 ] && echo "no $shared/spaces: brute force alone"; finish; }
while read -r file points networks; do
    "$sibyl" inspect "$shared/spaces/$file.yaml" > log 2>&1 || fail "inspect $file.yaml"
    grep -qx "points: $points" log || fail "$file.yaml: points"
    grep -qx "networks: ${networks//_/ }" log || fail "$file.yaml: networks"
done << 'LIST'
my201 15625 5425
my101 450808 423624
darts 1076746950455072400 not_counted
mobile 6561 3969
ofa 65275966477717457553 65275966477717457553
transformer 4027968 4027968
LIST
# A table of the four: the mean of their rows is the value of the one network that a search finds in it.
sed -n '/^DARTS_V2/{s/"/""/g; s/.*/"&",0.9/; p}' "$shared/data/wild/genotypes.txt" > rows
{ echo arch,accuracy; cat rows; } > genotypes.csv
[ "$(wc -l < rows)" = 4 ] || fail "four dialects are wanted"
"$sibyl" import csv genotypes.csv --space "$shared/spaces/darts.yaml" --architecture arch --out v2.sibyl --quiet > log 2>&1 ||
    fail "import of genotypes"
printf '%s\n' "space: $shared/spaces/darts.yaml" 'evaluator: {kind: table, file: v2.sibyl, value: accuracy}' \
    'search: {algorithm: random, evaluations: 5}' > job.yaml
"$sibyl" search job.yaml --out v2 > log 2>&1 || fail "search among genotypes"
[ "$(field v2 evaluations)" = 1 ] || fail "the four dialects are $(field v2 evaluations) networks"
finish "space files: counts as told, and as by brute force"
