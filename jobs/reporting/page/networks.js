// Networks, drawn: layers from left to right, each operation in its colour.

const BOX = {height: 30, across: 24, down: 14, letter: 7, margin: 8};

// Where the nodes of a graph stand: each in the layer behind its last predecessor; an edge over several layers bends in
// each of them; within layers nodes follow the middle of what they are joined to.
function layers(graph) {
    const n = graph.ops.length,
        into = graph.ops.map(() => []),
        layer = new Array(n).fill(0);
    for (const [from, to] of graph.edges) into[to].push(from);
    const depth = i => layer[i] || (into[i].length ? (layer[i] = 1 + Math.max(...into[i].map(depth))) : 0);
    for (let i = 0; i < n; i++) depth(i);
    const nodes = graph.ops.map((op, i) => ({op, layer: layer[i], before: [], after: []})),
        edges = [];
    for (const [from, to, times] of graph.edges) {
        const path = [nodes[from]];
        for (let l = layer[from] + 1; l < layer[to]; l++) {
            nodes.push({op: null, layer: l, before: [], after: []});
            path.push(nodes[nodes.length - 1]);
        }
        path.push(nodes[to]);
        for (let i = 1; i < path.length; i++) {
            path[i].before.push(path[i - 1]);
            path[i - 1].after.push(path[i]);
        }
        edges.push({path, times});
    }
    const rows = Array.from({length: Math.max(...layer) + 1}, () => []);
    for (const node of nodes) rows[node.layer].push(node);
    for (const row of rows)
        row.forEach((node, i) => {
            node.place = i;
        });
    for (let sweep = 0; sweep < 8; sweep++) {
        for (const row of sweep % 2 ? rows.slice().reverse() : rows) {
            for (const node of row) {
                const near = sweep % 2 ? node.after : node.before;
                node.wish = near.length ? mean(near.map(other => other.place)) : node.place;
            }
            row.sort((a, b) => a.wish - b.wish || a.place - b.place).forEach((node, i) => {
                node.place = i;
            });
        }
    }
    return {nodes, edges, rows};
}

function placeNodes(drawing) {
    let x = BOX.margin;
    const tall = row => row.reduce((sum, node) => sum + (node.op === null ? 14 : BOX.height) + BOX.down, -BOX.down);
    const height = Math.max(...drawing.rows.map(tall));
    for (const row of drawing.rows) {
        const width = Math.max(24, ...row.map(node => (node.op === null ? 0 : 18 + BOX.letter * node.op.length)));
        let y = BOX.margin + (height - tall(row)) / 2;
        for (const node of row) {
            Object.assign(node, {x, y, width, height: node.op === null ? 14 : BOX.height});
            y += node.height + BOX.down;
        }
        x += width + BOX.across;
    }
    drawing.width = x - BOX.across + BOX.margin;
    drawing.height = height + 2 * BOX.margin;
}

function curve(path) {
    let d = "";
    path.forEach((node, i) => {
        const middle = node.y + node.height / 2;
        if (i === 0) {
            d = `M${node.x + node.width},${middle}`;
            return;
        }
        const last = path[i - 1],
            x0 = last.x + last.width,
            y0 = last.y + last.height / 2,
            x1 = i === path.length - 1 ? node.x - 7 : node.x;
        const bend = (x1 - x0) / 2;
        d += ` C${x0 + bend},${y0} ${x1 - bend},${middle} ${x1},${middle}`;
        if (node.op === null) d += ` L${node.x + node.width},${middle}`;
    });
    return d;
}

const operationColours = new Map(); // of all networks of the page, in the order in which they come

function inkOf(op) {
    if (/^(input|output)|@(input|output)$/.test(op)) return "quiet";
    if (!operationColours.has(op)) operationColours.set(op, operationColours.size % COLOURS);
    return `c${operationColours.get(op)}`;
}

function drawGraph(graph, label) {
    const drawing = layers(graph),
        arrow = newId("arrow");
    placeNodes(drawing);
    const edges = drawing.edges.map(edge => {
        const first = edge.path[0],
            next = edge.path[1];
        return [
            svg("path", {d: curve(edge.path), class: "edge", "marker-end": `url(#${arrow})`}),
            edge.times > 1
                ? svg(
                      "text",
                      {
                          x: (first.x + first.width + next.x) / 2,
                          y: (first.y + first.height / 2 + next.y + next.height / 2) / 2 - 4,
                          class: "times",
                      },
                      `×${edge.times}`,
                  )
                : null,
        ];
    });
    const boxes = drawing.nodes
        .filter(node => node.op !== null)
        .map(node =>
            svg(
                "g",
                {class: `node ink-${inkOf(node.op)}`},
                svg("rect", {
                    x: node.x,
                    y: node.y,
                    width: node.width,
                    height: node.height,
                    rx: 6,
                    class: /^(none|zero)$|@zero$/.test(node.op) ? "zero" : null,
                }),
                svg("text", {x: node.x + node.width / 2, y: node.y + node.height / 2 + 4.5}, node.op),
            ),
        );
    return h(
        "div",
        {class: "scroll", tabindex: 0, role: "group", "aria-label": label},
        svg(
            "svg",
            {
                viewBox: `0 0 ${drawing.width} ${drawing.height}`,
                width: drawing.width,
                height: drawing.height,
                role: "img",
                "aria-label": inWords(graph),
                class: "network",
            },
            svg(
                "defs",
                null,
                svg(
                    "marker",
                    {
                        id: arrow,
                        viewBox: "0 0 8 8",
                        refX: 2,
                        refY: 4,
                        markerWidth: 7,
                        markerHeight: 7,
                        orient: "auto-start-reverse",
                    },
                    svg("path", {d: "M0,0 L8,4 L0,8 z", class: "head"}),
                ),
            ),
            edges,
            boxes,
        ),
    );
}

// For those who do not see it.
function inWords(graph) {
    return graph.ops
        .map((op, i) => {
            const after = graph.edges
                .filter(edge => edge[0] === i)
                .map(edge => `${edge[1]} ${graph.ops[edge[1]]}${edge[2] > 1 ? ` ${edge[2]} times` : ""}`);
            return `${i} ${op}${after.length ? " to " + after.join(", ") : ""}`;
        })
        .join("; ");
}

const sameGraph = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// A network: as the space has it, and its canonical form where that is another. `of`: who found it.
function networkFigure(network, of) {
    const plain = sameGraph(network.original, network.canonical);
    return h(
        "figure",
        {class: "found"},
        h("figcaption", null, of, h("br"), h("code", null, network.architecture)),
        h(
            "div",
            {class: "pair"},
            h(
                "div",
                null,
                h("p", {class: "hint"}, "as the space has it"),
                drawGraph(network.original, "As the space has it"),
            ),
            plain
                ? null
                : h(
                      "div",
                      null,
                      h("p", {class: "hint"}, "canonical form: without what no path uses, identities taken out"),
                      drawGraph(network.canonical, "Canonical form"),
                  ),
        ),
    );
}

const FIGURES_MAX = 3; // networks that are drawn at once

// The first of so many figures, and the others behind a summary.
function firstFigures(figures) {
    const more = figures.slice(FIGURES_MAX);
    return [
        ...figures.slice(0, FIGURES_MAX),
        more.length
            ? h(
                  "details",
                  {class: "run"},
                  h("summary", null, `${say(more.length)} more`),
                  lazily(() => more),
              )
            : null,
    ];
}
