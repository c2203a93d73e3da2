#!/bin/bash
# How much faster several ranks train than one, on one machine: 12 x 160, batches of 512, 8,192 rows of NAS-Bench-201,
# one thread a rank. Pairs of runs in turn, each second pair the other way round: machines drift.
# usage: train_ranks.sh [PAIRS] [RANKS]    (default 6 pairs, 2 ranks: about six minutes). SIBYL: the program. With nothing
#        else running.
set -eu
pairs=${1:-6} ranks=${2:-2}
. "$(dirname "$0")/../prelude.sh"
unset OMPI_MCA_btl_vader_single_copy_mechanism # as users run it
need_nasbench201

"$sibyl" import nasbench201-csv "$table" --out cells.sibyl --label accuracy=cifar10_test:0.01 --quiet
cat > train.yaml <<'END'
data: {file: cells.sibyl, label: accuracy}
effort: quick
split: {train: 8192}
predictor: {layers: 12, width: 160}
training: {batch: 512, epochs: 4}
END

# train RANKS: prints the samples per second.
train() {
    rm -rf run
    mpirun --oversubscribe -n "$1" "$sibyl" train train.yaml --out run --quiet --threads 1 >&2
    field run samples_per_s
}

for ((pair = 1; pair <= pairs; pair++)); do
    ((pair % 2)) || all=$(train "$ranks")
    one=$(train 1)
    ((pair % 2 == 0)) || all=$(train "$ranks")
    echo "$one $all" | tee -a speeds |
        awk -v n="$ranks" '{ printf "one rank %.0f samples/s, %d ranks %.0f: %.2f times\n", $1, n, $2, $2 / $1 }'
done
python3 -c 'import statistics
ratios = [float(all) / float(one) for one, all in map(str.split, open("speeds"))]
print(f"median of {len(ratios)} pairs: {statistics.median(ratios):.2f} times")'
