"""Runs small jobs, each with another value of one key, and tells of keys that change nothing. For tests/e2e/keys_read.sh, in whose
folder the tables, predictors and programs are.
usage: keys_read.py PROGRAM"""
import csv, hashlib, io, os, re, subprocess, sys
from concurrent.futures import ThreadPoolExecutor

program = sys.argv[1]
SMALL = "{layers: 1, width: 8, members: 2, head: linear+gp}"
TRAINING = "epochs: 3, folds: 2, batch: 20, shards: 1, rate: 0.01, loss: {rank_random: 0.1}"
TRAIN = {"data": "{file: cost.sibyl, label: accuracy}", "split": "{train: 40}", "predictor": SMALL,
         "training": "{structure: true, " + TRAINING + "}"}
SCORE = {"predictor": "p1/predictor.sibyl", "input": "{file: cost.sibyl, label: accuracy}"}
SAMPLE = {"predictor": "p1/predictor.sibyl", "input": "{space: digits201, sample: 10}"}
TABLE = {"space": "digits201", "evaluator": "{file: cost.sibyl, value: accuracy}", "seed": "3",
         "search": "{model: network, evaluations: 40, initial: 20, batch: 20}", "predictor": SMALL, "training": "{" + TRAINING + "}"}
AGING = {**TABLE, "search": "{algorithm: aging, evaluations: 60, population: 8, sample: 3}"}
COMMAND = {"space": "digits201", "evaluator": "{kind: command, command: [sh, program.sh], pause_s: 0, timeout_s: 5}",
           "search": "{algorithm: random, evaluations: 5}"}
LARGE = {**TABLE, "space": "nasbench101", "evaluator": "{kind: command, command: [sh, program.sh], pause_s: 0}",
         "search": "{evaluations: 24, initial: 16, batch: 8, candidates: 50}"}
FAILING = {**COMMAND, "evaluator": "{kind: command, command: ['false'], pause_s: 0}",
           "search": "{algorithm: random, evaluations: 12}"}
PARETO = {**TABLE, "evaluator": "{file: cost.sibyl}", "limits": "[{value: cost, at_least: 5, at_most: 80}]",
          "objectives": "[{value: accuracy, goal: max, reference: 0}, {value: cost, goal: min, reference: 100}]",
          "search": "{algorithm: nsga2, evaluations: 40, population: 8}"}
FORECAST = {**TABLE, "evaluator": "{file: cost.sibyl}", "predicted": "[{value: guess, predictor: p1/predictor.sibyl}]",
            "objectives": "[{value: cost, goal: max}, {value: guess, goal: max}]",
            "search": "{algorithm: nsga2, evaluations: 40, population: 8}"}
FIDELITY = {"space": "digits201", "evaluator": "{kind: command, command: [sh, program.sh], pause_s: 0}",
            "search": "{algorithm: random, evaluations: 12, fidelity: {min: 1, max: 4, eta: 2}}"}
COLUMNS = {**TABLE, "search": "{algorithm: random, evaluations: 40, fidelity: {max: 9, columns: [{budget: 3, value: cost}]}}"}
# The job that a key is tried in: the first whose pattern fits verb and key.
JOBS = [("train data.connected", {**TRAIN, "data": "{file: mixed.sibyl, label: accuracy}"}), ("train ", TRAIN),
        ("score input.(space|sample)", SAMPLE), ("score ", SCORE),
        ("search effort", {**TABLE, "search": "{evaluations: 140, initial: 20, batch: 15}"}),
        ("train data.labels", {**TRAIN, "data": "{file: penalty.sibyl, label: accuracy}"}),
        ("search (objectives|limits)", PARETO), ("search predicted", FORECAST),
        ("search space.file", {**TABLE, "space": "{file: cost.sibyl}"}), (r"search evaluator\.give_up_after", FAILING),
        (r"search evaluator\.(kind|file|value|minimise)$", TABLE), (r"search evaluator\.", COMMAND),
        (r"search search\.fidelity\.columns", COLUMNS), (r"search search\.(fidelity|epochs)", FIDELITY),
        (r"search search\.(population|sample)", AGING), (r"search search\.candidates", LARGE), ("search ", TABLE)]
# Values to try that are not the next one.
VALUES = {
    "data.file": "other.sibyl", "data.label": "cost", "data.test_label": "cost", "split.train": "30", "space": "nasbench201",
    "space.file": "other.sibyl", "evaluator.file": "other.sibyl", "evaluator.value": "cost",
    "evaluator.command": "[sh, program.sh, more]", "evaluator.folder": "elsewhere", "evaluator.scratch": "elsewhere",
    "evaluator.timeout_s": "0.1", "evaluator.memory_gb": "3", "evaluator.log_mb": "0", "evaluator.kind": "ask",
    "search.target": "0.7", "search.known": "[known.csv]", "search.evaluations": "30", "search.algorithm": "aging",
    "search.batch": "10", "search.candidates": "60", "search.sample": "5", "predictor.heads": "[global]", "predictor.width": "16",
    "predictor.feedforward": "6", "predictor.readout": "sum", "predictor.head": "linear", "training.from": "p1/predictor.sibyl",
    "training.auxiliary": "[cost]", "training.precision": "bf16", "training.folds": "4", "training.batch": "10",
    "training.epochs": "4", "training.rate": "0.02", "training.clip": "0.1", "training.loss.rank_margin": "0.5",
    "training.target": "normal_scores", "training.shards": "2", "training.ema": "0", "training.structure": "false",
    "predictor.layers": "2", "training.dropout": "0.2", "training.loss.l1": "1",
    "training.pretraining": "2", "training.bases": "1", "predictor": "p2/predictor.sibyl", "predictor.members": "3", "score.precision": "bf16",
    "score.goal": "min", "search.epochs": "8", "search.fidelity.min": "2", "search.fidelity.max": "2", "search.fidelity.eta": "4",
    "search.fidelity.stop": "halving",
    "input.file": "other.sibyl", "input.label": "cost", "input.space": "nasbench201", "input.sample": "5", "top": "5",
    "evaluator.report": "[cost]", "data.features": "[cost]", "data.labels": "ranks", "repeat": "2", "vary": "{seed: [1, 2]}", "settings": "{a: {}, b: {seed: 2}}"}
# Keys of the items of a list, which --set gives as a whole.
WHOLE = {
    "objectives": "objectives=[{value: accuracy, goal: max, reference: 0}]",
    "objectives.value": "objectives=[{value: other, goal: max, reference: 0}, {value: cost, goal: min, reference: 100}]",
    "objectives.goal": "objectives=[{value: accuracy, goal: max, reference: 0}, {value: cost, goal: max, reference: 0}]",
    "objectives.reference": "objectives=[{value: accuracy, goal: max, reference: 0.1}, {value: cost, goal: min, reference: 100}]",
    "search.fidelity.columns": "search.fidelity.columns=[{budget: 3, value: accuracy}]",
    "search.fidelity.columns.budget": "search.fidelity.columns=[{budget: 1, value: cost}]",
    "search.fidelity.columns.value": "search.fidelity.columns=[{budget: 3, value: accuracy}]",
    "limits": "limits=[{value: cost, at_most: 40}]", "limits.value": "limits=[{value: accuracy, at_least: 5, at_most: 80}]",
    "limits.at_most": "limits=[{value: cost, at_least: 5, at_most: 40}]", "limits.at_least": "limits=[{value: cost, at_least: 40, at_most: 80}]",
    "predicted": "predicted=[]", "predicted.value": "predicted=[{value: accuracy, predictor: p1/predictor.sibyl}]",
    "predicted.predictor": "predicted=[{value: guess, predictor: p2/predictor.sibyl}]"}
# Without an effect on what one rank leaves behind on every machine; who tries them.
ELSEWHERE = {
    "training.checkpoint_s": "kills", "score.checkpoint_s": "kills", "evaluator.grace_s": "unit.command_ends",
    "evaluator.pause_s": "evaluator", "search.coordinator": "unit.plan, mpi.engine", "search.pace": "mpi.engine_free",
    "search training.shards": "mpi.trainer: it is rounding that differs", "ranks.evaluate": "mpi.engine_free",
    "ranks.train": "mpi.engine_free", "search.fidelity.columns.of": "fidelities", "search.experiment": "search_experiment",
    "training.base": "bases"}


def keys():
    """(verb, path, kind of value, default) of each key but sections, for each verb that takes it."""
    page = subprocess.run([program, "help", "job-files"], check=True, capture_output=True, text=True).stdout
    for line in page.splitlines():
        if line.startswith("| `"):
            path, kind, default, verbs = [c.strip() for c in line.split(" | ")[:4]]
            for verb in verbs.split(", "):
                yield verb, path.strip("| `"), kind, default


def another(path, kind, default):
    """What sets the key to a value that is not the default."""
    return WHOLE.get(path) or f"{path}={other_value(path, kind, default)}"


def other_value(path, kind, default):
    if path in VALUES:
        return VALUES[path]
    if kind == "true or false":
        return "false" if default == "true" else "true"
    if kind.startswith("a whole number"):
        return str(int(float(default.split()[0])) + 1)
    if kind.startswith("a number"):
        high, now = float(re.search(r"\.\.([\d.e+-]+)", kind).group(1)), float(default.split()[0])
        return repr((now + min(high, now + 1)) / 2)
    return next(w for w in re.split(r", | or ", kind) if w != default)


def content(out, name):
    """Of a file, but for times, what only repeats the job file, and whether another run has made the base."""
    with open(os.path.join(out, name), "rb") as f:
        data = f.read()
    if name.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(data.decode())))
        keep = [i for i, c in enumerate(rows[0]) if c != "seconds" and not c.endswith("_s")]
        return repr([[r[i] for i in keep if i < len(r)] for r in rows]).encode()
    if name == "result.json":
        data = b"\n".join(l for l in data.splitlines() if not re.search(rb'_s": |"(job|settings|base_found)": ', l))
    if name.endswith(".log"):
        data = b"\n".join(l for l in data.splitlines() if not l.startswith(b"[sibyl] "))
    if name == "predictor.sibyl":
        data = b"" # result.json has its digest
    return data.replace(out.encode(), b"OUT")


def run(verb, values, sets, out):
    """What a job leaves behind: its status, its files, and what it said."""
    with open(out + ".yaml", "w") as f:
        f.writelines(f"{k}: {v}\n" for k, v in values.items())
    words = [program, verb, out + ".yaml", "--out", out, "--threads", "1", "--quiet"]
    for s in sets:
        words += ["--set", s]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100)
    files = {}
    for folder, _, names in os.walk(out):
        for name in (os.path.relpath(os.path.join(folder, n), out) for n in names):
            if name not in ("config.yaml", "run.journal"):
                files[name] = hashlib.md5(content(out, name)).hexdigest()
    return done.returncode, files, done.stderr.replace(out, "OUT")


def check(number, verb, path, changed, base):
    values, left = base
    got = run(verb, values, [changed], f"key{number}")
    if got[0] == 2 and (path.split(".")[0] if path in WHOLE else path) not in got[2]:
        return f"{verb}: {changed} is refused, and not by its name: {got[2].strip()}"
    if got == left:
        return f"{verb}: {path} of {changed} changes nothing"
    return None


def main():
    tried = [k for k in keys() if k[1] not in ELSEWHERE and f"{k[0]} {k[1]}" not in ELSEWHERE]
    with ThreadPoolExecutor(2) as pool:
        jobs = list(enumerate(JOBS))
        left = list(pool.map(lambda j: run(j[1][0].split()[0], j[1][1], [], f"job{j[0]}"), jobs))
        again = list(pool.map(lambda j: run(j[1][0].split()[0], j[1][1], [], f"again{j[0]}"), jobs))
        faults = [f"{JOBS[i][0]}: the same job twice: {a} {b}" for i, (a, b) in enumerate(zip(left, again)) if a != b]
        faults += [f"{JOBS[i][0]}: {a[2]}" for i, a in enumerate(left) if a[0] == 2]
        base = [next(i for i, (p, _) in jobs if re.match(p, f"{k[0]} {k[1]}")) for k in tried] if not faults else []
        tasks = [(n, k[0], k[1], another(*k[1:]), (JOBS[b][1], left[b])) for n, (k, b) in enumerate(zip(tried, base))]
        faults += [f for f in pool.map(lambda t: check(*t), tasks) if f]
    print(f"{len(tasks)} keys of verbs were tried")
    for f in faults:
        print("FAIL", f)
    return bool(faults)


sys.exit(main())
