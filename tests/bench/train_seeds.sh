#!/bin/bash
# How well a predictor trained on 156 networks of NAS-Bench-201 orders the other 15,469, for several splits.
# usage: train_seeds.sh [SEEDS] [RANKS] [FLAGS...]   (default: 3 2; FLAGS such as --set training.epochs=50 go to sibyl)
# Not part of the tests: takes minutes. SIBYL: the program.
set -u
seeds=${1:-3} ranks=${2:-2}
shift $(($# < 2 ? $# : 2))
. "$(dirname "$0")/../prelude.sh"
need_nasbench201

"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label cifar10_test=cifar10_test:0.01 --quiet || exit 1
cat > train.yaml <<'YAML'
data: {file: table.sibyl, label: cifar10_test}
effort: quick
split: {train: 156}
YAML
for seed in $(seq "$seeds"); do
    mpirun --oversubscribe --bind-to none -n "$ranks" "$sibyl" train train.yaml --set split.seed=$seed "$@" \
        --out split$seed --quiet || { echo "split $seed: failed"; exit 1; }
done
python3 - "$seeds" <<'PYTHON'
import json
import sys

taus = []
for seed in range(1, int(sys.argv[1]) + 1):
    with open(f"split{seed}/result.json", encoding="utf-8") as file:
        result = json.load(file)
    taus.append(result["test_kendall_tau"])
    print(f"split {seed}: test_kendall_tau {taus[-1]:.4f}, {result['train_s']:.1f} s of training, "
          f"{result['wall_s']:.1f} s in all")
print(f"mean {sum(taus) / len(taus):.4f} over {len(taus)} splits, from {min(taus):.4f} to {max(taus):.4f}")
PYTHON
