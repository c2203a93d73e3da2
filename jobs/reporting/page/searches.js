// Searches: how the best value rose, how far it is from the best there is, and how soon the target was reached.

const GRID_MAX = 400; // places at which curves are compared
const LINES_MAX = 8; // settings, or single searches, in colours of their own
const BAND_FROM = 3; // searches of a setting from which on it is a median with a band

const KINDS = [
    ["at", "evaluations"],
    ["seconds", "seconds of all evaluations together"],
    ["epochs", "epochs spent"],
];

// The places where any curve changes, thinned.
function gridOf(searches, kind) {
    const places = new Set();
    for (const s of searches) {
        for (const x of s.curve.steps[kind]) places.add(x);
        places.add(endOf(s, kind));
    }
    const list = ascending(places),
        step = list.length / GRID_MAX;
    if (step <= 1) return [...list];
    const out = [];
    for (let i = 0; i < GRID_MAX; i++) out.push(list[Math.floor(i * step)]);
    out.push(list[list.length - 1]);
    return out;
}

function endOf(s, kind) {
    return kind === "at" ? s.curve.evaluations : s.curve[kind];
}

function hasKind(searches, kind) {
    return searches.every(s => s.curve && s.curve.steps[kind] && endOf(s, kind) > 0);
}

// The series of groups over a grid; change(value, search): what is drawn of a best value. A search that ended counts as
// it was at its end; where some of a group have no value yet the group has none.
function bestSeries(groups, kind, grid, change) {
    const at = (s, x) => {
        const best = bestAt(s.curve.steps, kind, x);
        return best === null ? null : change(best, s);
    };
    const single = (s, k, thin) => ({
        label: s.name,
        kind: "step",
        colour: thin ? "quiet" : k,
        thin,
        quiet: thin,
        untold: thin,
        ys: grid.map(x => (x > endOf(s, kind) ? null : at(s, x))),
    });
    const all = groups.flatMap(g => g.searches);
    if (groups.every(g => g.searches.length < BAND_FROM)) {
        const ranked = all.slice().sort((a, b) => (all[0].minimise ? 1 : -1) * (a.best - b.best));
        const chosen = new Set(ranked.slice(0, LINES_MAX));
        let k = 0;
        return all
            .filter(s => !chosen.has(s))
            .map(s => single(s, 0, true))
            .concat(all.filter(s => chosen.has(s)).map(s => single(s, k++, false)));
    }
    return groups.map(g => {
        const series = {
            label: `${g.name} (${g.searches.length})`,
            kind: "step",
            colour: g.colour,
            thin: !g.shown,
            quiet: !g.shown,
            untold: !g.shown,
            ys: [],
            low: [],
            high: [],
        };
        for (const x of grid) {
            const values = g.searches.map(s => at(s, x)),
                sorted = values.includes(null) ? null : ascending(values);
            series.ys.push(sorted && quantile(sorted, 0.5));
            series.low.push(sorted && quantile(sorted, 0.25));
            series.high.push(sorted && quantile(sorted, 0.75));
        }
        if (g.searches.length < BAND_FROM || !g.shown) delete series.low;
        return series;
    });
}

function bandNote(groups) {
    return groups.some(g => g.searches.length >= BAND_FROM)
        ? "Line: the median of the searches of a setting; band: the middle half of them."
        : "";
}

// Charts over evaluations, seconds or epochs, whichever is chosen.
// alone: every evaluation of the one search is drawn already.
function curveCharts(searches, name, alone) {
    const drawn = searches.filter(s => s.curve && s.curve.steps.at.length);
    if (!drawn.length) return null;
    const groups = groupsOf(drawn),
        kinds = KINDS.filter(([kind]) => hasKind(drawn, kind)),
        host = h("div", {class: "charts"});
    const optima = new Set(drawn.map(s => s.optimum)),
        optimum = optima.size === 1 ? drawn[0].optimum : null;
    let kind = kinds[0],
        log = false;
    const show = () => {
        const grid = gridOf(drawn, kind[0]),
            x = {label: kind[1], log: log && grid[0] > 0};
        host.replaceChildren(
            ...[
                alone && kind === kinds[0] ? null : bestChart(groups, kind[0], grid, x, name, optimum),
                optimum === null ? null : regretChart(groups, kind[0], grid, x),
            ].filter(c => c),
        );
        forgetCharts();
        drawCharts();
    };
    show();
    if (alone && kinds.length === 1 && !host.children.length) return null;
    return [
        h(
            "p",
            {class: "controls"},
            kinds.length > 1
                ? choice(
                      "Across:",
                      kinds.map(k => k[1]),
                      0,
                      i => {
                          kind = kinds[i];
                          show();
                      },
                  )
                : null,
            choice("Horizontal scale:", ["linear", "logarithmic"], 0, i => {
                log = i === 1;
                show();
            }),
        ),
        host,
    ];
}

function bestChart(groups, kind, grid, x, name, optimum) {
    const series = bestSeries(groups, kind, grid, best => best);
    const others = series.some(s => s.quiet) ? ` The ${LINES_MAX} best are coloured.` : "";
    return chart({
        title: `Best ${name} so far`,
        note: bandNote(groups) + others,
        x,
        y: {label: `best ${name}`},
        xs: grid,
        series,
        marks: optimum === null ? [] : [{y: optimum, label: `best of all in the table: ${say(optimum, 5)}`}],
    });
}

// On a logarithmic scale; where the best is found the curve falls to the bottom.
function regretChart(groups, kind, grid, x) {
    const regret = (best, s) => (s.minimise ? best - s.optimum : s.optimum - best);
    const all = groups.flatMap(g => g.searches),
        positive = all.flatMap(s => s.curve.steps.best.map(b => regret(b, s))).filter(r => r > 0);
    if (!positive.length) return null;
    const floor = positive.reduce((a, b) => Math.min(a, b)) / 2;
    return chart({
        title: "Regret",
        note: `How much the best is short of the best of all. ${bandNote(groups)} At the bottom (${say(floor, 2)}): found.`,
        x,
        y: {label: "regret, logarithmic", log: true},
        xs: grid,
        series: bestSeries(groups, kind, grid, (best, s) => Math.max(floor, regret(best, s))),
    });
}

// The share of searches that have reached the target, with Wilson's interval.
function reachedChart(groups) {
    const able = groups.filter(g => g.shown && g.searches.length >= BAND_FROM && g.searches.every(s => s.targeted));
    if (!able.length || !able.some(g => g.searches.some(s => s.toTarget !== null))) return null;
    const xs = [
        0,
        ...ascending(new Set(able.flatMap(g => g.searches.flatMap(s => known([s.toTarget, s.evaluations]))))),
    ];
    const series = able.map(g => {
        const n = g.searches.length,
            out = {label: `${g.name} (${n})`, kind: "step", colour: g.colour, ys: [], low: [], high: []};
        for (const x of xs) {
            const reached = g.searches.filter(s => s.toTarget !== null && s.toTarget <= x).length,
                [low, high] = shareInterval(reached, n);
            out.ys.push(reached / n);
            out.low.push(low);
            out.high.push(high);
        }
        return out;
    });
    return chart({
        title: "Share of searches that reached the target",
        note: "Band: 95% confidence interval (Wilson's).",
        x: {label: "evaluations"},
        y: {label: "share", range: [0, 1]},
        xs,
        series,
    });
}

// ---- settings compared ----

// Evaluations to the target; a search that missed it counts with all its evaluations, which makes the mean a lower bound.
function targetRows(groups) {
    return groups.map(g => {
        const points = g.searches.map(s => (s.toTarget === null ? s.evaluations : s.toTarget)),
            missed = g.searches.filter(s => s.toTarget === null).length;
        const i = meanInterval(points);
        return {
            label: g.name,
            colour: g.colour,
            points,
            ...i,
            missed,
            note: `${missed ? "≥ " : ""}${sayInterval(i)}${missed ? `, ${missed} of ${points.length} missed it` : ""}`,
        };
    });
}

function valueRows(groups, figure) {
    return groups.map(g => {
        const points = g.searches.map(figure),
            i = meanInterval(points);
        return {label: g.name, colour: g.colour, points, ...i};
    });
}

function comparison(groups, name, summary) {
    if (!groups.some(g => g.searches.length >= BAND_FROM)) return null;
    const targeted =
        groups.every(g => g.searches.every(s => s.targeted)) &&
        groups.some(g => g.searches.some(s => s.toTarget !== null));
    return [
        targeted
            ? intervalPlot(
                  "Evaluations to the target",
                  "Dots: searches; bar: 95% confidence interval of the mean. A search that missed the target counts with all its evaluations (≥).",
                  "evaluations",
                  targetRows(groups),
              )
            : null,
        intervalPlot(
            `Best ${name} at the end`,
            "Dots: searches; bar: 95% confidence interval of the mean.",
            name,
            valueRows(groups, s => s.best),
        ),
        summary ? searchSummary(summary) : null,
    ];
}

// summary.csv, as the run has computed it.
function searchSummary(summary) {
    const rows = rowsOf(summary),
        text = (row, key) => {
            const m = row[`${key}_mean`],
                missed = row[`${key}_missed`];
            return m === null || m === undefined
                ? ""
                : `${missed ? "≥ " : ""}${sayInterval({mean: m, low: row[`${key}_low`], high: row[`${key}_high`]})}`;
        };
    const figures = [
        ["evaluations_to_target", "evaluations to the target"],
        ["best_value", "best value"],
        ["regret", "regret"],
        ["hypervolume", "hypervolume"],
    ].filter(([key]) => rows.some(row => finite(row[`${key}_mean`]) !== null));
    const names = [
        "setting",
        "n",
        ...figures.flatMap(([key, word]) => [`${word}, mean [95%]`, "median", "difference", "p (Holm)"]),
    ];
    return plainTable(
        "Settings, against the first by Wilcoxon's signed-rank test over common seeds, with Holm's correction",
        names,
        rows.map(row => [
            String(row.setting),
            say(row.repeats),
            ...figures.flatMap(([key]) => [
                text(row, key),
                say(row[`${key}_median`]),
                say(row[`${key}_difference`]),
                sayP(row[`${key}_p_holm`]),
            ]),
        ]),
    );
}

// ---- sections ----

// What is drawn of networks, in the order of `found`: who found each.
function networksSection(found, title) {
    const figures = [];
    for (const hash of new Set(found.map(f => f.hash))) {
        const network = DATA.networks.find(one => one.hash === hash),
            of = found.filter(f => f.hash === hash);
        if (network)
            figures.push(
                networkFigure(
                    network,
                    of
                        .slice(0, 4)
                        .map(f => f.text)
                        .join("; ") + (of.length > 4 ? `; and ${of.length - 4} more` : ""),
                ),
            );
    }
    if (!figures.length) return null;
    return section(
        3,
        title || (figures.length > 1 ? "The networks found" : "The network found"),
        firstFigures(figures),
    );
}

function bestFirst(searches) {
    const sign = searches.some(s => s.minimise) ? 1 : -1;
    return searches.filter(s => s.best !== null).sort((a, b) => sign * (a.best - b.best));
}

function valueName(run) {
    return (run && (run.job["evaluator.value"] || (objectivesOf(run)[0] || {}).name)) || "value";
}

function searchesSection(runs) {
    const searches = searchesOf(runs),
        groups = groupsOf(searches),
        name = new Set(runs.map(valueName)).size === 1 ? valueName(runs[0]) : "value";
    const several = runs.length > 1;
    const found = bestFirst(searches).map(s => ({
        hash: s.hash,
        text: `${runs.length > 1 ? s.name + ": " : "best "}${name} ${say(s.best, 5)}, found as the ${ordinal(s.result.evaluations_to_best || 0)}`,
    }));
    const alone = !several && evaluationsPart(runs[0], name);
    return section(
        2,
        several ? `Searches (${runs.length})` : "The search",
        runs.map(run => paretoSection(run, several)),
        alone,
        curveCharts(searches, name, !!alone),
        reachedChart(groups),
        comparison(groups, name, null),
        several || !runs[0].front ? networksSection(found) : null,
        several ? runsTable(runs) : [evaluationsTable(runs[0]), failuresSection(runs[0]), timeSection(runs[0])],
        several
            ? section(
                  3,
                  "Each search",
                  runs.map(run =>
                      h(
                          "details",
                          {class: "run"},
                          h("summary", null, run.name),
                          lazily(() => [
                              evaluationsPart(run, valueName(run)),
                              evaluationsTable(run),
                              failuresSection(run),
                              timeSection(run),
                          ]),
                      ),
                  ),
              )
            : null,
    );
}

// What is only made when the details around it are opened.
function lazily(make) {
    const host = h("div");
    requestAnimationFrame(
        () =>
            host.parentElement &&
            host.parentElement.addEventListener("toggle", () => {
                if (!host.children.length) append(host, [make()]);
                drawCharts();
            }),
    );
    return host;
}

function searchExperimentSection(run) {
    const searches = searchesOfExperiment(run),
        groups = groupsOf(searches),
        name = valueName(run);
    const best = groups
        .map(g => g.searches.slice().sort((a, b) => (run.minimise ? 1 : -1) * (a.best - b.best))[0])
        .filter(s => s.hash);
    const rows = columnsOf(run.experiment),
        names = Object.keys(rows)
            .filter(n => n !== "task" && rows[n].some(x => x !== null))
            .sort((a, b) => orderOf(a) - orderOf(b));
    return section(
        2,
        `Experiment ${run.name}: ${many(groups.length, "setting")}, ${many(searches.length, "search", "searches")}`,
        curveCharts(searches, name),
        reachedChart(groups),
        comparison(groups, name, run.summary),
        networksSection(
            best.map(s => ({hash: s.hash, text: `${s.setting}, seed ${s.seed}: ${name} ${say(s.best, 5)}`})),
        ),
        section(
            3,
            "Each search",
            dataTable({
                caption: "A line for each search",
                names,
                columns: names.map(n => rows[n]),
                rows: run.experiment.rows,
            }),
        ),
    );
}
