#!/bin/bash
# Scores many random cells of NAS-Bench-101 from a file with a 4 x 96 predictor: on 1 and on 4 ranks, and killed (kill -9
# of any rank) and started again on other numbers of ranks. Prints time and most memory of a rank for each, and checks
# that the files of all three are the same, complete and in order.
# usage: score_large.sh [ROWS]    (default: 10 million; wants 1.5 GB of disk in TMPDIR; SIBYL: the program, BENCH: the folder
#        with bench_sample_space, default build/release/bin: configure with -DSIBYL_TESTS=ON and build that target)
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl} bench=${BENCH:-$root/build/release/bin} rows=${1:-10000000}
tables=$root/../shared/data
[ -d "$tables" ] || { echo "score_large.sh: no benchmark tables in $tables" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$bench/bench_sample_space" nasbench101 "$rows" 1 cells.sibyl
"$sibyl" import graph-jsonl "$tables/nasbench101.jsonl" --out table.sibyl --label test_acc=test_acc --quiet
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: test_acc}
effort: quick
split: {train: 424, seed: 1}
predictor: {layers: 4, width: 96}
training: {epochs: 10}
YAML
"$sibyl" train train.yaml --out trained --quiet
printf 'predictor: trained/predictor.sibyl\ninput: {file: cells.sibyl}\n' > score.yaml

# scored RANKS OUT: in the background, its process in `job`; most memory of each rank in OUT.memory.
scored() {
    mpirun --oversubscribe --bind-to none -n "$1" /usr/bin/time -a -o "$2.memory" -f %M \
        "$sibyl" score score.yaml --threads 1 --quiet --out "$2" > log 2>&1 &
    job=$!
}
tell() {
    printf '%s: %.1f s, %.0f graphs/s, most memory of a rank %d MB, %d distinct\n' "$1" \
        "$(sed -n 's/.*"score_s": \([0-9.]*\).*/\1/p' "$2/result.json")" \
        "$(sed -n 's/.*"archs_per_s": \([0-9.]*\).*/\1/p' "$2/result.json")" \
        "$(($(sort -n "$2.memory" | tail -1) / 1024))" "$(sed -n 's/.*"distinct": \([0-9]*\).*/\1/p' "$2/result.json")"
}
for ranks in 1 4; do
    scored $ranks "ranks$ranks"
    wait $job || { cat log; exit 1; }
    tell "$ranks ranks" "ranks$ranks"
done
for ranks in 2 3 4; do
    scored $ranks killed
    sleep 15
    if kill -9 "$(mine "^$sibyl score score.yaml .*--out killed\$" | shuf -n 1)" 2> /dev/null; then
        echo "killed a rank of $ranks; scores so far: $(stat -c %s killed/scores.csv.partial) bytes"
    fi
    wait $job || true
done
scored 2 killed
wait $job || { cat log; exit 1; }
tell "the rest on 2 ranks" killed

for out in ranks4 killed; do
    cmp ranks1/scores.csv $out/scores.csv
    cmp ranks1/top.csv $out/top.csv
done
awk -F, -v rows="$rows" 'NR > 1 && $1 != NR - 2 { print "line " NR " is not in its place"; exit 1 }
    END { if (NR != rows + 1) { print NR " lines"; exit 1 } }' ranks1/scores.csv
echo "scores.csv and top.csv are the same from 1 rank, from 4, and after the kills; $rows rows in order"
