// Charts, by uPlot: each with a legend, a line that reads out the point under the cursor, keys, and its numbers as a table.

const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [14, 4], [4, 4], [1, 2], [6, 2, 2, 2]];
const COLOURS = 8;
const PRINT_WIDTH = 660;
const ROWS_OF_CHART = 200; // of the table below a chart
const allCharts = [];

function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// o: {title, note, x: {label, log}, y: {label, log}, xs, series, marks, diagonal, height, read}
//   xs: ascending. series: {label, ys, kind: line | step | dots | bars, colour: 0..7 or a name, low, high: ys of a band, thin,
//   quiet: not in the legend, before: steps go on from the point behind}. marks: [{y, label}], lines across. read(i, k): what is told of point i of series k.
function chart(o) {
    const host = h("div", {
        class: "plot",
        tabindex: 0,
        role: "img",
        "aria-label": `${o.title}. ${o.note || ""}`,
        "aria-describedby": "hint",
    });
    const readout = h("p", {class: "readout"});
    const c = {o, host, readout, plot: null, off: new Set(), at: -1};
    const figure = h(
        "figure",
        {class: "chart"},
        h("figcaption", null, h("strong", null, o.title), o.note ? h("span", null, " " + o.note) : null),
        legendOf(c),
        h("p", {class: "axis"}, o.y.label),
        host,
        h("p", {class: "axis across"}, o.x.label),
        readout,
        numbersOf(o),
    );
    host.addEventListener("keydown", event => keyOn(c, event));
    host.addEventListener("blur", () => readout.setAttribute("aria-live", "off"));
    allCharts.push(c);
    return figure;
}

// Stands in the page once, where charts are.
function chartHint() {
    return h(
        "p",
        {class: "hint", id: "hint"},
        "Charts: point at one, or focus it and use the arrow keys, to read values; drag, or + and −, to zoom; double-click, or 0, shows all.",
    );
}

// Draws those that are not drawn yet; to be called when they stand in the page.
function drawCharts() {
    for (const c of allCharts) if (!c.plot && c.host.isConnected) draw(c);
}

function draw(c) {
    const o = c.o,
        width = widthOf(c),
        shown = {};
    if (c.plot) {
        for (const key of ["x", "y"]) shown[key] = [c.plot.scales[key].min, c.plot.scales[key].max];
        c.plot.destroy();
    }
    const data = [Float64Array.from(o.xs)],
        series = [{}],
        bands = [];
    // Many bands would hide one another.
    const banded = o.series.filter(s => s.low).length;
    c.places = []; // of o's series in uPlot's
    o.series.forEach((s, k) => {
        const stroke = colourOf(s, k);
        if (s.low) {
            for (const edge of [s.high, s.low]) {
                data.push(edge);
                series.push({
                    show: !c.off.has(k),
                    stroke: "transparent",
                    width: 0,
                    points: {show: false},
                    paths: pathsOf(s),
                    spanGaps: false,
                });
            }
            bands.push({series: [data.length - 2, data.length - 1], fill: stroke + (banded > 4 ? "14" : "30")});
        }
        data.push(s.ys);
        c.places.push(data.length - 1);
        series.push(seriesOf(s, k, stroke, !c.off.has(k)));
    });
    c.plot = new uPlot(optionsOf(c, width, series, bands), data, c.host);
    c.width = width;
}

// A printed page is as wide as A4 or Letter within its margins, whatever the window.
function widthOf(c) {
    return document.documentElement.classList.contains("print") ? PRINT_WIDTH : Math.max(240, c.host.clientWidth);
}

function colourOf(s, k) {
    return colour(typeof s.colour === "string" ? s.colour : `c${(s.colour === undefined ? k : s.colour) % COLOURS}`);
}

function pathsOf(s) {
    if (s.kind === "dots") return () => null;
    if (s.kind === "bars") return uPlot.paths.bars({size: [1, Infinity], gap: 1});
    return s.kind === "step" ? uPlot.paths.stepped({align: s.before ? -1 : 1}) : uPlot.paths.linear();
}

function seriesOf(s, k, stroke, show) {
    const dots = s.kind === "dots",
        size = s.size || (s.ys.length > 3000 ? 4 : s.ys.length > 400 ? 5 : 7);
    return {
        show,
        label: s.label,
        stroke,
        spanGaps: !dots,
        width: s.thin ? 1 : 2,
        dash: dots ? undefined : DASHES[dashOf(s, k)],
        fill: s.kind === "bars" ? stroke + "90" : undefined,
        paths: pathsOf(s),
        points: dots
            ? {
                  show: true,
                  size,
                  width: 0,
                  fill: s.faint ? stroke + (s.ys.length > 3000 ? "60" : "a0") : stroke,
                  stroke: "transparent",
              }
            : {show: s.ys.length === 1 || (s.kind === "line" && s.ys.length < 25), size: 5, fill: stroke},
    };
}

function dashOf(s, k) {
    return s.kind === "bars" || s.plain ? 0 : (typeof s.colour === "number" ? s.colour : k) % DASHES.length;
}

function optionsOf(c, width, series, bands) {
    const o = c.o,
        ink = colour("quiet"),
        lines = {stroke: colour("grid"), width: 1};
    const axis = {stroke: ink, grid: lines, ticks: lines, font: "12px system-ui, sans-serif"};
    const values = (u, list) =>
        list.map(v => (v === null || Number(v.toPrecision(3)) !== Number(v.toPrecision(8)) ? "" : say(v, 4)));
    const scale = (key, log) => ({
        time: false,
        distr: log ? 3 : 1,
        range: (u, low, high) => rangeOf(o, key, low, high),
    });
    return {
        width,
        height: o.height || (width < 500 ? 260 : 340),
        series,
        bands,
        legend: {show: false},
        scales: {x: scale("x", o.x.log), y: scale("y", o.y.log)},
        padding: [8, 14, 0, 0],
        axes: [
            {...axis, values, space: 60, size: 30},
            {...axis, values, size: (u, list) => 18 + 7.2 * Math.max(3, ...(list || []).map(v => v.length))},
        ],
        cursor: {
            drag: {x: true, y: false},
            points: {size: 9},
            focus: {prox: -1},
            dataIdx: (u, k, i) => pointUnder(c, u, i),
        },
        hooks: {draw: [u => drawMarks(c, u)], setCursor: [u => readOut(c, u)]},
    };
}

// Marks stand within the chart; dots do not stand on its edge.
function rangeOf(o, key, low, high) {
    const log = o[key].log,
        given = o[key].range;
    if (low === null || low === undefined || high === null) return log ? [1, 10] : [0, 1];
    if (given) return given;
    if (key === "y" && o.y.from !== undefined) low = Math.max(low, o.y.from);
    if (key === "y" && o.y.to !== undefined) high = Math.min(high, o.y.to);
    if (key === "y")
        for (const m of o.marks || [])
            if (m.y !== null && !(log && m.y <= 0)) {
                low = Math.min(low, m.y);
                high = Math.max(high, m.y);
            }
    if (log)
        return low === high ? [low / 2, high * 2] : [key === "y" ? low / 1.15 : low, key === "y" ? high * 1.15 : high];
    const dots = o.series.some(s => s.kind === "dots"),
        pad = (high - low || Math.abs(high) || 1) * (key === "y" ? 0.05 : dots ? 0.02 : 0);
    const bars = key === "y" && o.series.some(s => s.kind === "bars"),
        label = key === "y" && (o.marks || []).some(m => m.label && m.y > high - pad);
    return [bars ? 0 : low - pad, high === low && !pad ? high + 1 : high + (label ? 2.4 : 1) * pad];
}

function drawMarks(c, u) {
    const o = c.o,
        box = u.bbox,
        ratio = box.width / u.over.clientWidth,
        ink = colour("quiet");
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(box.left, box.top, box.width, box.height);
    u.ctx.clip();
    u.ctx.strokeStyle = u.ctx.fillStyle = ink;
    u.ctx.lineWidth = 1.5 * ratio;
    u.ctx.setLineDash([6 * ratio, 4 * ratio]);
    if (o.diagonal) {
        const low = Math.max(u.scales.x.min, u.scales.y.min),
            high = Math.min(u.scales.x.max, u.scales.y.max);
        strokeLine(u, low, low, high, high);
    }
    for (const m of o.marks || []) {
        if (m.y === null || (o.y.log && m.y <= 0)) continue;
        strokeLine(u, u.scales.x.min, m.y, u.scales.x.max, m.y);
        u.ctx.font = `${12 * ratio}px system-ui, sans-serif`;
        u.ctx.textAlign = "right";
        const y = u.valToPos(m.y, "y", true),
            above = y - box.top > 16 * ratio;
        u.ctx.fillText(m.label, box.left + box.width - 6 * ratio, above ? y - 5 * ratio : y + 14 * ratio);
    }
    u.ctx.restore();
}

function strokeLine(u, x0, y0, x1, y1) {
    u.ctx.beginPath();
    u.ctx.moveTo(u.valToPos(x0, "x", true), u.valToPos(y0, "y", true));
    u.ctx.lineTo(u.valToPos(x1, "x", true), u.valToPos(y1, "y", true));
    u.ctx.stroke();
}

// ---- the point under the cursor ----

// Of charts of dots alone the nearest dot, in pixels; of others the nearest x.
function pointUnder(c, u, i) {
    const o = c.o,
        left = u.cursor.left,
        top = u.cursor.top;
    if (!o.series.some(s => s.kind === "dots") || left === undefined || left < 0) return i;
    let best = i,
        least = Infinity;
    o.series.forEach((s, k) => {
        if (s.kind !== "dots" || c.off.has(k)) return;
        for (let n = 0; n < o.xs.length; n++) {
            if (s.ys[n] === null || s.ys[n] === undefined) continue;
            const dx = u.valToPos(o.xs[n], "x") - left;
            if (dx * dx >= least) continue;
            const dy = u.valToPos(s.ys[n], "y") - top,
                d = dx * dx + dy * dy;
            if (d < least) {
                least = d;
                best = n;
            }
        }
    });
    return best;
}

function readOut(c, u) {
    if (u.cursor.left < 0 || u.cursor.idx === null || u.cursor.idx === undefined) return;
    const i = pointUnder(c, u, u.cursor.idx),
        o = c.o,
        words = [];
    if (i === c.at) return;
    c.at = i;
    o.series.forEach((s, k) => {
        const y = s.ys[i];
        if (c.off.has(k) || y === null || y === undefined || Number.isNaN(y)) return;
        const told = o.read && o.read(i, k);
        if (told !== "")
            words.push(told || `${s.label} ${say(y, 5)}${s.low ? ` [${say(s.low[i])}, ${say(s.high[i])}]` : ""}`);
    });
    c.readout.textContent = `${o.x.label} ${say(o.xs[i], 5)}: ${words.slice(0, 8).join("; ") || "nothing"}${words.length > 8 ? "; …" : ""}`;
}

function keyOn(c, event) {
    const u = c.plot,
        xs = c.o.xs,
        steps = {ArrowRight: 1, ArrowLeft: -1, PageDown: 10, PageUp: -10};
    let i = c.at;
    if (event.key in steps) i = c.at < 0 ? 0 : Math.min(xs.length - 1, Math.max(0, c.at + steps[event.key]));
    else if (event.key === "Home") i = 0;
    else if (event.key === "End") i = xs.length - 1;
    else if (event.key === "+" || event.key === "-" || event.key === "0") {
        event.preventDefault();
        return zoom(c, event.key);
    } else return undefined;
    event.preventDefault();
    c.readout.setAttribute("aria-live", "polite");
    const s = c.o.series.find((one, k) => !c.off.has(k) && one.ys[i] !== null && one.ys[i] !== undefined);
    u.setCursor({left: u.valToPos(xs[i], "x"), top: s ? u.valToPos(s.ys[i], "y") : 1});
    return undefined;
}

function zoom(c, key) {
    const u = c.plot,
        xs = c.o.xs,
        low = u.scales.x.min,
        high = u.scales.x.max;
    const middle = c.at >= 0 ? Math.min(high, Math.max(low, xs[c.at])) : (low + high) / 2,
        factor = key === "+" ? 0.5 : 2;
    if (key === "0") u.setScale("x", {min: xs[0], max: xs[xs.length - 1]});
    else
        u.setScale("x", {
            min: Math.max(xs[0], middle - (middle - low) * factor),
            max: Math.min(xs[xs.length - 1], middle + (high - middle) * factor),
        });
}

// ---- around the chart ----

function legendOf(c) {
    const told = c.o.series.filter(s => !s.quiet);
    if (told.length < 2) return null;
    return h(
        "ul",
        {class: "legend"},
        c.o.series.map((s, k) => (s.quiet ? null : h("li", null, legendButton(c, s, k)))),
    );
}

function legendButton(c, s, k) {
    const sample =
        s.kind === "dots"
            ? svg("circle", {cx: 12, cy: 6, r: 4})
            : svg("line", {
                  x1: 0,
                  y1: 6,
                  x2: 24,
                  y2: 6,
                  "stroke-width": s.thin ? 1.5 : 3,
                  "stroke-dasharray": DASHES[dashOf(s, k)].join(" ") || null,
              });
    const swatch = svg(
        "svg",
        {
            class:
                typeof s.colour === "string"
                    ? `ink-${s.colour}`
                    : `ink-c${(s.colour === undefined ? k : s.colour) % COLOURS}`,
            width: 24,
            height: 12,
            "aria-hidden": "true",
        },
        sample,
    );
    return h(
        "button",
        {
            type: "button",
            "aria-pressed": "true",
            onclick: event => {
                const hide = !c.off.has(k);
                if (hide) c.off.add(k);
                else c.off.delete(k);
                event.currentTarget.setAttribute("aria-pressed", String(!hide));
                draw(c);
            },
        },
        swatch,
        s.label,
    );
}

// All numbers of a chart, thinned where they are very many; made when it is opened.
function numbersOf(o) {
    const details = h("details", {class: "numbers"}, h("summary", null, `The numbers of this chart: ${o.title}`));
    details.addEventListener("toggle", () => {
        if (!details.open || details.children.length > 1) return;
        const series = o.series.filter(s => !s.untold),
            rows = [];
        const step = Math.max(1, Math.ceil(o.xs.length / ROWS_OF_CHART));
        for (let i = 0; i < o.xs.length; i++) {
            if (i % step && i !== o.xs.length - 1) continue;
            rows.push([
                say(o.xs[i], 6),
                ...series.map(s =>
                    s.low && s.ys[i] !== null
                        ? `${say(s.ys[i], 6)} [${say(s.low[i], 6)}, ${say(s.high[i], 6)}]`
                        : say(s.ys[i], 6),
                ),
            ]);
        }
        details.append(
            plainTable(
                step > 1 ? `Every ${ordinal(step)} point` : "Every point",
                [o.x.label, ...series.map(s => s.label)],
                rows,
            ),
        );
    });
    return details;
}

// In other colours, or another width.
function redrawCharts(all) {
    for (const c of allCharts) if (c.plot && c.host.isConnected && (all || widthOf(c) !== c.width)) draw(c);
}

// Those that were drawn and have been replaced.
function forgetCharts() {
    for (let i = allCharts.length - 1; i >= 0; i--)
        if (allCharts[i].plot && !allCharts[i].host.isConnected) {
            allCharts[i].plot.destroy();
            allCharts.splice(i, 1);
        }
}

function watchCharts() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redrawCharts(true));
    let waiting = 0;
    new ResizeObserver(() => {
        cancelAnimationFrame(waiting);
        waiting = requestAnimationFrame(() => redrawCharts(false));
    }).observe(document.body);
    const print = on => {
        document.documentElement.classList.toggle("print", on);
        redrawCharts(true);
    };
    addEventListener("beforeprint", () => print(true));
    addEventListener("afterprint", () => print(false));
}
