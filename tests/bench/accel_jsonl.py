#!/usr/bin/python3
"""accel_nasbench.csv of Accel-NASBench as graphs with numeric node attributes, for `sibyl import graph-jsonl`.

    /usr/bin/python3 tests/bench/accel_jsonl.py accel_nasbench.csv > accel.jsonl
    sibyl import graph-jsonl accel.jsonl --out accel.sibyl

A network of seven blocks becomes a chain: input, one node for each block (--nodes block, the default) or for each layer of
a block (--nodes layer), output. The attributes of a node are expansion, kernel, layers, squeeze-excite (0 or 1) and the
number of the block, 1 to 7; those of input and output are 0. With --nodes layer the number of the layer in its block
stands behind them. Labels: val_top1 as a fraction, latency_zcu102 and latency_vck190 in ms, and any --label COLUMN;
what the table leaves empty is null.
"""
import argparse
import csv
import json
import sys

BLOCKS = 7
LABELS = ("val_top1", "latency_zcu102", "latency_vck190")


def block_rows(row, block):
    """One (expansion, kernel, layers, squeeze-excite, block) of a block."""
    expansion, kernel, layers = (float(row[f"block{block}_{name}"]) for name in "ekl")
    return [expansion, kernel, layers, float(row[f"block{block}_se"] == "True"), block + 1]


def graph(row, by_layer):
    ops, attributes = [], []
    for block in range(BLOCKS):
        numbers = block_rows(row, block)
        for layer in range(int(numbers[2]) if by_layer else 1):
            ops.append("mbconv")
            attributes.append(numbers + ([layer + 1] if by_layer else []))
    zeros = [0] * len(attributes[0])
    edges = [[i, i + 1] for i in range(len(ops) + 1)]
    return {"ops": ["input"] + ops + ["output"], "edges": edges, "attributes": [zeros] + attributes + [zeros]}


def main():
    parser = argparse.ArgumentParser(description="Accel-NASBench to graph-jsonl on the standard output.")
    parser.add_argument("csv")
    parser.add_argument("--nodes", choices=("block", "layer"), default="block")
    parser.add_argument("--label", action="append", default=[], help="one more column to be a label")
    options = parser.parse_args()
    with open(options.csv, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            line = graph(row, options.nodes == "layer")
            for name in (*LABELS, *options.label):
                scale = 0.01 if name in ("val_top1", "val_top5") else 1
                line[name] = float(row[name]) * scale if row[name] else None
            print(json.dumps(line, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
