#!/bin/bash
# The tables of how well predictors rank: one experiment for each job file of jobs/examples that is named.
# usage: answers.sh [-n RANKS] [-r REPEATS] [-o DIR] [JOB...]    (default: 2 ranks, 10 repeats, runs/answers, and the jobs
#        nasbench201_paper nasbench201 nasbench101 latency ablations)
# Not part of the tests: takes hours. Wants the benchmark tables in ../shared/data. SIBYL: the program. A stopped run goes
# on where it was with the same command; DIR/JOB/summary.md is each table.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl}
ranks=2 repeats=10 out=$root/runs/answers
while getopts n:r:o: option; do
    case $option in
    n) ranks=$OPTARG ;;
    r) repeats=$OPTARG ;;
    o) out=$OPTARG ;;
    *) sed -n '3,4s/^# //p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- nasbench201_paper nasbench201 nasbench101 latency ablations
tables=$root/../shared/data
[ -d "$tables" ] || { echo "answers.sh: no benchmark tables in $tables" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

mkdir -p "$root/runs" "$out"
[ -f "$root/runs/nasbench201.sibyl" ] || "$sibyl" import nasbench201-csv "$tables/nasbench201.csv" --quiet \
    --out "$root/runs/nasbench201.sibyl" --label cifar10_test=cifar10_test:0.01 --label cifar10_val=cifar10_val:0.01 \
    --label cifar10_val_12ep=cifar10_val_12ep:0.01 --label flops=flops_M --label params=params_M
[ -f "$root/runs/nasbench101.sibyl" ] || "$sibyl" import graph-jsonl "$tables/nasbench101.jsonl" --quiet \
    --out "$root/runs/nasbench101.sibyl" --label test_acc=test_acc
if [ ! -f "$root/runs/latency.sibyl" ]; then
    zcat "$tables/nasbench201_latency.csv.gz" > "$root/runs/latency.csv"
    "$sibyl" import nasbench201-csv "$root/runs/latency.csv" --out "$root/runs/latency.sibyl" --quiet
fi
for job in "$@"; do
    mpirun --oversubscribe --bind-to none -n "$ranks" "$sibyl" train "$root/jobs/examples/$job.yaml" --threads 1 \
        --set "repeat=$repeats" --out "$out/$job" --quiet
    cat "$out/$job/summary.md"
done
