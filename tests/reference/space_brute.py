#!/usr/bin/env python3
"""Points and networks of small random space files by brute force, against `sibyl inspect`.

    space_brute.py SIBYL [FIRST_SEED [COUNT]]

Everything here is written from the description of space files alone: points by enumeration, graphs part by part, the
canonical form by its rules (what no path from input to output uses is dropped, zero cuts, identity joins its edges and
multiplies them), and two networks are the same where a search over all assignments of nodes finds an isomorphism.
"""
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

INPUT, OUTPUT = "<input>", "<output>"


# ---- points ----

def block_points(keys):
    """All settings of a block: dicts of key -> value, without the keys that do not count."""
    found = []
    names = list(keys)

    def values(key):
        spec = keys[key]
        spec = spec["values"] if isinstance(spec, dict) else spec
        return spec if isinstance(spec, list) else [spec]

    def counts(key, setting):
        spec = keys[key]
        if not isinstance(spec, dict) or "when" not in spec:
            return True
        for other, want in spec["when"].items():
            want = want if isinstance(want, list) else [want]
            if not counts(other, setting) or setting[other] not in want:
                return False
        return True

    seen = set()
    for combination in itertools.product(*(values(k) for k in names)):
        setting = dict(zip(names, combination))
        real = {k: v for k, v in setting.items() if counts(k, setting)}
        mark = tuple(sorted((k, str(v)) for k, v in real.items()))
        if mark not in seen:
            seen.add(mark)
            found.append(real)
    return found


def live(nodes, edges):
    """Whether every node is on a path from 0 to the last."""
    forward, back = {0}, {nodes - 1}
    for i, j in sorted(edges):
        if i in forward:
            forward.add(j)
    for i, j in sorted(edges, reverse=True):
        if j in back:
            back.add(i)
    return len(forward & back) == nodes


def unlabelled(nodes, edges_max):
    """One set of edges for each class of cells of that many nodes."""
    pairs = [(i, j) for i in range(nodes) for j in range(i + 1, nodes)]
    seen, found = set(), []
    for bits in itertools.product((0, 1), repeat=len(pairs)):
        edges = [p for p, b in zip(pairs, bits) if b]
        if len(edges) > edges_max or not live(nodes, edges):
            continue
        best = min(tuple(sorted((order[i], order[j]) for i, j in edges))
                   for inner in itertools.permutations(range(1, nodes - 1))
                   for order in [(0,) + inner + (nodes - 1,)])
        if best not in seen:
            seen.add(best)
            found.append(edges)
    return found


def part_points(part):
    if "choices" in part:
        return block_points(part["choices"])
    if "chain" in part:
        blocks = block_points(part["block"])
        if isinstance(part["chain"], int):
            return list(itertools.product(blocks, repeat=part["chain"]))
        stage = [s for d in part["chain"]["depth"] for s in itertools.product(blocks, repeat=d)]
        return list(itertools.product(stage, repeat=part["chain"]["stages"]))
    operations = part["operations"]
    if part["cell"] == "edges":
        n = part["nodes"]
        return list(itertools.product(operations, repeat=n * (n - 1) // 2))
    if part["cell"] == "nodes":
        return [(n, edges, ops) for n in range(2, part["nodes"]["max"] + 1)
                for edges in unlabelled(n, part["edges"]["max"])
                for ops in itertools.product(operations, repeat=n - 2)]
    nodes = []
    for i in range(part["nodes"]):
        nodes.append([list(zip(s, o)) for s in itertools.combinations(range(part["from"] + i), part["inputs"])
                      for o in itertools.product(operations, repeat=part["inputs"])])
    return list(itertools.product(*nodes))


# ---- graphs: labels of nodes, and a dict (from, to) -> multiplicity ----

class Network:
    def __init__(self):
        self.labels, self.edges = [], {}

    def node(self, label, sources):
        self.labels.append(label)
        for s in sources:
            self.edges[s, len(self.labels) - 1] = self.edges.get((s, len(self.labels) - 1), 0) + 1
        return len(self.labels) - 1


def frozen(attributes):
    return tuple(sorted(attributes.items()))


def block_label(setting, fixed, of_input=False):
    numbers = dict(fixed)
    words = []
    for k, v in setting.items():
        if k == "operation" and not of_input:
            continue
        if isinstance(v, str):
            words.append((k, v))
        else:
            numbers[k] = v
    return (setting.get("operation", "block"), tuple(sorted(words)), frozen(numbers))


def build(space, point):
    g = Network()
    cells = [p for p in space["parts"] if p.get("cell") == "inputs"]
    numbers, words = {}, []
    for part, own in zip(space["parts"], point):
        if "choices" in part:
            label = block_label(own, part.get("fixed", {}), True)
            words.extend(label[1])
            numbers.update(dict(label[2]))
    count = cells[0]["from"] if cells else 1
    ends = [g.node(((INPUT, k if count > 1 else 0), tuple(sorted(words)), frozen(numbers)), []) for k in range(count)]
    joined = []
    for part, own in zip(space["parts"], point):
        fixed = part.get("fixed", {})
        at = lambda i: {k: v[i] if isinstance(v, list) else v for k, v in fixed.items()}
        if "chain" in part:
            stages = own if not isinstance(part["chain"], int) else [own]
            for s, blocks in enumerate(stages):
                for b, setting in enumerate(blocks):
                    ends = [g.node(block_label(setting, at(b if isinstance(part["chain"], int) else s)), ends)]
        elif part.get("cell") == "edges":
            n = part["nodes"]
            into = {0: ends}
            ops = iter(own)
            for j in range(1, n):
                into[j] = [g.node((next(ops), (), frozen(fixed)), into[i]) for i in range(j)]
            ends = into[n - 1]
        elif part.get("cell") == "nodes":
            n, edges, ops = own
            out = {0: ends}
            for k in range(1, n - 1):
                sources = [s for i, j in edges if j == k for s in out[i]]
                out[k] = [g.node((ops[k - 1], (), frozen(fixed)), sources)]
            ends = [s for i, j in edges if j == n - 1 for s in out[i]]
        elif part.get("cell") == "inputs":
            name = part["name"] if len(cells) > 1 else ""
            sums = []
            for node in own:
                made = []
                for source, op in node:
                    if source >= part["from"]:
                        before = [sums[source - part["from"]]]
                    else:
                        before = [source] if part["from"] > 1 else ends
                    made.append(g.node(((name, op), (), frozen(fixed)), before))
                sums.append(g.node(((name, "<sum>"), (), frozen(fixed)), made))
            joined += sums
            if len(cells) == 1:
                ends = sums
    g.node((OUTPUT, (), ()), joined if len(cells) > 1 else ends)
    return g


def operation(label):
    return label[0][1] if isinstance(label[0], tuple) else label[0]


def is_input(label):
    return isinstance(label[0], tuple) and label[0][0] == INPUT


def canonical(g, zero, identity):
    n = len(g.labels)
    edges = dict(g.edges)
    for k in range(n):
        if not is_input(g.labels[k]) and zero is not None and operation(g.labels[k]) == zero:
            edges = {e: m for e, m in edges.items() if k not in e}
    ahead = {k for k in range(n) if is_input(g.labels[k])}
    behind = {n - 1}
    for _ in range(n):
        ahead |= {j for i, j in edges if i in ahead}
        behind |= {i for i, j in edges if j in behind}
    kept = {k for k in range(n) if (k in ahead and k in behind) or is_input(g.labels[k]) or k == n - 1}
    edges = {e: m for e, m in edges.items() if e[0] in kept and e[1] in kept}
    for k in sorted(kept):
        if is_input(g.labels[k]) or identity is None or operation(g.labels[k]) != identity:
            continue
        before = [(i, m) for (i, j), m in edges.items() if j == k]
        after = [(j, m) for (i, j), m in edges.items() if i == k]
        edges = {e: m for e, m in edges.items() if k not in e}
        for i, a in before:
            for j, b in after:
                edges[i, j] = edges.get((i, j), 0) + a * b
        kept.discard(k)
    order = sorted(kept)
    place = {k: i for i, k in enumerate(order)}
    return [g.labels[k] for k in order], {(place[i], place[j]): m for (i, j), m in edges.items()}


def colours(labels, edges):
    colour = [repr(x) for x in labels]
    for _ in range(len(labels)):
        colour = [str(hash((colour[k], tuple(sorted((colour[i], m) for (i, j), m in edges.items() if j == k)),
                            tuple(sorted((colour[j], m) for (i, j), m in edges.items() if i == k)))))
                  for k in range(len(labels))]
    return colour


def isomorphic(a, b):
    (la, ea, ca), (lb, eb, cb) = a, b
    n = len(la)
    if n != len(lb) or len(ea) != len(eb):
        return False
    to = {}

    def extend(k):
        if k == n:
            return True
        for t in range(n):
            if t in to.values() or la[k] != lb[t] or ca[k] != cb[t]:
                continue
            if all(ea.get((o, k), 0) == eb.get((to[o], t), 0) and ea.get((k, o), 0) == eb.get((t, to[o]), 0)
                   for o in to):
                to[k] = t
                if extend(k + 1):
                    return True
                del to[k]
        return False

    return extend(0)


def count(space):
    points, buckets, networks = 0, {}, 0
    known = set()
    for point in itertools.product(*(part_points(p) for p in space["parts"])):
        points += 1
        labels, edges = canonical(build(space, point), space.get("zero"), space.get("identity"))
        same = (tuple(map(repr, labels)), tuple(sorted(edges.items())))
        if same in known:
            continue
        known.add(same)
        colour = colours(labels, edges)
        bucket = buckets.setdefault(tuple(sorted(colour)), [])
        one = (labels, edges, colour)
        if not any(isomorphic(one, other) for other in bucket):
            bucket.append(one)
            networks += 1
    return points, networks


# ---- random space files ----

def random_block(r, words):
    block = {}
    if words:
        block["operation"] = r.sample(words, min(len(words), r.randint(2, 3)))
    block["kernel"] = sorted(r.sample([0, 3, 5, 7], r.randint(1, 2)))
    if "operation" in block and r.random() < 0.6:
        block["heads"] = {"values": [2, 4], "when": {"operation": r.choice(block["operation"])}}
        if r.random() < 0.5:
            block["act"] = {"values": ["relu", "swish"], "when": {"heads": 4}}
    return block


def random_conditions(r):
    """Keys that hang on words, on numbers, on several others and on one that may not count."""
    block = {"operation": r.sample(["conv", "pool", "skip", "none"], 3), "size": r.choice([["1", "2"], [2, 1], [1]])}
    block["k"] = {"values": [0, -3], "when": {"operation": r.sample(block["operation"], 2), "size": block["size"][0]}}
    block["act"] = {"values": ["relu", "swish"], "when": r.choice([{"k": 0}, {"size": block["size"][-1]}])}
    block["free"] = r.choice([7, [7], ["a", "b"], {"values": [1, 2]}])
    keys = list(block)
    r.shuffle(keys)
    return {k: block[k] for k in keys}


def random_mixture(r, words):
    """Two or three parts of any kinds, one behind the other, of few points each."""
    operations = lambda n: r.sample([w for w in words if n > 1 or w != "none"], n)
    kinds = {
        "edges": lambda: {"cell": "edges", "nodes": r.choice([2, 3]), "operations": operations(2)},
        "nodes": lambda: {"cell": "nodes", "nodes": {"max": r.choice([3, 4])}, "edges": {"max": 3},
                          "operations": operations(r.choice([1, 2]))},
        "inputs": lambda: {"cell": "inputs", "from": 1, "nodes": 2, "inputs": 1, "operations": operations(2)},
        "chain": lambda: {"chain": 2, "block": {"operation": operations(2)}},
        "stages": lambda: {"chain": {"stages": 1, "depth": r.choice([[0, 2], [1, 2], [2, 0, 1]])},
                           "block": {"operation": operations(2)}},
        "choices": lambda: {"choices": {"res": [1, 2], "stem": {"values": ["a", "b"], "when": {"res": 2}}}}}
    parts = [kinds[k]() for k in r.sample(sorted(kinds), r.choice([2, 3]))]
    for part in parts:
        if r.random() < 0.3:
            part["fixed"] = {"res" if "choices" not in part else "width": r.choice([0, 1, 2.5])}
    if all("choices" in p for p in parts):
        parts.append(kinds["chain"]())
    return parts


def random_space(seed):
    r = random.Random(seed)
    zero, identity = r.choice([None, "none"]), r.choice([None, "skip"])
    words = [w for w in (zero, identity) if w] + ["conv", "pool"]
    kind = seed % 16
    edges = {"cell": "edges", "nodes": r.randint(2, 4) if kind == 0 else 3, "operations": words[:3]}
    nodes = {"cell": "nodes", "nodes": {"max": r.randint(4, 5) if kind == 1 else 4},
             "edges": {"max": r.randint(4, 6)}, "operations": words[-2:] if kind != 1 else words[:2]}
    cell = lambda name: {"name": name, "cell": "inputs", "from": 2, "nodes": 2, "inputs": 2, "operations": words[-3:][:2]}
    chain = {"chain": r.randint(1, 3), "block": random_block(r, words)}
    if r.random() < 0.5:
        chain["fixed"] = {"stage": [r.randint(1, 2) for _ in range(chain["chain"])]}
    stages = {"chain": {"stages": 2, "depth": sorted(r.sample([0, 1, 2], 2))}, "block": {"operation": words[:3]},
              "fixed": {"width": r.choice([16, [16, 32], [16, 16]])}}
    choices = {"choices": random_block(r, ["a", "b"])}
    parts = {0: [edges], 1: [nodes], 2: [dict(cell("normal"), **{"from": r.choice([1, 2]), "inputs": 1, "nodes": 3})],
             3: [cell("normal"), dict(cell("reduce"), nodes=1)], 4: [chain], 5: [stages], 6: [choices, chain],
             7: [edges, {"chain": 1, "block": {"operation": words}}], 8: [stages, nodes], 9: [choices, cell("normal")],
             10: [{"chain": 2, "block": random_conditions(r)}],
             11: [{"choices": random_conditions(r)},
                  {"chain": {"stages": 2, "depth": [0, 1]}, "block": random_block(r, words)}],
             12: [dict(cell(n), **{"from": 1, "inputs": 1}) for n in ("a", "b")],
             13: [dict(cell(n), inputs=1, nodes=1, fixed={"c": c}) for n, c in (("a", 0), ("b", 1))]
                 + [{"choices": random_conditions(r)}],
             14: random_mixture(r, words), 15: random_mixture(r, words)}[kind]
    space = {"name": "random%d" % seed, "parts": parts}
    text = json.dumps([p for p in parts if "choices" not in p])
    if zero and '"none"' in text:
        space["zero"] = zero
    if identity and '"skip"' in text:
        space["identity"] = identity
    return space


def told(sibyl, space):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as f:
        json.dump(space, f)
    out = subprocess.run([sibyl, "inspect", f.name], capture_output=True, text=True)
    os.unlink(f.name)
    if out.returncode:
        return out.stderr.strip()
    lines = dict(line.split(": ", 1) for line in out.stdout.splitlines() if ": " in line)
    return int(lines["points"]), int(lines["networks"])


def main():
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    wrong = 0
    for seed in range(first, first + (int(sys.argv[3]) if len(sys.argv) > 3 else 10)):
        space = random_space(seed)
        ours, theirs = count(space), told(sys.argv[1], space)
        print(seed, ours, theirs, "ok" if ours == theirs else "DIFFERENT: " + json.dumps(space))
        wrong += ours != theirs
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
