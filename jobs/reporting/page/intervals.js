// Settings under one another: each repeat a dot, the mean with its 95% confidence interval a bar. Drawn as SVG, for it
// is a row of marks for each setting and no more.

// rows: {label, points, mean, low, high, note}
function intervalPlot(title, note, axis, rows) {
    const drawn = rows.filter(row => Number.isFinite(row.mean));
    if (!drawn.length) return null;
    const all = drawn.flatMap(row => known([row.mean, row.low, row.high, ...row.points])),
        low = Math.min(...all),
        high = Math.max(...all);
    const left = 8,
        width = Math.max(280, Math.min(720, document.documentElement.clientWidth - 32)),
        line = 52,
        pad = (high - low || Math.abs(high) || 1) * 0.04;
    const x = v => left + ((v - low + pad) / (high - low + 2 * pad)) * (width - 2 * left);
    const marks = rows.map((row, i) => {
        const y = i * line + 36,
            ink =
                row.colour === "quiet" ? "ink-quiet" : `ink-c${(row.colour === undefined ? i : row.colour) % COLOURS}`;
        const texts = svg(
            "text",
            {x: left, y: i * line + 16, class: "label"},
            `${row.label}: ${row.note || sayInterval(row)}`,
        );
        if (!Number.isFinite(row.mean)) return [texts];
        return [
            svg("line", {x1: left, x2: width - left, y1: y, y2: y, class: "rail"}),
            svg(
                "g",
                {class: ink},
                row.points.map((p, k) =>
                    Number.isFinite(p)
                        ? svg("circle", {cx: x(p), cy: y + ((k % 3) - 1) * 4, r: 3, class: "point"})
                        : null,
                ),
                Number.isFinite(row.low)
                    ? svg("line", {x1: x(row.low), x2: x(row.high), y1: y, y2: y, class: "bar"})
                    : null,
                svg("circle", {cx: x(row.mean), cy: y, r: 5.5, class: "mean"}),
            ),
            texts,
        ];
    });
    const bottom = rows.length * line + 8,
        ticks = ticksOf(low - pad, high + pad);
    const scale = ticks.map(v => [
        svg("line", {x1: x(v), x2: x(v), y1: 20, y2: bottom, class: "tick"}),
        svg("text", {x: x(v), y: bottom + 14, class: "scale"}, say(v)),
    ]);
    const words = rows.map(row => `${row.label} ${row.note || sayInterval(row)}`).join("; ");
    return h(
        "figure",
        {class: "chart"},
        h("figcaption", null, h("strong", null, title), note ? " " + note : null),
        svg(
            "svg",
            {
                viewBox: `0 0 ${width} ${bottom + 20}`,
                width,
                role: "img",
                "aria-label": `${title}: ${words}`,
                class: "intervals",
            },
            scale,
            marks,
        ),
        h("p", {class: "axis across"}, axis),
        h(
            "details",
            {class: "numbers"},
            h("summary", null, `The numbers of this chart: ${title}`),
            plainTable(
                title,
                ["setting", "n", "mean", "95% from", "to"],
                rows.map(row => [
                    row.label,
                    say(known(row.points).length),
                    say(row.mean, 6),
                    say(row.low, 6),
                    say(row.high, 6),
                ]),
            ),
        ),
    );
}

// About five round numbers.
function ticksOf(low, high) {
    const rough = (high - low) / 5,
        power = 10 ** Math.floor(Math.log10(rough)),
        step = [1, 2, 5, 10].find(m => m * power >= rough) * power,
        out = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++) out.push(k * step);
    return out;
}
