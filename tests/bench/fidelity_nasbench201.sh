#!/bin/bash
# Epochs that a search spends until it has found the best network of NAS-Bench-201 (CIFAR-10, 200 epochs): each network trained
# whole, against 12 epochs first (validation accuracy) and the best of them whole. Both with the same algorithm and seeds.
# usage: fidelity_nasbench201.sh [SEEDS] [FIRST_SEED] [SEARCH_KEYS]   (default: 50 1001 '')   SEARCH_KEYS: such as
# 'algorithm: aging, '. SIBYL: the program; OUT: a folder that is kept, and gone on with. Not part of the tests: takes minutes.
set -u
seeds=${1:-50} first=${2:-1001} keys=${3:-}
. "$(dirname "$0")/../prelude.sh"
need_nasbench201
"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label cifar10_test=cifar10_test \
    --label cifar10_val_12=cifar10_val_12ep --quiet || exit 1
cat > search.yaml <<YAML
space: nasbench201
evaluator: {kind: table, file: table.sibyl, value: cifar10_test}
search: {${keys}evaluations: 2000, target: best, fidelity: {max: 200}}
seed: $first
repeat: $seeds
settings:
  whole: {}
  budgets: {search.fidelity.columns: [{budget: 12, value: cifar10_val_12}]}
YAML
"$sibyl" search search.yaml --out "${OUT:-runs}" --quiet || exit 1
python3 - "${OUT:-runs}" <<'PYTHON'
import csv
import statistics
import sys

runs = {}
for row in csv.DictReader(open(sys.argv[1] + "/experiment.csv", encoding="utf-8")):
    runs.setdefault(row["setting"], []).append(row)
print("| epochs to the best | seeds | mean | median | 95% | worst | missed | evaluations | whole ones |")
print("|---|---|---|---|---|---|---|---|---|")
means = {}
for setting, rows in runs.items():
    epochs = sorted(float(r["epochs_to_target"] or r["epochs_spent"]) for r in rows)
    means[setting] = statistics.mean(epochs)
    count = statistics.mean(float(r["evaluations_to_target"] or r["evaluations"]) for r in rows)
    whole = statistics.mean(float(r["whole_evaluations"]) for r in rows) if rows[0].get("whole_evaluations") else count
    print(f"| `{setting}` | {len(rows)} | {means[setting]:.0f} | {statistics.median(epochs):.0f} "
          f"| {epochs[max(0, -(-len(epochs) * 95 // 100) - 1)]:.0f} | {epochs[-1]:.0f} "
          f"| {sum(not r['epochs_to_target'] for r in rows)} | {count:.1f} | {whole:.1f} |")
print(f"share: {means['budgets'] / means['whole']:.3f}")
PYTHON
