#!/bin/bash
# The tables of how well predictors rank: one experiment for each job file of jobs/examples that is named.
# usage: answers.sh [-n PARTS] [-r REPEATS] [-o DIR] [JOB...]    (default: 2 parts, 10 repeats, runs/answers, and the jobs
#        nasbench201_paper nasbench201_paper_random nasbench201 nasbench101 latency accel ablations student)
# Each part is a process of its own with one thread, and has whole repeats, which share what they learn before the labels.
# Not part of the tests: takes hours. Wants the benchmark tables in ../shared/data. SIBYL: the program. A stopped run goes
# on where it was with the same command; DIR/JOB/summary.md is each table, and answers_page.py makes a page of all.
# PYTHON: one with numpy, SciPy and scikit-learn, for what others reach on latencies and on Accel-NASBench.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
sibyl=${SIBYL:-$root/build/release/bin/sibyl} python=${PYTHON:-python3}
parts=2 repeats=10 out=$root/runs/answers
while getopts n:r:o: option; do
    case $option in
    n) parts=$OPTARG ;;
    r) repeats=$OPTARG ;;
    o) out=$OPTARG ;;
    *) sed -n '3,4s/^# //p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- nasbench201_paper nasbench201_paper_random nasbench201 nasbench101 latency accel ablations student
tables=$root/../shared/data
[ -d "$tables" ] || { echo "answers.sh: no benchmark tables in $tables" >&2; exit 1; }
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi

mkdir -p "$root/runs" "$out"
[ -f "$root/runs/nasbench201.sibyl" ] || "$sibyl" import nasbench201-csv "$tables/nasbench201.csv" --quiet \
    --out "$root/runs/nasbench201.sibyl" --label cifar10_test=cifar10_test:0.01 --label cifar10_val=cifar10_val:0.01 \
    --label cifar10_val_12ep=cifar10_val_12ep:0.01 --label flops=flops_M --label params=params_M
[ -f "$root/runs/nasbench101.sibyl" ] || "$sibyl" import graph-jsonl "$tables/nasbench101.jsonl" --quiet \
    --out "$root/runs/nasbench101.sibyl" --label test_acc=test_acc --label params=params --label flops=flops
if [ ! -f "$root/runs/latency.sibyl" ]; then
    zcat "$tables/nasbench201_latency.csv.gz" > "$root/runs/latency.csv"
    "$sibyl" import nasbench201-csv "$root/runs/latency.csv" --out "$root/runs/latency.sibyl" --quiet
fi
[ -f "$root/runs/accel.sibyl" ] || "$sibyl" import csv "$tables/accel_nasbench.csv" --quiet --out "$root/runs/accel.sibyl" \
    --space "$root/jobs/examples/spaces/accel.yaml" --architecture "$(echo block{0..6}_{e,k,l,se} | tr ' ' ,)" \
    --label val_top1=val_top1:0.01 --label latency_zcu102=latency_zcu102 --label latency_vck190=latency_vck190
train() {
    "$sibyl" train "$root/jobs/examples/$1.yaml" --threads 1 --set "repeat=$repeats" --out "$out/$1" --quiet "${@:2}"
}
for job in "$@"; do
    running=()
    for ((part = 1; part <= parts; part++)); do
        train "$job" --only "$part/$parts" &
        running+=($!)
    done
    for process in "${running[@]}"; do wait "$process"; done
    train "$job" # the tables, now that all is there
    cat "$out/$job/summary.md"
    case $job in
    latency) "$python" "$root/tests/bench/latency_baselines.py" \
        "$tables/nasbench201_latency.csv.gz" "$tables/nasbench201.csv" > "$out/latency_baselines.md" ;;
    accel) "$python" "$root/tests/bench/accel_baselines.py" "$tables/accel_nasbench.csv" > "$out/accel_baselines.md" ;;
    esac
done
