#!/usr/bin/python3
"""NN-Former in PyTorch, as fast as one core of a CPU runs it: what tests/bench/vs_pytorch.py measures Sibyl against.

The same function as tests/reference/nnformer_torch.py (mean readout, no biases, a head for each topology), but batched.
Graphs of equal node count share a batch, so no row is padding; what depends on the graphs alone (masks, adjacency) is
made beforehand and not timed. Legend: B graphs, n nodes each, R = B * n rows, d width, H heads, h = d / H, f feed-forward
width.

    nnformer_fast_torch.py score FOLDER [--batch 256] [--mode eager|frozen|optimized] [--precision float32|autocast|bf16]
    nnformer_fast_torch.py train FOLDER --labels labels.npy [--batch 128] [--dropout-by bits|library]

FOLDER is what bench_dump_predictor writes. Each prints one line of JSON: the seconds of every timed pass over the graphs
(or epoch of training). Threads, allocator and BLAS kernel are the caller's to choose, by the environment.

What makes it fast, each measured against the obvious way:
- Attention is element by element over (B, n, n, d) where n is small: a bmm of 5 x 40 matrices costs three times that.
- The sums over neighbours are taken of the layer's input and not of its product, A (Z Wg^T) = (A Z) Wg^T: a quarter of the
  numbers, and one product of twice the depth instead of two (--aggregate products is the way the equations are written).
- Dropout's masks are cut from 64-bit random numbers, 16 bits each: six times as fast as PyTorch's own.
- AdamW goes through the tensors one by one, all its steps on one while it is in the cache (--optimizer foreach is
  PyTorch's own).
"""
import argparse
import json
import math
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
# Sibyl's defaults (training_options_default()), and the dropout that the comparison asks of both.
RATE, RATE_FLOOR, WARMUP, DECAY, CLIP, EMA, L1, RANK_ALL, DROPOUT = 1e-3, 0.01, 0.1, 0.01, 1.0, 0.99, 0.3, 1.0, 0.1
LOG_ERROR_TOP = 1.02


# ---- the dump ----

def read_dump(folder):
    """-> configuration, weights as one flat array, graphs"""
    with open(os.path.join(folder, "model.json"), encoding="ascii") as file:
        config = json.load(file)
    if config["tokens"] or config["readout"] != "mean":
        sys.exit(f"{folder}: only predictors without tokens and with a mean readout are known here")
    with open(os.path.join(folder, "graphs.jsonl"), encoding="ascii") as file:
        graphs = [json.loads(line) for line in file]
    return config, np.fromfile(os.path.join(folder, "weights.f32"), "<f4"), graphs


def tensor_shapes(config):
    """Name and shape of every tensor, in the order of weights.f32. Weights are (out, in)."""
    d, f = config["width"], config["feedforward"]
    shapes = [("op_embed", (config["vocabulary"], d)), ("in_gain", (d,)), ("in_bias", (d,))]
    for layer in range(config["layers"]):
        shapes += [(f"{layer}.{name}", shape) for name, shape in (
            ("a_gain", (d,)), ("a_bias", (d,)), ("qkv", (3 * d, d)), ("proj", (d, d)),
            ("f_gain", (d,)), ("f_bias", (d,)), ("w1", (f, d)), ("wg", (f, d)), ("w2", (d, f)))]
    return shapes + [("out_gain", (d,)), ("out_bias", (d,)), ("head_w", (1, d)), ("head_b", (1,))]


def cut_tensors(config, flat):
    tensors, position = {}, 0
    for name, shape in tensor_shapes(config):
        size = math.prod(shape)
        tensors[name] = torch.from_numpy(flat[position:position + size].reshape(shape).copy())
        position += size
    if position != flat.size:
        sys.exit(f"weights.f32 has {flat.size} numbers, the model {position}")
    return tensors


def draw_tensors(config, random):
    """A start for training: gains 1, biases 0, matrices normal with deviation 1 / sqrt(columns)."""
    tensors = {}
    for name, shape in tensor_shapes(config):
        if name.endswith("gain"):
            tensors[name] = torch.ones(shape)
        elif name.endswith(("bias", "head_b")):
            tensors[name] = torch.zeros(shape)
        else:
            tensors[name] = torch.from_numpy(random.standard_normal(shape, np.float32)) / math.sqrt(shape[-1])
    return tensors


# ---- graphs ----

def neighbours(topology, a):
    """a (B, n, n) -> (B, n, n) boolean: does node i attend to node j."""
    edge = a != 0
    back = edge.transpose(0, 2, 1)
    itself = np.eye(a.shape[1], dtype=bool)
    if topology == "forward":
        return edge | itself
    if topology == "backward":
        return back | itself
    if topology == "sibling_parent":
        return np.matmul(back, edge) | itself
    if topology == "sibling_child":
        return np.matmul(edge, back) | itself
    if topology == "global":
        return np.ones_like(edge)
    sys.exit(f"topology {topology} is not known here")


def group_tensors(config, graphs):
    """Of B graphs of equal n: operations (B, n); additive mask (B, n_j, n_i, H), node i attends to node j; and what one
    bmm turns the rows of a graph into [predecessors' sum, row, successors' sum] with: (B, 3n, n)."""
    count, n = len(graphs), len(graphs[0]["ops"])
    a = np.zeros((count, n, n), np.float32)
    for b, graph in enumerate(graphs):
        for source, target, multiplicity in graph["edges"]:
            a[b, source, target] = multiplicity
    allowed = np.stack([neighbours(topology, a) for topology in config["heads"]], -1)
    mask = np.where(allowed, np.float32(0), np.float32(-np.inf)).transpose(0, 2, 1, 3)
    sums = np.zeros((count, n, 3, n), np.float32)
    sums[:, :, 0], sums[:, :, 1], sums[:, :, 2] = a.transpose(0, 2, 1), np.eye(n), a
    return (torch.tensor([graph["ops"] for graph in graphs]), torch.from_numpy(np.ascontiguousarray(mask)),
            torch.from_numpy(sums.reshape(count, 3 * n, n)))


def group_by_nodes(graphs):
    """-> lists of indexes of graphs of equal node count, small ones first"""
    groups = {}
    for index, graph in enumerate(graphs):
        groups.setdefault(len(graph["ops"]), []).append(index)
    return [groups[n] for n in sorted(groups)]


# ---- model ----

class Masks:
    """Dropout's masks of zeros and ones; what is kept is scaled up where the products are added to the stream."""

    def __init__(self, rate, seed):
        self.rate = round(rate * 65536) / 65536
        self.scale = 1 / (1 - self.rate)
        self.random = np.random.Generator(np.random.SFC64(seed))

    def draw(self, *shapes):
        """One float mask for each shape."""
        sizes = [math.prod(shape) for shape in shapes]
        words = self.random.integers(0, 2**64, (sum(sizes) + 3) // 4, dtype=np.uint64)
        bits = torch.from_numpy(words.view(np.int16))
        ones = torch.ge(bits, int(self.rate * 65536) - 32768, out=torch.empty(bits.numel()))
        return [part.view(shape) for part, shape in zip(ones[:sum(sizes)].split(sizes), shapes)]


class LibraryMasks(Masks):
    """The same with PyTorch's own generator."""

    def draw(self, *shapes):
        return [torch.empty(shape).bernoulli_(1 - self.rate) for shape in shapes]


class Block(torch.nn.Module):
    def __init__(self, config, tensors, options):
        super().__init__()
        d, half = config["width"], config["feedforward"] // 2
        w1, wg, w2 = tensors["w1"], tensors["wg"], tensors["w2"]
        fused = {"qkv": tensors["qkv"], "proj": tensors["proj"], "w2_next": w2[:, :half], "w2_previous": w2[:, half:]}
        if options.aggregate == "inputs":
            fused["next"] = torch.cat([w1[:half], wg[:half]], 1)          # of [row, successors' sum]
            fused["previous"] = torch.cat([wg[half:], w1[half:]], 1)      # of [predecessors' sum, row]
        else:
            fused["w1g"] = torch.cat([w1, wg])
        for name, tensor in fused.items():
            self.register_parameter(name, torch.nn.Parameter(tensor.to(options.weights).contiguous()))
        for name in ("a_gain", "a_bias", "f_gain", "f_bias"):
            self.register_parameter(name, torch.nn.Parameter(tensors[name]))
        self.d, self.half, self.heads = d, half, len(config["heads"])
        self.weights, self.fused_add, self.inputs = options.weights, options.fused_add, options.aggregate == "inputs"

    def add_product(self, x, y, weight):
        """x + y W^T"""
        if self.fused_add:
            return torch.addmm(x, y, weight.t())
        return x + F.linear(y.to(self.weights), weight)

    def attention(self, x, n, mask, keep):
        """x (R, d) -> (R, d). Over pairs of nodes of a graph, element by element; j comes before i, so that the softmax
        and the last sum run over whole vectors."""
        y = F.layer_norm(x, (self.d,), self.a_gain, self.a_bias)
        qkv = F.linear(y.to(self.weights), self.qkv).float().view(-1, n, 3, self.heads, self.d // self.heads)
        q, k, v = qkv.unbind(2)
        scores = (q.unsqueeze(1) * k.unsqueeze(2)).sum(-1)
        p = torch.softmax(torch.add(mask, scores, alpha=(self.d // self.heads) ** -0.5), 1)
        if keep is not None:
            p = p * keep
        return (p.unsqueeze(-1) * v.unsqueeze(2)).sum(1).view(-1, self.d)

    def hidden(self, x, n, sums):
        """x (R, d) -> the hidden layer's halves, that of successors and that of predecessors, (R, f/2) each."""
        z = F.layer_norm(x, (self.d,), self.f_gain, self.f_bias).to(self.weights)
        if self.inputs:
            rows = torch.bmm(sums, z.view(-1, n, self.d)).view(-1, 3 * self.d).to(self.weights)
            return torch.relu(F.linear(rows[:, self.d:], self.next)), torch.relu(F.linear(rows[:, :2 * self.d], self.previous))
        u, g = F.linear(z, self.w1g).view(-1, n, 4 * self.half).split(2 * self.half, 2)
        after, before = sums.view(-1, n, 3, n)[:, :, 2], sums.view(-1, n, 3, n)[:, :, 0]
        halves = (torch.baddbmm(u[:, :, :self.half], after, g[:, :, :self.half]),
                  torch.baddbmm(u[:, :, self.half:], before, g[:, :, self.half:]))
        return tuple(torch.relu(u).reshape(-1, self.half) for u in halves)

    def forward(self, x, n, mask, sums):
        x = self.add_product(x, self.attention(x, n, mask, None), self.proj)
        following, preceding = self.hidden(x, n, sums)
        return self.add_product(self.add_product(x, following, self.w2_next), preceding, self.w2_previous)

    def forward_training(self, x, n, mask, sums, masks):
        rows = x.shape[0]
        keep_p, keep_o, keep_f, keep_h1, keep_h2 = masks.draw(mask.shape, x.shape, x.shape, (rows, self.half),
                                                              (rows, self.half))
        update = F.linear(self.attention(x, n, mask, keep_p), self.proj)
        x = torch.addcmul(x, update.to(x.dtype), keep_o, value=masks.scale**2)
        following, preceding = self.hidden(x, n, sums)
        update = torch.addmm(F.linear(following * keep_h1, self.w2_next), preceding * keep_h2, self.w2_previous.t())
        return torch.addcmul(x, update.to(x.dtype), keep_f, value=masks.scale**2)


class NNFormer(torch.nn.Module):
    def __init__(self, config, tensors, options):
        super().__init__()
        self.d = config["width"]
        for name in ("op_embed", "in_gain", "in_bias", "out_gain", "out_bias", "head_w", "head_b"):
            self.register_parameter(name, torch.nn.Parameter(tensors[name]))
        own = [{name.split(".")[1]: tensor for name, tensor in tensors.items() if name.startswith(f"{layer}.")}
               for layer in range(config["layers"])]
        self.blocks = torch.nn.ModuleList(Block(config, layer, options) for layer in own)

    def embed(self, operations):
        return F.layer_norm(self.op_embed[operations.reshape(-1)], (self.d,), self.in_gain, self.in_bias)

    def read_out(self, x, n):
        z = F.layer_norm(x, (self.d,), self.out_gain, self.out_bias).view(-1, n, self.d).mean(1)
        return (z * self.head_w).sum(1) + self.head_b

    def forward(self, operations, mask, sums):
        """-> (B,) in standardised units"""
        n = operations.shape[1]
        x = self.embed(operations)
        for block in self.blocks:
            x = block(x, n, mask, sums)
        return self.read_out(x, n)

    def forward_training(self, operations, mask, sums, masks):
        n = operations.shape[1]
        x = self.embed(operations)
        for block in self.blocks:
            x = block.forward_training(x, n, mask, sums, masks)
        return self.read_out(x, n)


def describe(options):
    """Adds what the choices mean for the model: `weights`, the type of the products; `fused_add`, the residual in the
    product (float32 only: in bfloat16 it would lose the stream's precision, and oneDNN's graph wants plain products)."""
    options.weights = torch.bfloat16 if options.precision == "bf16" else torch.float32
    options.fused_add = options.precision == "float32" and options.mode != "optimized"
    return options


# ---- scoring ----

def score_batches(config, graphs, options):
    """-> [(indexes, tensors)]"""
    batches = []
    for group in group_by_nodes(graphs):
        for first in range(0, len(group), options.batch):
            indexes = group[first:first + options.batch]
            operations, mask, sums = group_tensors(config, [graphs[i] for i in indexes])
            if options.precision != "float32":
                sums = sums.bfloat16()
            batches.append((indexes, (operations, mask, sums)))
    return batches


def compiled(model, options, example):
    if options.mode == "eager":
        return model
    frozen = torch.jit.freeze(torch.jit.trace(model, example, check_trace=False))
    return torch.jit.optimize_for_inference(frozen) if options.mode == "optimized" else frozen


def score(options):
    config, weights, graphs = read_dump(options.folder)
    graphs = graphs[:options.rows or None]
    batches = score_batches(config, graphs, options)
    model = NNFormer(config, cut_tensors(config, weights), describe(options)).eval()
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "autocast",
                              cache_enabled=options.mode == "eager")
    seconds = []
    with torch.inference_mode(), torch.backends.mkldnn.flags(enabled=options.onednn == "on"), autocast:
        run = compiled(model, options, batches[len(batches) // 2][1])
        for _ in range(options.passes + 1):  # the first warms up
            start = time.perf_counter()
            outputs = [run(*tensors) for _, tensors in batches]
            seconds.append(time.perf_counter() - start)
    if options.out:
        values = np.empty(len(graphs))
        for (indexes, _), output in zip(batches, outputs):
            values[indexes] = output.double().numpy()
        np.save(options.out, values)
    return {"seconds": seconds[1:], "graphs": len(graphs), "rows": sum(len(graph["ops"]) for graph in graphs)}


# ---- training ----

class LoopAdamW:
    """AdamW, gradient clip and EMA of the weights, tensor by tensor."""

    def __init__(self, parameters):
        self.parameters = list(parameters)
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]
        self.ema = [p.detach().clone() for p in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self, rate):
        self.steps += 1
        norm = math.sqrt(sum(float(torch.dot(g, g)) for g in (p.grad.view(-1) for p in self.parameters)))
        clip = min(1, CLIP / max(norm, 1e-30))
        factor = ema_factor(self.steps)
        size = rate / (1 - BETA1**self.steps)
        correction = math.sqrt(1 - BETA2**self.steps)
        for p, m, v, average in zip(self.parameters, self.first, self.second, self.ema):
            g = p.grad
            m.mul_(BETA1).add_(g, alpha=(1 - BETA1) * clip)
            v.mul_(BETA2).addcmul_(g, g, value=(1 - BETA2) * clip**2)
            if p.dim() > 1:
                p.mul_(1 - rate * DECAY)
            p.addcdiv_(m, v.sqrt().add_(EPSILON * correction), value=-size * correction)
            average.mul_(factor).add_(p, alpha=1 - factor)
            p.grad = None


class ForeachAdamW:
    """The same from PyTorch's own parts."""

    def __init__(self, parameters):
        self.parameters = list(parameters)
        groups = [{"params": [p for p in self.parameters if p.dim() > 1], "weight_decay": DECAY},
                  {"params": [p for p in self.parameters if p.dim() <= 1], "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, betas=(BETA1, BETA2), eps=EPSILON, foreach=True)
        self.ema = [p.detach().clone() for p in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self, rate):
        self.steps += 1
        torch.nn.utils.clip_grad_norm_(self.parameters, CLIP)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        factor = ema_factor(self.steps)
        torch._foreach_mul_(self.ema, factor)
        torch._foreach_add_(self.ema, [p.detach() for p in self.parameters], alpha=1 - factor)


def ema_factor(step):
    return min(EMA, step / (step + 9))


def rate_at(step, steps):
    """Linear warm-up, then a cosine to the floor; `step` counts from 0."""
    warmup = WARMUP * steps
    if step < warmup:
        return RATE * (step + 1) / (warmup + 1)
    return RATE * (RATE_FLOOR + (1 - RATE_FLOOR) * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup))))


def loss_of(predictions, targets):
    """Sibyl's default: L1, and the logistic loss over all pairs of different targets."""
    order = torch.sign(targets.unsqueeze(1) - targets)
    pairs = order.abs()
    gaps = (predictions.unsqueeze(1) - predictions) * order
    rank = (F.softplus(-gaps) * pairs).sum() / pairs.sum().clamp_min(1)
    return L1 * (predictions - targets).abs().mean() + RANK_ALL * rank


def targets_of(config, labels):
    values = -np.log(LOG_ERROR_TOP - labels) if config["transform"] == "log_error" else labels
    return torch.from_numpy(((values - values.mean()) / values.std()).astype(np.float32))


def epoch_batches(groups, size, random):
    """Of each node count a random order, cut into batches; then the batches in random order."""
    batches = [(tensors, order[first:first + size]) for tensors in groups
               for order in [torch.from_numpy(random.permutation(len(tensors[0])))]
               for first in range(0, len(order), size)]
    return [batches[i] for i in random.permutation(len(batches))]


def train_epoch(model, optimizer, batches, masks, steps, autocast):
    total = 0.0
    for tensors, chosen in batches:
        operations, mask, sums, targets = (tensor[chosen] for tensor in tensors)
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast, cache_enabled=True):
            outputs = model.forward_training(operations, mask, sums, masks)
        loss = loss_of(outputs.float(), targets)
        loss.backward()
        optimizer.step(rate_at(optimizer.steps, steps))
        total += float(loss) * len(chosen)
    return total


def train(options):
    config, _, graphs = read_dump(options.folder)
    labels = np.load(options.labels)
    graphs = graphs[:len(labels)]
    targets = targets_of(config, labels)
    groups = [(*group_tensors(config, [graphs[i] for i in group]), targets[group]) for group in group_by_nodes(graphs)]
    random = np.random.default_rng(options.seed)
    options.precision, options.mode = "float32", "eager"
    model = NNFormer(config, draw_tensors(config, random), describe(options))
    optimizer = (LoopAdamW if options.optimizer == "loop" else ForeachAdamW)(model.parameters())
    masks = (Masks if options.dropout_by == "bits" else LibraryMasks)(DROPOUT, options.seed)
    steps = (options.passes + 1) * len(epoch_batches(groups, options.batch, random))
    seconds, losses = [], []
    for _ in range(options.passes + 1):  # the first warms up
        start = time.perf_counter()
        total = train_epoch(model, optimizer, epoch_batches(groups, options.batch, random), masks, steps,
                            options.train_precision == "autocast")
        seconds.append(time.perf_counter() - start)
        losses.append(total / len(graphs))
    return {"seconds": seconds[1:], "graphs": len(graphs), "rows": sum(len(graph["ops"]) for graph in graphs),
            "losses": losses}


def main():
    parser = argparse.ArgumentParser(description="Times NN-Former in PyTorch on one core.")
    parser.add_argument("what", choices=("score", "train"))
    parser.add_argument("folder", help="written by bench_dump_predictor")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--passes", type=int, default=2, help="timed ones; one more warms up")
    parser.add_argument("--aggregate", choices=("inputs", "products"), default="inputs")
    parser.add_argument("--mode", choices=("eager", "frozen", "optimized"), default="eager", help="score: eager, traced "
                        "and frozen, or that with optimize_for_inference")
    parser.add_argument("--onednn", choices=("on", "off"), default="on")
    parser.add_argument("--precision", choices=("float32", "autocast", "bf16"), default="float32", help="score: "
                        "bfloat16 by autocast, or with weights kept in bfloat16")
    parser.add_argument("--rows", type=int, default=0, help="score: only so many graphs")
    parser.add_argument("--out", help="score: raw outputs, as .npy")
    parser.add_argument("--labels", help="train: labels of the first graphs, as .npy")
    parser.add_argument("--dropout-by", choices=("bits", "library"), default="bits")
    parser.add_argument("--optimizer", choices=("loop", "foreach"), default="loop")
    parser.add_argument("--train-precision", choices=("float32", "autocast"), default="float32")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(json.dumps(score(options) if options.what == "score" else train(options)))


if __name__ == "__main__":
    main()
