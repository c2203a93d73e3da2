#!/usr/bin/python3
"""What ridge regression and gradient-boosted trees make of accel_nasbench.csv: the measure for `sibyl train`.

    /usr/bin/python3 tests/bench/accel_baselines.py accel_nasbench.csv [--train 0.1] [--splits 10] [--label NAME]

The code of a network is its 28 choices (expansion, kernel, layers, squeeze-excite of seven blocks), as one-hot vectors and
as plain numbers side by side. Each split trains on a random part of the rows and tests on the rest. Prints a table of
Kendall's tau and the mean absolute percentage error, mean and deviation over the splits. Ridge chooses its penalty
by leave-one-out on the training rows; trees keep scikit-learn's settings but for the rate and the leaves, which are
chosen by cross-validation on the training rows of each split. Latencies are fitted as logarithms too, which suits
relative errors.
"""
import argparse
import csv
import sys

import numpy as np
from scipy.stats import kendalltau
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

BLOCKS = 7
LABELS = ("val_top1", "latency_zcu102", "latency_vck190")


def read(path):
    """(rows, features) of one-hot and numeric code, and the labels by name."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    numbers = np.array([[float(row[f"block{b}_{n}"]) if n != "se" else float(row[f"block{b}_se"] == "True")
                         for b in range(BLOCKS) for n in ("e", "k", "l", "se")] for row in rows])
    hot = [numbers[:, [c]] == np.unique(numbers[:, c]) for c in range(numbers.shape[1])]
    labels = {name: np.array([float(row[name] or "nan") for row in rows]) for name in LABELS}
    labels["val_top1"] /= 100
    return np.hstack([numbers, *hot]).astype(float), labels


def models():
    penalties = np.logspace(-3, 4, 15)
    boosted = GridSearchCV(HistGradientBoostingRegressor(min_samples_leaf=8, random_state=0),
                           {"learning_rate": [0.05, 0.1], "max_iter": [400], "max_leaf_nodes": [4, 8]}, cv=3)
    return {"ridge": make_pipeline(StandardScaler(), RidgeCV(penalties)),
            "ridge, pairs": make_pipeline(PolynomialFeatures(2, interaction_only=True), StandardScaler(),
                                          RidgeCV(penalties * 10)),
            "boosted trees": boosted,
            "boosted trees 2": GradientBoostingRegressor(n_estimators=500, max_depth=3, learning_rate=0.05,
                                                         subsample=0.7, random_state=0)}


def measure(model, x, y, train, test, logarithm):
    if logarithm:
        model = TransformedTargetRegressor(model, func=np.log, inverse_func=np.exp)
    predicted = model.fit(x[train], y[train]).predict(x[test])
    return kendalltau(predicted, y[test]).statistic, np.mean(np.abs(predicted - y[test]) / y[test])


def main():
    parser = argparse.ArgumentParser(description="Ridge and boosted trees on Accel-NASBench.")
    parser.add_argument("csv")
    parser.add_argument("--train", type=float, default=0.1, help="part of the rows to train on")
    parser.add_argument("--label", action="append", choices=LABELS, help="this one only; may be repeated")
    parser.add_argument("--splits", type=int, default=10)
    options = parser.parse_args()
    x, labels = read(options.csv)
    print(f"{100 * options.train:g} % of the labels, {options.splits} splits\n\n| label | model | tau | MAPE |\n|---|---|---|---|")
    for label in options.label or LABELS:
        y = labels[label]
        known = np.flatnonzero(np.isfinite(y))
        count = int(options.train * len(known) + 0.5)
        for name, model in models().items():
            for logarithm in (False, True) if label.startswith("latency") else (False,):
                results = []
                for seed in range(options.splits):
                    order = np.random.default_rng(seed).permutation(known)
                    results.append(measure(model, x, y, order[:count], order[count:], logarithm))
                (tau, mape), (tau_sd, mape_sd) = np.mean(results, 0), np.std(results, 0)
                print(f"| {label} | {name + (' of the logarithm' if logarithm else '')} | {tau:.4f} ± {tau_sd:.4f} | "
                      f"{100 * mape:.2f} ± {100 * mape_sd:.2f} % |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
