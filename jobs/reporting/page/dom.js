// Elements, made without HTML texts: whatever a run's files hold stays text.

// An element with its properties and children; a child may be a text, an element, a list of these, or null.
function h(tag, properties, ...children) {
    return fill(document.createElement(tag), properties, children);
}

// The same in SVG.
function svg(tag, properties, ...children) {
    return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function fill(element, properties, children) {
    for (const [name, value] of Object.entries(properties || {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
        else element.setAttribute(name, value === true ? "" : value);
    }
    append(element, children);
    return element;
}

function append(element, children) {
    for (const child of children) {
        if (Array.isArray(child)) append(element, child);
        else if (child !== null && child !== undefined && child !== false) element.append(child);
    }
}

let idsGiven = 0;
function newId(word) {
    return `${word}-${++idsGiven}`;
}

// A section with its heading, which the table of contents finds.
function section(level, title, ...children) {
    const id = newId("s");
    return h("section", {"aria-labelledby": level === 2 ? id : null}, h(`h${level}`, {id}, title), ...children);
}

// A choice among words: calls back with the index.
function choice(label, words, chosen, change) {
    const id = newId("choice");
    const list = h(
        "select",
        {id},
        words.map((word, i) => h("option", {value: i, selected: i === chosen}, word)),
    );
    list.addEventListener("change", () => change(list.selectedIndex));
    return h("span", {class: "choice"}, h("label", {for: id}, label), list);
}

// A small table: rows of texts or elements. Numbers stand to the right.
function plainTable(caption, names, rows) {
    const cell = (x, i) =>
        i === 0
            ? h("th", {scope: "row"}, x)
            : h("td", {class: typeof x === "string" && looksNumeric(x) ? "number" : null}, x);
    return h(
        "div",
        {class: "scroll", tabindex: 0, role: "group", "aria-label": caption},
        h(
            "table",
            null,
            h("caption", null, caption),
            h(
                "thead",
                null,
                h(
                    "tr",
                    null,
                    names.map(name => h("th", {scope: "col"}, name)),
                ),
            ),
            h(
                "tbody",
                null,
                rows.map(row => h("tr", null, row.map(cell))),
            ),
        ),
    );
}
