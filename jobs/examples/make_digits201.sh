#!/bin/bash
# Makes digits201.csv: trains every distinct network of the space `digits201` (483 of its 729 cells) with
# jobs/evaluators/train_cell.py, three seeds each, as a search of Sibyl's own over all cores. Goes on where it was
# stopped. usage: jobs/examples/make_digits201.sh [RANKS]
set -euo pipefail
cd "$(dirname "$0")/../.."

ranks=${1:-$(nproc)}
run=runs/digits201
if [ "$(id -u)" = 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
jobs/install_packages.sh --with-python
mpirun --oversubscribe --bind-to none -n "$ranks" build/release/bin/sibyl search jobs/examples/exhaustive.yaml --out "$run"
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; print "arch,accuracy"; next }
         $column["status"] == "ok" { printf "%s,%.6f\n", $column["architecture"], $column["value"] }' \
    "$run/history.csv" > jobs/examples/digits201.csv.tmp
mv jobs/examples/digits201.csv.tmp jobs/examples/digits201.csv
wc -l jobs/examples/digits201.csv
