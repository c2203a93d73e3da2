"""Looks at reports in a headless Chromium, as people do: nothing is fetched or complained of, every chart is drawn, at any width,
light and dark; tables sort and filter; what is told is what the runs' files hold, computed here once more."""
import csv
import json
import math
import os
import sys

from browser import Browser

ROOT = sys.argv[1]
AXE = open(os.path.join(ROOT, "tests/third_party/axe-core/axe.min.js"), encoding="utf-8").read()
bad = []

# Pixels of a chart that are neither grey nor see-through: those of its curves.
DRAWN = """[...document.querySelectorAll("main .plot")].filter(p => p.offsetParent !== null).map(p => {
  const c = p.querySelector("canvas");
  if (!c) return 0;
  const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  let n = 0;
  for (let i = 0; i < d.length; i += 4)
    if (d[i + 3] > 60 && Math.max(d[i], d[i + 1], d[i + 2]) - Math.min(d[i], d[i + 1], d[i + 2]) > 40) n++;
  return n;
})"""


def check(what, good):
    if not good:
        bad.append(what)
        print("FAIL", what)


def rows(path):
    return list(csv.DictReader(open(path, encoding="utf-8", errors="replace")))


def close_to(a, b, tolerance=1e-9):
    return a is not None and abs(a - b) <= tolerance * max(1, abs(b))


def look(b, name, charts):
    """One page at every width and in both schemes."""
    for width in (1280, 390, 320):
        for dark in (False, True):
            where = f"{name}, {width} pixels, {'dark' if dark else 'light'}"
            b.troubles = []
            b.open(f"{name}/report.html", width, dark)
            drawn = b.js(DRAWN)
            check(f"{where}: {charts} charts or more are drawn: {drawn}", len(drawn) >= charts and all(n > 20 for n in drawn))
            check(f"{where}: no wider than the screen", b.js("document.documentElement.scrollWidth") <= width)
            check(f"{where}: a language and a title", b.js("document.documentElement.lang === 'en' && document.title.length > 20"))
            check(f"{where}: each chart has its numbers", b.js("document.querySelectorAll('main figure.chart').length === document.querySelectorAll('main details.numbers').length"))
            if width != 320:
                for problem in axe(b):
                    check(f"{where}: axe: {problem}", False)
            check(f"{where}: no message: {b.troubles}", not b.troubles)
    b.js("dispatchEvent(new Event('beforeprint'))")
    check(f"{name}: charts are no wider than paper", b.js("Math.max(0, ...[...document.querySelectorAll('main canvas')].map(c => c.clientWidth))") <= 680)
    b.js("dispatchEvent(new Event('afterprint'))")
    check(f"{name}: and as wide as the screen behind it", name == "repeated" or b.js("document.querySelector('main canvas').clientWidth") <= 320)
    b.call("Page.printToPDF")
    check(f"{name}: no message when printed: {b.troubles}", not b.troubles)


def axe(b):
    b.js("document.querySelectorAll('main details').forEach(d => { d.open = true; }); new Promise(done => setTimeout(done, 50))")
    b.call("Runtime.evaluate", expression=AXE)
    return b.js("""axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r =>
        r.violations.map(v => v.id + " " + v.nodes.slice(0, 2).map(n => n.html.slice(0, 160) + " " + (n.any[0] || n.all[0] || n.none[0] || {}).message).join(" | ")))""")


# ---- what a page tells ----

def search_tells(b):
    b.open("run/report.html")
    result, history = json.load(open("run/result.json")), rows("run/history.csv")
    lead = b.js("document.querySelector('.lead').textContent")
    best = max(history, key=lambda r: float(r["value"]))
    table = {}
    for r in rows("table.csv"):
        table.setdefault(r["hash"], []).append(float(r["accuracy"]))
    check("the best value is told", f"accuracy {float('%.5g' % float(best['value'])):g}," in lead)
    check("and when it was found", f"found as the {best['evaluation']}" in lead)
    check("and how many networks there were", f"Best of {len(history)} networks" in lead)
    optimum = float(open("optimum").read())
    check("the best of the table", close_to(b.js("DATA.runs[0].result.optimum"), optimum) and close_to(result["regret"], optimum - result["best_value"]))
    most, curve = -math.inf, []
    for r in history:
        most = max(most, float(r["value"]))
        curve.append(most)
    told = b.js(f"Array.from({{length: {len(history)}}}, (x, i) => bestAt(DATA.runs[0].curve.steps, 'at', i + 1))")
    check("the curve is that of history.csv", all(close_to(x, y) for x, y in zip(told, curve)) and len(told) == len(curve))
    networks = b.js("DATA.networks.map(n => n.hash)")
    check("the best network is drawn once", networks == [result["best_hash"]] and b.js("document.querySelectorAll('svg.network').length") >= 1)
    table_works(b, history)
    # Keys: the first arrow reads the first evaluation out.
    b.js("document.querySelector('.plot').focus()")
    b.press("ArrowRight")
    check("keys read a chart out", "evaluation 1:" in b.js("document.querySelector('.readout').textContent"))
    b.js("document.querySelector('details.numbers').open = true; new Promise(done => setTimeout(done, 50))")
    check("numbers of a chart", b.js("document.querySelector('details.numbers tbody').rows.length") == len(history))


def table_works(b, history):
    table = "[...document.querySelectorAll('.data')].find(t => t.querySelector('caption').textContent === 'All evaluations')"
    column = b.js(f"[...{table}.querySelectorAll('thead button')].map(x => x.textContent).indexOf('value')")
    cells = f"[...{table}.querySelectorAll('tbody tr')].map(r => Number(r.cells[{column}].textContent))"
    click = f"{table}.querySelectorAll('thead button')[{column}].click()"
    values = sorted(float(r["value"]) for r in history)
    b.js(click)
    check("a table sorts", all(close_to(x, y, 1e-7) for x, y in zip(b.js(cells), values[:25])))
    b.js(click)
    check("and the other way round", all(close_to(x, y, 1e-7) for x, y in zip(b.js(cells), values[::-1][:25])))
    check("and says so", b.js(f"{table}.querySelectorAll('thead th')[{column}].getAttribute('aria-sort')") == "descending")
    b.js(f"{table}.querySelectorAll('p.controls button')[1].click()")
    check("and has pages", all(close_to(x, y, 1e-7) for x, y in zip(b.js(cells), values[::-1][25:50])))
    middle = values[len(values) // 2]
    for text, count in ((f"value > {middle!r}", sum(x > middle for x in values)), (history[7]["hash"][:12], 1), ("nothing like it", 0),
                        (f"value <= {middle!r}, mutation", sum(float(r["value"]) <= middle and r["origin"] == "mutation" for r in history))):
        b.js(f"(() => {{ const f = {table}.querySelector('input'); f.value = {json.dumps(text)}; f.dispatchEvent(new Event('input')); }})()")
        told = b.js(f"{table}.querySelector('[role=status]').textContent")
        check(f"a filter {text}: {told}, want {count}", f" of {count} that match" in told if count else told == "none matches")


def experiment_tells(b):
    b.open("exp/report.html")
    summary, runs = rows("exp/summary.csv"), rows("exp/experiment.csv")
    for i, row in enumerate(summary):
        told = b.js(f"(() => {{ const r = targetRows(groupsOf(searchesOfExperiment(DATA.runs[0])))[{i}]; return [r.label, r.n, r.mean, r.low, r.high, r.missed]; }})()")
        want = [row["setting"], *(float(row["evaluations_to_target_" + k]) for k in ("n", "mean", "low", "high", "missed"))]
        check(f"evaluations to the target {told}, want {want}", told[0] == want[0] and all(close_to(x, y, 1e-6) for x, y in zip(told[1:], want[1:])))
    least = min(summary, key=lambda r: float(r["evaluations_to_target_mean"]))
    lead = b.js("document.querySelector('.lead').textContent")
    check(f"the setting with the lowest mean is named: {lead}", lead.startswith(least["setting"] + " has the lowest mean"))
    check("a line for each search", b.js("DATA.runs[0].searches.length") == len(runs))
    # The medians that are drawn, after 1, 2, 5 .. evaluations.
    for setting in sorted({r["setting"] for r in runs}):
        curves = []
        for r in runs:
            if r["setting"] == setting:
                curves.append([float(x["best_value"]) for x in rows(f"exp/{r['folder']}/history.csv")])
        for at in (1, 2, 5, 10, 20, 40):
            best = sorted(c[min(at, len(c)) - 1] for c in curves)
            n = len(best)
            want = best[n // 2] if n % 2 else (best[n // 2 - 1] + best[n // 2]) / 2
            told = b.js(f"bestSeries(groupsOf(searchesOfExperiment(DATA.runs[0])), 'at', [{at}], x => x).find(s => s.label.startsWith({json.dumps(setting + ' (')})).ys[0]")
            check(f"median of {setting} after {at}: {told}, want {want}", close_to(told, want))


def strange_searches_tell(b):
    """One with failures, whose lowest value is the best; and one with smaller budgets."""
    b.troubles = []
    b.open("failing/report.html")
    history = rows("failing/history.csv")
    good = [float(r["value"]) for r in history if r["status"] == "ok"]
    lead = b.js("document.querySelector('.lead').textContent")
    check(f"failures and the lowest value: {lead}", lead.startswith(f"Best of {len(history)} networks ({len(history) - len(good)} failed): loss {min(good):.5g},"))
    least, curve = math.inf, []
    for r in history:
        least = min(least, float(r["value"] or "inf"))
        curve.append(least)
    told = b.js(f"Array.from({{length: {len(history)}}}, (x, i) => bestAt(DATA.runs[0].curve.steps, 'at', i + 1))")
    check("the curve falls", all(close_to(x, y) for x, y in zip(told, curve)))
    seconds = sum(float(r["seconds"]) for r in history)
    check("the seconds of all evaluations", close_to(b.js("DATA.runs[0].curve.seconds"), seconds, 1e-6))
    check("the reason of failures", b.js("DATA.runs[0].curve.failures") == [[len(history) - len(good), "exit status 1: no room on <node>"]])
    b.open("budgets/report.html")
    history = rows("budgets/history.csv")
    whole = sum(float(r["budget"]) == 9 for r in history)
    lead = b.js("document.querySelector('.lead').textContent")
    check(f"budgets: {lead}", f"Best of {len(history)} evaluations, {whole} of them with the whole budget" in lead)
    check("the epochs of all", close_to(b.js("DATA.runs[0].curve.epochs"), sum(float(r["epochs"]) for r in history)))
    legend = b.js("[...document.querySelectorAll('.legend')[0].querySelectorAll('button')].map(x => x.textContent)")
    check(f"dots by budget: {legend}", "budget 3" in legend and "budget 9" in legend)
    check(f"strange searches have no message: {b.troubles}", not b.troubles)


def statistics_hold(b):
    """Against tables of Student's t, and by definition."""
    for n, want in ((1, 12.7062047), (2, 4.30265273), (4, 2.77644511), (19, 2.09302405), (99, 1.98421695)):
        check(f"t quantile of {n}", close_to(b.js(f"tQuantile({n})"), want, 1e-5))
    check("Holm's correction", b.js("holm([0.01, null, 0.04, 0.03])") == [0.03, None, 0.06, 0.06])
    low, high = b.js("shareInterval(10, 20)") # Brown, Cai, DasGupta (2001): symmetric about one half
    check("Wilson's interval", close_to(low, 0.299298, 1e-5) and close_to(high, 0.700702, 1e-5))
    check("numbers as texts", b.js("[say(0.870914), say(1234567), say(0), say(-0.00001234), ordinal(111), ordinal(22), say(NaN)]") ==
          ["0.8709", "1,234,567", "0", "−1.23e−5", "111th", "22nd", ""])
    # A diamond with an edge over two layers: each node behind its predecessors.
    placed = b.js("layers({ops: ['input', 'a', 'b', 'output'], edges: [[0, 1, 1], [1, 2, 1], [2, 3, 1], [0, 3, 2]]}).rows.map(r => r.map(n => n.op))")
    check(f"layers {placed}", [sorted(str(x) for x in row) for row in placed] == [["input"], ["None", "a"], ["None", "b"], ["output"]])


def pareto_tells(b):
    b.open("pareto/report.html")
    front = rows("pareto/pareto.csv")
    check("the front", [r["hash"] for r in front] == b.js("columnsOf(DATA.runs[0].front).hash"))
    check("its size in words", b.js("document.querySelector('.lead').textContent").startswith(f"{len(front)} network"))
    check("its directions", b.js("objectivesOf(DATA.runs[0]).map(o => o.goal).join()") == "max,min")


def scores_tell(b):
    b.open("score/report.html")
    scores = [float(r["score"]) for r in rows("score/scores.csv")]
    told = b.js("[DATA.runs[0].scores.rows, DATA.runs[0].scores.low, DATA.runs[0].scores.high, DATA.runs[0].scores.mean]")
    check("the scores", all(close_to(x, y, 1e-6) for x, y in zip(told, (len(scores), min(scores), max(scores), sum(scores) / len(scores)))))
    predictions = rows("trained/predictions.csv")
    result = json.load(open("trained/result.json"))
    check("a line for each network of the test", len(predictions) == result["test_size"])
    error = sum(abs(float(r["score"]) - float(r["label"])) / abs(float(r["label"])) for r in predictions) / len(predictions)
    check(f"predictions have the error that is told: {error}, {result['test_mape']}", close_to(error, result["test_mape"], 1e-4))


def strangers(b):
    """What runs' files hold is text, whatever it looks like."""
    b.troubles = []
    b.open("odd <b>&amp;'\" dir/report.html")
    check("nothing of a stranger's runs", b.js("typeof window.pwned === 'undefined' && !document.querySelector('main img, header img, main b')"))
    check("and all is told", "</script><script>pwned" in b.js("document.querySelector('main').textContent"))
    check(f"and there is no message: {b.troubles}", not b.troubles)


def large(b):
    b.troubles = []
    b.open("large/report.html")
    bytes_ = os.path.getsize("large/report.html")
    check(f"10,000 evaluations take {bytes_} bytes", bytes_ <= 3_000_000)
    check("all of them are there", "of 10,000" in b.js("[...document.querySelectorAll('[role=status]')].map(x => x.textContent).join()"))
    check(f"a large page has no message: {b.troubles}", not b.troubles)


browser = Browser()
try:
    for page, count in (("run", 2), ("exp", 3), ("pareto", 3), ("trained", 4), ("score", 3), ("all", 2), ("repeated", 0), ("trainings", 2)):
        look(browser, page, count)
    search_tells(browser)
    statistics_hold(browser)
    strange_searches_tell(browser)
    experiment_tells(browser)
    pareto_tells(browser)
    scores_tell(browser)
    strangers(browser)
    large(browser)
finally:
    browser.close()
sys.exit(bool(bad))
