#!/bin/bash
# How much faster a search is in two threads than in one, where the network chooses: 120 evaluations of NAS-Bench-201 in rounds of 20. Runs in
# turn on a quiet machine, then the same beside two busy loops. All end with the same history.csv, or it fails.
# usage: search_threads.sh [RUNS] [LOOPS]    (default 5 runs of each, 2 loops: about three minutes). SIBYL: the program. With
#        nothing else running.
set -u
runs=${1:-5} loops=${2:-2}
. "$(dirname "$0")/../prelude.sh"
unset OMPI_MCA_btl_vader_single_copy_mechanism # as users run it
need_nasbench201

"$sibyl" import nasbench201-csv "$table" --out cells.sibyl --label accuracy=cifar10_test:0.01 --quiet || exit 1
cat > search.yaml <<'END'
space: nasbench201
evaluator: {kind: table, file: cells.sibyl, value: accuracy}
search: {algorithm: predictor, model: network, evaluations: 120, batch: 20}
END

# timed THREADS: one search; prints its seconds.
timed() {
    local TIMEFORMAT=%R
    rm -rf run
    { time "$sibyl" search search.yaml --out run --threads "$1" --quiet > log 2>&1; } 2>&1
    [ -e history.csv ] || cp run/history.csv .
    cmp -s run/history.csv history.csv || touch differs
}
# compare WHERE: runs in turn, each second pair the other way round.
compare() {
    local one two
    rm -f seconds
    for ((i = 1; i <= runs; i++)); do
        ((i % 2)) || two=$(timed 2)
        one=$(timed 1)
        ((i % 2 == 0)) || two=$(timed 2)
        echo "$1: 1 thread $one s, 2 threads $two s"
        echo "$one $two" >> seconds
    done
    python3 -c 'import statistics, sys
one, two = zip(*(map(float, line.split()) for line in open("seconds")))
a, b = statistics.median(one), statistics.median(two)
print(f"{sys.argv[1]}: medians {a:.2f} s in 1 thread, {b:.2f} s in 2: {b / a:.2f}")' "$1"
}

compare quiet
busy=()
trap 'kill "${busy[@]}" 2> /dev/null; rm -rf "$work"' EXIT
for ((i = 0; i < loops; i++)); do
    bash -c 'while :; do :; done' &
    busy+=($!)
done
compare "beside $loops busy loops"
[ ! -e differs ] || fail "histories differ"
finish "one history.csv, sha256 $(sha256sum history.csv | cut -d ' ' -f 1)"
