#!/bin/bash
# sibyl bench: its JSON file has what the table says, --baseline compares with it, and a wrong file is an error.
# usage: bench.sh   (SIBYL: the program; default build/release/bin/sibyl)
set -u
. "$(dirname "$0")/../prelude.sh"

timeout 120 "$sibyl" bench --threads 1 --out first.json > first.txt 2> log || fail "bench: status $?"
timeout 120 mpirun --oversubscribe --bind-to none -n 2 "$sibyl" bench --threads 1 --baseline first.json > second.txt 2> log ||
    fail "bench on 2 ranks with a baseline: status $?"
cat first.txt
for key in sgemm_gflops product_gflops weight_gradient_gflops scoring_float32_archs_per_s training_float32_samples_per_s \
    reduce_mb_per_s; do
    value=$(sed -n "s/^  \"$key\": \([0-9.e+]*\),\{0,1\}$/\1/p" first.json)
    awk -v x="$value" 'BEGIN { exit !(x > 0) }' || fail "$key is '$value'"
    name=${key%_*} && name=${name%_archs_per} && name=${name%_samples_per} && name=${name%_mb_per}
    [ "$(grep -c "^$name " first.txt)" = 1 ] || fail "no line for $name"
    awk -v name="$name" '$1 == name && $NF ~ /^[0-9]+\.[0-9][0-9]$/ { found = 1 } END { exit !found }' second.txt || fail "no ratio for $name"
done
echo '[1]' > list.json
timeout 60 "$sibyl" bench --baseline list.json > log 2>&1
[ $? = 1 ] && grep -q "list.json is not what sibyl bench" log || fail "a baseline that is none"
timeout 60 "$sibyl" bench --baseline gone.json > log 2>&1
[ $? = 1 ] && grep -q "gone.json" log || fail "a baseline that is not there"
finish "bench measures, compares and refuses"
