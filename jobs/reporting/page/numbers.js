// Numbers as people read them, and the statistics that are told of several runs.

const MINUS = "−";

// With so many significant digits; whole numbers in full, with commas.
function say(x, digits = 4) {
    if (x === null || x === undefined || Number.isNaN(x)) return "";
    if (typeof x !== "number") return String(x);
    if (!Number.isFinite(x)) return x > 0 ? "∞" : MINUS + "∞";
    const size = Math.abs(x);
    let text;
    if (Number.isInteger(x) && size < 1e15) text = size.toLocaleString("en-US");
    else if (size !== 0 && (size < 1e-4 || size >= 1e9))
        text = size.toExponential(Math.max(0, digits - 2)).replace("e+", "e");
    else if (size >= 1000) text = Number(size.toPrecision(Math.max(digits, 4))).toLocaleString("en-US");
    else text = String(Number(size.toPrecision(digits)));
    return (x < 0 ? MINUS : "") + text.replace("e-", "e" + MINUS);
}

// Whether a cell is a number, with its interval or unit.
function looksNumeric(text) {
    return /^[-−≥+]?\s?[\d.,]+(e[-−]?\d+)?(\s.*)?$/.test(text);
}

function sayP(p) {
    if (p === null || p === undefined || Number.isNaN(p)) return "";
    return p < 0.0001 ? "< 0.0001" : say(p, 2);
}

function ordinal(n) {
    const last = n % 100 >= 11 && n % 100 <= 13 ? 0 : n % 10;
    return say(n) + (["th", "st", "nd", "rd"][last] || "th");
}

function many(n, one, more) {
    return `${say(n)} ${n === 1 ? one : more || one + "s"}`;
}

function saySeconds(s) {
    if (s === null || s === undefined || Number.isNaN(s)) return "";
    if (s < 100) return `${say(s, 3)} s`;
    if (s < 6000) return `${say(s / 60, 3)} min`;
    if (s < 48 * 3600) return `${say(s / 3600, 3)} h`;
    return `${say(s / 86400, 3)} days`;
}

function sayTime(seconds) {
    return seconds ? new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC" : "";
}

// ---- statistics ----

function known(list) {
    return list.filter(x => typeof x === "number" && Number.isFinite(x));
}

function mean(list) {
    return list.length ? list.reduce((a, b) => a + b, 0) / list.length : NaN;
}

function deviation(list) {
    const m = mean(list);
    return list.length < 2 ? NaN : Math.sqrt(list.reduce((a, b) => a + (b - m) ** 2, 0) / (list.length - 1));
}

// Interpolated between the two nearest, position q (n - 1) from 0.
function quantile(sorted, q) {
    if (!sorted.length) return NaN;
    const at = q * (sorted.length - 1),
        low = Math.floor(at),
        high = Math.ceil(at);
    return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

function ascending(list) {
    return Float64Array.from(list).sort();
}

// The density of Student's t, up to the factor that makes its integral one, is (1 + t^2/n)^(-(n+1)/2). The quantile
// of 97.5% is where its integral from 0 is 0.475 of the whole: by x = sqrt(n) tan(a) that is an integral of cos^(n-1)(a),
// summed by Simpson's rule.
function tQuantile(n) {
    const integral = to => {
        const steps = 400,
            width = to / steps;
        let sum = 0;
        for (let i = 0; i <= steps; i++)
            sum += Math.cos(i * width) ** (n - 1) * (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2);
        return (sum * width) / 3;
    };
    if (n < 1) return NaN;
    const whole = integral(Math.PI / 2);
    let low = 0,
        high = Math.PI / 2;
    for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2;
        if (integral(middle) < 0.95 * whole) low = middle;
        else high = middle;
    }
    return Math.sqrt(n) * Math.tan(low);
}

// {n, mean, low, high}: the 95% confidence interval of the mean, by Student's t.
function meanInterval(list) {
    const x = known(list),
        m = mean(x);
    const reach = x.length < 2 ? NaN : (tQuantile(x.length - 1) * deviation(x)) / Math.sqrt(x.length);
    return {n: x.length, mean: m, low: m - reach, high: m + reach};
}

// Wilson's 95% interval of a share: k of n.
function shareInterval(k, n) {
    const z = 1.959964,
        p = k / n,
        half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
    return [(p + (z * z) / (2 * n) - half) / (1 + (z * z) / n), (p + (z * z) / (2 * n) + half) / (1 + (z * z) / n)];
}

// Holm's correction of p-values; null where there was no test.
function holm(p) {
    const order = p
        .map((x, i) => i)
        .filter(i => typeof p[i] === "number")
        .sort((a, b) => p[a] - p[b]);
    const out = p.map(() => null);
    let before = 0;
    order.forEach((i, k) => {
        out[i] = before = Math.max(before, Math.min(1, p[i] * (order.length - k)));
    });
    return out;
}

function sayInterval(i, digits = 4) {
    return Number.isNaN(i.low)
        ? say(i.mean, digits)
        : `${say(i.mean, digits)} [${say(i.low, digits)}, ${say(i.high, digits)}]`;
}
