#!/usr/bin/env python3
"""What simple predictors of latency reach on NAS-Bench-201 with 900 labels, for comparison with jobs/examples/latency.yaml.

usage: latency_baselines.py LATENCY.csv.gz NASBENCH201.csv [SEEDS]

MAPE on all other networks in which a path leads from input to output, mean over splits: a look-up (a constant, and for each
of the six edges a time for each operation) and FLOPs with parameters, both fitted by least squares of the relative error.
"""
import csv
import gzip
import sys

import numpy as np

OPERATIONS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
LABELS = 900


def operations_of(cell):
    return [edge.split("~")[0] for node in cell.split("+") for edge in node.strip("|").split("|")]


def connected(operations):
    reached = {0}
    for (source, target), operation in zip(EDGES, operations):
        if source in reached and operation != "none":
            reached.add(target)
    return 3 in reached


def mape(features, latency, train, test):
    weight = 1 / latency[train]
    fit = np.linalg.lstsq(features[train] * weight[:, None], np.ones(len(train)), rcond=None)[0]
    return np.mean(np.abs(features[test] @ fit - latency[test]) / latency[test])


def main():
    seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 10
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with open(sys.argv[2], encoding="utf-8") as file:
        cost = {row["arch"]: (float(row["flops_M"]), float(row["params_M"])) for row in csv.DictReader(file)}
    rows = [row for row in rows if connected(operations_of(row["arch"]))]
    lookup = np.array([[1.0] + [float(operation == name) for operation in operations_of(row["arch"])
                                for name in OPERATIONS] for row in rows])
    size = np.array([(1.0,) + cost[row["arch"]] for row in rows])
    print(f"{len(rows)} networks, {LABELS} labels, {seeds} splits\n\n| device | look-up | FLOPs and parameters |\n|---|---|---|")
    for device in [name for name in rows[0] if name not in ("index", "arch")]:
        latency = np.array([float(row[device]) for row in rows])
        results = []
        for seed in range(seeds):
            order = np.random.default_rng(seed).permutation(len(rows))
            train, test = order[:LABELS], order[LABELS:]
            results.append((mape(lookup, latency, train, test), mape(size, latency, train, test)))
        means = 100 * np.mean(results, axis=0)
        print(f"| {device} | {means[0]:.2f} % | {means[1]:.2f} % |")


if __name__ == "__main__":
    main()
