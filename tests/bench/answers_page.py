#!/usr/bin/env python3
"""One page of the tables that answers.sh leaves in its folder, as Markdown on standard output.

usage: answers_page.py DIR > jobs/examples/answers.md

Takes experiment.csv of each experiment in DIR, and latency_baselines.md, accel_baselines.md and student_speed.md where
they are.
"""
import collections
import csv
import pathlib
import statistics
import sys

# Kendall's tau in the tables of the NN-Former paper (CVPR 2025), by experiment, setting and column.
RANKINGS = [
    ("nasbench201_paper", "156 labels", "", "NAS-Bench-201, paper's protocol, rows in file order", "0.804"),
    ("nasbench201_paper", "1563 labels", "", "", "0.890"),
    ("nasbench201_paper_random", "156 labels", "", "the same, 10 random splits", ""),
    ("nasbench201_paper_random", "1563 labels", "", "", ""),
    ("nasbench201", "156 labels", "_others", "NAS-Bench-201, all rows not trained on", ""),
    ("nasbench201", "1563 labels", "_others", "", ""),
    ("nasbench201", "156 labels", "_new", "NAS-Bench-201, no copies of networks trained on", ""),
    ("nasbench201", "1563 labels", "_new", "", ""),
    ("nasbench101", "85 labels", "", "NAS-Bench-101, sample of 6,760 cells, all not trained on", "0.709"),
    ("nasbench101", "424 labels", "", "", "0.809"),
    ("nasbench101", "4236 labels", "", "", "0.877"),
]


def read(folder):
    """{experiment: {setting: [row, ...]}} in the files' order; only finished experiments."""
    found = {}
    for path in sorted(folder.glob("*/experiment.csv")):
        settings = found[path.parent.name] = collections.OrderedDict()
        with open(path, encoding="utf-8") as file:
            for row in csv.DictReader(file):
                settings.setdefault(row["setting"], []).append(row)
    return found


def numbers(rows, column):
    return [float(row[column]) for row in rows if row[column] != ""]


def spread(values, digits=4, factor=1):
    if not values:
        return ""
    text = f"{factor * statistics.mean(values):.{digits}f}"
    return text + (f" ± {factor * statistics.stdev(values):.{digits}f}" if len(values) > 1 else "")


def table(head, lines):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def print_rankings(found):
    print("\n## Ranking\n\nKendall's tau; mean ± sample deviation over splits or, in file order, over seeds. The labels are noisy "
          "themselves: on\nNAS-Bench-201 validation accuracy, which the paper's protocol trains on, ranks by test accuracy "
          "with a tau of 0.892.\nJobs: nasbench201_paper, nasbench201_paper_random, nasbench201, nasbench101.")
    lines = []
    for experiment, setting, rule, title, paper in RANKINGS:
        rows = found.get(experiment, {}).get(setting)
        if not rows:
            continue
        tau = numbers(rows, "test_kendall_tau" + rule)
        alone = numbers(rows, "test_networks_kendall_tau" + rule)
        lines.append((title, setting.split()[0], paper, f"**{spread(tau)}**", f"{min(tau):.4f} to {max(tau):.4f}", spread(alone),
                      str(len(tau))))
    table(("benchmark", "labels", "NN-Former's paper", "Sibyl", "range", "without Gaussian process", "n"), lines)


def print_uncertainty(found):
    print("\n## Uncertainty\n\nHow many test labels lie in the intervals that head linear+gp gives, in per cent, and the negative "
          "log likelihood of a label.")
    lines = []
    for experiment in ("nasbench201", "nasbench101"):
        for setting, rows in found.get(experiment, {}).items():
            held = [spread(numbers(rows, f"test_coverage_{level}"), 1, 100) for level in (50, 80, 90, 95)]
            lines.append((experiment, setting, *held, spread(numbers(rows, "test_nll"), 3)))
    table(("experiment", "setting", "50%", "80%", "90%", "95%", "NLL"), lines)


def print_latency(found):
    if "latency" not in found:
        return
    print("\n## Latency\n\nNAS-Bench-201 on eight devices, 900 labels, networks with a path from input to output: mean relative error "
          "(MAPE), and\nthe share of predictions within 5 and 10 per cent. Job: latency.")
    lines = []
    for setting, rows in found.get("latency", {}).items():
        lines.append((setting.split("=")[1], spread(numbers(rows, "test_mape"), 2, 100) + " %",
                      spread(numbers(rows, "test_within_5_percent"), 1, 100), spread(numbers(rows, "test_within_10_percent"), 1, 100),
                      spread(numbers(rows, "test_kendall_tau"))))
    table(("device", "MAPE", "within 5 %", "within 10 %", "tau"), lines)


def print_accel(found):
    if "accel" not in found:
        return
    print("\n## Networks with numbers on their nodes\n\nAccel-NASBench, 513 labels, tested on all others: ImageNet accuracy, and "
          "latency on two FPGAs. Job: accel.")
    lines = []
    for setting, rows in found["accel"].items():
        lines.append((setting, f"**{spread(numbers(rows, 'test_kendall_tau'))}**",
                      spread(numbers(rows, "test_mape"), 2, 100) + " %", str(len(rows))))
    table(("label", "tau", "MAPE", "n"), lines)


def print_file(folder, name, title):
    if (folder / name).exists():
        print(f"\n{title}\n\n" + (folder / name).read_text(encoding="utf-8").strip())


def print_summary(folder, experiment, title):
    path = folder / experiment / "summary.md"
    if path.exists():
        print(f"\n## {title}\n\n" + path.read_text(encoding="utf-8").split("\n", 2)[2].strip())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    folder = pathlib.Path(sys.argv[1])
    found = read(folder)
    print("# How well predictors answer\n\nMade by `tests/bench/answers.sh` (its experiments take hours) and `tests/bench/answers_page.py`; "
          "the jobs are in this\nfolder. Recipes were chosen on other splits than these.")
    print_rankings(found)
    print_uncertainty(found)
    print_latency(found)
    print_file(folder, "latency_baselines.md", "What look-up tables and sizes give (`tests/bench/latency_baselines.py`):")
    print_accel(found)
    print_file(folder, "accel_baselines.md", "What ridge regression and boosted trees give (`tests/bench/accel_baselines.py`):")
    print_summary(folder, "ablations", "What each part brings")
    print_summary(folder, "student", "Small predictors")
    print_file(folder, "student_speed.md", "Their speed on one core, every string of NAS-Bench-201 (`tests/bench/student_speed.sh`):")


if __name__ == "__main__":
    main()
