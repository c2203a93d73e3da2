#!/bin/bash
# How well a default train job ranks, and what it takes: NAS-Bench-201 (test accuracy on CIFAR-10) and NAS-Bench-101 with few
# labels, tested on all rows not trained on; the whole process, with pre-training, on one core.
# usage: effort.sh [-e EFFORT] [-f SPLIT] [-l SPLIT] [LABELS...]   (default: normal, splits 1001 to 1010, which no recipe was
#        chosen on, and the rows 201:156 201:1563 101:100 101:424)
# Not part of the tests: takes minutes. Wants the tables in ../shared/data. SIBYL: the program. CORE: which (default 1).
# Seconds are of the core (user and system), and by the clock; on a machine with nothing else to do they are the same.
set -eu
. "$(dirname "$0")/../prelude.sh"
effort=normal first=1001 last=1010
while getopts e:f:l: option; do
    case $option in
    e) effort=$OPTARG ;;
    f) first=$OPTARG ;;
    l) last=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- 201:156 201:1563 101:100 101:424
tables=$root/../shared/data
[ -d "$tables" ] || { echo "effort.sh: no benchmark tables in $tables" >&2; exit 1; }
export OPENBLAS_NUM_THREADS=1 TIMEFORMAT='%U %S %R'
"$sibyl" import nasbench201-csv "$tables/nasbench201.csv" --quiet --out 201.sibyl --label accuracy=cifar10_test:0.01
"$sibyl" import graph-jsonl "$tables/nasbench101.jsonl" --quiet --out 101.sibyl --label accuracy=test_acc
echo "| benchmark | labels | effort | tau, mean | deviation | lowest | core s | s | splits |"
echo "|---|---|---|---|---|---|---|---|---|"
for row in "$@"; do
    table=${row%%:*} labels=${row#*:}
    : > taus
    printf 'data: {file: %s.sibyl, label: accuracy}\nsplit: {train: %s}\neffort: %s\n' "$table" "$labels" "$effort" > job.yaml
    for ((split = first; split <= last; split++)); do
        rm -rf out "$XDG_CACHE_HOME" # pre-training is part of it
        { time taskset -c "${CORE:-1}" "$sibyl" train job.yaml --threads 1 --out out --quiet --set "split.seed=$split" \
            --set "seed=$split" 2> err; } 2> took || { cat err >&2; exit 1; }
        echo "$(field out test_kendall_tau) $(cat took)" >> taus
    done
    awk -v head="| NAS-Bench-$table | $labels | $effort" '
        NR == 1 || $1 < low { low = $1 }
        { sum += $1; squares += $1 * $1; core += $2 + $3; clock += $4 }
        END { mean = sum / NR; spread = NR > 1 ? (squares - NR * mean * mean) / (NR - 1) : 0
              printf "%s | %.4f | %.4f | %.4f | %.1f | %.1f | %d |\n", head, mean, sqrt(spread > 0 ? spread : 0), low, core / NR,
                  clock / NR, NR }' taus
done
