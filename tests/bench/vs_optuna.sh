#!/bin/bash
# Optuna (Debian's python3-optuna) beside our algorithms, on the same table with the same counting: distinct networks that are
# evaluated until the best of NAS-Bench-201's 5,425 (or of another column) is found; none within 600 counts as 600.
# usage: vs_optuna.sh [SEEDS] [COLUMN[:SCALE]] [ALGORITHMS]   (default: 10 cifar10_test:0.01 'predictor aging local banana
#   random'; SIBYL: the program; OPTUNA_PYTHON: the Python that has Optuna, default /usr/bin/python3). Takes minutes, and TPE
#   over half an hour: it is last.
# Optuna asks and tells: six categorical choices, the operations on the edges. A network that it asks for again, also in the form
# of an isomorphic cell, is told its value and does not count.
set -u
seeds=${1:-10} column=${2:-cifar10_test:0.01} algorithms=${3:-predictor aging local banana random} budget=600
python=${OPTUNA_PYTHON:-/usr/bin/python3}
. "$(dirname "$0")/../prelude.sh"
need_nasbench201
"$python" -c 'import optuna, numpy' 2> /dev/null || { echo "skip: $python has no Optuna (apt install python3-optuna)"; exit 77; }

"$sibyl" import nasbench201-csv "$table" --out table.sibyl --label "value=$column" --quiet || exit 1
cat > ours.yaml <<YAML
space: nasbench201
evaluator: {kind: table, file: table.sibyl, value: value}
search: {evaluations: $budget, target: best}
repeat: $seeds
settings:
$(for a in $algorithms; do echo "  $a: {search.algorithm: $a}"; done)
YAML
mpirun --oversubscribe --bind-to none -n 2 "$sibyl" search ours.yaml --out ours --threads 1 --quiet || exit 1

cat > peer.py <<'PYTHON'
import csv
import sys
import warnings

import numpy
import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
seeds, budget = int(sys.argv[1]), int(sys.argv[2])


def network_of(operations):
    """Isomorphic cells have the same: the operations on a way from input to output, without identities, by refinement."""
    reach = [{"input": 1}, {}, {}, {}]  # what is summed at each node: operations, and how often
    into = {"input": ()}
    for (i, j), name in zip([(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)], operations):
        if name == "none" or not reach[i]:
            continue
        if name != "skip_connect":
            into[(i, j, name)] = tuple(reach[i].items())
        for node, times in (reach[i] if name == "skip_connect" else {(i, j, name): 1}).items():
            reach[j][node] = reach[j].get(node, 0) + times
    into["output"] = tuple(reach[3].items())
    needed, todo = {"output"}, ["output"]
    while todo:
        for node, _ in into[todo.pop()]:
            if node not in needed:
                needed.add(node)
                todo.append(node)
    label = {n: n if isinstance(n, str) else n[2] for n in needed}
    for _ in range(6):
        label = {n: (label[n], tuple(sorted((repr(label[m]), k) for m, k in into[n])),
                     tuple(sorted((repr(label[m]), k) for m in needed for o, k in into[m] if o == n))) for n in needed}
        label = {n: hash(repr(v)) for n, v in label.items()}
    return tuple(sorted(label.values()))


network, rows = {}, {}
for row in csv.DictReader(open(sys.argv[3])):
    cell = row["arch"]
    network[cell] = network_of([e.split("~")[0] for part in cell.split("+") for e in part.strip("|").split("|")])
    rows.setdefault(network[cell], []).append(float(row[sys.argv[4]]))
value = {own: sum(v) / len(v) for own, v in rows.items()}
if len(value) != 5425:
    sys.exit(f"{len(value)} networks, and NAS-Bench-201 has 5425")
best = max(value.values())
samplers = {"Optuna, NSGA-II": lambda seed: optuna.samplers.NSGAIISampler(seed=seed),
            "Optuna, TPE": lambda seed: optuna.samplers.TPESampler(seed=seed)}


def search(sampler):
    study, seen = optuna.create_study(direction="maximize", sampler=sampler), set()
    for _ in range(6 * budget):  # a sampler may ask for known networks for ever
        trial = study.ask()
        cell = "|%s~0|+|%s~0|%s~1|+|%s~0|%s~1|%s~2|" % tuple(
            trial.suggest_categorical(f"edge {i}", OPERATIONS) for i in range(6))
        own = network[cell]
        seen.add(own)
        study.tell(trial, value[own])
        if value[own] >= best:
            return len(seen)
        if len(seen) >= budget:
            break
    return None


def line(name, found):
    needed = numpy.array([budget if n is None else n for n in found], dtype=float)
    half = 0.0
    if len(needed) > 1:
        from scipy.stats import t
        half = t.ppf(0.975, len(needed) - 1) * needed.std(ddof=1) / len(needed) ** 0.5
    print(f"| {name} | {needed.mean():.1f} | {needed.mean() - half:.0f} to {needed.mean() + half:.0f} | "
          f"{numpy.median(needed):.1f} | {numpy.quantile(needed, 0.95):.0f} | {needed.max():.0f} | "
          f"{sum(n is None for n in found)} |", flush=True)


print(f"Optuna {optuna.__version__}; {seeds} seeds, none within {budget} counts as {budget}\n\n"
      "| | mean | 95% of it | median | 95% of the searches | worst | missed |\n|---|---|---|---|---|---|---|")
rows = list(csv.DictReader(open("ours/experiment.csv")))
for name in dict.fromkeys(r["setting"] for r in rows):
    line(f"`{name}`", [int(r["evaluations_to_target"]) if r["evaluations_to_target"] else None
                       for r in rows if r["setting"] == name])
for name, make in samplers.items():
    line(name, [search(make(seed)) for seed in range(1, seeds + 1)])
PYTHON
PYTHONHASHSEED=0 "$python" peer.py "$seeds" "$budget" "$table" "${column%%:*}"
