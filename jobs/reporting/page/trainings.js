// Trainings: loss, what is predicted against what is true, and whether intervals hold.

function lossChart(runs) {
    const series = [],
        places = new Set();
    for (const run of runs) {
        if (!run.metrics) continue;
        const byMember = new Map();
        for (const row of rowsOf(run.metrics)) {
            const key = row.member || 0;
            if (!byMember.has(key)) byMember.set(key, new Map());
            byMember.get(key).set(row.epoch, row.loss);
            places.add(row.epoch);
        }
        for (const [member, losses] of byMember) {
            const words = [
                runs.length > 1 ? run.name : null,
                byMember.size > 1 ? `network ${member + 1}` : null,
            ].filter(w => w);
            series.push({label: words.join(", ") || "loss", kind: "line", losses});
        }
    }
    const xs = [...ascending(places)];
    if (!series.length || xs.length < 2) return null;
    const many = series.length > LINES_MAX;
    for (const s of series)
        Object.assign(s, {
            ys: xs.map(x => finite(s.losses.get(x))),
            thin: many,
            quiet: many,
            colour: many ? "quiet" : undefined,
        });
    const log = series.every(s => known(s.ys).every(y => y > 0));
    return chart({
        title: "Training loss by epoch",
        x: {label: "epoch"},
        y: {label: log ? "loss, logarithmic" : "loss", log},
        xs,
        series,
    });
}

// s: the block `scores` of a run, with labels.
function agreement(s, label) {
    if (!s || !s.sample.label) return null;
    const p = s.sample.score,
        t = s.sample.label,
        d = s.sample.deviation,
        order = p.map((x, i) => i).filter(i => finite(p[i]) !== null && finite(t[i]) !== null);
    if (!order.length) return null;
    const byTruth = order.slice().sort((a, b) => t[a] - t[b]),
        byScore = order.slice().sort((a, b) => p[a] - p[b]);
    const some = s.rows > p.length ? `${say(p.length)} of ${say(s.rows)} networks, drawn evenly.` : "";
    const within = i => (d ? `, deviation ${say(d[i])}` : "");
    return [
        chart({
            title: "Predicted against true",
            note: `Dashed: where both are equal. ${some}`,
            diagonal: true,
            x: {label: `true ${label}`},
            y: {label: `predicted ${label}`},
            xs: byTruth.map(i => t[i]),
            series: [{label: "networks", kind: "dots", faint: true, size: 4, colour: 0, ys: byTruth.map(i => p[i])}],
            read: n => `predicted ${say(p[byTruth[n]], 5)}${within(byTruth[n])}`,
        }),
        chart({
            title: "Residuals",
            note: `True minus predicted, by what is predicted; line: the median of each twentieth. ${some}`,
            x: {label: `predicted ${label}`},
            y: {label: "true minus predicted"},
            xs: byScore.map(i => p[i]),
            marks: [{y: 0, label: ""}],
            series: [
                {label: "networks", kind: "dots", faint: true, size: 4, colour: 0, ys: byScore.map(i => t[i] - p[i])},
                {label: "median", kind: "line", colour: 1, plain: true, ys: middles(byScore.map(i => t[i] - p[i]))},
            ],
        }),
    ];
}

// The median of each twentieth of a list, in its middle.
function middles(list) {
    const out = list.map(() => null),
        size = Math.max(5, Math.ceil(list.length / 20));
    for (let at = 0; at + size <= list.length || at === 0; at += size) {
        const part = list.slice(at, at + size);
        out[Math.min(list.length - 1, at + (part.length >> 1))] = quantile(ascending(part), 0.5);
    }
    return out;
}

function reliabilityChart(runs) {
    const series = [];
    let xs = null;
    for (const run of runs) {
        if (!run.reliability) continue;
        const c = columnsOf(run.reliability);
        xs = xs || c.probability;
        if (String(xs) === String(c.probability))
            series.push({label: runs.length > 1 ? run.name : "labels inside", kind: "line", ys: c.coverage});
    }
    if (!xs) return null;
    return chart({
        title: "Whether intervals hold",
        note: "Dashed: as often as they should. Below it the intervals are too narrow, above it too wide.",
        diagonal: true,
        x: {label: "probability of the interval", range: [0, 1]},
        y: {label: "share of labels inside", range: [0, 1]},
        xs,
        series,
    });
}

const TRAINING_FIGURES = [
    ["test_kendall_tau", "Kendall's tau"],
    ["test_kendall_tau_new", "tau of networks that are new"],
    ["test_spearman", "Spearman"],
    ["test_mape", "mean relative error (MAPE)"],
    ["test_top10_overlap", "of the best 10, found among the predicted 10"],
    ["test_top100_overlap", "of the best 100, found among the predicted 100"],
    ["test_within_5_percent", "within 5% of the truth"],
    ["test_coverage_90", "labels inside 90% intervals"],
    ["train_size", "trained on"],
    ["test_size", "tested on"],
    ["parameters", "parameters"],
    ["epochs", "epochs"],
    ["loss", "loss"],
    ["train_s", "seconds of training"],
];

function figuresTable(runs) {
    const told = TRAINING_FIGURES.filter(([key]) => runs.some(run => finite(run.result[key]) !== null));
    return plainTable(
        "Figures of the test",
        ["figure", ...runs.map(run => (runs.length > 1 ? run.name : "value"))],
        told.map(([key, word]) => [word, ...runs.map(run => say(run.result[key], 5))]),
    );
}

// Of several trainings: drawn when they are asked for.
function agreementsOf(runs) {
    const drawn = runs.filter(run => run.scores && run.scores.sample.label);
    const details = run =>
        h(
            "details",
            {class: "run"},
            h("summary", null, run.name),
            lazily(() => agreement(run.scores, run.job["data.label"] || "label")),
        );
    return drawn.length ? section(3, "Predicted against true", drawn.map(details)) : null;
}

function trainingsSection(runs) {
    const several = runs.length > 1,
        label = runs[0].job["data.label"] || "label";
    return section(
        2,
        several ? `Trainings (${runs.length})` : "The training",
        several && runs.length > 6 ? runsTable(runs) : figuresTable(runs),
        lossChart(runs),
        reliabilityChart(runs),
        several ? agreementsOf(runs) : agreement(runs[0].scores, label),
    );
}

// Means with their intervals, and the paired t-tests of summary.csv, corrected for as many settings as were compared.
function trainingExperimentSection(run) {
    const rows = rowsOf(run.experiment),
        settings = [...new Set(rows.map(row => String(row.setting)))],
        summary = rowsOf(run.summary);
    const figures = [
        ["test_kendall_tau", "Kendall's tau"],
        ["test_kendall_tau_new", "tau, new networks"],
        ["test_top10_overlap", "top-10 overlap"],
        ["test_mape", "MAPE"],
    ];
    const points = (setting, key) => rows.filter(row => String(row.setting) === setting).map(row => finite(row[key]));
    const corrected = Object.fromEntries(
        figures.map(([key]) => [key, holm(summary.map(row => finite(row[`${key}_p`])))]),
    );
    const cells = (row, i, key) => [
        sayInterval(meanInterval(points(String(row.setting), key))),
        say(row[`${key}_difference`]),
        sayP(row[`${key}_p`]),
        sayP(corrected[key][i]),
    ];
    const c = columnsOf(run.experiment),
        names = Object.keys(c)
            .filter(n => n !== "task" && c[n].some(x => x !== null))
            .sort((a, b) => orderOf(a) - orderOf(b));
    return section(
        2,
        `Experiment ${run.name}: ${many(settings.length, "setting")}, ${many(rows.length, "training")}`,
        intervalPlot(
            "Kendall's tau on the test",
            "Dots: trainings; bar: 95% confidence interval of the mean, by Student's t.",
            "Kendall's tau",
            settings.map(setting => ({
                label: setting,
                points: points(setting, "test_kendall_tau"),
                ...meanInterval(points(setting, "test_kendall_tau")),
            })),
        ),
        plainTable(
            "Settings: mean [95%], difference to the first, p of the paired t-test, and by Holm's correction",
            ["setting", "n", ...figures.flatMap(([key, word]) => [word, "difference", "p", "p (Holm)"])],
            summary.map((row, i) => [
                String(row.setting),
                say(row.repeats),
                ...figures.flatMap(([key]) => cells(row, i, key)),
            ]),
        ),
        section(
            3,
            "Each training",
            dataTable({
                caption: "A line for each training",
                names,
                columns: names.map(n => c[n]),
                rows: run.experiment.rows,
            }),
        ),
    );
}
