// The page: one sentence of result, what ran, and a section for each kind of runs.

let DATA = null;

// ---- the sentence ----

function searchSentence(run) {
    const r = run.result,
        name = valueName(run);
    if (finite(r.best_value) === null)
        return `No network of ${say(r.evaluations || 0)} has a value${r.failed_evaluations ? `: ${many(r.failed_evaluations, "evaluation")} failed` : ""}.`;
    if (finite(r.pareto_size) !== null)
        return `${many(r.pareto_size, "network")} in the Pareto front of ${many(r.evaluations, "evaluation")}; the best ${name} is ${say(r.best_value, 5)}, hypervolume ${say(r.hypervolume, 5)}.`;
    const found = finite(r.evaluations_to_best) === null ? "" : `, found as the ${ordinal(r.evaluations_to_best)}`;
    const optimum = finite(r.optimum),
        short = finite(r.regret);
    const far =
        optimum === null
            ? ""
            : short === 0
              ? ": the best there is in the table"
              : `, ${say(short, 3)} short of the best in the table (${say(optimum, 5)})`;
    // With smaller budgets a network may be evaluated more than once, and counts with the whole budget alone.
    const of =
        finite(r.whole_evaluations) === null
            ? many(r.evaluations, "network")
            : `${many(r.evaluations, "evaluation")}, ${say(r.whole_evaluations)} of them with the whole budget`;
    return `Best of ${of}${r.failed_evaluations ? ` (${say(r.failed_evaluations)} failed)` : ""}: ${name} ${say(r.best_value, 5)}${found}${far}.`;
}

function searchesSentence(runs) {
    const searches = searchesOf(runs).filter(s => s.best !== null),
        minimise = runs[0].minimise;
    if (!searches.length) return `None of ${many(runs.length, "search", "searches")} has found a network.`;
    const best = searches.slice().sort((a, b) => (minimise ? 1 : -1) * (a.best - b.best))[0],
        same = searches.filter(s => s.best === best.best).length;
    return `Best of ${many(runs.length, "search", "searches")}: ${valueName(runs[0])} ${say(best.best, 5)}, ${same > 1 ? `found by ${say(same)} of them` : `found by ${best.name}`}.`;
}

function experimentSentence(run) {
    const summary = rowsOf(run.summary);
    if (!summary.length) return `An experiment of ${many(run.experiment.rows, "run")}.`;
    if (run.result.verb === "train") {
        const best = summary.slice().sort((a, b) => b.test_kendall_tau_mean - a.test_kendall_tau_mean)[0];
        return `${summary.length > 1 ? `${best.setting} has the highest mean: ` : ""}Kendall's tau ${say(best.test_kendall_tau_mean)}, standard deviation ${say(best.test_kendall_tau_sd, 2)} over ${many(best.test_kendall_tau_n, "training")}.`;
    }
    const target = summary.filter(row => finite(row.evaluations_to_target_mean) !== null),
        key =
            target.length && target.some(row => row.evaluations_to_target_missed < row.evaluations_to_target_n)
                ? "evaluations_to_target"
                : "best_value";
    const sign = key === "evaluations_to_target" || run.minimise ? 1 : -1,
        best = summary.slice().sort((a, b) => sign * (a[`${key}_mean`] - b[`${key}_mean`]))[0];
    const i = sayInterval({mean: best[`${key}_mean`], low: best[`${key}_low`], high: best[`${key}_high`]}),
        seeds = many(best.repeats, "search", "searches");
    const bound = best[`${key}_missed`] ? "at least " : "",
        others = summary.filter(row => row !== best);
    // An interval that overlaps is no proof of a difference, and none of its absence.
    const near = others
        .filter(
            row => Math.max(row[`${key}_low`], best[`${key}_low`]) <= Math.min(row[`${key}_high`], best[`${key}_high`]),
        )
        .map(row => row.setting);
    const first =
        summary.length > 1
            ? `${best.setting} has the ${sign > 0 ? "lowest" : "highest"} mean${near.length ? ` (its interval overlaps ${near.length > 2 ? `those of ${near.length} others` : `that of ${near.join(" and ")}`})` : ""}: `
            : "";
    return key === "best_value"
        ? `${first}${valueName(run)} ${i}, 95% confidence, over ${seeds}.`
        : `${first}${bound}${i} evaluations to the target, 95% confidence, over ${seeds}, ${best.evaluations_to_target_missed ? `${best.evaluations_to_target_missed} of which missed it` : "all of which reached it"}.`;
}

function sentenceOf(run) {
    const r = run.result;
    if (isExperiment(run)) return experimentSentence(run);
    if (isSearch(run))
        return run.curve ? searchSentence(run) : "A search, or an experiment of searches, that has no results yet.";
    if (isTraining(run))
        return finite(r.test_kendall_tau) === null
            ? `A training on ${say(r.train_size)} networks.`
            : `Kendall's tau ${say(r.test_kendall_tau)} on ${many(r.test_size, "test network")}, after learning from ${say(r.train_size)}.`;
    return `${many(r.architectures || 0, "network")} scored${finite(r.distinct) === null ? "" : ` (${say(r.distinct)} distinct)`}; the best score is ${say(r.best_score, 5)}${finite(r.kendall_tau) === null ? "" : `, and Kendall's tau with the labels ${say(r.kendall_tau)}`}.`;
}

// ---- what ran ----

function whatRan(run) {
    const r = run.result,
        job = run.job,
        space = r.space || job.space || "a space";
    const seed = `seed ${r.seed}`;
    if (isExperiment(run))
        return `An experiment of ${run.result.verb === "train" ? "trainings" : `searches of ${space}`}, from ${seed} on`;
    if (isSearch(run)) return `A search of ${space} by ${r.algorithm || job["search.algorithm"] || "?"}, ${seed}`;
    if (isTraining(run)) return `A training on ${job["data.label"] || "a label"}, ${seed}`;
    return `A scoring with ${(job.predictor || "a predictor").split("/").slice(-2).join("/")}`;
}

function stateOf(run) {
    const state = run.result.status;
    if (run.held) return `running${run.host ? " on " + run.host : ""}`;
    if (state === "running" && !run.result.asked) return "was killed: the same command goes on";
    return (
        {stopped: "stopped: the same command goes on", failed: "failed"}[state] ||
        (state === "running" ? "asked and told" : state)
    );
}

function quoted(word) {
    return /^[\w.\/:@%+,=-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`;
}

// What the job was given, in a line.
function jobWords(run) {
    const job = run.job,
        file = path => path.split("/").pop(),
        words = [];
    if (job["evaluator.kind"] === "table")
        words.push(`${valueName(run)} from the table ${file(job["evaluator.file"] || "?")}`);
    else if (job["evaluator.kind"])
        words.push(`${valueName(run)} by ${job["evaluator.kind"] === "ask" ? "whoever asks and tells" : "a program"}`);
    if (job["search.evaluations"]) words.push(`at most ${say(Number(job["search.evaluations"]))} evaluations`);
    if (job["search.target"]) words.push(`target ${job["search.target"]}`);
    if (job["data.file"])
        words.push(
            `${job["data.label"]} of ${file(job["data.file"])}`,
            `${say(Number(job["predictor.layers"]))} layers of width ${say(Number(job["predictor.width"]))}`,
            `${say(Number(job["training.epochs"]))} epochs`,
        );
    if (job["input.file"] || job["input.space"]) words.push(`of ${file(job["input.file"] || job["input.space"])}`);
    if (isExperiment(run)) {
        const settings = [...new Set(rowsOf(run.experiment).map(row => String(row.setting)))];
        words.push(
            `${many(settings.length, "setting")}${settings.length <= 4 ? ` (${settings.join("; ")})` : ""}, ${many(run.result.repeats, "repeat")} of each`,
        );
    }
    return words.join(", ");
}

function factsOf(run) {
    const where = run.job && Object.keys(run.job).length ? `${run.where}/config.yaml` : null,
        r = run.result;
    const facts = [
        ["Job", jobWords(run)],
        ["State", stateOf(run)],
        ["Where", run.where],
        [
            "When",
            `${sayTime(run.ended)}${finite(r.wall_s) === null ? "" : `, after ${saySeconds(r.wall_s)} on ${many(r.ranks || 1, "rank")}${r.threads ? ` of ${many(r.threads, "thread")}` : ""}`}`,
        ],
        ["Version", `sibyl ${r.version || "?"}`],
        ["Repeat", where ? h("code", null, `sibyl ${r.verb} ${quoted(where)} --out again`) : null],
    ];
    return h(
        "dl",
        {class: "facts"},
        facts.filter(f => f[1]).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
    );
}

// Runs under one another, a column for each value that differs, and for what came out.
function runsTable(runs) {
    const keys = differingKeys(runs),
        results = [...new Set(runs.flatMap(run => Object.keys(run.result)))].filter(
            key => !["verb", "version", "job", "space"].includes(key),
        );
    const names = ["run", ...keys, ...results],
        columns = [
            runs.map(run => run.name),
            ...keys.map(key => runs.map(run => run.job[key] ?? null)),
            ...results.map(key => runs.map(run => run.result[key] ?? null)),
        ];
    return section(3, "The runs", dataTable({caption: "A line for each run", names, columns, rows: runs.length}));
}

// Everything that result.json and the job say, word for word.
function detailsOf(run) {
    const table = (caption, object) =>
        plainTable(
            caption,
            ["key", "value"],
            Object.entries(object).map(([key, value]) => [key, value === null ? "null" : String(value)]),
        );
    return h(
        "details",
        {class: "run"},
        h("summary", null, `${run.name}: result.json and the job`),
        lazily(() => [table("result.json", run.result), table("The job: values in effect", run.job)]),
    );
}

// ---- the page ----

function titleOf(runs) {
    if (runs.length === 1) return whatRan(runs[0]);
    const kinds = [
        ["search", "searches", isSearch],
        ["training", "trainings", isTraining],
        ["scoring", "scorings", isScoring],
        ["experiment", "experiments", isExperiment],
    ];
    const spaces = new Set(runs.map(run => run.result.space || run.job.space)),
        of = spaces.size === 1 && runs.every(isSearch) ? ` of ${[...spaces][0]}` : "";
    return (
        kinds
            .map(([one, more, is]) => [runs.filter(is).length, one, more])
            .filter(k => k[0])
            .map(k => many(...k))
            .join(", ") + of
    );
}

function headOf(runs) {
    const searches = runs.filter(isSearch),
        lead =
            runs.length === 1
                ? sentenceOf(runs[0])
                : searches.length === runs.length
                  ? searchesSentence(searches)
                  : `${many(runs.length, "run")}, side by side.`;
    const facts =
        runs.length === 1
            ? factsOf(runs[0])
            : runs.length <= 4
              ? runs.map(run => section(2, run.name, h("p", null, sentenceOf(run)), factsOf(run)))
              : h(
                    "dl",
                    {class: "facts"},
                    h(
                        "div",
                        null,
                        h("dt", null, "Runs"),
                        h(
                            "dd",
                            null,
                            `${runs[0].name} to ${runs[runs.length - 1].name}, of ${sayTime(Math.min(...runs.map(run => run.ended)))} to ${sayTime(Math.max(...runs.map(run => run.ended)))}`,
                        ),
                    ),
                );
    return [
        h("p", {class: "brand"}, "Sibyl report"),
        h("h1", null, titleOf(runs)),
        h("p", {class: "lead"}, lead),
        facts,
    ];
}

// What a file of another version may lack is no reason to show nothing of the others.
function guarded(make) {
    try {
        return make();
    } catch (e) {
        console.error(e);
        return h(
            "p",
            null,
            `A part of this page cannot be drawn: ${e.message}. The tables under All values are whole.`,
        );
    }
}

function sectionsOf(runs) {
    const searches = runs.filter(run => isSearch(run) && run.curve),
        trainings = runs.filter(isTraining),
        scorings = runs.filter(isScoring),
        experiments = runs.filter(isExperiment);
    return [
        searches.length ? guarded(() => searchesSection(searches)) : null,
        experiments.map(run =>
            guarded(() =>
                run.result.verb === "train" ? trainingExperimentSection(run) : searchExperimentSection(run),
            ),
        ),
        trainings.length ? guarded(() => trainingsSection(trainings)) : null,
        scorings.map(run => guarded(() => scoringSection(run, scorings.length > 1))),
        section(2, "All values", runs.map(detailsOf)),
    ];
}

function contents() {
    const links = [...document.querySelectorAll("main h2, main h3")]
        .filter(x => !x.closest("details"))
        .map(x => h("li", {class: x.tagName === "H3" ? "sub" : null}, h("a", {href: `#${x.id}`}, x.textContent)));
    return links.length > 2
        ? h("details", {open: innerWidth > 900}, h("summary", null, "Contents"), h("ul", null, links))
        : null;
}

function foot() {
    return h(
        "p",
        null,
        `Made by sibyl ${DATA.version} on ${DATA.host} at ${sayTime(DATA.made)}: `,
        h("code", null, DATA.command),
        ". The same numbers are in run.db (SQLite) beside this page, and in the runs' own files.",
    );
}

// A page that is renewed loads itself again, as long as the reader does not hold it.
function renew() {
    if (!DATA.renewed) return null;
    let held = false;
    setInterval(() => {
        if (!held && !document.hidden) location.reload();
    }, 5000);
    return h(
        "p",
        {class: "controls"},
        "This page renews itself while the run goes on. ",
        h(
            "button",
            {
                type: "button",
                "aria-pressed": "false",
                onclick: event => {
                    held = !held;
                    event.currentTarget.setAttribute("aria-pressed", String(held));
                },
            },
            "Hold",
        ),
    );
}

function main() {
    DATA = JSON.parse(document.getElementById("data").textContent);
    nameRuns(DATA.runs);
    append(document.getElementById("head"), headOf(DATA.runs).concat(renew()));
    append(document.getElementById("main"), [chartHint(), sectionsOf(DATA.runs)]);
    append(document.getElementById("contents"), [contents()]);
    append(document.getElementById("foot"), [foot()]);
    document.title = `${titleOf(DATA.runs)} – Sibyl report`;
    drawCharts();
    watchCharts();
}

document.addEventListener("DOMContentLoaded", main);
