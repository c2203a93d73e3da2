#!/usr/bin/python3
"""Sibyl against PyTorch at its best: scoring and training the same NN-Former, the same graphs, one core each.

    /usr/bin/python3 tests/bench/vs_pytorch.py [--only score|bf16|train] [--runs 5] [--json OUT.json] [--quick]

From the repository's root, with nothing else running; half an hour, or a few minutes with --quick. What it does:
1. trains a small predictor with Sibyl, and hands its weights and its graphs to tests/bench/nnformer_fast_torch.py;
2. checks that both give the same scores of all networks, and goes no further if they do not;
3. looks for the settings that PyTorch is fastest with: BLAS kernel, allocator, batch, compilation, oneDNN and others, one
   at a time, keeping the best; Sibyl has only OpenBLAS's variables to choose;
4. runs both in turn, each in its own process on core 0, and prints medians, ranges and ratios.

What is timed. Sibyl: `archs_per_s` and `samples_per_s` of its result.json, which include making the canonical forms and
packing the rows. PyTorch: a whole pass over the graphs (an epoch of training) after one that is not timed; reading the
graphs and making masks is not timed. GFLOP/s count the matrix products of the model, and three times as many for training.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
TORCH_PROGRAM = os.path.join(HERE, "nnformer_fast_torch.py")
CORE = "0"
TRAIN_ROWS, TRAIN_BATCH, TRAIN_EPOCHS = 1563, 128, 5
AGREEMENT = 1e-5  # largest difference of scores, relative to the largest score
CLOSE = 1.15      # a setting that took at most so much longer than the best one is measured once more

# Job settings of Sibyl that each measurement asks for.
SIBYL_FLOAT32 = ["score.precision=float32", "score.deduplicate=false"]
SIBYL_DEDUPLICATED = ["score.precision=float32", "score.deduplicate=true"]
SIBYL_BF16 = ["score.precision=bf16", "score.deduplicate=false"]
SIBYL_DEFAULT = []
SIBYL_TRAIN = [f"split.train={TRAIN_ROWS}", "split.order=file", f"training.epochs={TRAIN_EPOCHS}",
               f"training.batch={TRAIN_BATCH}", "training.dropout=0.1"]
SIBYL_TRAIN_BF16 = [*SIBYL_TRAIN, "training.precision=bf16"]

JEMALLOC = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
ALLOCATORS = {  # "keep": memory that was freed is never given back, so that it costs no page faults again
    "glibc": {},
    "glibc-keep": {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "17179869184", "MALLOC_TOP_PAD_": "67108864"},
    "jemalloc": {"LD_PRELOAD": JEMALLOC},
    "jemalloc-keep": {"LD_PRELOAD": JEMALLOC,
                      "MALLOC_CONF": "oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1"},
}
OPENBLAS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
BLAS = {  # by this script's own environment
    "as-set": {name: os.environ[name] for name in OPENBLAS if name in os.environ},
    "core-unset": {name: os.environ[name] for name in OPENBLAS[1:] if name in os.environ},
    "unset": {},
    "SkylakeX": {"OPENBLAS_CORETYPE": "SkylakeX"},
}
IN_ENVIRONMENT = ("blas", "allocator", "capability")  # the rest are flags of nnformer_fast_torch.py

START = {"blas": "as-set", "allocator": "glibc", "capability": "default", "batch": 256, "mode": "eager", "onednn": "on",
         "aggregate": "products", "precision": "float32"}
SCORE_FACTORS = [("blas", list(BLAS)), ("allocator", list(ALLOCATORS)), ("aggregate", ["products", "inputs"]),
                 ("batch", [128, 256, 512, 1024, 2048, 4096]), ("mode", ["eager", "frozen", "optimized"]),
                 ("onednn", ["on", "off"]), ("capability", ["default", "avx512"])]
BF16_FACTORS = [("precision", ["autocast", "bf16"]), ("mode", ["eager", "frozen", "optimized"]),
                ("batch", [128, 256, 512, 1024]), ("capability", ["default", "avx512"])]  # oneDNN off takes minutes
TRAIN_START = {**START, "batch": TRAIN_BATCH, "dropout-by": "library", "optimizer": "foreach"}
TRAIN_FACTORS = [("blas", list(BLAS)), ("allocator", list(ALLOCATORS)), ("dropout-by", ["library", "bits"]),
                 ("optimizer", ["foreach", "loop"]), ("aggregate", ["products", "inputs"]),
                 ("capability", ["default", "avx512"]), ("train-precision", ["float32", "autocast"])]
QUICK = {"blas": "unset", "allocator": "jemalloc-keep", "aggregate": "inputs"}  # --quick looks for nothing

TARGETS = {  # ratio: least, and what to reach for
    "float32 / PyTorch float32": (1.5, 2.5),
    "deduplicated / PyTorch float32": (5.0, None),
    "by default / PyTorch float32": (5.0, None),
    "bf16 / own float32": (1.6, None),
    "bf16 / PyTorch bf16": (1.0, None),
    "training / PyTorch training": (2.0, 3.5),
    "bf16 training / PyTorch training": (2.0, 3.5),
}


# ---- processes ----

def run(command, environment):
    """On the core; its standard output. Ends this program if it fails."""
    done = subprocess.run(["taskset", "-c", CORE, *command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr.strip()}")
    return done.stdout


def base_environment():
    """This one's, without what the settings decide. Open MPI asks for the first two under root."""
    ours = (*OPENBLAS, "LD_PRELOAD", "MALLOC_CONF", "ATEN_CPU_CAPABILITY")
    return {**{name: value for name, value in os.environ.items() if name not in ours},
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def set_environment(settings):
    environment = {**base_environment(), **BLAS[settings["blas"]], **ALLOCATORS[settings.get("allocator", "glibc")]}
    if settings.get("capability", "default") != "default":
        environment["ATEN_CPU_CAPABILITY"] = settings["capability"]
    return environment


SGEMM = """
import ctypes, time
blas, n = ctypes.CDLL("libopenblas.so.0"), 512
a, b, c = ((ctypes.c_float * (n * n))(*([0.5] * (n * n))) for _ in range(3))
seconds = []
for _ in range(60):
    start = time.perf_counter()
    blas.cblas_sgemm(101, 111, 111, n, n, n, ctypes.c_float(1), a, n, b, n, ctypes.c_float(0), c, n)
    seconds.append(time.perf_counter() - start)
print(2 * n**3 / sorted(seconds)[len(seconds) // 2] / 1e9)
"""


def best_sgemm():
    """-> GFLOP/s of OpenBLAS's sgemm with its best kernel here, and the settings"""
    rates = {name: float(run([sys.executable, "-c", SGEMM], set_environment({"blas": name}))) for name in BLAS}
    best = max(rates, key=rates.get)
    return rates[best], best


class Torch:
    """Runs of nnformer_fast_torch.py. `what`: score or train."""

    def __init__(self, folder, dump):
        self.folder, self.dump = folder, dump

    def flags(self, settings):
        return [flag for key, value in settings.items() if key not in IN_ENVIRONMENT for flag in (f"--{key}", str(value))]

    def run(self, what, settings, *more):
        """-> its JSON, with graphs per second of the fastest pass"""
        command = [sys.executable, TORCH_PROGRAM, what, self.dump, *self.flags(settings), *more]
        result = json.loads(run(command, set_environment(settings)))
        result["per_s"] = result["graphs"] / min(result["seconds"])
        return result

    def score(self, settings):
        out = os.path.join(self.folder, "outputs.npy")
        result = self.run("score", settings, "--passes", "1", "--out", out)
        return {"per_s": result["per_s"], "outputs": np.load(out)}

    def train(self, settings):
        labels = os.path.join(self.folder, "labels.npy")
        result = self.run("train", settings, "--passes", str(TRAIN_EPOCHS), "--labels", labels)
        return {"per_s": result["graphs"] / statistics.mean(result["seconds"]), "loss": result["losses"][-1]}


class Sibyl:
    """Runs of the program."""

    def __init__(self, program, folder):
        self.program, self.folder, self.runs = program, folder, 0

    def job(self, verb, name, settings, flags):
        """-> result.json, and the folder it is in"""
        self.runs += 1
        out = os.path.join(self.folder, f"run{self.runs}")
        assignments = [word for flag in flags for word in ("--set", flag)]
        run([self.program, verb, os.path.join(self.folder, name), "--out", out, "--quiet", *assignments],
            set_environment(settings))
        with open(os.path.join(out, "result.json"), encoding="utf-8") as file:
            return json.load(file), out

    def score(self, settings, flags):
        result, out = self.job("score", "score.yaml", settings, flags)
        with open(os.path.join(out, "scores.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return {"per_s": result["archs_per_s"], "result": result, "scores": np.array([float(r["score"]) for r in rows]),
                "labels": np.array([float(r["label"]) for r in rows])}

    def train(self, settings, flags):
        result, out = self.job("train", "train.yaml", settings, flags)
        return {"per_s": result["samples_per_s"], "loss": result["loss"], "folder": out}


# ---- preparation and check ----

def prepare(options, folder):
    """Dataset, predictor, dump and labels, all in `folder`. -> Sibyl, Torch, model"""
    data, label = os.path.join(folder, "nb201.sibyl"), "cifar10_test"
    environment = base_environment()
    run([options.sibyl, "import", "nasbench201-csv", options.data, "--out", data, "--quiet", "--label",
         f"{label}={label}:0.01"], environment)
    with open(os.path.join(folder, "train.yaml"), "w", encoding="ascii") as file:
        file.write(f"data: {{file: nb201.sibyl, label: {label}}}\nsplit: {{train: 156, seed: 1, test: new}}\n"
                   f"predictor: {{layers: {options.layers}, width: {options.width}}}\n"
                   f"training: {{epochs: 5, batch: {TRAIN_BATCH}}}\nseed: 1\n")
    sibyl = Sibyl(options.sibyl, folder)
    trained = sibyl.train({"blas": "as-set"}, [])["folder"]
    predictor = os.path.join(trained, "predictor.sibyl")
    with open(os.path.join(folder, "score.yaml"), "w", encoding="ascii") as file:
        file.write(f"predictor: {predictor}\ninput: {{file: nb201.sibyl, label: {label}}}\n")
    dump = os.path.join(folder, "dump")
    run([options.dump, predictor, data, dump], environment)
    with open(os.path.join(dump, "model.json"), encoding="ascii") as file:
        model = json.load(file)
    return sibyl, Torch(folder, dump), model


def count_flop(model, dump):
    """-> matrix products' operations of one forward pass over all graphs, over those trained on, and the graphs"""
    with open(os.path.join(dump, "graphs.jsonl"), encoding="ascii") as file:
        rows = [len(json.loads(line)["ops"]) for line in file]
    d, f = model["width"], model["feedforward"]
    each = model["layers"] * 2 * (3 * d * d + d * d + 2 * f * d + f * d)
    return {"score": each * sum(rows) / len(rows), "train": 3 * each * sum(rows[:TRAIN_ROWS]) / TRAIN_ROWS,
            "graphs": len(rows), "rows": sum(rows)}


def label_units(model, outputs):
    values = outputs * model["target_deviation"] + model["target_mean"]
    return 1.02 - np.exp(-values) if model["transform"] == "log_error" else values


def difference(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def check(model, outputs, scores, settings):
    """Ends this program where PyTorch's scores are not Sibyl's."""
    found = difference(label_units(model, outputs), scores)
    print(f"check: largest difference of {len(scores)} scores, relative: {found:.2g} (at most {AGREEMENT:g}; "
          f"PyTorch with {describe(settings)})", flush=True)
    if not found <= AGREEMENT:
        sys.exit("the two do not compute the same; no speeds are given")


def kendall_tau(a, b):
    """tau-b"""
    concordant = ties_a = ties_b = 0
    for i in range(1, len(a)):
        x, y = np.sign(a[i] - a[:i]), np.sign(b[i] - b[:i])
        concordant += float(x @ y)
        ties_a += int((x == 0).sum())
        ties_b += int((y == 0).sum())
    pairs = len(a) * (len(a) - 1) / 2
    return concordant / ((pairs - ties_a) * (pairs - ties_b)) ** 0.5


# ---- settings ----

def describe(settings):
    return ", ".join(f"{key} {value}" for key, value in settings.items())


def usable(factor, value):
    if factor == "allocator" and value.startswith("jemalloc"):
        return os.path.exists(JEMALLOC)
    return factor != "blas" or value in ("unset", "SkylakeX") or BLAS[value] != BLAS["unset"]


def sweep(title, start, factors, measure):
    """The best settings found, one factor at a time. Those that come near the best are measured again in turn, since
    machines have good and bad moments. -> settings, and all that was measured"""
    best, points = dict(start), []
    for factor, values in factors:
        candidates = [{**best, factor: value} for value in values if usable(factor, value)]
        speeds = [measure(settings) for settings in candidates]
        again = [i for i, speed in enumerate(speeds) if speed * CLOSE >= max(speeds)]
        for i in again if len(again) > 1 else []:
            speeds[i] = max(speeds[i], measure(candidates[i]))
        best = candidates[speeds.index(max(speeds))]
        points += [{"settings": settings, "per_s": speed} for settings, speed in zip(candidates, speeds)]
        print(f"{title}: {factor:10}  " + "  ".join(f"{settings[factor]} {speed:.0f}"
                                                    for settings, speed in zip(candidates, speeds)), flush=True)
    return best, points


class Settings:
    """What each side is fastest with. Looked for when first asked; `quick`: not at all."""

    def __init__(self, sibyl, torch, quick):
        self.sibyl_runs, self.torch_runs, self.quick = sibyl, torch, quick
        self.found, self.points = {}, {}

    def get(self, name, start, factors, measure):
        if self.quick and name.startswith("PyTorch"):
            start = {**start, **QUICK, **({"mode": "frozen"} if "train" not in name else
                                          {"dropout-by": "bits", "optimizer": "loop"})}
        if name not in self.found:
            self.found[name], self.points[name] = sweep(name, start, [] if self.quick else factors, measure)
        return self.found[name]

    def sibyl(self):
        return self.get("Sibyl", {"blas": "as-set"}, [("blas", ["as-set", "unset"])],
                        lambda settings: self.sibyl_runs.score(settings, SIBYL_FLOAT32)["per_s"])

    def torch_float32(self):
        return self.get("PyTorch float32", START, SCORE_FACTORS, lambda s: self.torch_runs.score(s)["per_s"])

    def torch_bf16(self):
        return self.get("PyTorch bf16", {**self.torch_float32(), "precision": "autocast"}, BF16_FACTORS,
                        lambda s: self.torch_runs.score(s)["per_s"])

    def torch_train(self):
        flags = ("mode", "onednn", "precision")  # of scoring only
        start = {key: value for key, value in TRAIN_START.items() if key not in flags}
        return self.get("PyTorch train", start, TRAIN_FACTORS, lambda s: self.torch_runs.train(s)["per_s"])


# ---- measurements ----

class Measurement:
    """One side's runs of one kind."""

    def __init__(self, name, settings, flop, call):
        self.name, self.settings, self.flop, self.call = name, settings, flop, call
        self.speeds, self.last = [], None

    def once(self):
        self.last = self.call()
        self.speeds.append(self.last["per_s"])

    def median(self):
        return statistics.median(self.speeds)

    def row(self):
        gflop = f"{self.median() * self.flop / 1e9:9.1f}" if self.flop else f"{'-':>9}"
        return f"{self.name:24}{self.median():11.1f}{min(self.speeds):11.1f}{max(self.speeds):11.1f}{gflop}"

    def as_json(self):
        return {"median_per_s": self.median(), "per_s": self.speeds, "settings": self.settings,
                "gflop_per_s": self.median() * self.flop / 1e9 if self.flop else None}


def in_turn(title, measurements, runs):
    for number in range(runs):
        for measurement in measurements:
            measurement.once()
        print(f"{title} {number + 1}/{runs}: " + "  ".join(f"{m.name} {m.speeds[-1]:.0f}" for m in measurements),
              flush=True)


def sibyl_measurement(name, sibyl, settings, flags, flop):
    label = {**settings, "job": " ".join(flags)}
    call = sibyl.train if "training" in name else sibyl.score
    return Measurement(name, label, flop, lambda: call(settings, flags))


def compare_scoring(sibyl, torch, model, settings, runs, flop):
    own, other = settings.sibyl(), settings.torch_float32()
    float32 = sibyl_measurement("Sibyl float32", sibyl, own, SIBYL_FLOAT32, flop["score"])
    distinct = sibyl_measurement("Sibyl deduplicated", sibyl, own, SIBYL_DEDUPLICATED, None)
    default = sibyl_measurement("Sibyl by default", sibyl, own, SIBYL_DEFAULT, None)
    reference = Measurement("PyTorch float32", other, flop["score"], lambda: torch.score(other))
    in_turn("scoring", [float32, reference, distinct, default], runs)
    check(model, reference.last["outputs"], float32.last["scores"], other)
    sgemm, kernel = best_sgemm()
    part = float32.median() * flop["score"] / 1e9 / sgemm
    print(f"OpenBLAS's sgemm (512, {kernel}): {sgemm:.1f} GFLOP/s; Sibyl's float32 scoring is {part:.2f} of it, "
          "and at least 0.75 is wanted")
    return [float32, distinct, default, reference], {"float32 / PyTorch float32": (float32, reference),
                                                     "deduplicated / PyTorch float32": (distinct, reference),
                                                     "by default / PyTorch float32": (default, reference)}, {}


def compare_bf16(sibyl, torch, model, settings, runs, flop):
    own, other = settings.sibyl(), settings.torch_bf16()
    float32 = sibyl_measurement("Sibyl float32", sibyl, own, SIBYL_FLOAT32, flop["score"])
    bf16 = sibyl_measurement("Sibyl bf16", sibyl, own, SIBYL_BF16, flop["score"])
    reference = Measurement("PyTorch bf16", other, flop["score"], lambda: torch.score(other))
    in_turn("bf16", [float32, bf16, reference], runs)
    exact, theirs = float32.last["scores"], label_units(model, reference.last["outputs"])
    taus = {"Sibyl bf16, said by result.json": bf16.last["result"].get("precision_kendall_tau"),
            "Sibyl bf16, of the two scores.csv": kendall_tau(bf16.last["scores"], exact),
            "PyTorch bf16": kendall_tau(theirs, exact)}
    print(f"bf16 scores differ from float32's by at most {difference(bf16.last['scores'], exact):.2g} (Sibyl) and "
          f"{difference(theirs, exact):.2g} (PyTorch), relative")
    return [float32, bf16, reference], {"bf16 / own float32": (bf16, float32),
                                        "bf16 / PyTorch bf16": (bf16, reference)}, taus


def compare_training(sibyl, torch, settings, runs, flop):
    own, other = settings.sibyl(), settings.torch_train()
    ours = sibyl_measurement("Sibyl training", sibyl, own, SIBYL_TRAIN, flop["train"])
    reference = Measurement("PyTorch training", other, flop["train"], lambda: torch.train(other))
    bf16 = sibyl_measurement("Sibyl training bf16", sibyl, own, SIBYL_TRAIN_BF16, flop["train"])
    in_turn("training", [ours, bf16, reference], runs)
    print(f"loss of the last epoch: Sibyl {ours.last['loss']:.4f} (bf16 {bf16.last['loss']:.4f}) after {TRAIN_EPOCHS}, PyTorch "
          f"{reference.last['loss']:.4f} after {TRAIN_EPOCHS + 1} (other random numbers and batches)")
    return [ours, bf16, reference], {"training / PyTorch training": (ours, reference),
                                     "bf16 training / PyTorch training": (bf16, reference)}, {}


# ---- report ----

def ratio_row(name, pair):
    """The ratio of medians, and the median of the rounds' own ratios, which a machine's drift does not touch."""
    least, reach = TARGETS[name]
    ratio = pair[0].median() / pair[1].median()
    paired = statistics.median(a / b for a, b in zip(pair[0].speeds, pair[1].speeds))
    wanted = f">= {least:g}" + (f" (reach for {reach:g})" if reach else "")
    return (f"{name:34}{ratio:7.2f}{paired:9.2f}   {wanted:24}{'met' if ratio >= least else 'missed'}",
            {"ratio": ratio, "median_of_rounds": paired, "least": least, "reach_for": reach})


def report(sections, settings, flop, options):
    """Prints it all; -> what goes into the JSON file"""
    out = {"layers": options.layers, "width": options.width, "graphs": flop["graphs"], "rows": flop["rows"],
           "sections": {}, "sweeps": settings.points}
    for name, (measurements, pairs, taus) in sections.items():
        print(f"\n{name:24}{'a second':>11}{'least':>11}{'most':>11}{'GFLOP/s':>9}")
        for measurement in measurements:
            print(measurement.row())
        print(f"\n{'ratio':34}{'medians':>7}{'rounds':>9}   target")
        rows = {title: ratio_row(title, pair) for title, pair in pairs.items()}
        for text, _ in rows.values():
            print(text)
        for title, tau in taus.items():
            print(f"Kendall's tau to float32: {title:34} {'not given' if tau is None else f'{tau:.6f}'}")
        out["sections"][name] = {"measurements": {m.name: m.as_json() for m in measurements},
                                 "ratios": {title: numbers for title, (_, numbers) in rows.items()}, "kendall_tau": taus}
    print()
    for name, found in settings.found.items():
        print(f"{name}: {describe(found)}")
    return out


def compare(options, folder):
    sibyl, torch, model = prepare(options, folder)
    flop = count_flop(model, torch.dump)
    print(f"{flop['graphs']} networks, {flop['rows']} rows, {options.layers} x {options.width}: "
          f"{flop['score'] / 1e6:.1f} MFLOP each", flush=True)
    first = sibyl.score({"blas": "as-set"}, SIBYL_FLOAT32)
    np.save(os.path.join(folder, "labels.npy"), first["labels"][:TRAIN_ROWS])
    check(model, torch.score(START)["outputs"], first["scores"], START)
    settings = Settings(sibyl, torch, options.quick)
    sections = {}
    if options.only in (None, "score"):
        sections["scoring"] = compare_scoring(sibyl, torch, model, settings, options.runs, flop)
    if options.only in (None, "bf16"):
        sections["bf16 scoring"] = compare_bf16(sibyl, torch, model, settings, options.runs, flop)
    if options.only in (None, "train"):
        sections["training"] = compare_training(sibyl, torch, settings, options.runs, flop)
    return report(sections, settings, flop, options)


def parse_options():
    parser = argparse.ArgumentParser(description="Sibyl's speed against PyTorch's, on one core.")
    parser.add_argument("--sibyl", default="build/release/bin/sibyl")
    parser.add_argument("--dump", default="build/dev/bin/bench_dump_predictor")
    parser.add_argument("--data", default="../shared/data/nasbench201.csv")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=("score", "bf16", "train"))
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--width", type=int, default=160)
    parser.add_argument("--json", help="file for all numbers")
    parser.add_argument("--quick", action="store_true", help="known good settings instead of looking for the best")
    options = parser.parse_args()
    for name in ("sibyl", "dump", "data"):
        path = os.path.abspath(getattr(options, name))
        if not os.path.exists(path):
            parser.error(f"--{name}: there is no {path}")
        setattr(options, name, path)
    return options


def main():
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        numbers = compare(options, folder)
    if options.json:
        with open(options.json, "w", encoding="ascii") as file:
            json.dump(numbers, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
