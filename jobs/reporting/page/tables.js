// A large table that sorts and filters: one page of rows at a time stands in the document.

const ROWS_OF_PAGE = 25;

// t: {caption, names, columns: a list for each name, rows: how many, note}
function dataTable(t) {
    const state = {order: Array.from({length: t.rows}, (x, i) => i), sorted: -1, down: false, page: 0, texts: null};
    state.all = state.order;
    const body = h("tbody"),
        told = h("span", {role: "status"}),
        id = newId("filter");
    const buttons = t.names.map((name, k) =>
        h(
            "button",
            {
                type: "button",
                onclick: () => {
                    sortBy(t, state, k);
                    show();
                },
            },
            name,
            h("span", {"aria-hidden": "true", class: "arrow"}),
        ),
    );
    const heads = buttons.map((b, k) => {
        const list = t.columns[k],
            numeric = list.some(x => typeof x === "number");
        return h("th", {scope: "col", "aria-sort": "none", class: numeric ? "number" : null}, b);
    });
    const back = h(
        "button",
        {
            type: "button",
            onclick: () => {
                state.page--;
                show();
            },
        },
        "Previous",
    );
    const on = h(
        "button",
        {
            type: "button",
            onclick: () => {
                state.page++;
                show();
            },
        },
        "Next",
    );
    const filter = h("input", {
        id,
        type: "search",
        autocomplete: "off",
        spellcheck: "false",
        placeholder: "such as nor_conv, value > 0.8",
        "aria-describedby": id + "-told",
    });
    filter.addEventListener("input", () => {
        filterBy(t, state, filter.value);
        show();
    });
    const show = () => showPage(t, state, {body, told, heads, back, on});
    show();
    return h(
        "div",
        {class: "data"},
        h(
            "p",
            {class: "controls"},
            h("label", {for: id}, "Filter "),
            filter,
            h(
                "span",
                {id: id + "-told", class: "hint"},
                "texts, or a column with <, >, = and a number; commas mean and",
            ),
        ),
        h(
            "div",
            {class: "scroll", tabindex: 0, role: "group", "aria-label": t.caption},
            h("table", null, h("caption", null, t.caption), h("thead", null, h("tr", null, heads)), body),
        ),
        h("p", {class: "controls"}, back, on, told),
        t.note ? h("p", {class: "hint"}, t.note) : null,
    );
}

function showPage(t, state, parts) {
    const pages = Math.max(1, Math.ceil(state.order.length / ROWS_OF_PAGE));
    state.page = Math.min(pages - 1, Math.max(0, state.page));
    const first = state.page * ROWS_OF_PAGE,
        shown = state.order.slice(first, first + ROWS_OF_PAGE);
    parts.body.replaceChildren(
        ...shown.map(row =>
            h(
                "tr",
                null,
                t.columns.map(list => {
                    const x = list[row];
                    return typeof x === "number"
                        ? h("td", {class: "number"}, String(Number(x.toPrecision(8))))
                        : h("td", null, x === null || x === undefined ? "" : String(x));
                }),
            ),
        ),
    );
    parts.back.disabled = state.page === 0;
    parts.on.disabled = state.page === pages - 1;
    parts.told.textContent = state.order.length
        ? `${say(first + 1)} to ${say(first + shown.length)} of ${say(state.order.length)}` +
          (state.order.length < t.rows ? ` that match, of ${say(t.rows)}` : "")
        : "none matches";
    parts.heads.forEach((head, k) =>
        head.setAttribute("aria-sort", k !== state.sorted ? "none" : state.down ? "descending" : "ascending"),
    );
}

// Numbers by size, before texts; what is empty comes last either way.
function sortBy(t, state, k) {
    state.down = state.sorted === k ? !state.down : false;
    state.sorted = k;
    state.page = 0;
    const list = t.columns[k],
        sign = state.down ? -1 : 1,
        empty = x => x === null || x === undefined || x === "";
    const compare = (a, b) => {
        const x = list[a],
            y = list[b];
        if (empty(x) || empty(y)) return empty(x) - empty(y) || a - b;
        if (typeof x !== typeof y) return sign * (typeof x === "number" ? -1 : 1);
        return sign * (x < y ? -1 : x > y ? 1 : 0) || a - b;
    };
    state.all = state.all.slice().sort(compare);
    state.order = state.order === state.all ? state.all : state.order.slice().sort(compare);
}

function filterBy(t, state, text) {
    const tests = text
        .split(",")
        .map(part => part.trim())
        .filter(part => part)
        .map(part => testOf(t, state, part));
    state.page = 0;
    state.order = tests.length ? state.all.filter(row => tests.every(test => test(row))) : state.all;
}

function testOf(t, state, part) {
    const match = /^(.+?)\s*(<=|>=|=|<|>)\s*(\S.*)$/.exec(part),
        k = match ? t.names.indexOf(match[1]) : -1;
    if (k < 0) {
        const wanted = part.toLowerCase();
        state.texts =
            state.texts ||
            Array.from({length: t.rows}, (x, row) =>
                t.columns
                    .map(list => list[row] ?? "")
                    .join("\n")
                    .toLowerCase(),
            );
        return row => state.texts[row].includes(wanted);
    }
    const number = Number(match[3]),
        list = t.columns[k],
        both = row => typeof list[row] === "number" && !Number.isNaN(number);
    if (match[2] === "=") return row => (both(row) ? list[row] === number : String(list[row] ?? "") === match[3]);
    return {
        "<": row => both(row) && list[row] < number,
        ">": row => both(row) && list[row] > number,
        "<=": row => both(row) && list[row] <= number,
        ">=": row => both(row) && list[row] >= number,
    }[match[2]];
}
