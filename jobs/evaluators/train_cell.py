#!/usr/bin/python3
"""An evaluating program for `evaluator: {kind: command}`: trains one cell on scikit-learn's handwritten digits.

Reads one JSON object on stdin, of which it uses "architecture" (a NAS-Bench-201-like cell string, any number of nodes:
|op~0|+|op~0|op~1|+...) and, if there, "seed" (of the first training). Trains the same network from
several seeds on a small training set and prints one JSON line on stdout:

    {"value": mean accuracy, "accuracy": the same, "deviation": over the seeds, "seconds": ..., "parameters": ...}

Any mistake is one line on stderr and exit status 1. One thread, deterministic: same input, same answer on one machine.
Needs PyTorch and scikit-learn; Debian's python3-torch and python3-sklearn will do. Use it as a pattern for your own.
"""
import argparse
import json
import math
import re
import sys
import time

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
NODES_MAX = 16


class Mistake(Exception):
    """What the caller did wrong, in one line."""


def parse_cell(text):
    """'|a~0|+|b~0|c~1|' -> [[(0, a)], [(0, b), (1, c)]]: entry k lists the inputs of node k + 1."""
    if not isinstance(text, str):
        raise Mistake("the input has no text 'architecture'")
    groups = text.strip().split("+")
    if len(groups) >= NODES_MAX:
        raise Mistake(f"architecture: {len(groups) + 1} nodes, at most {NODES_MAX} are taken")
    cell = []
    for node, group in enumerate(groups, start=1):
        if len(group) < 2 or group[0] != "|" or group[-1] != "|":
            raise Mistake(f"architecture: node {node} is '{group}', want |operation~input|...|")
        inputs = []
        for part in group[1:-1].split("|"):
            match = re.fullmatch(r"([a-z0-9_]+)~(\d+)", part)
            if not match:
                raise Mistake(f"architecture: '{part}' at node {node}, want operation~input")
            operation, source = match.group(1), int(match.group(2))
            if operation not in OPERATIONS:
                raise Mistake(f"architecture: unknown operation '{operation}'; known: {', '.join(OPERATIONS)}")
            if source >= node:
                raise Mistake(f"architecture: node {node} takes input {source}, which does not come before it")
            inputs.append((source, operation))
        cell.append(inputs)
    return cell


def read_request(stream):
    try:
        request = json.loads(stream.read())
    except ValueError as error:
        raise Mistake(f"stdin is no JSON object: {error}") from None
    if not isinstance(request, dict):
        raise Mistake("stdin is JSON but no object")
    seed = request.get("seed", 0)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise Mistake("seed: want a whole number from 0")
    return parse_cell(request.get("architecture")), seed % 2**31


def make_network(torch, cell, width, classes):
    nn = torch.nn

    def convolution(kernel):
        return nn.Sequential(nn.ReLU(), nn.Conv2d(width, width, kernel, padding=kernel // 2, bias=False),
                             nn.BatchNorm2d(width))

    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.edges = nn.ModuleDict()
            for node, inputs in enumerate(cell, start=1):
                for place, (_, operation) in enumerate(inputs):
                    if operation.startswith("nor_conv"):
                        self.edges[f"{node}_{place}"] = convolution(1 if operation == "nor_conv_1x1" else 3)
            self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)

        def forward(self, x):
            values = [x]
            for node, inputs in enumerate(cell, start=1):
                total = torch.zeros_like(x)
                for place, (source, operation) in enumerate(inputs):
                    if operation == "skip_connect":
                        total = total + values[source]
                    elif operation == "avg_pool_3x3":
                        total = total + self.pool(values[source])
                    elif operation != "none":
                        total = total + self.edges[f"{node}_{place}"](values[source])
                values.append(total)
            return values[-1]

    class Network(nn.Module):
        """Stem; cell; halve 8x8 to 4x4; cell; batch norm, ReLU, global mean, linear."""

        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(1, width, 3, padding=1, bias=False), nn.BatchNorm2d(width))
            self.first, self.second = Cell(), Cell()
            self.halve = nn.AvgPool2d(2)
            self.last = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())
            self.head = nn.Linear(width, classes)

        def forward(self, x):
            x = self.second(self.halve(self.first(self.stem(x))))
            return self.head(self.last(x).mean(dim=(2, 3)))

    return Network()


def load_split(torch, train_rows, seed):
    """Stratified and fixed: every cell sees the same rows. Returns (train x, train y, test x, test y)."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    parts = train_test_split(images, labels, train_size=train_rows, stratify=labels, random_state=seed)
    train_x, test_x = (torch.tensor(p, dtype=torch.float32).reshape(-1, 1, 8, 8) / 8.0 - 1.0 for p in parts[:2])
    train_y, test_y = (torch.tensor(p, dtype=torch.int64) for p in parts[2:])
    return train_x, train_y, test_x, test_y


def train(torch, cell, split, seed, options):
    """One training from one seed: (accuracy on the test rows, number of parameters)."""
    train_x, train_y, test_x, test_y = split
    torch.manual_seed(seed)
    network = make_network(torch, cell, options.width, int(train_y.max()) + 1)
    steps = options.epochs * math.ceil(len(train_x) / options.batch)
    optimizer = torch.optim.SGD(network.parameters(), lr=options.rate, momentum=0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    network.train()
    for _ in range(options.epochs):
        order = torch.randperm(len(train_x))
        for rows in order.split(options.batch):
            loss = torch.nn.functional.cross_entropy(network(train_x[rows]), train_y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    network.eval()
    with torch.no_grad():
        right = sum(int((network(x).argmax(1) == y).sum()) for x, y in zip(test_x.split(512), test_y.split(512)))
    return right / len(test_x), sum(p.numel() for p in network.parameters())


def parse_options():
    parser = argparse.ArgumentParser(description="Train one cell on handwritten digits; architecture JSON on stdin.")
    parser.add_argument("--seeds", type=int, default=3, help="trainings to average over (3)")
    parser.add_argument("--epochs", type=int, default=8, help="epochs of one training (8)")
    parser.add_argument("--width", type=int, default=8, help="channels (8)")
    parser.add_argument("--train", type=int, default=400, help="training rows of 1797; the rest is the test (400)")
    parser.add_argument("--batch", type=int, default=50, help="rows of one step (50)")
    parser.add_argument("--rate", type=float, default=0.05, help="peak learning rate (0.05)")
    options = parser.parse_args()
    for name, low, high in (("seeds", 1, 1000), ("epochs", 1, 10000), ("width", 1, 512), ("train", 20, 1777),
                            ("batch", 2, 1777)):
        if not low <= getattr(options, name) <= high:
            raise Mistake(f"--{name} {getattr(options, name)}: want {low}..{high}")
    if not 0 < options.rate <= 10:
        raise Mistake(f"--rate {options.rate}: want a number above 0, at most 10")
    return options


def main():
    started = time.monotonic()
    options = parse_options()
    cell, seed = read_request(sys.stdin)
    try:
        import torch
    except ImportError as error:
        raise Mistake(f"{error}; install PyTorch (Debian: python3-torch) or start another python") from None
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        split = load_split(torch, options.train, 0)
    except ImportError as error:
        raise Mistake(f"{error}; install scikit-learn (Debian: python3-sklearn)") from None
    runs = [train(torch, cell, split, seed + i, options) for i in range(options.seeds)]
    accuracies = [accuracy for accuracy, _ in runs]
    mean = sum(accuracies) / len(accuracies)
    deviation = math.sqrt(sum((a - mean) ** 2 for a in accuracies) / max(1, len(accuracies) - 1))
    print(json.dumps({"value": mean, "accuracy": mean, "deviation": deviation,
                      "seconds": round(time.monotonic() - started, 3), "parameters": runs[0][1]}))


if __name__ == "__main__":
    try:
        main()
    except Mistake as mistake:
        print(f"train_cell.py: {mistake}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:  # one line for the search's journal, not a page
        print(f"train_cell.py: {type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(1)
