// One search: each of its evaluations, how long they took, and why some failed.

// Every evaluation as a dot, in the order in which they came; or the better half alone, where differences are small.
function evaluationsPart(run, name) {
    const values = columnsOf(run.history).value,
        host = h("div", {class: "charts"}),
        middle = values ? quantile(ascending(known(values)), 0.5) : NaN;
    if (!values || known(values).length < 2) return null;
    const show = half => {
        host.replaceChildren(evaluationsChart(run, name, !half ? {} : run.minimise ? {to: middle} : {from: middle}));
        forgetCharts();
        drawCharts();
    };
    show(false);
    return h(
        "div",
        null,
        h(
            "p",
            {class: "controls"},
            choice("Values:", ["all", "the better half"], 0, i => show(i === 1)),
        ),
        host,
    );
}

function evaluationsChart(run, name, bounds) {
    const c = columnsOf(run.history),
        xs = c.evaluation || [];
    const budgets = new Set(c.budget || []).size > 1,
        kind = budgets ? c.budget : c.origin || [];
    const kinds = [...new Set(kind)],
        ways = kinds.length > 1 && kinds.length <= 6 ? kinds : [null];
    const series = ways.map((way, k) => ({
        label: way === null ? "evaluations" : budgets ? `budget ${say(way)}` : way,
        kind: "dots",
        colour: k + 1,
        faint: true,
        ys: c.value.map((v, i) => (way === null || kind[i] === way ? finite(v) : null)),
    }));
    series.push({label: `best ${name} so far`, kind: "step", colour: 0, ys: c.best_value.map(finite)});
    return chart({
        title: "All evaluations",
        note: run.history.rows < run.curve.evaluations ? `The best ${say(run.history.rows)} of them.` : "",
        x: {label: "evaluation"},
        y: {label: name, ...bounds},
        xs,
        series,
        marks:
            finite(run.result.optimum) === null
                ? []
                : [{y: run.result.optimum, label: `best of all in the table: ${say(run.result.optimum, 5)}`}],
        read: (i, k) =>
            k < ways.length
                ? `${name} ${say(c.value[i], 5)} (${c.origin ? c.origin[i] : ""}) ${c.architecture[i]}`
                : null,
    });
}

// How long evaluations took, and whether failed.
function timeSection(run) {
    const c = columnsOf(run.history),
        seconds = (c.seconds || []).map(finite);
    if (!known(seconds).some(s => s > 0)) return null;
    const ranks = run.result.ranks || 1,
        wall = run.result.wall_s,
        sum = run.curve.seconds,
        list = ascending(known(seconds));
    const busy = wall > 0 ? sum / (wall * ranks) : null;
    const failed = c.status.map((s, i) => (s === "failed" ? seconds[i] : null)),
        good = c.status.map((s, i) => (s === "failed" ? null : seconds[i]));
    return section(
        3,
        "Time",
        h(
            "p",
            null,
            `Evaluations took ${saySeconds(sum)} together; one took ${saySeconds(quantile(list, 0.5))} in the median, `,
            `${saySeconds(list[list.length - 1])} at the most. The search took ${saySeconds(wall)} on ${many(ranks, "rank")}`,
            busy !== null && busy <= 1.02
                ? `: evaluating was ${say(100 * busy, 3)}% of the ranks' time, and the rest training, scoring and waiting.`
                : ".",
        ),
        chart({
            title: "Seconds of each evaluation",
            x: {label: "evaluation"},
            y: {label: "seconds", log: list[0] > 0 && list[list.length - 1] > 20 * list[0]},
            xs: c.evaluation,
            series: [
                {label: "evaluated", kind: "dots", colour: 0, ys: good},
                {label: "failed", kind: "dots", colour: 1, ys: failed},
            ].filter(s => known(s.ys).length),
        }),
    );
}

function failuresSection(run) {
    const c = run.curve;
    if (!c.failed) return null;
    const left = c.failure_kinds - c.failures.length;
    return section(
        3,
        "Failed evaluations",
        h("p", null, `${many(c.failed, "evaluation")} of ${say(c.evaluations)} failed.`),
        plainTable(
            "Reasons, the most frequent first",
            ["reason", "evaluations"],
            c.failures.map(([count, reason]) => [reason, say(count)]),
        ),
        left > 0 ? h("p", null, `And ${many(left, "other reason")}; run.db has all.`) : null,
    );
}

// What readers look for first stands first, long names last; the rest as it stood.
const FIRST = [
    "evaluation",
    "setting",
    "repeat",
    "seed",
    "value",
    "best_value",
    "evaluations_to_target",
    "regret",
    "evaluations",
    "evaluations_to_best",
];
const LAST = ["folder", "best_hash", "best_architecture", "hash", "architecture"];

function orderOf(name) {
    const first = FIRST.indexOf(name),
        last = LAST.indexOf(name);
    return first >= 0 ? first : last >= 0 ? 200 + last : 100;
}

function evaluationsTable(run) {
    const c = columnsOf(run.history),
        names = Object.keys(c)
            .filter(name => name !== "task" && c[name].some(x => x !== null))
            .sort((a, b) => orderOf(a) - orderOf(b));
    if (!run.history.rows) return null;
    const all = run.history.rows === run.curve.evaluations;
    return section(
        3,
        "Evaluations",
        dataTable({
            caption: all
                ? "All evaluations"
                : `The best ${say(run.history.rows)} of ${say(run.curve.evaluations)} evaluations`,
            names,
            columns: names.map(name => c[name]),
            rows: run.history.rows,
            note: all ? "" : "run.db and history.csv have all of them.",
        }),
    );
}
