#!/usr/bin/python3
"""NN-Former written a second time, in PyTorch and float64, as the independent truth for the C code's tests.

Sources: "NN-Former: Rethinking Graph Structure in Neural Architecture Representation" (CVPR 2025, arXiv 2507.00880).
Graphs are computed one at a time, with plain dense n x n matrices: slow and obvious. Legend: n nodes, d width, H heads,
h = d / H, f feed-forward width, V operations; A[i][j] is the multiplicity of the edge i -> j.

    /usr/bin/python3 tests/reference/nnformer_torch.py            # writes nnformer_fixture.json beside this file
    /usr/bin/python3 tests/reference/nnformer_torch.py --check    # computes it again and compares with that file

The fixture of nodes with attributes, nnformer_attributes_fixture.json, is that of
--layers 1 --width 8 --attributes 3 --out tests/reference/nnformer_attributes_fixture.json.
That of networks with features, nnformer_features_fixture.json, is that of
--layers 1 --width 8 --attributes 3 --features 2 --out tests/reference/nnformer_features_fixture.json.

The fixture holds the configuration, the graphs, the targets, the predictions, the loss (mean over graphs of the squared
error of the raw prediction) and the gradient of that loss by every parameter, in the order of parameter_shapes().
"""
import argparse
import json
import os
import sys

import numpy as np
import torch

TOPOLOGIES = ("forward", "backward", "sibling_parent", "sibling_child", "reach", "global")
NORM_EPSILON = 1e-5
HERE = os.path.dirname(os.path.abspath(__file__))


def parameter_shapes(config):
    """The parameters, in the order of the fixture and of the draws from the random generator. Weights are (out, in)."""
    d, f, vocabulary = config["width"], config["feedforward"], config["vocabulary"]
    shapes = [("op_embed", (vocabulary, d)), ("ln_in.g", (d,)), ("ln_in.b", (d,))]
    if "attribute_means" in config:
        shapes.append(("attr", (d, 2 * sum(len(frequencies_of(config, k)) for k in range(len(config["attribute_means"]))))))
    for block in range(config["layers"]):
        shapes += [(f"{block}.{name}", shape) for name, shape in (
            ("ln_a.g", (d,)), ("ln_a.b", (d,)),
            ("qkv", (3 * d, d)),  # rows: Q, then K, then V; head a owns rows a*h .. a*h+h-1 of each
            ("proj", (d, d)),
            ("ln_f.g", (d,)), ("ln_f.b", (d,)),
            ("w1", (f, d)), ("wg", (f, d)), ("w2", (d, f)))]
    return shapes + [("ln_out.g", (d,)), ("ln_out.b", (d,)), ("head.w", (d,)), ("head.b", (1,))]


def draw_parameters(config, random):
    """Large enough that attention is far from uniform and no gradient vanishes; float32 values, so that 9 digits say
    them exactly and the C code, in float or double, starts from the same numbers."""
    parameters = {}
    for name, shape in parameter_shapes(config):
        values = random.standard_normal(shape)
        if name.endswith(".g"):
            values = 1.0 + 0.2 * values
        elif name.endswith(".b"):
            values = 0.2 * values
        elif name not in ("op_embed", "head.w"):
            values = values * (1.2 / np.sqrt(shape[-1]))
        exact = values.astype(np.float32).astype(np.float64)
        parameters[name] = torch.tensor(exact, dtype=torch.float64, requires_grad=True)
    return parameters


def adjacency_matrix(graph):
    n = len(graph["ops"])
    a = torch.zeros((n, n), dtype=torch.float64)
    for source, target, multiplicity in graph["edges"]:
        a[source, target] = multiplicity
    return a


def neighbour_mask(topology, a):
    """(n, n) boolean: does row i attend to column j. Every node attends to itself."""
    n = a.shape[0]
    edge = a != 0
    mask = torch.eye(n, dtype=torch.bool)
    if topology == "forward":
        return mask | edge
    if topology == "backward":
        return mask | edge.T
    if topology == "global":
        return torch.ones((n, n), dtype=torch.bool)
    if topology == "reach":
        mask = mask | edge
        for middle in range(n):  # Warshall: i -> j if i -> middle -> j
            mask = mask | (mask[:, middle:middle + 1] & mask[middle:middle + 1, :])
        return mask
    for i in range(n):
        for j in range(n):
            if topology == "sibling_parent":
                mask[i, j] |= bool((edge[:, i] & edge[:, j]).any())  # some k -> i and k -> j
            elif topology == "sibling_child":
                mask[i, j] |= bool((edge[i, :] & edge[j, :]).any())  # some i -> k and j -> k
            else:
                raise ValueError(f"unknown topology {topology}; known: {', '.join(TOPOLOGIES)}")
    return mask


def layer_norm(x, gain, bias):
    centred = x - x.mean(dim=1, keepdim=True)
    variance = (centred * centred).mean(dim=1, keepdim=True)
    return centred / torch.sqrt(variance + NORM_EPSILON) * gain + bias


def attention(x, a, config, qkv, proj):
    """x (n, d) after its norm -> (n, d)"""
    d = config["width"]
    heads = config["heads"]
    h = d // len(heads)
    q, k, v = (x @ qkv[part * d:(part + 1) * d].T for part in range(3))
    outputs = []
    for index, topology in enumerate(heads):
        columns = slice(index * h, (index + 1) * h)
        scores = q[:, columns] @ k[:, columns].T / np.sqrt(h)
        scores = scores.masked_fill(~neighbour_mask(topology, a), -float("inf"))
        outputs.append(torch.softmax(scores, dim=1) @ v[:, columns])
    return torch.cat(outputs, dim=1) @ proj.T


def feed_forward(z, a, w1, wg, w2):
    """z (n, d) after its norm -> (n, d); the first half of the channels sums over successors, the other over
    predecessors, weighted by multiplicity."""
    u, g = z @ w1.T, z @ wg.T
    half = u.shape[1] // 2
    u = torch.cat([u[:, :half] + a @ g[:, :half], u[:, half:] + a.T @ g[:, half:]], dim=1)
    return torch.relu(u) @ w2.T


def frequencies_of(config, k):
    """Those of number k of a node: the last `features` numbers, which are the network's, have the first few alone."""
    own = len(config["attribute_means"]) - config.get("features", 0)
    return config["attribute_frequencies"][: config["feature_waves"] if k >= own else None]


def attribute_features(graph, config):
    """(n, features): for each attribute, standardised, its sine and cosine at each frequency, in pairs."""
    columns = []
    for k, (mean, deviation) in enumerate(zip(config["attribute_means"], config["attribute_deviations"])):
        number = (torch.tensor([row[k] for row in graph["attributes"]], dtype=torch.float64) - mean) / deviation
        share = 0.1 if k >= len(config["attribute_means"]) - config.get("features", 0) else 1
        for frequency in frequencies_of(config, k):
            columns += [share * torch.sin(number * frequency), share * torch.cos(number * frequency)]
    return torch.stack(columns, dim=1)


def predict(graph, config, p):
    a = adjacency_matrix(graph)
    x = p["op_embed"][torch.tensor(graph["ops"])]
    if "attr" in p:
        x = x + attribute_features(graph, config) @ p["attr"].T
    x = layer_norm(x, p["ln_in.g"], p["ln_in.b"])
    for block in range(config["layers"]):
        w = {name: p[f"{block}.{name}"]
             for name in ("ln_a.g", "ln_a.b", "qkv", "proj", "ln_f.g", "ln_f.b", "w1", "wg", "w2")}
        x = x + attention(layer_norm(x, w["ln_a.g"], w["ln_a.b"]), a, config, w["qkv"], w["proj"])
        x = x + feed_forward(layer_norm(x, w["ln_f.g"], w["ln_f.b"]), a, w["w1"], w["wg"], w["w2"])
    z = layer_norm(x, p["ln_out.g"], p["ln_out.b"]).mean(dim=0)
    return z @ p["head.w"] + p["head.b"][0]


def draw_graph(random, nodes, density, vocabulary):
    """Edges run from lower to higher nodes; a node in eight is isolated (in graphs of more than four), and an edge in
    five has a multiplicity of 2 to 4."""
    isolated = (random.random_sample(nodes) < 0.125) & (nodes > 4)
    edges = []
    for i in range(nodes):
        for j in range(i + 1, nodes):
            drawn, multiple, many = random.random_sample(), random.random_sample(), int(random.randint(2, 5))
            if drawn < density and not isolated[i] and not isolated[j]:
                edges.append([i, j, many if multiple < 0.2 else 1])
    return {"ops": [int(o) for o in random.randint(0, vocabulary, nodes)], "edges": edges}


def draw_graphs(random, vocabulary):
    graphs = [{"ops": [0, 1], "edges": [[0, 1, 3]]},      # the smallest, and with a multiplicity
              {"ops": [2, 3, 4], "edges": []},            # isolated nodes only
              {"ops": [0, 2, 2, 1], "edges": [[0, 1, 1], [0, 2, 1], [1, 3, 2], [2, 3, 1]]}]  # siblings of both kinds
    graphs += [draw_graph(random, nodes, density, vocabulary)
               for nodes, density in ((6, 0.6), (8, 0.4), (13, 0.3), (24, 0.15), (40, 0.08))]
    return graphs


def number(value):
    return f"{float(value):.9g}"


def tensor_text(name, tensor):
    values = ",".join(number(v) for v in tensor.detach().reshape(-1))
    return f'{{"name":"{name}","shape":{json.dumps(list(tensor.shape))},"values":[{values}]}}'


def compute(options):
    heads = options.heads.split(",")
    if options.width % len(heads):
        raise ValueError(f"--width {options.width} is not a multiple of the {len(heads)} heads")
    config = {"layers": options.layers, "width": options.width, "feedforward": 4 * options.width,
              "heads": heads, "vocabulary": options.vocabulary}
    random = np.random.RandomState(options.seed)
    if options.attributes:
        config["attribute_frequencies"] = [0.25 * 2 ** k for k in range(5)]
        config["attribute_means"] = [0.5 * k for k in range(options.attributes)]
        config["attribute_deviations"] = [1.0 + 0.5 * k for k in range(options.attributes)]
    if options.features:
        config["features"], config["feature_waves"] = options.features, 3
    parameters = draw_parameters(config, random)
    graphs = draw_graphs(random, config["vocabulary"])
    for graph in graphs if options.attributes else ():
        values = random.standard_normal((len(graph["ops"]), options.attributes)).astype(np.float32)
        graph["attributes"] = [[float(number(x)) for x in row] for row in values]
    targets = random.standard_normal(len(graphs)).astype(np.float32).astype(np.float64)
    predictions = torch.stack([predict(graph, config, parameters) for graph in graphs])
    loss = ((predictions - torch.tensor(targets)) ** 2).mean()
    loss.backward()
    return config, graphs, targets, predictions, loss, parameters


def fixture_text(options):
    config, graphs, targets, predictions, loss, parameters = compute(options)
    graph_lines = ",\n".join(json.dumps(g, separators=(",", ":")) for g in graphs)
    lines = [f'"config":{json.dumps(config)}', f'"graphs":[\n{graph_lines}]',
             f'"targets":[{",".join(map(number, targets))}]',
             f'"predictions":[{",".join(map(number, predictions.detach()))}]', f'"loss":{number(loss)}']
    for key, pick in (("parameters", lambda t: t), ("gradients", lambda t: t.grad)):
        tensors = ",\n".join(tensor_text(name, pick(t)) for name, t in parameters.items())
        lines.append(f'"{key}":[\n{tensors}]')
    return "{" + ",\n".join(lines) + "}\n"


def largest_difference(a, b):
    """Of two JSON values of one form; floats relative to the larger of 1e-3 and their size."""
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) / max(1e-3, abs(a), abs(b))
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max([largest_difference(a[k], b[k]) for k in a], default=0.0)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max([largest_difference(x, y) for x, y in zip(a, b)], default=0.0)
    return 0.0 if a == b else float("inf")


def main():
    parser = argparse.ArgumentParser(description="Reference values of NN-Former in float64.")
    parser.add_argument("--out", default=os.path.join(HERE, "nnformer_fixture.json"))
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--vocabulary", type=int, default=5)
    parser.add_argument("--heads", default="forward,backward,sibling_parent,sibling_child",
                        help="comma-separated topologies, as many as there are heads")
    parser.add_argument("--attributes", type=int, default=0, help="numbers that each node carries")
    parser.add_argument("--features", type=int, default=0, help="how many of them, the last, are the network's")
    parser.add_argument("--seed", type=int, default=20250700)
    options = parser.parse_args()
    torch.set_num_threads(1)
    text = fixture_text(options)
    if options.check:
        with open(options.out, encoding="ascii") as file:
            difference = largest_difference(json.load(file), json.loads(text))
        print(f"{options.out}: largest relative difference {difference:.3g}")
        return 0 if difference < 1e-7 else 1
    with open(options.out, "w", encoding="ascii") as file:
        file.write(text)
    print(f"{options.out}: {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
