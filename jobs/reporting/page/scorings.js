// Scorings: how scores are spread, the best networks, and how they agree with labels.

const BINS = 40;

function histogram(s, name) {
    const list = known(s.sample.score),
        width = (s.high - s.low) / BINS || 1,
        counts = new Array(BINS).fill(0);
    for (const x of list) counts[Math.min(BINS - 1, Math.floor((x - s.low) / width))]++;
    return chart({
        title: "Scores",
        note: s.rows > list.length ? `Of ${say(list.length)} of ${say(s.rows)} networks, drawn evenly.` : "",
        x: {label: name},
        y: {label: "networks"},
        xs: counts.map((n, i) => s.low + (i + 0.5) * width),
        series: [{label: "networks", kind: "bars", colour: 0, ys: counts}],
    });
}

function scoringSection(run, several) {
    const s = run.scores,
        top = columnsOf(run.top),
        names = Object.keys(top),
        label = run.job["input.label"] || "label";
    const best = rowsOf(run.top),
        found = [];
    for (const network of DATA.networks) {
        const row = best.find(one => one.architecture === network.architecture);
        if (row) found.push(networkFigure(network, `rank ${row.rank}, score ${say(row.score, 5)}`));
    }
    return section(
        2,
        several ? `Scoring ${run.name}` : "The scoring",
        s ? histogram(s, "score") : null,
        s ? agreement(s, label) : null,
        run.top
            ? section(
                  3,
                  "The best networks",
                  dataTable({
                      caption: `The ${say(run.top.rows)} best`,
                      names,
                      columns: names.map(name => top[name]),
                      rows: run.top.rows,
                  }),
                  firstFigures(found),
              )
            : null,
    );
}
