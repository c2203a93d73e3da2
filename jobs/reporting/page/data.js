// What the page's block of JSON holds.

// The columns of a table by name, each as a list.
function columnsOf(table) {
    const out = Object.create(null);
    if (!table) return out;
    for (const [name, cells] of Object.entries(table.columns))
        out[name] = Array.isArray(cells) ? cells : cells.at.map(i => cells.words[i]);
    return out;
}

// Its rows, each an object.
function rowsOf(table) {
    const columns = columnsOf(table),
        names = Object.keys(columns),
        rows = [];
    for (let i = 0; table && i < table.rows; i++)
        rows.push(Object.fromEntries(names.map(name => [name, columns[name][i]])));
    return rows;
}

const isExperiment = run => !!run.experiment;
const isSearch = run => run.result.verb === "search" && !isExperiment(run);
const isTraining = run => run.result.verb === "train" && !isExperiment(run);
const isScoring = run => run.result.verb === "score";

// A run's name on the page: its folder's, or as much of its path as tells it from the others.
function nameRuns(runs) {
    const parts = runs.map(run => run.path.replace(/\/+$/, "").split("/"));
    for (let n = 1; n <= 64; n++) {
        const names = parts.map(p => p.slice(-n).join("/"));
        if (n === 64 || new Set(names).size === names.length) {
            runs.forEach((run, i) => {
                run.name = names[i] || run.path;
            });
            return;
        }
    }
}

// Keys of the job that differ among runs, but for seeds.
function differingKeys(runs) {
    const keys = new Set(runs.flatMap(run => Object.keys(run.job)));
    return [...keys].filter(key => !/(^|\.)seed$/.test(key) && new Set(runs.map(run => run.job[key])).size > 1);
}

// What tells a run's setting from those of others, in words.
function settingOf(run, keys) {
    if (!keys.length) return run.result.algorithm || run.result.verb;
    if (keys.length === 1) return run.job[keys[0]] === undefined ? "default" : run.job[keys[0]];
    if (keys.length > 4) return run.name;
    return keys
        .map(key => `${key.split(".").pop()} ${run.job[key] === undefined ? "default" : run.job[key]}`)
        .join(", ");
}

// Every search as {name, setting, seed, curve, optimum, evaluations, toTarget, targeted, best, hash, result}.
function searchesOf(runs) {
    const keys = differingKeys(runs);
    return runs.map(run => ({
        name: run.name,
        setting: settingOf(run, keys),
        seed: run.result.seed,
        curve: run.curve,
        minimise: run.minimise,
        optimum: finite(run.result.optimum),
        evaluations: run.result.evaluations || 0,
        toTarget: finite(run.result.evaluations_to_target),
        targeted: run.job["search.target"] !== undefined,
        best: finite(run.result.best_value),
        hash: run.result.best_hash,
        result: run.result,
    }));
}

function searchesOfExperiment(run) {
    return rowsOf(run.experiment).map((row, i) => ({
        name: String(row.folder),
        setting: String(row.setting),
        seed: row.seed,
        curve: (run.searches || [])[i],
        minimise: run.minimise,
        optimum: finite(row.optimum),
        evaluations: row.evaluations || 0,
        toTarget: finite(row.evaluations_to_target),
        targeted: row.target !== null && row.target !== undefined && row.target !== "none",
        best: finite(row.best_value),
        hash: row.best_hash,
        result: row,
    }));
}

function finite(x) {
    return typeof x === "number" && Number.isFinite(x) ? x : null;
}

// Runs by their setting, in the order in which the settings come.
function groupsOf(searches) {
    const groups = new Map();
    for (const s of searches) {
        if (!groups.has(s.setting)) groups.set(s.setting, {name: s.setting, searches: []});
        groups.get(s.setting).searches.push(s);
    }
    return rankGroups([...groups.values()]);
}

// Of many settings the best by their medians are shown in colours (`shown`), and each keeps its own throughout the page.
function rankGroups(groups) {
    const sign = groups.some(g => g.searches.some(s => s.minimise)) ? 1 : -1;
    const middle = g => quantile(ascending(known(g.searches.map(s => s.best))), 0.5);
    const ranked = groups.slice().sort((a, b) => sign * (middle(a) - middle(b)) || 0);
    const chosen = new Set(ranked.slice(0, LINES_MAX));
    let next = 0;
    for (const g of groups) {
        g.shown = chosen.has(g);
        g.colour = g.shown ? next++ : "quiet";
    }
    return groups;
}

// The best value that a search had at `x` of a kind of its steps: "at" (evaluations), "seconds", "epochs". null: none yet.
function bestAt(steps, kind, x) {
    const list = steps[kind];
    let low = 0,
        high = list.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (list[middle] <= x) low = middle + 1;
        else high = middle;
    }
    return low ? steps.best[low - 1] : null;
}
