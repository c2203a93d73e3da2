// Searches with several objectives: the front, and how its hypervolume grew.

// [{name, goal}...] of a job's objectives.
function objectivesOf(run) {
    const list = [];
    for (let i = 0; run.job[`objectives[${i}].value`] !== undefined; i++)
        list.push({name: run.job[`objectives[${i}].value`], goal: run.job[`objectives[${i}].goal`] || "max"});
    return list;
}

function directed(o) {
    return `${o.name} (${o.goal === "min" ? "lower" : "higher"} is better)`;
}

function paretoSection(run, several) {
    const objectives = objectivesOf(run);
    if (!run.front || objectives.length < 2) return null;
    const front = columnsOf(run.front),
        names = Object.keys(front).sort((a, b) => orderOf(a) - orderOf(b)),
        host = h("div", {class: "charts"});
    let x = 1,
        y = 0;
    const show = () => {
        host.replaceChildren(frontChart(run, objectives[x], objectives[y]));
        forgetCharts();
        drawCharts();
    };
    show();
    const words = objectives.map(o => o.name),
        axes =
            objectives.length > 2
                ? h(
                      "p",
                      {class: "controls"},
                      choice("Across:", words, x, i => {
                          x = i;
                          show();
                      }),
                      choice("Up:", words, y, i => {
                          y = i;
                          show();
                      }),
                  )
                : null;
    const figures = run.front.rows
        ? networksSection(
              rowsOf(run.front).map(row => ({
                  hash: row.hash,
                  text: objectives.map(o => `${o.name} ${say(row[o.name])}`).join(", "),
              })),
              "Networks of the front",
          )
        : null;
    return section(
        3,
        several ? `Pareto front of ${run.name}` : "Pareto front",
        axes,
        host,
        volumeChart(run),
        dataTable({
            caption: `The Pareto front: ${many(run.front.rows, "network")}`,
            names,
            columns: names.map(name => front[name]),
            rows: run.front.rows,
        }),
        several ? null : figures,
    );
}

function frontChart(run, x, y) {
    const front = rowsOf(run.front),
        c = columnsOf(run.history),
        onFront = new Set(front.map(row => row.hash));
    const points = front.map(row => ({x: row[x.name], y: row[y.name], row, on: true}));
    if (c[x.name] || c[y.name])
        c.hash.forEach((hash, i) => {
            const of = o => (c[o.name] ? c[o.name][i] : o === objectivesOf(run)[0] || !c[o.name] ? c.value[i] : null);
            if (!onFront.has(hash) && c.status[i] !== "failed")
                points.push({x: of(x), y: of(y), row: {architecture: c.architecture[i]}, on: false});
        });
    const list = points.filter(p => finite(p.x) !== null && finite(p.y) !== null).sort((a, b) => a.x - b.x);
    return chart({
        title: "Pareto front",
        note: `${many(front.length, "network")} of which none is worse than another in all objectives.`,
        x: {label: directed(x)},
        y: {label: directed(y)},
        xs: list.map(p => p.x),
        series: [
            {
                label: "dominated",
                kind: "dots",
                colour: "quiet",
                faint: true,
                size: 6,
                ys: list.map(p => (p.on ? null : p.y)),
            },
            {
                label: "reached",
                kind: "step",
                plain: true,
                quiet: true,
                untold: true,
                colour: 1,
                thin: true,
                before: x.goal === "max",
                ys: list.map(p => (p.on ? p.y : null)),
            },
            {label: "front", kind: "dots", colour: 1, size: 9, ys: list.map(p => (p.on ? p.y : null))},
        ],
        read: (i, k) => (k === 1 ? "" : `${y.name} ${say(list[i].y, 5)}, ${list[i].row.architecture}`),
    });
}

function volumeChart(run) {
    const c = columnsOf(run.volumes);
    if (!c.evaluation || c.evaluation.length < 2) return null;
    return chart({
        title: "Hypervolume",
        note: run.result.hypervolume_reference ? `Reference: ${run.result.hypervolume_reference}.` : "",
        x: {label: "evaluation"},
        y: {label: "hypervolume"},
        xs: c.evaluation,
        series: [{label: "hypervolume", kind: "step", colour: 0, ys: c.hypervolume.map(finite)}],
    });
}
